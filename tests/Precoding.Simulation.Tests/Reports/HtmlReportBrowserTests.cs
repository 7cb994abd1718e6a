using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests.Reports;

/// <summary>A report as a browser shows it.</summary>
public class HtmlReportBrowserTests : DirectoryTest
{
    private static Chart[] Charts => [.. SampleReport.Create().Sections.SelectMany(s => s.Charts)];

    /// <summary>On a screen as narrow as a phone's.</summary>
    [Test]
    public void EveryCurveAndBandIsDrawn()
    {
        const int width = 500; // the narrowest window that Chromium makes
        (string dom, string[] console) = Chromium.Open(Written(HtmlReport.Write(SampleReport.Create())), width, PathOf("profile"));
        string[] drawings = Drawings(dom);
        Assert.Multiple(() =>
        {
            Assert.That(console, Is.Empty);
            Assert.That(dom, Does.Not.Contain("<img"));
            Assert.That(drawings, Has.Length.EqualTo(Charts.Length));
        });
        for (int i = 0; i < Charts.Length; i++)
        {
            double drawn = double.Parse(Regex.Match(drawings[i], "<svg[^>]* width=\"([0-9.]+)\"").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.That(drawn, Is.InRange(300, width), Charts[i].Title);
            Assert.That(drawings[i], Does.Contain($">{Charts[i].X.Label}<").And.Contain($">{Charts[i].Y.Label}<"));
            for (int j = 0; j < Charts[i].Series.Count; j++)
            {
                IReadOnlyList<ChartPoint> points = Charts[i].DrawnPoints(j);
                string what = $"{Charts[i].Title}, curve {j}";
                Assert.That(Curves(drawings[i], j), points.Count > 1 ? Is.GreaterThan(0) : Is.GreaterThanOrEqualTo(0), what);
                Assert.That(Bands(drawings[i], j), points.Any(p => p.High > p.Low) ? Is.GreaterThan(0) : Is.Zero, what);
                Assert.That(Markers(drawings[i], j), points.Count == 0 || Charts[i].Series[j].IsSteps ? Is.Zero : Is.GreaterThan(0), what);
            }

            Assert.That(drawings[i], Does.Not.Contain("NaN").And.Not.Contain("Infinity"));
        }
    }

    /// <summary>A curve is taken out, the numbers are opened and a place is pointed at; and what a page says to the console is heard.</summary>
    [Test]
    public void ChartsAnswer()
    {
        const string actions = """
            <script>
            console.error('this is heard');
            setTimeout(() => {
                const figures = document.querySelectorAll('figure');
                figures[2].querySelector('.legend button').click();
                figures[2].querySelector('.numbers').open = true;
                const place = figures[0].querySelector('.chart > div'), box = place.getBoundingClientRect();
                place.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: box.left + box.width / 2, clientY: box.top + 100 }));
            }, 500);
            </script>
            """;
        string html = Regex.Replace(HtmlReport.Write(SampleReport.Create()), "<meta http-equiv[^>]*>", "") + actions; // the page's policy allows no other script
        (string dom, string[] console) = Chromium.Open(Written(html), width: 1280, PathOf("profile"));
        string[] drawings = Drawings(dom);
        string tooltip = Regex.Match(dom, "<div class=\"tooltip\">.*?</table>", RegexOptions.Singleline).Value, numbers = Regex.Match(dom, "<details class=\"numbers\" open=\"\">.*?</details>", RegexOptions.Singleline).Value;
        Assert.Multiple(() =>
        {
            Assert.That(console, Has.Length.EqualTo(1).And.All.Contain("this is heard"));
            Assert.That(Regex.Count(dom, "aria-pressed=\"false\" data-series"), Is.EqualTo(1));
            Assert.That((Curves(drawings[2], 0), Bands(drawings[2], 0), Curves(drawings[2], 1)), Is.EqualTo((0, 0, 1)));
            Assert.That(Regex.Count(numbers, "<tr>"), Is.EqualTo(1 + 5 + 2));
            Assert.That(numbers, Does.Contain("-1 to 3.162e-4"));
            Assert.That(Regex.Count(tooltip, "<tr>"), Is.EqualTo(9));
            Assert.That(tooltip, Does.Contain("SNR, dB: 15").And.Contain("&lt;img src=x").And.Contain("<td>curve 1</td><td>8</td><td>7 to 10</td>"));
            Assert.That(dom, Does.Not.Contain("<img"));
        });
    }

    private string Written(string html)
    {
        File.WriteAllText(PathOf("report.html"), html);
        return PathOf("report.html");
    }

    /// <summary>What is in the places for charts.</summary>
    private static string[] Drawings(string dom) => [.. Regex.Matches(dom, "<div class=\"chart\".*?</svg>", RegexOptions.Singleline).Select(m => m.Value)];

    private static int Curves(string drawing, int series) => Count(drawing, path => path.Contains("fill=\"none\"") && Stroked(path, series) && path.Contains("stroke-linejoin"));

    private static int Bands(string drawing, int series) => Count(drawing, path => path.Contains("fill-opacity") && path.Contains($"fill=\"{Colour(series)}\""));

    private static int Markers(string drawing, int series) => Count(drawing, path => path.Contains("transform") && Stroked(path, series));

    private static int Count(string drawing, Func<string, bool> isOne) => Regex.Matches(drawing, "<path d=\"M[^\"]*L[^\"]*\"[^>]*>|<path d=\"M[^\"]*A[^\"]*\"[^>]*>").Count(m => isOne(m.Value));

    private static bool Stroked(string path, int series) => path.Contains($"stroke=\"{Colour(series)}\"");

    private static string Colour(int series) => $"var(--line-{series % 7})";
}
