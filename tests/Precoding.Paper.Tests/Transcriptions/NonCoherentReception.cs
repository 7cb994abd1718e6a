using System.Numerics;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// What follows from effective channels alone: rates, receivers, weights. G[k] is N × S, column s what user k hears of stream s; user[s] is whose stream it is. Every user decodes its
/// streams jointly. [NCJT (10)–(12), noncoherent.md §1, §2]
/// </summary>
internal sealed class NonCoherentReception
{
    private readonly NonCoherentScenario scenario;

    public NonCoherentReception(NonCoherentScenario scenario, int[] user, Matrix[] G)
    {
        this.scenario = scenario;
        (S, Heard) = (user.Length, G);
        Own = [.. Enumerable.Range(0, scenario.K).Select(k => Enumerable.Range(0, S).Where(s => user[s] == k).ToArray())];
        Omega = [.. Own.Select((streams, k) => Matrix.Build.DenseDiagonal(scenario.N, scenario.N, scenario.Noise[k]) + Covariance(G[k], [.. Enumerable.Range(0, S).Except(streams)]))];
        J = [.. Own.Select((streams, k) => Omega[k] + Covariance(G[k], streams))];
    }

    public int S { get; }

    /// <summary>Streams of each user, ascending.</summary>
    public int[][] Own { get; }

    /// <summary>G_k.</summary>
    public Matrix[] Heard { get; }

    /// <summary>Ω_k = σ_k² I + Σ over the streams of others of g gᴴ.</summary>
    public Matrix[] Omega { get; }

    /// <summary>J_k = Ω_k + the own streams' covariance.</summary>
    public Matrix[] J { get; }

    /// <summary>R_k = log₂ det J_k − log₂ det Ω_k, bit/s/Hz.</summary>
    public double[] Rates => [.. Own.Select((streams, k) => streams.Length == 0 ? 0 : (LogDeterminant(J[k]) - LogDeterminant(Omega[k])) / Math.Log(2))];

    public double WeightedSumRate => Rates.Zip(scenario.Weight, (rate, alpha) => alpha * rate).Sum();

    /// <summary>G_k^own, N × D_k, of a user with streams.</summary>
    public Matrix Signal(int k) => NonCoherentStreams.Choose(Heard[k], Own[k]);

    /// <summary>U_k = J_k⁻¹ G_k^own, N × D_k. [NCJT (13)]</summary>
    public Matrix Receiver(int k) => J[k].Cholesky().Solve(Signal(k));

    /// <summary>W_k = I + G_k^ownᴴ Ω_k⁻¹ G_k^own, D_k × D_k. [NCJT (14)]</summary>
    public Matrix Weight(int k) => Matrix.Build.DenseIdentity(Own[k].Length) + (Signal(k).ConjugateTranspose() * Omega[k].Cholesky().Solve(Signal(k)));

    /// <summary>E_k = (I − UᴴG)(I − UᴴG)ᴴ + UᴴΩU for any receiver. [noncoherent.md §2]</summary>
    public Matrix Error(int k, Matrix U)
    {
        Matrix rest = Matrix.Build.DenseIdentity(Own[k].Length) - (U.ConjugateTranspose() * Signal(k));
        return (rest * rest.ConjugateTranspose()) + (U.ConjugateTranspose() * Omega[k] * U);
    }

    /// <summary>Σ_k α_k (log₂ det W_k − (tr(W_k E_k) − D_k)/ln 2), which is the weighted sum rate at the best U and W. [NCJT Lemma 1]</summary>
    public double Surrogate(Func<int, Matrix> receiver, Func<int, Matrix> weight) => Served.Sum(k =>
        scenario.Weight[k] * (LogDeterminant(weight(k)) - (weight(k) * Error(k, receiver(k))).Trace().Real + Own[k].Length) / Math.Log(2));

    /// <summary>Users with streams.</summary>
    public IEnumerable<int> Served => Enumerable.Range(0, scenario.K).Where(k => Own[k].Length > 0);

    /// <summary>F: column s has √α_k (U_k L_k)[:, s] in the rows of its user k, W_k = L_k L_kᴴ; KN × S. F Fᴴ = T. [noncoherent.md §4.2]</summary>
    public Matrix Factor() => OverStreams(scenario.K * scenario.N, k => (Receiver(k) * Root(k)) * Math.Sqrt(scenario.Weight[k]), k => [.. Enumerable.Range(k * scenario.N, scenario.N)]);

    /// <summary>C: column s has √α_k L_kᴴ[:, s] in the rows of the streams of its user k; S × S. F C = E. [noncoherent.md §4.2]</summary>
    public Matrix Target() => OverStreams(S, k => Root(k).ConjugateTranspose() * Math.Sqrt(scenario.Weight[k]), k => Own[k]);

    /// <summary>T = blkdiag(α_k U_k W_k U_kᴴ), KN × KN. [NCJT (28)]</summary>
    public Matrix T()
    {
        var T = Matrix.Build.Dense(scenario.K * scenario.N, scenario.K * scenario.N);
        foreach (int k in Served)
        {
            T.SetSubMatrix(k * scenario.N, k * scenario.N, Receiver(k) * Weight(k) * Receiver(k).ConjugateTranspose() * scenario.Weight[k]);
        }

        return T;
    }

    /// <summary>E: column s has α_k (U_k W_k)[:, s] in the rows of its user k; KN × S. [NCJT (28)]</summary>
    public Matrix E() => OverStreams(scenario.K * scenario.N, k => (Receiver(k) * Weight(k)) * scenario.Weight[k], k => [.. Enumerable.Range(k * scenario.N, scenario.N)]);

    public static double LogDeterminant(Matrix A) => A.Cholesky().DeterminantLn.Real;

    /// <summary>L_k.</summary>
    private Matrix Root(int k) => Weight(k).Cholesky().Factor;

    private Matrix OverStreams(int rowCount, Func<int, Matrix> block, Func<int, int[]> rows)
    {
        var full = Matrix.Build.Dense(rowCount, S);
        foreach (int k in Served)
        {
            (Matrix entries, int[] at) = (block(k), rows(k));
            for (int row = 0; row < at.Length; row++)
            {
                for (int column = 0; column < Own[k].Length; column++)
                {
                    full[at[row], Own[k][column]] = entries[row, column];
                }
            }
        }

        return full;
    }

    /// <summary>Σ g gᴴ over some columns, none included.</summary>
    private static Matrix Covariance(Matrix G, int[] columns) =>
        columns.Aggregate(Matrix.Build.Dense(G.RowCount, G.RowCount), (sum, s) => sum + (G.Column(s).ToColumnMatrix() * G.Column(s).Conjugate().ToRowMatrix()));
}
