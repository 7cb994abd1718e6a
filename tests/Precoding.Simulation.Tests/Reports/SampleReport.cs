namespace Precoding.Simulation.Tests.Reports;

/// <summary>A report with every kind of axis and curve, and texts that would be markup if they were not escaped.</summary>
internal static class SampleReport
{
    public const string Hostile = "</script><img src=x onerror=\"console.error('ran')\"> & 'quoted' \u2028 é";

    public static Report Create() => new(
        $"Report {Hostile}", [$"Note {Hostile}"], [new ReportTable($"Table {Hostile}", ["figure", Hostile], [["first", Hostile], ["second", "2"]])],
        [
            new ReportSection("linear", $"Section {Hostile}", [Hostile], [Linear(), Histogram()], [new ReportTable("empty", ["a", "b"], [])]),
            new ReportSection("logarithmic", "Logarithmic axes", [], [Logarithmic(), FromZero(), Empty()], []),
        ]);

    private static Chart Linear() => new(
        "nine curves with intervals", new ChartAxis("SNR, dB"), new ChartAxis("sum rate, bit/s/Hz", FromZero: true),
        [.. Enumerable.Range(0, 9).Select(i => new ChartSeries(
            i == 0 ? Hostile : $"curve {i}", [.. Enumerable.Range(0, 7).Select(x => new ChartPoint(5 * x, (i + 1) * (x + 1), ((i + 1) * (x + 1)) - 1, ((i + 1) * (x + 1)) + 2))]))]);

    private static Chart Histogram() => new(
        "steps", new ChartAxis("share, %"), new ChartAxis("density"), [new ChartSeries("steps", [.. Enumerable.Range(0, 40).Select(x => ChartPoint.Of(x, x % 5))], IsSteps: true)]);

    private static Chart Logarithmic() => new(
        "decades", new ChartAxis("users, K", ChartScale.Logarithmic), new ChartAxis("seconds", ChartScale.Logarithmic),
        [
            new ChartSeries("with an interval below zero", [.. Enumerable.Range(0, 5).Select(x => new ChartPoint(Math.Pow(4, x), Math.Pow(10, x - 4), x == 0 ? -1 : Math.Pow(10, x - 4.5), Math.Pow(10, x - 3.5)))]),
            new ChartSeries("with points that have no place", [ChartPoint.Of(1, 0), ChartPoint.Of(4, 0.01), ChartPoint.Of(16, double.NaN), new ChartPoint(64, 0.1, 0.05, double.PositiveInfinity)]),
        ]);

    private static Chart FromZero() => new(
        "iterations from 0", new ChartAxis("iteration", ChartScale.LogarithmicFromZero), new ChartAxis("sum rate, bit/s/Hz"),
        [new ChartSeries("many points", [.. Enumerable.Range(0, 200).Select(x => ChartPoint.Of(x, Math.Sqrt(x)))]), new ChartSeries("one point", [ChartPoint.Of(3, 1)])]);

    private static Chart Empty() => new("nothing to draw", new ChartAxis("x"), new ChartAxis("y"), [new ChartSeries("no points", [])]);
}
