using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// The textbook WMMSE: M × M systems per access point, Gauss–Seidel over the access points with receivers and weights once per iteration, exact power multiplier.
/// P_l = (H_l Ω H_lᴴ + λ_l I)⁻¹ H_l (diag(w∘a) − Ω Σ_{r≠l} H_rᴴ P_r). [SHI11; coherent.md §4]
/// </summary>
internal static class SpatialWmmse
{
    public static Iterates Run(Scenario scenario, int iterationCount)
    {
        var iterates = new Iterates();
        Matrix[] P = scenario.MaximumRatio();
        iterates.Add(scenario, P, 0);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            Matrix S = scenario.Couplings(P);
            Complex[] a = [.. Enumerable.Range(0, scenario.K).Select(k => S[k, k] / scenario.Total(S, k))];
            double[] w = [.. Enumerable.Range(0, scenario.K).Select(k => scenario.Weight[k] / (1 - (Scenario.Square(S[k, k]) / scenario.Total(S, k))))];
            P = [.. P];
            for (int l = 0; l < scenario.L; l++)
            {
                P[l] = Block(scenario, P, l, a, w);
            }

            iterates.Add(scenario, P, 0);
        }

        return iterates;
    }

    private static Matrix Block(Scenario scenario, Matrix[] P, int l, Complex[] a, double[] w)
    {
        int K = scenario.K;
        Matrix H = scenario.H[l];
        Matrix omega = Matrix.Build.DenseDiagonal(K, K, k => w[k] * Scenario.Square(a[k]));
        Matrix others = scenario.Couplings(P) - (H.ConjugateTranspose() * P[l]);
        Matrix target = H * (Matrix.Build.DenseDiagonal(K, K, k => w[k] * a[k]) - (omega * others));
        Matrix C = H * omega * H.ConjugateTranspose();
        var evd = C.Evd(Symmetricity.Hermitian);
        double[] e = [.. evd.EigenValues.Select(value => value.Real)];
        Matrix B = evd.EigenVectors.ConjugateTranspose() * target;
        double[] energy = [.. Enumerable.Range(0, scenario.M).Select(i => B.Row(i).Sum(Scenario.Square))];
        double floor = 1e-11 * e.Max();
        if (Enumerable.Range(0, scenario.M).Where(i => e[i] > floor).Sum(i => energy[i] / (e[i] * e[i])) <= scenario.Power[l])
        {
            Matrix pseudoInverse = Matrix.Build.DenseDiagonal(scenario.M, scenario.M, i => e[i] > floor ? 1 / e[i] : 0);
            return evd.EigenVectors * (pseudoInverse * B);
        }

        (double low, double high) = (0, Math.Sqrt(energy.Sum() / scenario.Power[l]));
        for (int halving = 0; halving < 200; halving++)
        {
            double middle = (low + high) / 2;
            double power = Enumerable.Range(0, scenario.M).Sum(i => energy[i] / ((e[i] + middle) * (e[i] + middle)));
            (low, high) = power <= scenario.Power[l] ? (low, middle) : (middle, high);
        }

        return (C + (Matrix.Build.DenseIdentity(scenario.M) * high)).Inverse() * target;
    }
}
