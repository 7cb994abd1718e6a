using System.Globalization;

namespace Precoding.Simulation;

/// <summary>What a report says of where its numbers come from.</summary>
/// <param name="Plan">Its name.</param>
/// <param name="PlanHash">Of what determines the numbers.</param>
/// <param name="RealizationCount">Drops that the plan asks for.</param>
/// <param name="Devices">That computed them.</param>
/// <param name="Version">Of the tool that computed them, or several.</param>
public sealed record SweepReportHeader(string Plan, string PlanHash, int RealizationCount, string Devices, string Version);

/// <summary>A sweep as a report, from its summary alone.</summary>
public static class SweepReport
{
    private const int CurvePoints = 200; // as many steps as a chart has room for

    public static Report Of(SweepSummary summary, SweepReportHeader header) => new(
        $"Sweep {header.Plan}", Notes(summary, header), Gaps(summary) is { Rows.Count: > 0 } gaps ? [gaps] : [],
        [.. summary.Metrics.Select(metric => OfMetric(summary, metric)), .. Distribution(summary), .. Time(summary)]);

    private static IReadOnlyList<string> Notes(SweepSummary summary, SweepReportHeader header)
    {
        int drops = summary.RealizationCount, lacking = header.RealizationCount - drops;
        long failed = summary.Cells.Sum(c => (long)c.FailedCount), notFinite = summary.Cells.Sum(c => (long)c.NotFiniteCount), missing = Places(summary).Sum(p => (long)Missing(summary, p.Cell));
        return
        [
            Text($"Plan {header.Plan}, hash {header.PlanHash}; version {header.Version}; devices: {header.Devices}."),
            Text($"{drops} of {header.RealizationCount} drops, {summary.SnrsDb.Count} SNRs, {summary.Precoders.Count} precoders, {summary.Metrics.Count} metrics.") + (lacking > 0 ? Text($" {lacking} drops are missing.") : " No drop is missing."),
            failed + notFinite + missing == 0
                ? "Every drop has a value of every precoder and metric."
                : Text($"Of the drops that are there, {failed} values are of solvers that failed or diverged, {notFinite} others are not finite, and {missing} have no row; none of them is in any mean. The table below says where."),
            Text($"Values are means over drops with 95 % confidence intervals. Differences are of a precoder less {summary.Baseline}, drop by drop, on the drops that have values of both."),
        ];
    }

    private static ReportTable Gaps(SweepSummary summary) => new(
        "Values that are in no mean", ["precoder", "SNR, dB", "metric", "in the mean", "failed or diverged", "not finite", "no row"],
        [.. from place in Places(summary)
            let cell = place.Cell
            let missing = Missing(summary, cell)
            where missing > 0 || cell is { FailedCount: > 0 } or { NotFiniteCount: > 0 }
            select (IReadOnlyList<string>)[place.Precoder, Text($"{place.SnrDb:R}"), place.Metric, .. new[] { cell?.Mean.Count ?? 0, cell?.FailedCount ?? 0, cell?.NotFiniteCount ?? 0, missing }.Select(n => Text($"{n}"))]]);

    /// <summary>Every combination that the sweep has, whether it has rows or not; a metric that a precoder has nowhere, as bounds have no iterations, is none of it.</summary>
    private static IEnumerable<(double SnrDb, string Precoder, string Metric, SweepCell? Cell)> Places(SweepSummary summary) =>
        from precoder in summary.Precoders
        from snrDb in summary.SnrsDb
        from metric in summary.Metrics
        where summary.SnrsDb.Any(any => summary.Find(any, precoder, metric) is not null)
        select (snrDb, precoder, metric, summary.Find(snrDb, precoder, metric));

    private static int Missing(SweepSummary summary, SweepCell? cell) => summary.RealizationCount - (cell is null ? 0 : cell.Mean.Count + cell.FailedCount + cell.NotFiniteCount);

    private static ReportSection OfMetric(SweepSummary summary, string metric)
    {
        ChartAxis snr = new("SNR, dB");
        bool isSumRate = metric == SweepSummary.SumRate;
        var charts = new List<Chart>
        {
            new("mean over drops", snr, new ChartAxis(Label(metric), FromZero: isSumRate), Curves(summary, metric, cell => cell.Mean)),
        };
        string[] others = [.. summary.Precoders.Where(p => p != summary.Baseline)];
        if (isSumRate && others.Length > 0)
        {
            charts.Add(new Chart($"less that of {summary.Baseline}, on common drops", snr, new ChartAxis($"difference of {Label(metric)}"), Curves(summary, metric, cell => cell.Precoder == summary.Baseline ? new Estimate(0, 0, cell.Mean.Count) : cell.OverBaseline?.Difference)));
        }

        return new ReportSection($"metric-{metric}", Name(metric), [], charts, others.Length > 0 ? [Means(summary, metric), Differences(summary, metric, others)] : [Means(summary, metric)]);
    }

    /// <summary>One for each precoder, in every chart in the same place and so of the same look.</summary>
    private static IReadOnlyList<ChartSeries> Curves(SweepSummary summary, string metric, Func<SweepCell, Estimate?> value) =>
    [
        .. summary.Precoders.Select(precoder => new ChartSeries(precoder,
        [
            .. from snrDb in summary.SnrsDb
               let cell = summary.Find(snrDb, precoder, metric)
               where cell is not null && value(cell) is { Count: > 0 }
               select ChartPoint.Of(snrDb, value(cell)!.Value),
        ])),
    ];

    private static ReportTable Means(SweepSummary summary, string metric) => new(
        $"{Name(metric)}: means", ["SNR, dB", .. summary.Precoders],
        [.. summary.SnrsDb.Select(snrDb => (IReadOnlyList<string>)[Text($"{snrDb:R}"), .. summary.Precoders.Select(p => summary.Find(snrDb, p, metric) is { Mean.Count: > 0 } cell ? Rounded(cell.Mean) : "–")])]);

    private static ReportTable Differences(SweepSummary summary, string metric, IReadOnlyList<string> others) => new(
        $"{Name(metric)}: less that of {summary.Baseline}", ["precoder", "SNR, dB", "difference", "of the baseline's mean", "higher on", "common drops"],
        [.. from precoder in others
            from snrDb in summary.SnrsDb
            let over = summary.Find(snrDb, precoder, metric)?.OverBaseline
            where over is not null
            select (IReadOnlyList<string>)[precoder, Text($"{snrDb:R}"), Rounded(over.Difference), Share(over.Difference.Mean / over.BaselineMean), Share(over.ShareAbove), Text($"{over.Difference.Count}")]]);

    /// <summary>The distribution of the sum rate over drops, a chart for each SNR.</summary>
    private static IEnumerable<ReportSection> Distribution(SweepSummary summary)
    {
        if (!summary.Metrics.Contains(SweepSummary.SumRate))
        {
            return [];
        }

        int most = summary.Cells.Max(c => c.Sample.Count);
        bool isWhole = summary.Cells.All(c => c.Metric != SweepSummary.SumRate || c.Sample.Count == c.Mean.Count);
        string origin = isWhole
            ? "Share of drops whose sum rate is at most the value."
            : Text($"Share of drops whose sum rate is at most the value, of at most {most} drops that their numbers choose, the same for every precoder.");
        return
        [
            new ReportSection("distribution", "sum rate over drops", [origin],
            [
                .. summary.SnrsDb.Select(snrDb => new Chart(
                    Text($"SNR {snrDb:R} dB"), new ChartAxis(RateCharts.SumRate), new ChartAxis("share of drops", FromZero: true),
                    [.. summary.Precoders.Select(p => new ChartSeries(p, Cumulative(summary.Find(snrDb, p, SweepSummary.SumRate)?.Sample ?? []), IsSteps: true))])),
            ], []),
        ];
    }

    /// <summary>(x₍ᵢ₎, i/n), of evenly spaced i where there are more than a chart shows.</summary>
    private static IReadOnlyList<ChartPoint> Cumulative(IReadOnlyList<double> ascending)
    {
        int n = ascending.Count, points = Math.Min(n, CurvePoints);
        return [.. Enumerable.Range(1, points).Select(point => (int)((long)point * n / points)).Select(i => ChartPoint.Of(ascending[i - 1], (double)i / n))];
    }

    private static IEnumerable<ReportSection> Time(SweepSummary summary) => summary.Times.Count == 0 ? [] :
    [
        new ReportSection("time", "time per drop", ["Wall time of the computation, shared evenly among the drops that were computed together."],
        [
            new Chart("over all devices", new ChartAxis("SNR, dB"), new ChartAxis("seconds per drop", ChartScale.Logarithmic),
            [
                .. summary.Precoders.Select(precoder => new ChartSeries(precoder, [.. summary.Times.Where(t => t.Precoder == precoder).OrderBy(t => t.SnrDb).Select(t => ChartPoint.Of(t.SnrDb, t.MeanSeconds))])),
            ]),
        ],
        [
            new ReportTable("Over all SNRs", ["precoder", "device", "seconds per drop and SNR", "computed", "seconds in all"],
                [.. summary.DeviceTimes.Select(t => (IReadOnlyList<string>)[t.Precoder, t.Device, Text($"{t.MeanSeconds:G4}"), Text($"{t.Count}"), Text($"{(t.MeanSeconds * t.Count):G4}")])]),
        ]),
    ];

    private static string Name(string metric) => metric == SweepSummary.SumRate ? "sum rate" : metric;

    private static string Label(string metric) => metric == SweepSummary.SumRate ? RateCharts.SumRate : metric;

    private static string Share(double share) => Text($"{(100 * share):0.0} %");

    /// <summary>To two digits of the half interval.</summary>
    private static string Rounded(Estimate estimate) => estimate.HalfWidth > 0
        ? estimate.ToString(Text($"F{Math.Clamp(1 - (int)Math.Floor(Math.Log10(estimate.HalfWidth)), 0, 15)}"))
        : estimate.ToString("G6");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
