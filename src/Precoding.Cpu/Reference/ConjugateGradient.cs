using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Directions of the preconditioned conjugate gradients in reduced coordinates. [coherent.md §6]</content>
internal sealed partial class ReferenceEngine
{
    public void TangentMultipliers(CoherentProblem problem, Tensor s, Tensor w, Tensor multiplier, Tensor regularizer, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var W = Load(w, r);
            double[] outward = [.. Enumerable.Range(0, problem.L).Select(l => Inner(Load(s, r, l), W))];
            double[] c = [.. outward.Select((value, l) => value / problem.PowerBudget[l])];
            for (int l = 0; l < problem.L; l++)
            {
                Real(multiplier, r, l) = c[l];
            }

            Real(regularizer, r) = Math.Max(-c.Average(), -outward.Sum() / problem.PowerBudget.Sum());
        }
    }

    public void PreconditionGradient(
        CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, Tensor multiplier, Tensor regularizer, Tensor q, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double lambda = Real(regularizer, r);
            int realization = r;
            var omega = Diagonal(Enumerable.Range(0, problem.K).Select(k => Real(signalWeight, realization, k)));
            var outward = Blocks(problem.L, l => Load(s, realization, l) * Real(multiplier, realization, l)).Aggregate((a, b) => a + b);
            Store(
                lambda == 0
                    ? outward * 0
                    : ((omega * Load(problem.GramSum, r)) + (Identity(problem.K) * lambda)).Solve(Load(w, r) + (omega * outward / lambda)),
                q,
                r);
        }
    }

    public void PreconditionedGradient(CoherentProblem problem, Tensor s, Tensor q, Tensor qImage, Tensor tangent, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Store(Load(problem.Gram, r, l) * Load(q, r), qImage, r, l);
                Real(tangent, r, l) = -Inner(Load(s, r, l), Load(q, r)) / problem.PowerBudget[l];
            }
        }
    }

    public void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor previousW, Tensor q, Tensor qImage, Tensor tangent, Tensor multiplier, Tensor previousMultiplier,
        Tensor eta, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control)
    {
        int L = problem.L;
        foreach (int r in Running(control))
        {
            Matrix W = Load(w, r), previous = Load(previousW, r);
            Matrix[] y = [.. Blocks(L, l => Load(q, r) + (Load(x, r, l) * Real(tangent, r, l)))];
            Matrix[] yImage = [.. Blocks(L, l => Load(qImage, r, l) + (Load(s, r, l) * Real(tangent, r, l)))];
            double newEta = yImage.Sum(image => Inner(W, image));
            Matrix[] D = [.. y.Select(block => -block)], image = [.. yImage.Select(block => -block)];
            if (Integer(control.Iteration, r) > 0)
            {
                double overlap = Enumerable.Range(0, L).Sum(
                    l => Inner(previous, yImage[l]) + (Real(previousMultiplier, r, l) * Real(control.StepSize, r) * Inner(Load(d, r, l), yImage[l])));
                double beta = Math.Max(0, (newEta - overlap) / Real(eta, r));
                Matrix[] conjugate = [.. Blocks(L, l => D[l] + (Load(d, r, l) * beta))], conjugateImage = [.. Blocks(L, l => image[l] + (Load(dImage, r, l) * beta))];
                for (int l = 0; l < L; l++)
                {
                    double outward = Inner(Load(s, r, l), conjugate[l]) / problem.PowerBudget[l];
                    conjugate[l] -= Load(x, r, l) * outward;
                    conjugateImage[l] -= Load(s, r, l) * outward;
                }

                if (Enumerable.Range(0, L).Sum(l => Inner(W - (Load(x, r, l) * Real(multiplier, r, l)), conjugateImage[l])) < 0)
                {
                    (D, image) = (conjugate, conjugateImage);
                }
            }

            StoreDirection(D, image, x, s, r, d, dImage, movedPower);
            Real(eta, r) = newEta;
            if (newEta <= 8 * (Math.BitIncrement(1.0) - 1) * Math.Max(1, Math.Abs(Real(control.Objective, r))))
            {
                Integer(control.SearchState, r) = (int)LineSearchState.Stationary;
            }
        }
    }

    public void SteepestDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor qImage, Tensor tangent, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            if (Integer(control.SearchState, r) == (int)LineSearchState.Retry)
            {
                Matrix[] D = [.. Blocks(problem.L, l => -(Load(q, r) + (Load(x, r, l) * Real(tangent, r, l))))];
                Matrix[] image = [.. Blocks(problem.L, l => -(Load(qImage, r, l) + (Load(s, r, l) * Real(tangent, r, l))))];
                StoreDirection(D, image, x, s, r, d, dImage, movedPower);
            }
        }
    }

    private static void StoreDirection(Matrix[] D, Matrix[] image, Tensor x, Tensor s, int r, Tensor d, Tensor dImage, Tensor movedPower)
    {
        for (int l = 0; l < D.Length; l++)
        {
            Store(D[l], d, r, l);
            Store(image[l], dImage, r, l);
            Real(movedPower, r, l, 0) = Inner(Load(x, r, l), Load(s, r, l));
            Real(movedPower, r, l, 1) = Inner(Load(s, r, l), D[l]) + Inner(Load(x, r, l), image[l]);
            Real(movedPower, r, l, 2) = Inner(D[l], image[l]);
        }
    }

    private static IEnumerable<Matrix> Blocks(int L, Func<int, Matrix> block) => Enumerable.Range(0, L).Select(block);
}
