using System.Globalization;
using System.Text;

namespace Precoding.Simulation;

/// <summary>One quantity over the links or users of a drop.</summary>
/// <param name="Name">Quantity and unit.</param>
/// <param name="Percentiles">5, 25, 50, 75 and 95 %.</param>
/// <param name="Reference">The same of four drops of the paper's scenario by an independent generator.</param>
/// <param name="Distance">Kolmogorov–Smirnov distance as far as the reference is known: the largest |F(q_p) − p| over its percentiles q_p, F the share of the values here that are at most q_p.</param>
public sealed record CalibrationRow(string Name, IReadOnlyList<double> Percentiles, IReadOnlyList<double> Reference, double Distance);

/// <summary>Percentiles of a drop beside those of the reference generator, which holds for the layout of <see cref="PaperScenario"/>.</summary>
public sealed record CalibrationReport
{
    /// <summary>Percentages of <see cref="CalibrationRow.Percentiles"/>.</summary>
    public static readonly IReadOnlyList<int> Percentages = [5, 25, 50, 75, 95];

    /// <summary>Mean over links of the clusters' powers in descending order, of four reference drops, dB.</summary>
    public static readonly IReadOnlyList<double> ReferenceClusterPowerDb =
        [-6.8, -8.7, -9.8, -10.6, -11.4, -12.0, -12.6, -13.2, -13.8, -14.4, -15.1, -15.7, -16.4, -17.2, -18.1, -19.1, -20.4, -22.0, -24.1, -28.0];

    public required IReadOnlyList<CalibrationRow> Rows { get; init; }

    /// <summary>10 lg of the mean over links of the n-th strongest cluster's share of the power, before the weakest are dropped, [cluster].</summary>
    public required IReadOnlyList<double> ClusterPowerDb { get; init; }

    /// <param name="links">[realization, user, accessPoint].</param>
    internal static CalibrationReport Of(IReadOnlyList<LinkStatistics> links, int accessPointCount)
    {
        double[][] lossesOfUser = [.. links.Select(l => l.CouplingLossDb).Chunk(accessPointCount).Select(losses => losses.Order().ToArray())];
        var rows = new List<CalibrationRow>
        {
            Row("path loss, link, dB", links.Select(l => l.PathLossDb), [119.3, 135.5, 143.3, 148.1, 151.7]),
            Row("coupling loss incl. element gain, link, dB", links.Select(l => l.CouplingLossDb), [118.4, 131.6, 139.1, 146.1, 155.5]),
            Row("coupling loss, strongest access point, dB", lossesOfUser.Select(l => l[0]), [110.6, 122.7, 128.6, 134.0, 141.6]),
        };
        if (accessPointCount > 1)
        {
            rows.Add(Row("gain strongest / second, dB", lossesOfUser.Select(l => l[1] - l[0]), [0.82, 4.26, 9.39, 17.3, 30.2]));
        }

        rows.Add(Row("rms azimuth spread of departure, deg", links.Select(l => l.AzimuthSpreadDeg), [9.0, 16.2, 24.6, 36.9, 68.5]));
        rows.Add(Row("the same weighted with the element pattern, deg", links.Select(l => l.WeightedAzimuthSpreadDeg), [8.2, 12.6, 16.8, 21.6, 30.7]));
        rows.Add(Row("rms delay spread, ns", links.Select(l => l.DelaySpreadSeconds * 1e9), [74, 176, 319, 583, 1372]));
        return new CalibrationReport
        {
            Rows = rows,
            ClusterPowerDb = [.. Enumerable.Range(0, UrbanMacroTable.ClusterCount).Select(n => 10 * Math.Log10(links.Average(l => l.SortedClusterPower[n])))],
        };
    }

    /// <summary>A table for people: each row, and below it the reference.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{string.Empty,-50}{string.Concat(Percentages.Select(p => $"{"p" + p,9}"))}{"KS",9}");
        foreach (CalibrationRow row in Rows)
        {
            text.AppendLine($"{row.Name,-50}{Numbers(row.Percentiles)}{row.Distance.ToString("F3", CultureInfo.InvariantCulture),9}");
            text.AppendLine($"{"  reference",-50}{Numbers(row.Reference)}");
        }

        text.AppendLine("mean sorted cluster power, dB");
        text.AppendLine(Numbers(ClusterPowerDb));
        text.AppendLine("  reference");
        text.AppendLine(Numbers(ReferenceClusterPowerDb));
        return text.ToString();
    }

    /// <summary>Percentile by linear interpolation between the sorted values.</summary>
    private static CalibrationRow Row(string name, IEnumerable<double> values, double[] reference)
    {
        double[] sorted = [.. values.Order()];
        double distance = Percentages.Select((p, i) => Math.Abs(((double)sorted.Count(value => value <= reference[i]) / sorted.Length) - (p / 100.0))).Max();
        return new CalibrationRow(name, [.. Percentages.Select(p => At(p / 100.0 * (sorted.Length - 1)))], reference, distance);

        double At(double position)
        {
            int below = (int)position;
            return below + 1 < sorted.Length ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[^1];
        }
    }

    private static string Numbers(IReadOnlyList<double> values) =>
        string.Concat(values.Select(v => v.ToString("0.0", CultureInfo.InvariantCulture).PadLeft(9)));
}
