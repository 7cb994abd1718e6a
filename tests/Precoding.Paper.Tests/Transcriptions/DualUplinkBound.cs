using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// An upper bound on the sum rate of any transmit scheme under per-access-point budgets: the capacity of the dual uplink with noise bdiag(λ_l I) at λ = 1,
/// made a bound at any q by C(q) + (max_k g_k·Σq − Σ q_k g_k)/ln 2. [coherent.md §9]
/// </summary>
internal static class DualUplinkBound
{
    public static double Of(Scenario scenario, int steps = 300)
    {
        Matrix G = scenario.Couplings(scenario.H);
        double total = scenario.Power.Sum(), bound = double.PositiveInfinity;
        double[] q = [.. Enumerable.Repeat(total / scenario.K, scenario.K)];
        for (int step = 0; step < steps; step++)
        {
            Matrix system = Matrix.Build.DenseIdentity(scenario.K) + (G * Matrix.Build.DenseDiagonal(scenario.K, scenario.K, k => q[k]));
            Matrix marginal = system.Inverse() * G;
            double[] g = [.. Enumerable.Range(0, scenario.K).Select(k => marginal[k, k].Real)];
            double used = q.Zip(g).Sum(pair => pair.First * pair.Second);
            bound = Math.Min(bound, Math.Log2(system.Determinant().Real) + (((g.Max() * total) - used) / Math.Log(2)));
            q = [.. q.Zip(g).Select(pair => pair.First * pair.Second * total / used)];
        }

        return bound;
    }
}
