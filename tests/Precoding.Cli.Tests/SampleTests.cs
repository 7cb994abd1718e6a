using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Cli.Tests;

/// <summary>Every file of samples/ compiles without a warning, runs, and prints what holds.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class SampleTests
{
    private const string UsualUsings = "System System.IO System.Linq System.Collections.Generic System.Threading System.Threading.Tasks System.Net.Http"; // ImplicitUsings of the SDK

    /// <summary>What the output of each must be; a sample that is not here fails.</summary>
    private static readonly Dictionary<string, Action<string, string>> Checks = new()
    {
        ["compare"] = (output, _) =>
        {
            double bound = Number(output, @"^bound +([\d.]+)");
            double[] rates = [.. ((string[])["mrt", "rzf", "wmmse", "reduced-cg"]).Select(name => Number(output, $@"^{name} +([\d.]+) "))];
            Assert.That(rates.Append(bound), Is.Ordered.Ascending);
            Assert.That(Number(output, @"^reduced-cg .*?([\d.]+) % of the bound"), Is.EqualTo(100 * rates[^1] / bound).Within(0.06));
        },
        ["own-channels"] = (output, _) =>
        {
            (double Told, double ByHand)[] rates = [.. Regex.Matches(output, @"^user \d gets ([\d.]+) bit/s/Hz, by hand ([\d.]+)", RegexOptions.Multiline).Select(m => (Parse(m.Groups[1].Value), Parse(m.Groups[2].Value)))];
            double sum = Number(output, @"^weighted sum rate ([\d.]+)");
            Assert.That(rates, Has.Length.EqualTo(3).And.All.Matches<(double, double)>(r => Math.Abs(r.Item1 - r.Item2) < 2e-6));
            Assert.That(rates[0].ByHand + rates[1].ByHand + (2 * rates[2].ByHand), Is.EqualTo(sum).Within(1e-5));
            Assert.That(Number(output, @"^access point 0 sends ([\d.]+) of 10 W"), Is.EqualTo(10).Within(1e-4));
            Assert.That(Number(output, @"^access point 1 sends ([\d.]+) of 20 W"), Is.EqualTo(20).Within(1e-4));
            Assert.That(Number(output, @"^from the file ([\d.]+) bit/s/Hz, budgets 10, 20 W"), Is.EqualTo(sum).Within(1e-5));
        },
        ["many-drops"] = (output, _) =>
        {
            Match same = Regex.Match(output, @"^drop 17 alone ([\d.]+), in its batch ([\d.]+) ", RegexOptions.Multiline);
            Assert.That(same.Groups[1].Value, Is.EqualTo(same.Groups[2].Value).And.Not.Empty);
            Assert.That(output, Does.Match(@"(?m)^32 drops, [\d.]+ ± [\d.]+ ").And.Contain("wmmse for 200 ms: TimeLimit after").And.Contain("stopped before it began: Cancelled"));
        },
        ["streams"] = (output, _) =>
        {
            double[] rates = [.. ((string[])["local-ezf", "ncjt-rwmmse", "ncjt-lsa", "cjt-wmmse"]).Select(name => Number(output, $@"^{name} +([\d.]+) "))];
            Assert.That(rates, Is.Ordered.Ascending);
            Assert.That(Number(output, @"^ncjt-cg .* exchanged (\d+) \+"), Is.EqualTo(4 * (32 * 33 / 2))); // L Gram matrices of K·N rows [NCJT Table I]
        },
        ["distributed"] = (output, _) =>
        {
            double[] rates = [.. ((string[])["6 bits", "12 bits", "exact", "in one place"]).Select(name => Number(output, $@"^{name} +([\d.]+) "))];
            Assert.That(rates, Is.Ordered.Ascending);
            Assert.That(rates[2], Is.EqualTo(rates[3]).Within(1e-6));
            Assert.That(Regex.Matches(output, "powers (.*) W").SelectMany(m => m.Groups[1].Value.Split(", ").Select(Parse)), Has.Exactly(9).Items.And.All.InRange(0.9, 1));
        },
        ["beams"] = (output, _) =>
        {
            Assert.That(Number(output, "with (\\d+) coefficients"), Is.InRange(12 * 3, 12 * 3 * 64 / 2));
            Assert.That(Number(output, @"the same within (\S+),"), Is.LessThan(1e-5));
            Assert.That(Number(output, @", ([\d.]+) W in the mean of 300 W"), Is.EqualTo(300).Within(10)); // of 1000 symbols
        },
        ["gpu"] = (output, _) =>
        {
            Assert.That(output, Does.Match("(?m)^taken +(cpu|cuda:0|opencl:0), "));
            Assert.That(Number(output, @"agree within (\S+)"), Is.LessThan(5e-4)); // docs/determinism.md
        },
        ["rate-over-snr"] = (output, folder) =>
        {
            string[][] rows = [.. File.ReadAllLines(Path.Combine(folder, "rate-over-snr.csv")).Skip(1).Select(line => line.Split(','))];
            Assert.That(rows, Has.Length.EqualTo(20));
            foreach (IGrouping<string, string[]> curve in rows.GroupBy(row => row[0]))
            {
                Assert.That(curve.Select(row => Parse(row[2])), Is.Ordered.Ascending, curve.Key);
            }

            Assert.That(Number(output, @"^reduced-cg +20 dB +([\d.]+)"), Is.EqualTo(Parse(rows.Single(row => row is ["reduced-cg", "20", ..])[2])).Within(0.005));
            Assert.That(XDocument.Load(Path.Combine(folder, "rate-over-snr.svg")).Descendants().Count(e => e.Name.LocalName == "polyline"), Is.EqualTo(4));
        },
    };

    private DirectoryInfo built = null!;

    private static string Folder => Path.Combine(Repository.Root, "samples");

    private static IEnumerable<string> Samples => Directory.EnumerateFiles(Folder, "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)).Order();

    [OneTimeSetUp]
    public void CopyLibraries()
    {
        built = Directory.CreateTempSubdirectory("beamprecoding samples ");
        foreach (string library in Directory.EnumerateFiles(TestContext.CurrentContext.TestDirectory, "*.dll").Where(path => !Path.GetFileName(path).Contains("Test", StringComparison.OrdinalIgnoreCase)))
        {
            File.Copy(library, Path.Combine(built.FullName, Path.GetFileName(library)));
        }

        File.WriteAllLines(Path.Combine(built.FullName, "usings.cs"), UsualUsings.Split(' ').Select(name => $"global using {name};"));
    }

    [OneTimeTearDown]
    public void Delete() => built.Delete(recursive: true);

    [TestCaseSource(nameof(Samples))]
    public async Task Runs(string sample)
    {
        string folder = built.CreateSubdirectory($"of {sample}").FullName, assembly = Path.Combine(built.FullName, $"{sample}.dll");
        string compiler = typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Compiler").Value!;
        IEnumerable<string> references = Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "System*.dll").Concat(Directory.EnumerateFiles(built.FullName, "Precoding.*.dll"));
        await Run(folder, [
            compiler, "-nologo", "-noconfig", "-nostdlib", "-features:FileBasedProgram", "-nullable:enable", "-optimize", "-warnaserror", $"-out:{assembly}",
            .. references.Select(reference => $"-reference:{reference}"), Path.Combine(built.FullName, "usings.cs"), Path.Combine(Folder, $"{sample}.cs")]);
        File.Copy(Path.Combine(TestContext.CurrentContext.TestDirectory, "beamprecoding.runtimeconfig.json"), Path.ChangeExtension(assembly, "runtimeconfig.json"));
        string output = await Run(folder, [assembly, folder]);
        Assert.That(Checks, Does.ContainKey(sample), "say in SampleTests what its output must be");
        Assert.Multiple(() => Checks[sample](output, folder));
    }

    /// <summary>As its first lines say, for one: the SDK builds the projects that it names.</summary>
    [Test]
    public async Task RunsAsItSays()
    {
        string command = Regex.Match(await File.ReadAllTextAsync(Path.Combine(Folder, "own-channels.cs")), "^// dotnet (.*)$", RegexOptions.Multiline).Groups[1].Value;
        Checks["own-channels"](await Run(Repository.Root, command.Split(' ')), Repository.Root);
    }

    [Test]
    public async Task EverySampleIsListedAndSaysHowItIsRun()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Folder, "README.md"));
        Assert.Multiple(() =>
        {
            Assert.That(Regex.Matches(readme, @"^\| \[([\w-]+)\.cs\]\(\1\.cs\)", RegexOptions.Multiline).Select(m => m.Groups[1].Value), Is.EquivalentTo(Samples));
            foreach (string sample in Samples)
            {
                string[] lines = File.ReadAllLines(Path.Combine(Folder, $"{sample}.cs"));
                Assert.That(lines[0], Does.StartWith("// "), sample);
                Assert.That(lines[1], Does.StartWith($"// dotnet run -c Release samples/{sample}.cs"), sample);
                Assert.That(lines, Has.Length.LessThanOrEqualTo(62), sample);
            }
        });
    }

    private static async Task<string> Run(string directory, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["UseSharedCompilation"]) = ("1", "false"); // no servers that outlive the tests
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}\n{await output}\n{await error}");
        return await output;
    }

    private static double Number(string output, string pattern) => Regex.Match(output, pattern, RegexOptions.Multiline) is { Success: true } match ? Parse(match.Groups[1].Value) : double.NaN;

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
