using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Simulation.Tests.Reports;
using Precoding.Testing;

namespace Precoding.Simulation.Tests.MonteCarlo;

public class SweepReportTests : DirectoryTest
{
    private static readonly SweepReportHeader Header = new($"plan {SampleReport.Hostile}", "ab12", 42, "simd, cuda:0, 139 GiB", "1.2.3");

    [Test]
    public void ChartsShowTheSummary()
    {
        SweepSummary summary = SweepSummary.Of(SampleSweep.Rows(40), SampleSweep.Timings(40));
        Report report = SweepReport.Of(summary, Header);
        Chart[] charts = [.. report.Sections.SelectMany(s => s.Charts)];
        Assert.Multiple(() =>
        {
            Assert.That(report.Sections.Select(s => s.Id), Is.EqualTo(new[] { "metric-sumRate", "metric-minimumRate", "distribution", "time" }));
            Assert.That(charts.Select(c => c.Series.Count), Is.EqualTo(Enumerable.Repeat(3, 7)));
            Assert.That(charts[0].Series[1].Points, Is.EqualTo(SampleSweep.SnrsDb.Select(snr => ChartPoint.Of(snr, summary.Find(snr, SampleSweep.Quoted, "sumRate")!.Mean))));
            Assert.That(charts[0].Series.SelectMany(s => s.Points), Is.All.Matches<ChartPoint>(p => p.Low < p.Y && p.Y < p.High));
            Assert.That(charts[1].Series[0].Points.Select(p => (p.X, p.Low, p.High)), Is.EqualTo(SampleSweep.SnrsDb.Select(snr => (snr, 0.0, 0.0))));
            Assert.That(charts[1].Series[2].Points, Is.EqualTo(SampleSweep.SnrsDb.Select(snr => ChartPoint.Of(snr, summary.Find(snr, SampleSweep.Plain, "sumRate")!.OverBaseline!.Difference))));
            Assert.That(charts[3].Title, Is.EqualTo("SNR -5.5 dB"));
            Assert.That(charts[3].Series[0].Points.Select(p => (p.X, p.Y)), Is.EqualTo(summary.Find(-5.5, SampleSweep.Baseline, "sumRate")!.Sample.Select((x, i) => (x, (i + 1) / 40.0))));
            Assert.That(charts[6].Series[2].Points.Select(p => p.Y), Is.EqualTo(new[] { 3e-3, 3.3e-3, 3.6e-3 }).Within(1e-12));
        });
    }

    /// <summary>A metric for each of many users: 6000 cells. Looking through all cells for each took 7 s.</summary>
    [Test]
    public void ManyMetricsTakeNoSquareOfTheirNumber()
    {
        SweepSummary summary = SweepSummary.Of(
            from m in Enumerable.Range(0, 256) from snr in Enumerable.Range(0, 6) from p in Enumerable.Range(0, 4) select new SweepRow(0, snr, $"p{p}", $"userRate.{m}", 1, "converged"), []);
        long began = Stopwatch.GetTimestamp();
        SweepReport.Of(summary, Header);
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void TablesShowTwoDigitsOfTheInterval()
    {
        SweepRow[] rows = [.. Enumerable.Range(0, 5).SelectMany(r => new SweepRow[] { new(r, 10, "a", "sumRate", 100 + r, "converged"), new(r, 10, "b", "sumRate", 110 + (0.99 * r), "converged") })];
        ReportSection section = SweepReport.Of(SweepSummary.Of(rows, []), Header).Sections[0];
        Assert.Multiple(() =>
        {
            Assert.That(section.Tables[0].Rows.Single(), Is.EqualTo(new[] { "10", "102.0 ± 2.0", "112.0 ± 1.9" })); // 2.776·√(2.5/5) = 1.963 and 0.99 of it
            Assert.That(section.Tables[1].Rows.Single(), Is.EqualTo(new[] { "b", "10", "9.980 ± 0.020", "9.8 %", "100.0 %", "5" }));
        });
    }

    [Test]
    public void NotesSayWhatIsMissing()
    {
        Report report = SweepReport.Of(SweepSummary.Of(SampleSweep.Rows(40), SampleSweep.Timings(40)), Header);
        Assert.Multiple(() =>
        {
            Assert.That(report.Notes[0], Is.EqualTo($"Plan {Header.Plan}, hash ab12; version 1.2.3; devices: simd, cuda:0, 139 GiB."));
            Assert.That(report.Notes[1], Is.EqualTo("40 of 42 drops, 3 SNRs, 3 precoders, 2 metrics. 2 drops are missing."));
            Assert.That(report.Notes[2], Does.StartWith("Of the drops that are there, 36 values are of solvers that failed or diverged, 48 others are not finite, and 2 have no row;"));
            Assert.That(report.Tables.Single().Rows, Has.Count.EqualTo(2 + 6 + 3));
            Assert.That(report.Tables[0].Rows[0], Is.EqualTo(new[] { SampleSweep.Baseline, "10", "sumRate", "39", "0", "0", "1" }));
            Assert.That(report.Tables[0].Rows[2], Is.EqualTo(new[] { SampleSweep.Quoted, "-5.5", "sumRate", "34", "6", "0", "0" }));
            Assert.That(report.Tables[0].Rows[^1], Is.EqualTo(new[] { SampleSweep.Plain, "20", "minimumRate", "24", "0", "16", "0" }));
        });
        Report whole = SweepReport.Of(SweepSummary.Of([new SweepRow(0, 10, "a", "sumRate", 1, "converged")], []), Header with { RealizationCount = 1 });
        Assert.That(whole.Notes.Skip(1).Take(2), Is.EqualTo(new[] { "1 of 1 drops, 1 SNRs, 1 precoders, 1 metrics. No drop is missing.", "Every drop has a value of every precoder and metric." }));
        Assert.That(whole.Tables, Is.Empty);
    }

    /// <summary>A precoder that failed on every drop has a place in the tables and no point in the charts.</summary>
    [Test]
    public void NothingButFailuresIsSaid()
    {
        Report report = SweepReport.Of(SweepSummary.Of([new SweepRow(0, 10, "a", "sumRate", 1, "converged"), new SweepRow(0, 10, "b", "sumRate", double.NaN, "diverged")], []), Header);
        Assert.That(report.Tables.Single().Rows.Single(), Is.EqualTo(new[] { "b", "10", "sumRate", "0", "1", "0", "0" }));
        Assert.That(report.Sections[0].Tables[0].Rows.Single(), Is.EqualTo(new[] { "10", "1", "–" }));
        Assert.That(report.Sections.SelectMany(s => s.Charts).SelectMany(c => c.Series).Where(s => s.Name == "b").SelectMany(s => s.Points), Is.Empty);
        Assert.That(HtmlReport.Write(SweepReport.Of(SweepSummary.Of([], []), Header)), Does.Contain("0 of 42 drops"));
    }

    [Test]
    public void LongDistributionsAreThinned()
    {
        Report report = SweepReport.Of(SweepSummary.Of(Enumerable.Range(0, 5000).Select(r => new SweepRow(r, 10, "a", "sumRate", r, "converged")), []), Header);
        ReportSection section = report.Sections.Single(s => s.Id == "distribution");
        IReadOnlyList<ChartPoint> points = section.Charts.Single().Series.Single().Points;
        Assert.That(points, Has.Count.EqualTo(200));
        Assert.That(points[^1].Y, Is.EqualTo(1));
        Assert.That(points.Max(p => Math.Abs((p.X / 5000) - p.Y)), Is.LessThan(0.02));
        Assert.That(section.Notes.Single(), Does.Match("of at most [0-9]+ drops that their numbers choose"));
    }

    [Test]
    public void BytesAreTheSameEachTime()
    {
        string first = Html();
        Assert.That(Html(), Is.EqualTo(first));
    }

    [Test]
    public void BrowserDrawsEveryChart()
    {
        File.WriteAllText(PathOf("report.html"), Html());
        (string dom, string[] console) = Chromium.Open(PathOf("report.html"), 1280, PathOf("profile"));
        string[] drawings = [.. Regex.Matches(dom, "<div class=\"chart\".*?</svg>", RegexOptions.Singleline).Select(m => m.Value)];
        Assert.Multiple(() =>
        {
            Assert.That(console, Is.Empty);
            Assert.That(dom, Does.Not.Contain("<img").And.Contain("bsp &quot;fine&quot; ×2, é 𝄞").Or.Contain("bsp \"fine\" ×2, é 𝄞"));
            Assert.That(drawings, Has.Length.EqualTo(7));
            Assert.That(drawings, Is.All.Not.Contains("NaN").And.All.Not.Contains("Infinity"));
            Assert.That(drawings.Select(d => Regex.Count(d, "fill-opacity")), Is.EqualTo(new[] { 3, 2, 3, 0, 0, 0, 0 })); // bands: of the baseline less itself there is none
        });
    }

    private static string Html() => HtmlReport.Write(SweepReport.Of(SweepSummary.Of(SampleSweep.Rows(40), SampleSweep.Timings(40)), Header));
}
