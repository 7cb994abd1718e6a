using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Cli.Sweeps;
using Precoding.Testing;

namespace Precoding.Cli.Tests;

/// <summary>What the README says holds.</summary>
public sealed class ReadmeTests : DirectoryTest
{
    private static string Readme => File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Test]
    public void ExampleIsTheOneThatIsCompiled()
    {
        string shown = Regex.Match(Readme, "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Precoding.Cli.Tests", "ReadmeExample.cs"));
        string compiled = Regex.Match(source, "// <readme>\n(.*?)// </readme>", RegexOptions.Singleline).Groups[1].Value;
        string[] directives = Lines(shown).Where(l => Regex.IsMatch(l, @"^using [\w.]+;")).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(Lines(shown).Except(directives), Is.EqualTo(Lines(compiled)));
            Assert.That(directives.Where(d => d != "using Precoding;" && !source.Contains(d, StringComparison.Ordinal)), Is.Empty); // the tests' namespace is inside Precoding
        });

        static string[] Lines(string text) => [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
    }

    [Test]
    public void TableOfPrecodersIsTheCatalog() => Assert.That(
        Regex.Matches(Readme, @"^\| `([a-z][a-z-]+)` \|.*$", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Where(n => n is not ("auto" or "cpu" or "reference")),
        Is.EqualTo(PrecoderCatalog.Entries.Select(e => e.Name)));

    [Test]
    public async Task TheSweepShownRuns()
    {
        Match section = Regex.Match(Readme, "## Studies: sweeps\n.*?```yaml\n(?<plan>.*?)```.*?```bash\n(?<command>.*?)```", RegexOptions.Singleline);
        await File.WriteAllTextAsync(PathOf("plan.yaml"), section.Groups["plan"].Value);
        CliResult result = await Cli.Run([.. section.Groups["command"].Value.Trim().Split(' ').Skip(1).Select(w => w is "plan.yaml" or "study" ? PathOf(w) : w)]);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Out, Does.Contain("reduced-cg"));
        Assert.That(PathOf("study/report.html"), Does.Exist);
    }

    /// <summary>docs/sweeps.md: its plan is one, and its table has the keys that a plan has.</summary>
    [Test]
    public void KeysOfPlansAreDocumented()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "sweeps.md"));
        SweepPlanReader.Parse(Regex.Match(document, "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1].Value, "docs", "/", []);
        string table = Regex.Match(document, @"## The plan\n(.*?)## ", RegexOptions.Singleline).Groups[1].Value;
        IEnumerable<string> documented = Regex.Matches(table, @"^\| (`.*?`) \|", RegexOptions.Multiline).SelectMany(row => Regex.Matches(row.Groups[1].Value, "[A-Za-z]+").Select(key => key.Value));
        string error = Assert.Throws<ValidationException>(() => SweepPlanReader.Parse("nothing: 1", "plan", "/", []))!.Message;
        string[] keys = Regex.Match(error, "'nothing' is no key of a plan; it has (.*)\\.").Groups[1].Value.Split(", ");
        Assert.That(documented, Is.EquivalentTo(keys));
    }

    [Test]
    public async Task NonCoherentCommandsPrintTheTableShown()
    {
        Match section = Regex.Match(Readme, "## Non-coherent\n.*?```\n(?<commands>.*?)```.*?```\n(?<output>.*?)```", RegexOptions.Singleline);
        using var output = new StringWriter();
        foreach (string line in section.Groups["commands"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = [.. line.Split(' ').Skip(1).Select(w => w.EndsWith(".npz", StringComparison.Ordinal) ? PathOf(w) : w)];
            CliResult result = await Cli.Run(words);
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            output.Write(result.Out);
        }

        (string Name, double SumRate)[] shown = Rows(section.Groups["output"].Value), printed = Rows(output.ToString());
        Assert.That(shown, Has.Length.EqualTo(5));
        Assert.That(printed.Select(r => r.Name), Is.EqualTo(shown.Select(r => r.Name)));
        foreach (var (row, measured) in shown.Zip(printed))
        {
            Assert.That(measured.SumRate, Is.EqualTo(row.SumRate).Within(1e-3 * row.SumRate), row.Name); // a hundred iterations may carry rounding of another processor that far
        }

        static (string, double)[] Rows(string text) =>
        [
            .. Regex.Matches(text, @"^([a-z]+-[a-z]+) +([\d.]+) ±", RegexOptions.Multiline)
                .Select(m => (m.Groups[1].Value, double.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>Directory.Build.props has it; what cannot read it repeats it.</summary>
    [TestCase("CITATION.cff", @"^version: (\S+)")]
    [TestCase("python/pyproject.toml", "^version = \"(.+)\"")]
    [TestCase("python/beamprecoding/__init__.py", "^__version__ = \"(.+)\"")]
    [TestCase("python/README.md", "beamprecoding-(.+?)-py3")]
    [TestCase("README.md", "beamprecoding-(.+?)-py3")]
    public void TheVersionIsOne(string file, string pattern)
    {
        string repeated = Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, file)), pattern, RegexOptions.Multiline).Groups[1].Value;
        string owned = Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<Version>(.+)</Version>").Groups[1].Value;
        Assert.That(repeated, Is.EqualTo(owned).And.EqualTo(ToolVersion.Version));
    }

    [TestCase("coherent.md")]
    [TestCase("noncoherent.md")]
    public void CitedSectionsExist(string document)
    {
        string mathematics = File.ReadAllText(Path.Combine(Repository.Root, "docs", document));
        string[] missing =
        [
            .. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(f => Regex.Matches(File.ReadAllText(f), $@"(?<![a-z]){Regex.Escape(document)} (§\d+(?:\.\d+)?(?:, §\d+(?:\.\d+)?)*)").SelectMany(m => Regex.Matches(m.Groups[1].Value, @"\d+(?:\.\d+)?").Select(n => n.Value)))
                .Distinct().Where(n => !Regex.IsMatch(mathematics, $@"^#+ {Regex.Escape(n)}[ .]", RegexOptions.Multiline)),
        ];
        Assert.That(missing, Is.Empty);
    }
}
