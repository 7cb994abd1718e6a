using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Precoding.Cli.Output;

namespace Precoding.Cli.Solving;

/// <summary>What inspect measures of a batch.</summary>
internal static class ChannelInspection
{
    /// <summary>10 lg ‖h_{k,l}‖²/M of every link that is not zero, sorted.</summary>
    public static double[] LinkGainsDb(double[,,] gains) => SortedDb(gains.Cast<double>());

    /// <summary>10 lg Σ_l ‖h_{k,l}‖²/M of every user of every realization, sorted.</summary>
    public static double[] UserGainsDb(double[,,] gains) => SortedDb(PerUser(gains, links => links.Sum()));

    /// <summary>How much stronger a user's strongest access point is than the second, dB, sorted; empty for one access point.</summary>
    public static double[] StrongestOverSecondDb(double[,,] gains) => gains.GetLength(2) == 1 ? [] : SortedDb(PerUser(gains, links =>
    {
        double[] descending = [.. links.OrderDescending()];
        return descending[1] > 0 ? descending[0] / descending[1] : 0; // 0: left out below
    }));

    /// <summary>Singular values of the (L·M) × K matrix of one realization with every user scaled to norm 1, descending; min(K, L·M) of them.</summary>
    public static double[] SingularValues(ChannelBatch channels, int realization)
    {
        ChannelShape shape = channels.Shape;
        int M = shape.AntennaCount, rows = shape.AccessPointCount * M;
        Matrix<Complex> H = Matrix<Complex>.Build.Dense(rows, shape.UserCount);
        var link = new Complex[M];
        for (int k = 0; k < shape.UserCount; k++)
        {
            for (int l = 0; l < shape.AccessPointCount; l++)
            {
                channels.CopyLink(realization, k, l, link);
                H.SetSubMatrix(l * M, k, Matrix<Complex>.Build.DenseOfColumnMajor(M, 1, link));
            }

            double norm = H.Column(k).L2Norm();
            if (norm > 0)
            {
                H.SetColumn(k, H.Column(k) / norm);
            }
        }

        // eigenvalues of the smaller Gram matrix are the squared singular values
        Matrix<Complex> gram = shape.UserCount <= rows ? H.ConjugateTransposeThisAndMultiply(H) : H.ConjugateTransposeAndMultiply(H);
        return [.. gram.Evd(Symmetricity.Hermitian).EigenValues.Select(e => Math.Sqrt(Math.Max(0, e.Real))).OrderDescending()];
    }

    /// <summary>Share of beams that pursuit keeps, Σ Ñ_k/(K·L·M) of one realization, [BSP Fig. 3].</summary>
    public static double SupportRatio(ChannelBatch channels, int realization, IDevice device, int fineFactor, double pursuitResidual) =>
        BeamSparsity.UserRatios(channels, realization, device, fineFactor, pursuitResidual).Average();

    /// <summary>p5, p25, p50, p75, p95.</summary>
    public static double[] Percentiles(double[] sorted) => [.. new[] { 0.05, 0.25, 0.5, 0.75, 0.95 }.Select(q => Statistics.Quantile(sorted, q))];

    private static IEnumerable<double> PerUser(double[,,] gains, Func<double[], double> of)
    {
        for (int r = 0; r < gains.GetLength(0); r++)
        {
            for (int k = 0; k < gains.GetLength(1); k++)
            {
                yield return of([.. Enumerable.Range(0, gains.GetLength(2)).Select(l => gains[r, k, l])]);
            }
        }
    }

    private static double[] SortedDb(IEnumerable<double> values) => [.. values.Where(v => v > 0).Select(v => 10 * Math.Log10(v)).Order()];
}
