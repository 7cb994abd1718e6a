namespace Precoding.Simulation;

/// <summary>Charts of rates.</summary>
internal static class RateCharts
{
    public const string SumRate = "sum rate, bit/s/Hz";

    /// <param name="methods">Names and sum rates, [SNR][drop].</param>
    public static Chart OverSnr(string title, double[] snrs, IReadOnlyList<(string Name, double[][] Rates)> methods) => Over(title, new ChartAxis("SNR, dB"), snrs, methods);

    /// <param name="methods">Names and sum rates, [place on the axis][drop].</param>
    public static Chart Over(string title, ChartAxis x, double[] places, IReadOnlyList<(string Name, double[][] Rates)> methods) => new(
        title, x, new ChartAxis(SumRate, FromZero: true),
        [.. methods.Select(m => new ChartSeries(m.Name, [.. places.Select((place, i) => ChartPoint.Of(place, Estimate.Of(m.Rates[i])))]))]);
}
