using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>The diagonal of the Hessian in the beam domain, and masses made of it. [coherent.md §3.7, §3.8]</content>
internal sealed partial class ReferenceEngine
{
    public void BeamCurvature(CoherentProblem problem, Tensor table, BeamSupport support, Tensor sT, CurvatureKind kind, Tensor curvature, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            var S = Load(sT, r).Transpose();
            var (total, interference) = Levels(S);
            var q = Matrix.Build.Dense(problem.K, problem.K, (k, u) => problem.Weight[k] * Curvature(Energy(S[k, u]), total[k], interference[k], k == u, kind));
            for (int l = 0; l < problem.L; l++)
            {
                var squares = (V.ConjugateTranspose() * Channel(problem, r, l)).Map(value => new Complex(Energy(value), 0));
                Gather(problem, support, squares * q, curvature, r, l);
            }
        }
    }

    public void InverseMass(CoherentProblem problem, BeamSupport support, double floor, Tensor mass, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            int count = Integer(support.Start, r, problem.K * problem.L);
            double mean = Enumerable.Range(0, count).Sum(slot => Element(mass, r, slot).Real) / count;
            for (int slot = 0; slot < count; slot++)
            {
                Element(mass, r, slot) = mean > 0 ? 1 / Math.Max(Element(mass, r, slot).Real, floor * mean) : 1;
            }
        }
    }

    public void ApplyInverseMass(CoherentProblem problem, BeamSupport support, Tensor inverseMass, Tensor values, Tensor result, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int slot = 0; slot < Integer(support.Start, r, problem.K * problem.L); slot++)
            {
                Element(result, r, slot) = Element(values, r, slot) * Element(inverseMass, r, slot).Real;
            }
        }
    }

    /// <summary>q[k,u]/α_k from |S[k,u]|², tot_k and int_k.</summary>
    private static double Curvature(double energy, double total, double interference, bool own, CurvatureKind kind)
    {
        double outer = (1 / total) - (energy / (total * total));
        return (own, kind) switch
        {
            (true, CurvatureKind.Hessian) => -interference / (total * total), // −outer without the cancellation of tot − |S_kk|²
            (true, _) => energy / (total * interference),
            (false, CurvatureKind.Hessian) => (1 / interference) - (energy / (interference * interference)) - outer,
            _ => Math.Max(0, (1 / interference) - (energy / (interference * interference)) - outer),
        };
    }
}
