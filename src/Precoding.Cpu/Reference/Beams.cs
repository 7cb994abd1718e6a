using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>The beam matrix V written out, supports, and the way between beams and antennas. [coherent.md §2]</content>
internal sealed partial class ReferenceEngine
{
    public void BeamTable(CoherentProblem problem, BeamSupport support, Tensor table, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var Y = V.ConjugateTranspose() * Channel(problem, r, l);
                for (int n = 0; n < support.N; n++)
                {
                    for (int k = 0; k < problem.K; k++)
                    {
                        Element(table, r, (l * support.N) + n, k) = Y[n, k];
                    }
                }
            }
        }
    }

    public void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            var S = Identity(problem.K) * 0;
            for (int l = 0; l < problem.L; l++)
            {
                S += Channel(problem, r, l).ConjugateTranspose() * (V * Scatter(problem, support, u, r, l));
            }

            Store(S.Transpose(), sT, r);
        }
    }

    public void Gradient(CoherentProblem problem, Tensor table, BeamSupport support, Tensor wT, EvaluationOrder order, Tensor gradient, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            var W = Load(wT, r).Transpose();
            for (int l = 0; l < problem.L; l++)
            {
                Gather(problem, support, V.ConjugateTranspose() * (Channel(problem, r, l) * W), gradient, r, l);
            }
        }
    }

    public void PrecodersOfBeams(CoherentProblem problem, BeamSupport support, Tensor u, Tensor precoders, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        for (int r = 0; r < control.RealizationCount; r++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                Store((V * Scatter(problem, support, u, r, l)).Transpose(), precoders, r, l);
            }
        }
    }

    /// <summary>V[m,n] = M^{−1/2} exp(−jπ m Ω_n), Ω_n = (2n − N)/N. [BSP (2)]</summary>
    private static Matrix BeamMatrix(CoherentProblem problem, BeamSupport support)
    {
        (int M, int N) = (problem.M, support.N);
        return Matrix.Build.Dense(M, N, (m, n) => Complex.FromPolarCoordinates(1 / Math.Sqrt(M), -Math.PI * m * ((2.0 * n) - N) / N));
    }

    /// <summary>Slots of (user k, access point l): first, and one past the last.</summary>
    private static (int First, int End) Slots(CoherentProblem problem, BeamSupport support, int r, int k, int l) =>
        (Integer(support.Start, r, (k * problem.L) + l), Integer(support.Start, r, (k * problem.L) + l + 1));

    private static int[] BeamsOf(CoherentProblem problem, BeamSupport support, int r, int k, int l)
    {
        var (first, end) = Slots(problem, support, r, k, l);
        return [.. Enumerable.Range(first, end - first).Select(slot => Integer(support.Beam, r, slot))];
    }

    /// <summary>Φ_l u as a matrix, N × K.</summary>
    private static Matrix Scatter(CoherentProblem problem, BeamSupport support, Tensor u, int r, int l)
    {
        var full = Matrix.Build.Dense(support.N, problem.K);
        for (int k = 0; k < problem.K; k++)
        {
            var (first, end) = Slots(problem, support, r, k, l);
            for (int slot = first; slot < end; slot++)
            {
                full[Integer(support.Beam, r, slot), k] = Element(u, r, slot);
            }
        }

        return full;
    }

    /// <summary>The slots of access point l := Φ_lᵀ of a matrix, N × K.</summary>
    private static void Gather(CoherentProblem problem, BeamSupport support, Matrix full, Tensor u, int r, int l)
    {
        for (int k = 0; k < problem.K; k++)
        {
            var (first, end) = Slots(problem, support, r, k, l);
            for (int slot = first; slot < end; slot++)
            {
                Element(u, r, slot) = full[Integer(support.Beam, r, slot), k];
            }
        }
    }
}
