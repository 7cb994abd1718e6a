using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>The verb reproduce, smallest profile.</summary>
public class ReproduceTests : CliTest
{
    private static IEnumerable<TestCaseData> Figures => FigureCatalog.Studies.Select(s => new TestCaseData(s.Paper, $"fig{s.Number}"));

    [TestCaseSource(nameof(Figures))]
    public async Task EveryFigureHasDataAPictureAndAVerdict(string paper, string figure)
    {
        string directory = PathOf("figures"), name = Path.Combine(directory, $"{paper}-{figure}");
        CliResult result = await Cli.Run("reproduce", paper, figure, "--profile", "smoke", "--device", "cpu", "--out", directory);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        XDocument picture = XDocument.Load(name + ".svg");
        string[] rows = await File.ReadAllLinesAsync(name + ".csv");
        string verdict = await File.ReadAllTextAsync(Path.Combine(directory, "verdict.md"));
        string report = await File.ReadAllTextAsync(Path.Combine(directory, "report.html"));
        FigureResult data = FigureFiles.Read(name + ".json");
        ChartPoint[] points = [.. data.Panels.SelectMany(p => p.Series).SelectMany(s => s.Points)];
        Assert.Multiple(() =>
        {
            Assert.That(picture.Root!.Name.LocalName, Is.EqualTo("svg"));
            Assert.That(picture.Descendants().Where(e => e.Name.LocalName == "polyline").Count(), Is.EqualTo(data.Panels.Sum(p => p.Series.Count)));
            Assert.That(picture.Descendants().SelectMany(e => e.Attributes()).Select(a => a.Value), Has.None.Contains("NaN"));
            Assert.That(Regex.Count(report, " data-chart="), Is.EqualTo(data.Panels.Count));
            Assert.That(Regex.Count(report, " data-series="), Is.EqualTo(data.Panels.Sum(p => p.Series.Count)));
            Assert.That(rows, Has.Length.EqualTo(1 + points.Length));
            Assert.That(points.Select(p => p.Y), Has.All.Matches<double>(double.IsFinite));
            Assert.That(points, Has.All.Matches<ChartPoint>(p => p.Low <= p.Y && p.Y <= p.High));
            Assert.That(data.Claims.Count + data.Tables.Count > 0 || paper == "ours");
            Assert.That(data.Claims.Select(c => c.Statement), Has.All.Matches<string>(statement => verdict.Contains(statement!.Replace("|", "\\|", StringComparison.Ordinal), StringComparison.Ordinal)));
        });
    }

    /// <summary>Numbers depend on the seed alone, and pictures on the numbers alone.</summary>
    [Test]
    public async Task DrawingComputesNothing()
    {
        string directory = PathOf("figures"), data = Path.Combine(directory, "bsp-fig3.json"), picture = Path.Combine(directory, "bsp-fig3.svg"), table = Path.Combine(directory, "bsp-fig3.csv");
        string[] compute = ["reproduce", "bsp", "fig3", "--profile", "smoke", "--device", "cpu", "--quiet", "--out", directory];
        Assert.That((await Cli.Run(compute)).ExitCode, Is.Zero);
        string drawn = await File.ReadAllTextAsync(picture), numbers = await File.ReadAllTextAsync(table);
        File.Delete(picture);
        await File.WriteAllTextAsync(data, (await File.ReadAllTextAsync(data)).Replace("F = 2, mean", "F = two, mean", StringComparison.Ordinal));
        Assert.That((await Cli.Run("reproduce", "all", "--redraw", "--out", directory)).ExitCode, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(picture), Is.EqualTo(drawn.Replace("F = 2, mean", "F = two, mean", StringComparison.Ordinal)));
        Assert.That((await Cli.Run(compute)).ExitCode, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(table), Is.EqualTo(numbers));
    }

    [Test]
    public async Task DamagedDataIsNamed()
    {
        string directory = Directory.CreateDirectory(PathOf("figures")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "bsp-fig3.json"), "{\n  \"Paper\": 3");
        CliResult damaged = await Cli.Run("reproduce", "bsp", "--redraw", "--out", directory), empty = await Cli.Run("reproduce", "bsp", "--redraw", "--out", PathOf("nothing"));
        Assert.Multiple(() =>
        {
            Assert.That(damaged.ExitCode, Is.EqualTo(3), damaged.ToString());
            Assert.That(damaged.Error, Does.Contain("bsp-fig3.json, line 2").And.Contain("Compute it again"));
            Assert.That(empty.ExitCode, Is.EqualTo(2), empty.ToString());
            Assert.That(empty.Error, Does.Contain("there is no data of figures"));
        });
    }

    [Test]
    public async Task WhatWasComputedBeforeAnInterruptStays()
    {
        string directory = PathOf("figures");
        using var cancel = new CancellationTokenSource();
        Task<CliResult> run = Cli.Run(["reproduce", "bsp", "fig3", "fig8", "--profile", "workstation", "--device", "cpu", "--out", directory], errorIsTerminal: false, cancel.Token);
        while (!run.IsCompleted && !File.Exists(Path.Combine(directory, "bsp-fig3.json")))
        {
            await Task.Delay(20);
        }

        await cancel.CancelAsync();
        CliResult result = await run;
        Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
        Assert.That(Directory.GetFiles(directory).Select(Path.GetFileName), Is.SupersetOf(new[] { "bsp-fig3.csv", "bsp-fig3.svg", "report.html", "verdict.md" }));
    }
}
