using System.Globalization;
using System.Xml.Linq;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

public static class SvgChartTests
{
    [TestCase(0.0, 94.0, "0,20,40,60,80,100")]
    [TestCase(-3.0, 4.0, "-3,-2,-1,0,1,2,3,4")]
    [TestCase(0.91, 0.98, "0.91,0.92,0.93,0.94,0.95,0.96,0.97,0.98")]
    [TestCase(5.0, 5.0, "4.5,4.6,4.8,5,5.2,5.4,5.5")]
    public static void TicksAreRoundNumbers(double low, double high, string expected)
    {
        AxisRange range = AxisRange.Of(new ChartAxis("x"), [low, high], rounded: true, mostTicks: 8);
        Assert.That(range.PlaceOf(low), Is.GreaterThanOrEqualTo(0));
        Assert.That(range.PlaceOf(high), Is.LessThanOrEqualTo(1));
        if (high > low)
        {
            Assert.That(string.Join(',', range.Ticks.Select(t => Math.Round(t, 6).ToString(CultureInfo.InvariantCulture))), Is.EqualTo(expected));
        }
    }

    [Test]
    public static void LogarithmicAxesHaveDecades()
    {
        AxisRange range = AxisRange.Of(new ChartAxis("x", ChartScale.Logarithmic), [3e-4, 0, 40], rounded: true, mostTicks: 8);
        Assert.That((range.Low, range.High), Is.EqualTo((2e-4, 50.0)).Using<(double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-9 && Math.Abs(a.Item2 - b.Item2) < 1e-9));
        Assert.That(range.Ticks, Has.All.Matches<double>(t => Math.Abs(Math.Log10(t) - Math.Round(Math.Log10(t))) < 1e-9));
        Assert.That(range.PlaceOf(range.Low), Is.Zero.Within(1e-12));
    }

    [Test]
    public static void IterationsBeginAtZero()
    {
        AxisRange range = AxisRange.Of(new ChartAxis("x", ChartScale.LogarithmicFromZero), [0, 99], rounded: false, mostTicks: 9);
        Assert.That(range.Ticks, Is.EqualTo(new[] { 0, 1, 2, 5, 10, 20, 50 }).AsCollection);
        Assert.That(range.PlaceOf(9), Is.EqualTo(0.5).Within(1e-12));
    }

    /// <summary>A demo has nine curves; colours alone are seven.</summary>
    [Test]
    public static void CurvesDifferBeyondTheirColours() =>
        Assert.That(Enumerable.Range(0, 28).Select(i => (LineStyle.Of(i).Colour, LineStyle.Of(i).Marker, string.Join(',', LineStyle.Of(i).Dash))), Is.Unique);

    /// <summary>Names come from options and files.</summary>
    [Test]
    public static void TextsAreEscaped()
    {
        string svg = SvgChart.Draw("a < b & \"c\"", [new Chart("<script>", new ChartAxis("x & y"), new ChartAxis("z"), [new ChartSeries("<b>", [ChartPoint.Of(0, 1), ChartPoint.Of(1, 2)])])], "note & <more>");
        XDocument document = XDocument.Parse(svg);
        string[] texts = [.. document.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.That(texts, Is.SupersetOf(new[] { "a < b & \"c\"", "<script>", "x & y", "<b>", "note & <more>" }));
    }

    /// <summary>What is not a number, or not positive on a logarithmic axis, is left out and breaks nothing.</summary>
    [Test]
    public static void NumbersThatCannotBeDrawnAreLeftOut()
    {
        ChartPoint[] points = [ChartPoint.Of(1, double.NaN), new(2, 0.1, -1, 0.3), ChartPoint.Of(3, 0), ChartPoint.Of(4, 10)];
        string svg = SvgChart.Draw("t", [new Chart("p", new ChartAxis("x"), new ChartAxis("y", ChartScale.Logarithmic), [new ChartSeries("s", points), new ChartSeries("empty", [])])]);
        XElement curve = XDocument.Parse(svg).Descendants().Single(e => e.Name.LocalName == "polyline");
        Assert.That(svg, Does.Not.Contain("NaN").And.Not.Contain("Infinity"));
        Assert.That(curve.Attribute("points")!.Value.Split(' '), Has.Length.EqualTo(2));
    }

    /// <summary>Told apart in grey too.</summary>
    [Test]
    public static void SevenCurvesDifferInColourMarkerAndDashes()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, 7).Select(i => new ChartSeries($"s{i}", [ChartPoint.Of(0, i), ChartPoint.Of(1, i + 1)]))];
        XElement[] curves = [.. XDocument.Parse(SvgChart.Draw("t", [new Chart("p", new ChartAxis("x"), new ChartAxis("y"), series)])).Descendants().Where(e => e.Name.LocalName == "polyline")];
        Assert.That(curves.Select(c => c.Attribute("stroke")!.Value).Distinct().Count(), Is.EqualTo(7));
        Assert.That(curves.Select(c => c.Attribute("stroke-dasharray")!.Value).Distinct().Count(), Is.EqualTo(7));
    }
}
