using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Conjugate gradients in the beam domain. [coherent.md §3.7]</content>
internal sealed partial class ReferenceEngine
{
    public void BeamImages(CoherentProblem problem, BeamSupport support, Tensor u, Tensor images, Tensor normals, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var P = V * Scatter(problem, support, u, r, l);
                Store(Channel(problem, r, l).ConjugateTranspose() * P, images, r, l);
                Gather(problem, support, V.ConjugateTranspose() * P, normals, r, l);
            }
        }
    }

    public void StreamCouplings(CoherentProblem problem, Tensor s, Tensor sT, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Store(SumOverAccessPoints(problem, s, r).Transpose(), sT, r);
        }
    }

    public void PreconditionBeams(
        CoherentProblem problem, BeamSupport support, Tensor u, Tensor gradient, Tensor constraintGradient, Tensor curvature, Tensor multiplier, Tensor y, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Matrix Of(Tensor slots, int l) => Scatter(problem, support, slots, r, l);
            double[] lambda = [.. Enumerable.Range(0, problem.L).Select(l => -Inner(Of(u, l), Of(gradient, l)) / problem.PowerBudget[l])];
            double mean = lambda.Zip(problem.PowerBudget, (value, budget) => value * budget).Sum() / problem.PowerBudget.Sum();
            for (int l = 0; l < problem.L; l++)
            {
                Real(multiplier, r, l) = lambda[l];
                double shift = Math.Max(lambda[l], 0.1 * mean);
                Matrix inverse = Of(curvature, l).Map(c => c.Real + shift == 0 ? 0 : (Complex)(1 / (c.Real + shift)));
                Matrix f = Of(gradient, l), psi = Of(constraintGradient, l), light = psi.PointwiseMultiply(inverse);
                double mu = Ratio(-Inner(light, f), Inner(light, psi));
                Gather(problem, support, f.PointwiseMultiply(inverse) + (light * mu), y, r, l);
            }
        }
    }

    public void BeamConjugateDirection(
        CoherentProblem problem, BeamSupport support, BeamPoint point, Tensor gradient, Tensor previousGradient, Tensor multiplier, Tensor previousMultiplier, Tensor eta,
        BeamDirection direction, Tensor movedPower, SolveControl control)
    {
        int L = problem.L;
        foreach (int r in Running(control))
        {
            Matrix Of(Tensor slots, int l) => Scatter(problem, support, slots, r, l);
            double newEta = Enumerable.Range(0, L).Sum(l => Inner(Of(gradient, l), Of(direction.Y, l)));
            double beta = 0;
            if (Integer(control.Iteration, r) > 0)
            {
                double overlap = Enumerable.Range(0, L).Sum(l => Inner(Of(previousGradient, l), Of(direction.Y, l))
                    - (Real(previousMultiplier, r, l) * Real(control.StepSize, r) * Inner(Of(direction.DNormal, l), Of(direction.Y, l))));
                beta = Math.Max(0, (newEta - overlap) / Real(eta, r));
                double slope = -newEta + (beta * Enumerable.Range(0, L).Sum(l =>
                    Inner(Of(gradient, l) + (Of(point.Normal, l) * Real(multiplier, r, l)), Of(direction.D, l))));
                beta = slope < 0 ? beta : 0;
            }

            StoreBeamDirection(problem, support, point, direction, beta, movedPower, r);
            Real(eta, r) = newEta;
            if (newEta <= 8 * (Math.BitIncrement(1.0) - 1) * Math.Max(1, Math.Abs(Real(control.Objective, r))))
            {
                Integer(control.SearchState, r) = (int)LineSearchState.Stationary;
            }
        }
    }

    public void BeamSteepestDirection(CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, Tensor movedPower, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            if (Integer(control.SearchState, r) == (int)LineSearchState.Retry)
            {
                StoreBeamDirection(problem, support, point, direction, 0, movedPower, r);
            }
        }
    }

    public void BeamLineSearch(CoherentProblem problem, BeamSupport support, BeamDirection direction, Tensor movedPower, BeamPoint point, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            if (SearchAlong(problem, direction.DImage, movedPower, point.S, r, control) is not double alpha)
            {
                continue;
            }

            var power = new double[problem.L];
            for (int l = 0; l < problem.L; l++)
            {
                double c = Retraction(problem, movedPower, r, l, alpha);
                Store((Load(point.S, r, l) + (Load(direction.DImage, r, l) * alpha)) * c, point.S, r, l);
                Matrix u = (Scatter(problem, support, point.U, r, l) + (Scatter(problem, support, direction.D, r, l) * alpha)) * c;
                Matrix normal = (Scatter(problem, support, point.Normal, r, l) + (Scatter(problem, support, direction.DNormal, r, l) * alpha)) * c;
                Gather(problem, support, u, point.U, r, l);
                Gather(problem, support, normal, point.Normal, r, l);
                power[l] = Math.Max(0, Inner(u, normal));
            }

            Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => power[l]);
        }
    }

    /// <summary>D_l = −y_l + βD_l − t_l u_l with Re⟨∇ψ_l, D_l⟩ = 0, its images alike; −y_l itself where β = 0.</summary>
    private static void StoreBeamDirection(
        CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, double beta, Tensor movedPower, int r)
    {
        for (int l = 0; l < problem.L; l++)
        {
            Matrix Of(Tensor slots) => Scatter(problem, support, slots, r, l);
            Matrix D = -Of(direction.Y), normal = -Of(direction.YNormal), image = -Load(direction.YImage, r, l);
            if (beta > 0)
            {
                double outward = beta * Inner(Of(point.Normal), Of(direction.D)) / problem.PowerBudget[l];
                D += (Of(direction.D) * beta) - (Of(point.U) * outward);
                normal += (Of(direction.DNormal) * beta) - (Of(point.Normal) * outward);
                image += (Load(direction.DImage, r, l) * beta) - (Load(point.S, r, l) * outward);
            }

            Gather(problem, support, D, direction.D, r, l);
            Gather(problem, support, normal, direction.DNormal, r, l);
            Store(image, direction.DImage, r, l);
            Real(movedPower, r, l, 0) = Inner(Of(point.U), Of(point.Normal));
            Real(movedPower, r, l, 1) = Inner(Of(point.Normal), D) + Inner(Of(point.U), normal);
            Real(movedPower, r, l, 2) = Inner(D, normal);
        }
    }
}
