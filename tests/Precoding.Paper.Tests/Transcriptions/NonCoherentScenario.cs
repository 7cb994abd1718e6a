using System.Numerics;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>One realization with users of several antennas: H[k, i] is N × M, y_k = Σ_i H[k, i] x_i + n_k. [NCJT (1)]</summary>
internal sealed record NonCoherentScenario(Matrix[,] H, double[] Power, double[] Noise, double[] Weight)
{
    public int K => H.GetLength(0);

    public int I => H.GetLength(1);

    public int N => H[0, 0].RowCount;

    public int M => H[0, 0].ColumnCount;

    public static NonCoherentScenario Of(StreamGoldenCase golden)
    {
        IReadOnlyList<int> extents = golden.Extents("H");
        return new NonCoherentScenario(
            Links(extents[0], extents[1], extents[2], extents[3], golden.Complexes("H")), golden.Reals("P"), golden.Reals("sigma2"), golden.Reals("alpha"));
    }

    /// <summary>Rayleigh fading under gains spread over 6 dB a link; budgets 1, noise so that 1/σ² is the SNR without beamforming of the mean link, weights 1.</summary>
    public static NonCoherentScenario Random(int I, int K, int M, int N, ulong seed, double snrDb = 10)
    {
        Complex[] fading = RandomProblem.Normals(K * I * N * M, seed), gain = RandomProblem.Normals(K * I, seed + 1000);
        for (int i = 0; i < fading.Length; i++)
        {
            fading[i] *= Math.Pow(10, 6 / 20.0 * gain[i / (N * M)].Real * Math.Sqrt(2));
        }

        return new NonCoherentScenario(Links(K, I, N, M, fading), Same(I, 1), Same(K, Math.Pow(10, -snrDb / 10)), Same(K, 1));
    }

    /// <summary>The same under unequal budgets, noise powers and weights.</summary>
    public static NonCoherentScenario RandomUnequal(int I, int K, int M, int N, ulong seed, double snrDb = 10)
    {
        NonCoherentScenario equal = Random(I, K, M, N, seed, snrDb);
        return equal with
        {
            Power = [.. equal.Power.Select((p, i) => p * Math.Pow(2, (i % 3) - 1))],
            Noise = [.. equal.Noise.Select((n, k) => n * (0.5 + (0.25 * (k % 5))))],
            Weight = [.. Enumerable.Range(0, K).Select(k => 0.5 + (0.5 * (k % 4)))],
        };
    }

    /// <summary>H_i: what all users hear of access point i, KN × M. [NCJT (18)]</summary>
    public Matrix Stacked(int i) => Enumerable.Range(1, K - 1).Aggregate(H[0, i], (above, k) => above.Stack(H[k, i]));

    /// <summary>Other channels of the same or another size.</summary>
    public NonCoherentScenario WithLinks(Func<int, int, Matrix> link)
    {
        var links = new Matrix[K, I];
        for (int k = 0; k < K; k++)
        {
            for (int i = 0; i < I; i++)
            {
                links[k, i] = link(k, i);
            }
        }

        return this with { H = links };
    }

    /// <summary>serve[i, k] of the L access points that each user hears best.</summary>
    public bool[,] Strongest(int L)
    {
        var serve = new bool[I, K];
        for (int k = 0; k < K; k++)
        {
            foreach (int i in Enumerable.Range(0, I).OrderByDescending(i => H[k, i].FrobeniusNorm()).Take(L))
            {
                serve[i, k] = true;
            }
        }

        return serve;
    }

    private static double[] Same(int count, double value) => [.. Enumerable.Repeat(value, count)];

    private static Matrix[,] Links(int K, int I, int N, int M, Complex[] values)
    {
        var links = new Matrix[K, I];
        for (int k = 0; k < K; k++)
        {
            for (int i = 0; i < I; i++)
            {
                (int link, Matrix H) = ((k * I) + i, Matrix.Build.Dense(N, M));
                H.MapIndexedInplace((row, column, _) => values[(((link * N) + row) * M) + column]);
                links[k, i] = H;
            }
        }

        return links;
    }
}
