using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>The damped RATTLE flow in the beam domain. [BSP Alg.1; coherent.md §3]</content>
internal sealed partial class ReferenceEngine
{
    public void PrintedMultipliers(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor velocity, Tensor power, Tensor lambda, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var moved = V * Scatter(problem, support, velocity, r, l);
                Matrix psi = Scatter(problem, support, constraintGradient, r, l), light = Scatter(problem, support, normal, r, l);
                double numerator = Inner(moved, moved) - (2 * Inner(light, Scatter(problem, support, gradient, r, l)));
                Real(lambda, r, l) = IsOnBudget(problem, power, r, l) ? Ratio(numerator, 2 * Inner(psi, light)) : 0;
            }
        }
    }

    public void BeamDampThenKick(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor lambda, double damping, Tensor momentum, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            for (int l = 0; l < problem.L; l++)
            {
                var force = Scatter(problem, support, gradient, r, l) + (Scatter(problem, support, constraintGradient, r, l) * Real(lambda, r, l));
                var n = (Scatter(problem, support, momentum, r, l) * Math.Exp(-damping * h / 2)) - (force * (h / 2));
                Gather(problem, support, n, momentum, r, l);
            }
        }
    }

    public void DriftOntoPowerEllipsoid(
        CoherentProblem problem, BeamSupport support, bool exact, Tensor velocity, Tensor normal, Tensor u, Tensor momentum, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            for (int l = 0; l < problem.L; l++)
            {
                double budget = problem.PowerBudget[l];
                var n = Scatter(problem, support, momentum, r, l);
                Matrix psi = Scatter(problem, support, constraintGradient, r, l), light = Scatter(problem, support, normal, r, l);
                var uTilde = Scatter(problem, support, u, r, l) + (Scatter(problem, support, velocity, r, l) * (h / 2));
                var (pTilde, turned) = (V * uTilde, V * light);
                double c0 = Inner(pTilde, pTilde) - budget;
                if (c0 > 0)
                {
                    bool isRootMissing = true;
                    if (exact)
                    {
                        var (t, isRoot) = RootNearestZero(Inner(turned, turned), -2 * Inner(pTilde, turned), c0);
                        uTilde -= light * t;
                        n -= psi * (2 * t / h);
                        isRootMissing = !isRoot;
                        Integer(control.RootMissing, r) |= isRoot ? 0 : 1;
                    }

                    pTilde = V * uTilde;
                    double reached = Inner(pTilde, pTilde);
                    if (isRootMissing || reached > budget)
                    {
                        double scale = Math.Sqrt(budget / reached);
                        (uTilde, pTilde) = (uTilde * scale, pTilde * scale);
                    }
                }

                Gather(problem, support, uTilde, u, r, l);
                Gather(problem, support, n, momentum, r, l);
                Gather(problem, support, V.ConjugateTranspose() * pTilde, constraintGradient, r, l);
                Real(power, r, l) = Inner(pTilde, pTilde);
            }

            Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => Real(power, r, l));
        }
    }

    public void BeamForceChange(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor previousGradient, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double energy = 0;
            for (int l = 0; l < problem.L; l++)
            {
                var change = Scatter(problem, support, gradient, r, l) - Scatter(problem, support, previousGradient, r, l);
                energy += Inner(change, change);
            }

            Real(control.ForceChange, r) = Real(control.StepSize, r) / 2 * Math.Sqrt(energy);
        }
    }

    public void BeamKickThenDamp(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor power, double damping, bool printedMultiplier, Tensor momentum, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double h = Real(control.StepSize, r);
            double factor = printedMultiplier ? damping / 2 : 2 / h;
            for (int l = 0; l < problem.L; l++)
            {
                var n = Scatter(problem, support, momentum, r, l);
                var f = Scatter(problem, support, gradient, r, l);
                Matrix psi = Scatter(problem, support, constraintGradient, r, l), light = Scatter(problem, support, normal, r, l);
                double mu = IsOnBudget(problem, power, r, l) ? Ratio((factor * Inner(light, n)) - Inner(light, f), Inner(psi, light)) : 0;
                Gather(problem, support, (n - ((f + (psi * mu)) * (h / 2))) * Math.Exp(-damping * h / 2), momentum, r, l);
            }
        }
    }

    /// <summary>ψ_l > −10⁻⁶ P_l: on the ellipsoid up to rounding.</summary>
    private static bool IsOnBudget(CoherentProblem problem, Tensor power, int r, int l) =>
        Real(power, r, l) - problem.PowerBudget[l] > -1e-6 * problem.PowerBudget[l];
}
