using System.Reflection;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using NUnit.Framework;
using Precoding.Benchmarks.Race;

namespace Precoding.Benchmarks.Tests;

public class RaceTests
{
    private static IEnumerable<Type> BenchmarkClasses =>
        typeof(RaceReport).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.GetMethods().Any(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null));

    [TestCaseSource(nameof(BenchmarkClasses))]
    public void BenchmarkClassIsListed(Type type)
    {
        Assert.That(type.Name, Does.EndWith("Benchmarks"));
        Assert.That(BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases, Is.Not.Empty);
    }

    [Test]
    public void RatiosFavourTheFaster()
    {
        var duel = new Duel();
        duel.Add(ourSeconds: 1, theirSeconds: 2);
        duel.Add(ourSeconds: 4, theirSeconds: 12);
        duel.Add(ourSeconds: 2, theirSeconds: 3);
        Assert.That(duel.Ratio, Is.EqualTo(2));       // 2 over 1
        Assert.That(duel.MedianRatio, Is.EqualTo(2)); // of 2, 3 and 1.5
    }

    [TestCase(1.1, 1.2, ExpectedResult = "yes")]
    [TestCase(0.9, 0.8, ExpectedResult = "no")]
    [TestCase(0.9, 1.2, ExpectedResult = "unclear")]
    [TestCase(1.1, null, ExpectedResult = "yes")]
    public string TargetIsMetWhenMinimaAndMedianReachIt(double score, double? median) => Row(score, median, target: 1).Met;

    [Test]
    public void RowWithoutTargetHasNoVerdict() => Assert.That(Row(1, 1, target: null).Met, Is.EqualTo("-"));

    [Test]
    public void ReportIsReadableAsTableAndJson()
    {
        var report = new RaceReport
        {
            Date = "2026-01-02", Commit = "abc1234", Processor = "any", CoreCount = 2, VectorBits = 512, Runtime = ".NET", Channels = "generated", LoadAverage = 0.5,
        };
        report.Rows.Add(Row(1.25, 1.5, target: 1));
        string[] table = [.. RaceText.ToMarkdown(report).Split('\n').Where(l => l.StartsWith('|'))];
        Assert.That(table, Has.Length.EqualTo(3));
        Assert.That(table.Select(l => l.Length).Distinct().Count(), Is.EqualTo(1), "columns are aligned");
        Assert.That(table[2], Does.Contain("1.25x").And.Contains("1.50x").And.Contains("yes"));
        using JsonDocument json = JsonDocument.Parse(RaceText.ToJson(report));
        Assert.That(json.RootElement.GetProperty("rows")[0].GetProperty("score").GetDouble(), Is.EqualTo(1.25));
    }

    [Test]
    public void CommandLineIsChecked()
    {
        Assert.That(RaceCommand.Create().Parse(["--only", "gemm", "eigen", "roofline", "--rounds", "2", "--save"]).Errors, Is.Empty);
        Assert.That(RaceCommand.Create().Parse(["--only", "nothing"]).Errors, Is.Not.Empty);
        Assert.That(RaceCommand.Create().Parse(["--rounds", "0"]).Errors, Is.Not.Empty);
    }

    [TestCase(14, ExpectedResult = "yes")]
    [TestCase(16, ExpectedResult = "no")]
    public string NumberMayStayBelowItsTarget(double score) => new RaceRow("gpu", "any", "µs", score, null, ScoreKind.AtMost, score, null, Target: 15).Met;

    [Test]
    public void GpuRaceCommandLineIsChecked()
    {
        Assert.That(GpuRaceCommand.Create().Parse(["--device", "opencl:0", "--small", "--batches", "1", "16", "--peak-tflops", "67", "--only", "wmmse"]).Errors, Is.Empty);
        Assert.That(GpuRaceCommand.Create().Parse(["--part", "streams", "--drops", "1000", "16384", "--only", "ncjt-rwmmse", "--peak-double-tflops", "34"]).Errors, Is.Empty);
        Assert.That(GpuRaceCommand.Create().Parse(["--batches", "0"]).Errors, Is.Not.Empty);
        Assert.That(GpuRaceCommand.Create().Parse(["--drops", "0"]).Errors, Is.Not.Empty);
        Assert.That(GpuRaceCommand.Create().Parse(["--part", "all"]).Errors, Is.Not.Empty);
        Assert.That(GpuRaceCommand.Create().Parse(["--only", "mrt"]).Errors, Is.Not.Empty);
    }

    /// <summary>The counts of bench/README.md.</summary>
    [Test]
    public void GpuCountsAreThoseOfTheLaunches()
    {
        var paper = new ChannelShape(1, 256, 3, 512);
        GpuCounts cg = GpuCounts.Of("reduced-cg", paper, 0), flow = GpuCounts.Of("reduced-hamiltonian", paper, 0);
        Assert.That(flow.Flops, Is.EqualTo(8 * 4 * Math.Pow(256, 3)));
        Assert.That(cg.Flops, Is.EqualTo(8 * (3.3 + (4.0 / 3)) * Math.Pow(256, 3)).Within(1).Percent);
        Assert.That(cg.Bytes / 1e6, Is.EqualTo(52).Within(2));
        Assert.That(flow.Bytes / 1e6, Is.EqualTo(52).Within(2));
    }

    /// <summary>Likewise.</summary>
    [Test]
    public void GpuCountsOfStreamsAreThoseOfTheLaunches()
    {
        GpuCounts counts = GpuCounts.OfStreams(GpuStreamRace.FullSize);
        Assert.That(counts.Flops / 1e6, Is.EqualTo(1.82).Within(0.01));
        Assert.That(counts.Bytes / 1e3, Is.EqualTo(240).Within(5));
    }

    private static RaceRow Row(double score, double? median, double? target) => new("gemm", "any", "ms", 1, 2, ScoreKind.TimesFaster, score, median, target);
}
