using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Cli.Tests;

/// <summary>The functions of matlab/ as Octave runs them: its scripts matlab/tests/test_*.m, and the lines its documents show. Skipped without Octave.</summary>
public sealed class MatlabTests : DirectoryTest
{
    private static string Matlab => Path.Combine(Repository.Root, "matlab");

    private static string[] Scripts => [.. Directory.GetFiles(Path.Combine(Matlab, "tests"), "test_*.m").Select(p => Path.GetFileNameWithoutExtension(p)).Order()];

    [TestCaseSource(nameof(Scripts))]
    public void ScriptSucceeds(string script) => RunOctave($"{script}();");

    [TestCase("README.md")]
    [TestCase("matlab/README.md")]
    public void LinesShownRun(string document)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, document));
        string[] blocks = [.. Regex.Matches(text, "```matlab\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];
        Assert.That(blocks, Is.Not.Empty);
        RunOctave(Regex.Replace(string.Join('\n', blocks), @"^(addpath|setenv|plot)\(.*$", string.Empty, RegexOptions.Multiline));
    }

    /// <summary>help bp_solve and help bp_drop name every option of the command line, and none besides but those of the functions.</summary>
    [TestCase("solve", "channels json quiet help debug", "settings weight")]
    [TestCase("drop", "quiet help debug", "")]
    public async Task HelpNamesEveryOption(string verb, string notForFunctions, string ofFunctions)
    {
        string toolHelp = (await Cli.Run(verb, "--help")).Out;
        IEnumerable<string> options = Regex.Matches(toolHelp, @"^  (?:-\S+, )*(--[a-z-]+)(?:, (--[a-z-]+))?", RegexOptions.Multiline)
            .SelectMany(m => new[] { m.Groups[1].Value, m.Groups[2].Value }).Where(o => o.Length > 0).Select(o => o[2..].Replace('-', '_'));
        string help = string.Join('\n', File.ReadLines(Path.Combine(Matlab, $"bp_{verb}.m")).SkipWhile(l => !l.StartsWith('%')).TakeWhile(l => l.StartsWith('%')));
        IEnumerable<string> named = Regex.Matches(help, @"'([a-z_]+)'").Select(m => m.Groups[1].Value);
        IEnumerable<string> headings = Regex.Matches(help, @"^%     '([a-z_]+)'(?:, '([a-z_]+)')?  ", RegexOptions.Multiline)
            .SelectMany(m => new[] { m.Groups[1].Value, m.Groups[2].Value }).Where(o => o.Length > 0);
        Assert.Multiple(() =>
        {
            Assert.That(options.Except(notForFunctions.Split(' ')).Except(named), Is.Empty);
            Assert.That(headings.Except(options).Except(ofFunctions.Split(' ')), Is.Empty);
            Assert.That(headings.Count(), Is.GreaterThan(10));
        });
    }

    /// <summary>What Octave takes and MATLAB does not would pass every other test.</summary>
    [Test]
    public void SourcesAreMatlabToo()
    {
        string[] octaveOnly = [@"[^'\[\w""]""", @"^\s*#", @"!=|!\w", @"\+=|-=|\+\+", @"\bend(if|for|while|function|switch)\b|\bunwind_protect|\bprintf\b|\bdo\b$", @"\bbp_\w+\(.*\)\.[A-Za-z]"];
        foreach (string path in Directory.GetFiles(Matlab, "*.m", SearchOption.AllDirectories))
        {
            foreach (string line in File.ReadLines(path).Where(l => !l.TrimStart().StartsWith('%')))
            {
                string code = Regex.Replace(line, "(?<![\\w)\\]}'.])'(?:[^']|'')*'", "''"); // without texts
                code = Regex.Replace(code, "%.*", string.Empty);
                Assert.That(octaveOnly.Where(p => Regex.IsMatch(code, p)), Is.Empty, $"{path}: {line}");
            }
        }
    }

    /// <summary>With the built tool, and a directory for temporary files whose name a shell could misread, which must be empty afterwards.</summary>
    private void RunOctave(string script)
    {
        string temporary = Directory.CreateDirectory(PathOf("user's files $HOME")).FullName;
        string paths = string.Join(", ", new[] { Matlab, Path.Combine(Matlab, "tests") }.Select(p => $"'{p.Replace("'", "''", StringComparison.Ordinal)}'"));
        Octave.Run(DirectoryPath, $"addpath({paths});\n{script}", ("BEAMPRECODING", Cli.ToolPath), ("TMPDIR", temporary));
        Assert.That(Directory.EnumerateFileSystemEntries(temporary).Where(p => Path.GetFileName(p) is not ("clr-debug-pipe" or "dotnet-diagnostic")), Is.Empty);
    }
}
