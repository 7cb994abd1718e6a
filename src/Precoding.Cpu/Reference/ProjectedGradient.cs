using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Layers of the unfolded projected gradient. [bln-pgp.md §1]</content>
internal sealed partial class ReferenceEngine
{
    public void BlendRegularizer(CoherentProblem problem, Tensor signalWeight, double scale, double exponent, Tensor regularizer, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            int realization = r;
            double lambda = Real(regularizer, r);
            double tau = (Diagonal(Enumerable.Range(0, problem.K).Select(k => Real(signalWeight, realization, k))) * Load(problem.GramSum, r)).Trace().Real / problem.K;
            if (lambda > 0 && tau > 0)
            {
                Real(regularizer, r) = scale * lambda * Math.Pow(tau / lambda, exponent);
            }
        }
    }

    public void ProjectedMomentumStep(CoherentProblem problem, Tensor q, double stepSize, double retention, Tensor momentum, Tensor x, Tensor s, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Store((Load(momentum, r, l) * retention) - (Load(q, r) * stepSize), momentum, r, l);
            }
        }

        StartFrom(problem, x, s, control, (r, l) => Load(x, r, l) + Load(momentum, r, l));
    }
}
