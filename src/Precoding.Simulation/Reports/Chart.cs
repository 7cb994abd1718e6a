namespace Precoding.Simulation;

/// <summary>How an axis spreads numbers.</summary>
public enum ChartScale
{
    Linear,

    /// <summary>By the logarithm; every number is positive.</summary>
    Logarithmic,

    /// <summary>By log(1 + x), for iterations from 0 on.</summary>
    LogarithmicFromZero,
}

/// <summary>An axis.</summary>
/// <param name="Label">What is shown, with its unit.</param>
/// <param name="FromZero">Whether the axis begins at 0 whatever the numbers.</param>
public sealed record ChartAxis(string Label, ChartScale Scale = ChartScale.Linear, bool FromZero = false);

/// <summary>A point with its 95 % confidence interval; Low = High = Y where there is none.</summary>
public readonly record struct ChartPoint(double X, double Y, double Low, double High)
{
    public static ChartPoint Of(double x, double y) => new(x, y, y, y);

    public static ChartPoint Of(double x, Estimate estimate) => new(x, estimate.Mean, estimate.Low, estimate.High);
}

/// <summary>A curve.</summary>
/// <param name="Points">By X ascending.</param>
/// <param name="IsSteps">Each value holds from its X to the next, as in a histogram.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points, bool IsSteps = false);

/// <summary>Curves over two axes: everything that a picture needs and nothing of how it looks.</summary>
public sealed record Chart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>The points of a curve that have a place: finite ones, and positive ones on a logarithmic axis.</summary>
    public IReadOnlyList<ChartPoint> DrawnPoints(int series) => [.. Series[series].Points.Where(p => HasPlace(X, p.X) && HasPlace(Y, p.Y))];

    private static bool HasPlace(ChartAxis axis, double value) => double.IsFinite(value) && axis.Scale switch
    {
        ChartScale.Logarithmic => value > 0,
        ChartScale.LogarithmicFromZero => value >= 0,
        _ => true,
    };
}
