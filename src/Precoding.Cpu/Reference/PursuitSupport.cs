using System.Numerics;
using Precoding.Engines;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Orthogonal matching pursuit. [coherent.md §2]</content>
internal sealed partial class ReferenceEngine
{
    public void PursuitSupport(CoherentProblem problem, double residual, BeamSupport support, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            int slot = 0;
            Integer(support.Start, r, 0) = 0;
            for (int k = 0; k < problem.K; k++)
            {
                for (int l = 0; l < problem.L; l++)
                {
                    foreach (int n in Pursue(V, Channel(problem, r, l).Column(k), residual, Math.Max(1, problem.M / 2)).Order())
                    {
                        Integer(support.Beam, r, slot++) = n;
                    }

                    Integer(support.Start, r, (k * problem.L) + l + 1) = slot;
                }
            }
        }
    }

    private static List<int> Pursue(Matrix V, ComplexVector h, double residual, int limit)
    {
        var chosen = new List<int>();
        ComplexVector rest = h;
        double energy = Inner(h, h);
        while (energy > 0 && Inner(rest, rest) > residual * energy && chosen.Count < limit)
        {
            double[] correlation = [.. (V.ConjugateTranspose() * rest).Select(Energy)];
            foreach (int n in chosen)
            {
                correlation[n] = -1;
            }

            chosen.Add(Array.IndexOf(correlation, correlation.Max()));
            Matrix atoms = Matrix.Build.DenseOfColumnVectors(chosen.Select(V.Column));
            rest = h - (atoms * atoms.QR().Solve(h));
        }

        return chosen;
    }
}
