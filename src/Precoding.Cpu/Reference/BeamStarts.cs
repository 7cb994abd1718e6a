using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Starts in the beam domain. [coherent.md §3.6]</content>
internal sealed partial class ReferenceEngine
{
    /// <summary>Ridge of the least-squares start, on a Gram matrix with unit diagonal.</summary>
    private const double Ridge = 1e-10;

    public void MatchedBeams(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Gather(problem, support, V.ConjugateTranspose() * Channel(problem, r, l), u, r, l);
            }
        }
    }

    public void UnitBeams(CoherentProblem problem, BeamSupport support, Tensor u, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Gather(problem, support, Scatter(problem, support, u, r, l).Map(value => value == 0 ? value : value / value.Magnitude), u, r, l);
            }
        }
    }

    public void ProjectedBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Gather(problem, support, V.ConjugateTranspose() * Precoder(precoders, r, l), u, r, l);
            }
        }
    }

    public void LeastSquaresBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var P = Precoder(precoders, r, l);
                for (int k = 0; k < problem.K; k++)
                {
                    int[] beams = BeamsOf(problem, support, r, k, l);
                    if (beams.Length == 0)
                    {
                        continue;
                    }

                    var A = Matrix<Complex>.Build.DenseOfColumnVectors(beams.Select(V.Column));
                    var coefficients = ((A.ConjugateTranspose() * A) + (Identity(beams.Length) * Ridge)).Solve(A.ConjugateTranspose() * P.Column(k));
                    for (int i = 0; i < beams.Length; i++)
                    {
                        Element(u, r, Slots(problem, support, r, k, l).First + i) = coefficients[i];
                    }
                }
            }
        }
    }

    public void ScaleBeamsToBudget(CoherentProblem problem, BeamSupport support, Tensor u, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        var V = BeamMatrix(problem, support);
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var U = Scatter(problem, support, u, r, l);
                var P = V * U;
                double energy = Inner(P, P);
                double scale = energy > 0 ? Math.Sqrt(problem.PowerBudget[l] / energy) : 1;
                Gather(problem, support, U * scale, u, r, l);
                Gather(problem, support, V.ConjugateTranspose() * P * scale, constraintGradient, r, l);
                Real(power, r, l) = Inner(P * scale, P * scale);
            }

            Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => Real(power, r, l));
        }
    }
}
