using System.Text.Json;
using System.Text.Json.Serialization;

namespace Precoding.Simulation;

/// <summary>Charts as the JSON that Web/report.js draws from.</summary>
internal static class HtmlChartData
{
    // the default encoder leaves neither < nor & in strings, so the text may stand in an HTML element
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Write(IEnumerable<Chart> charts) => JsonSerializer.Serialize(
        new Page(LineStyle.LineWidth, LineStyle.MarkerStroke, LineStyle.BandOpacity, [.. charts.Select(Of)]), Json);

    /// <summary>As a property of the page, so that the colour scheme may change it.</summary>
    public static string Colour(LineStyle style) => $"var(--line-{style.ColourIndex})";

    public static string MarkerColour(LineStyle style) => style.Fill switch { MarkerFill.None => "none", MarkerFill.Background => "var(--paper)", _ => Colour(style) };

    private static Panel Of(Chart chart) => new(Of(chart.X, AxisRange.OfX(chart)), Of(chart.Y, AxisRange.OfY(chart)), [.. chart.Series.Select((series, i) =>
    {
        IReadOnlyList<ChartPoint> points = chart.DrawnPoints(i);
        LineStyle style = LineStyle.Of(i);
        (int first, int every) = LineStyle.MarkedPoints(i, chart.Series.Count, points.Count);
        return new Curve(series.Name, series.IsSteps, Colour(style), style.Dash, style.Marker, MarkerColour(style), first, every, [.. points.Select(p => (double[])[p.X, p.Y, p.Low, p.High])]);
    })]);

    private static Axis Of(ChartAxis axis, AxisRange range) => new(axis.Label, axis.Scale, range.Low, range.High, range.Ticks, range.FinerTicks);

    private sealed record Page(double LineWidth, double MarkerStroke, double BandOpacity, IReadOnlyList<Panel> Charts);

    private sealed record Panel(Axis X, Axis Y, IReadOnlyList<Curve> Curves);

    private sealed record Axis(string Label, ChartScale Scale, double Low, double High, IReadOnlyList<double> Ticks, IReadOnlyList<double> FinerTicks);

    /// <param name="Points">[point][x, y, low, high]; infinite ends as texts.</param>
    private sealed record Curve(
        string Name, bool IsSteps, string Colour, IReadOnlyList<int> Dash, string Marker, string MarkerColour, int FirstMarker, int MarkerEvery, IReadOnlyList<double[]> Points);
}
