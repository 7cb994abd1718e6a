namespace Precoding.Simulation;

/// <summary>The numbers an axis spans, where they lie on it, and which of them are labelled.</summary>
internal sealed class AxisRange
{
    private static readonly double[] Mantissas = [1, 2, 5], FinerMantissas = [1, 1.5, 2, 3, 4, 5, 7];
    private readonly ChartScale scale;

    private AxisRange(ChartScale scale, double low, double high, IReadOnlyList<double> ticks) => (this.scale, Low, High, Ticks) = (scale, low, high, ticks);

    public double Low { get; }

    public double High { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>What is labelled where a part of the axis fills the picture. None on a linear axis, where it depends on the part.</summary>
    public IReadOnlyList<double> FinerTicks => scale switch
    {
        ChartScale.Linear => [],
        ChartScale.Logarithmic => [.. Decades(Low, High, FinerMantissas)],
        _ => [0, .. Decades(1, High, FinerMantissas)],
    };

    public static AxisRange OfX(Chart chart) => Of(chart.X, chart.Series.SelectMany(s => s.Points).Select(p => p.X), rounded: false, mostTicks: 9);

    /// <summary>Spans the intervals too, but for an axis from 0, which their low ends shall not take below it.</summary>
    public static AxisRange OfY(Chart chart) => Of(
        chart.Y, chart.Series.SelectMany(s => s.Points).SelectMany(p => chart.Y.FromZero ? new[] { p.Y, p.High } : [p.Y, p.Low, p.High]), rounded: true, mostTicks: 7);

    /// <param name="rounded">Whether the ends go out to labels.</param>
    /// <param name="mostTicks">Labels that there is room for.</param>
    public static AxisRange Of(ChartAxis axis, IEnumerable<double> values, bool rounded, int mostTicks)
    {
        double[] finite = [.. values.Where(v => double.IsFinite(v) && (axis.Scale != ChartScale.Logarithmic || v > 0))];
        double low = finite.Length == 0 ? 0 : finite.Min(), high = finite.Length == 0 ? 1 : finite.Max();
        return axis.Scale switch
        {
            ChartScale.Linear => Linear(axis.FromZero ? Math.Min(0, low) : low, high, rounded, mostTicks),
            ChartScale.Logarithmic => Logarithmic(low, high, rounded, mostTicks),
            _ => new AxisRange(axis.Scale, 0, Math.Max(1, high), Thinned([0, .. Decades(1, Math.Max(1, high))], mostTicks)),
        };
    }

    /// <summary>0 at the low end, 1 at the high one.</summary>
    public double PlaceOf(double value) => scale switch
    {
        ChartScale.Linear => (value - Low) / (High - Low),
        ChartScale.Logarithmic => Math.Log(value / Low) / Math.Log(High / Low),
        _ => Math.Log(1 + value) / Math.Log(1 + High),
    };

    private static AxisRange Linear(double low, double high, bool rounded, int mostTicks)
    {
        if (high - low < 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high)) || high == low)
        {
            (low, high) = (low - Math.Max(0.5, Math.Abs(low) / 100), high + Math.Max(0.5, Math.Abs(high) / 100));
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10((high - low) / mostTicks)));
        double step = new[] { 1, 2, 5, 10 }.Select(m => m * power).First(s => (high - low) / s <= mostTicks);
        if (rounded)
        {
            (low, high) = (Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step);
        }

        var ticks = new List<double>();
        for (double i = Math.Ceiling((low / step) - 1e-9); i * step <= high + (1e-9 * step); i++)
        {
            ticks.Add(i == 0 ? 0 : i * step); // no −0
        }

        return new AxisRange(ChartScale.Linear, low, high, ticks);
    }

    private static AxisRange Logarithmic(double low, double high, bool rounded, int mostTicks)
    {
        if (!(high > low * 1.01))
        {
            (low, high) = (low / 2, high * 2);
        }

        if (rounded)
        {
            low = Decades(low / 10, low * 1.0001).Last();
            high = Decades(high * 0.9999, high * 10).First();
        }

        double[] ticks = [.. Decades(low * 0.9999, high * 1.0001)];
        return new AxisRange(ChartScale.Logarithmic, low, high, ticks.Length <= mostTicks ? ticks : Thinned([.. ticks.Where(IsPower)], mostTicks));
    }

    private static bool IsPower(double value) => Math.Abs(Math.Log10(value) - Math.Round(Math.Log10(value))) < 1e-6;

    /// <summary>1, 2 and 5 times powers of ten between two positive numbers.</summary>
    private static IEnumerable<double> Decades(double low, double high) => Decades(low, high, Mantissas);

    private static IEnumerable<double> Decades(double low, double high, double[] mantissas) =>
        from exponent in Enumerable.Range((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)) - (int)Math.Floor(Math.Log10(low)) + 1)
        from mantissa in mantissas
        let value = mantissa * Math.Pow(10, exponent)
        where value >= low && value <= high
        select value;

    private static double[] Thinned(double[] ticks, int most)
    {
        int every = (ticks.Length + most - 1) / most;
        return [.. ticks.Where((_, i) => i % every == 0)];
    }
}
