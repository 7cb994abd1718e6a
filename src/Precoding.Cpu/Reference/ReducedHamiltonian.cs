using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>The damped RATTLE flow in reduced coordinates. [coherent.md §5]</content>
internal sealed partial class ReferenceEngine
{
    public void DampThenKick(CoherentProblem problem, Tensor w, double damping, Tensor momentum, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            for (int l = 0; l < problem.L; l++)
            {
                Store((Load(momentum, r, l) * Math.Exp(-damping * h / 2)) - (Load(w, r) * (h / 2)), momentum, r, l);
            }
        }
    }

    public void DriftOntoPowerSphere(CoherentProblem problem, Tensor x, Tensor s, Tensor momentum, Tensor power, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            for (int l = 0; l < problem.L; l++)
            {
                double budget = problem.PowerBudget[l];
                var (X, S, nu, G) = (Load(x, r, l), Load(s, r, l), Load(momentum, r, l), Load(problem.Gram, r, l));
                var xTilde = X + (nu * (h / 2));
                var sTilde = G * xTilde;
                double c0 = Inner(xTilde, sTilde) - budget, c1 = -2 * Inner(S, xTilde), c2 = Inner(X, S);
                if (c0 > 0)
                {
                    var (t, isRoot) = RootNearestZero(c2, c1, c0);
                    xTilde -= X * t;
                    sTilde -= S * t;
                    nu -= X * (2 * t / h);
                    Integer(control.RootMissing, r) |= isRoot ? 0 : 1;
                    double reached = Inner(xTilde, sTilde);
                    if (!isRoot || reached > budget)
                    {
                        double scale = Math.Sqrt(budget / reached);
                        xTilde *= scale;
                        sTilde *= scale;
                    }
                }

                Store(xTilde, x, r, l);
                Store(sTilde, s, r, l);
                Store(nu, momentum, r, l);
                Real(power, r, l) = Inner(xTilde, sTilde);
            }

            Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => Real(power, r, l));
        }
    }

    public void ForceChange(CoherentProblem problem, Tensor w, Tensor previousW, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var dW = Load(w, r) - Load(previousW, r);
            double energy = Inner(dW, Load(problem.GramSum, r) * dW);
            Real(control.ForceChange, r) = Real(control.StepSize, r) / 2 * Math.Sqrt(Math.Max(0, energy));
        }
    }

    public void KickThenDamp(CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor power, double damping, Tensor momentum, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            var W = Load(w, r);
            for (int l = 0; l < problem.L; l++)
            {
                var (X, S, nu) = (Load(x, r, l), Load(s, r, l), Load(momentum, r, l));
                bool active = Real(power, r, l) - problem.PowerBudget[l] > -1e-9 * problem.PowerBudget[l];
                double mu = active ? Ratio((2 / h * Inner(S, nu)) - Inner(S, W), Inner(X, S)) : 0;
                Store((nu - ((W + (X * mu)) * (h / 2))) * Math.Exp(-damping * h / 2), momentum, r, l);
            }
        }
    }

    /// <summary>The root of c2 t² + c1 t + c0 nearest 0; where there is none −c1/(2 c2), the point nearest to one.</summary>
    private static (double T, bool IsRoot) RootNearestZero(double c2, double c1, double c0)
    {
        double discriminant = (c1 * c1) - (4 * c2 * c0);
        if (!(discriminant >= 0) || !(c2 > 0))
        {
            return (Ratio(-c1, 2 * c2), false);
        }

        double root = Math.Sqrt(discriminant);
        return (2 * c0 / (c1 < 0 ? -c1 + root : -c1 - root), true); // the form without cancellation
    }

    /// <summary>a/b, and 0 where b is 0: an access point without a channel has nothing to constrain.</summary>
    private static double Ratio(double a, double b) => b == 0 ? 0 : a / b;
}
