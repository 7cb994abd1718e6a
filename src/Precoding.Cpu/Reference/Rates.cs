using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Rates and their gradient weights.</content>
internal sealed partial class ReferenceEngine
{
    public void RateWeights(CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var S = SumOverAccessPoints(problem, s, r);
            var (total, interference) = Levels(S);
            Real(control.Objective, r) = Objective(problem, S);
            Store(GradientWeights(problem, S), w, r);
            for (int k = 0; k < problem.K; k++)
            {
                Real(signalWeight, r, k) = problem.Weight[k] * Energy(S[k, k]) / (total[k] * interference[k]);
            }
        }
    }

    public void SumRate(CoherentProblem problem, Tensor s, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Real(control.Objective, r) = Objective(problem, SumOverAccessPoints(problem, s, r));
        }
    }

    public void StreamRateWeights(CoherentProblem problem, Tensor sT, Tensor wT, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var S = Load(sT, r).Transpose();
            Real(control.Objective, r) = Objective(problem, S);
            Store(GradientWeights(problem, S).Transpose(), wT, r);
        }
    }

    /// <summary>tot_k = 1 + Σ_u |S[k,u]|² and int_k = tot_k − |S[k,k]|², the latter summed without its own signal.</summary>
    private static (double[] Total, double[] Interference) Levels(Matrix S)
    {
        int K = S.RowCount;
        var total = new double[K];
        var interference = new double[K];
        for (int k = 0; k < K; k++)
        {
            interference[k] = 1;
            for (int u = 0; u < K; u++)
            {
                interference[k] += u == k ? 0 : Energy(S[k, u]);
            }

            total[k] = interference[k] + Energy(S[k, k]);
        }

        return (total, interference);
    }

    /// <summary>Σ_k α_k ln(tot_k/int_k).</summary>
    private static double Objective(CoherentProblem problem, Matrix S)
    {
        var (total, interference) = Levels(S);
        return Enumerable.Range(0, problem.K).Sum(k => problem.Weight[k] * Math.Log(total[k] / interference[k]));
    }

    /// <summary>W of ∂f/∂P* = H·W. [BSP (45), ᵀ read as ᴴ]</summary>
    private static Matrix GradientWeights(CoherentProblem problem, Matrix S)
    {
        var (total, interference) = Levels(S);
        return Matrix.Build.Dense(problem.K, problem.K, (k, u) => k == u
            ? -problem.Weight[k] * S[k, k] / total[k]
            : problem.Weight[k] * S[k, u] * ((1 / interference[k]) - (1 / total[k])));
    }
}
