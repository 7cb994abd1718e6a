using System.CommandLine;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Cli.Verbs;

namespace Precoding.Cli.Tests;

public sealed class HelpTests
{
    /// <summary>Every verb and every part of one, by its words.</summary>
    private static IEnumerable<string> Verbs => Tree(Root()).Select(verb => verb.Words);

    private static IEnumerable<string> AllExamples => Tree(Root()).SelectMany(verb => Examples.Of(verb.Command)).Distinct();

    /// <summary>Of verbs that read a file; what the others do is tested with them.</summary>
    private static IEnumerable<string> ExamplesWithFiles => AllExamples.Where(line => WordsOf(line)[0] is "solve" or "inspect" or "sweep" or "shard");

    [TestCaseSource(nameof(Verbs))]
    public async Task HelpEndsWithExamples(string verb)
    {
        CliResult result = await Cli.Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Match($"Examples?:\n(  .*\n)*.*beamprecoding {verb}"), "an example of its own");
            Assert.That(result.Error, Is.Empty);
        });
    }

    [Test]
    public void HelpIsThatOfTheWholeTree() => Assert.That(Verbs, Has.Member("sweep resume").And.Member("shard run").And.Member("").And.Exactly(1).EqualTo("solve"));

    [TestCaseSource(nameof(AllExamples))]
    public void ExamplesParse(string line)
    {
        ParseResult parsed = Root().Parse(WordsOf(line));
        Assert.That(parsed.Errors.Select(error => error.Message).Concat(parsed.UnmatchedTokens), Is.Empty);
    }

    /// <summary>Where their files are not: everything else that they say is right, or they would be refused for it.</summary>
    [TestCaseSource(nameof(ExamplesWithFiles))]
    public async Task ExamplesLackOnlyTheirFiles(string line)
    {
        CliResult result = await Cli.Run(WordsOf(line));
        Assert.That(result.ExitCode, Is.EqualTo(3).Or.EqualTo(4), result.ToString()); // 4: a cluster that is not here either
    }

    [Test]
    public async Task SolveHelpNamesEveryOption()
    {
        CliResult result = await Cli.Run("solve", "--help");
        Assert.Multiple(() =>
        {
            const string Options =
                "--channels --channels-name --axes --precoder --snr-db --power --noise --normalize --set --starts --iterations --tolerance --device " +
                "--precision --serving --streams --max-streams --snr-rule --seed --random-state --threads --out --trace --json --quiet --warm-start --budget-ms --downlink-gain --certificate --debug";
            foreach (string option in Options.Split(' '))
            {
                Assert.That(result.Out, Does.Contain(option));
            }

            foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
            {
                Assert.That(result.Out, Does.Contain(entry.Name));
            }
        });
    }

    [Test]
    public async Task DropHelpNamesScenariosAndTheirOptions()
    {
        CliResult result = await Cli.Run("drop", "--help");
        Assert.That(result.Out, Does.Contain("rayleigh-cell-free").And.Contain("--serving").And.Contain("--user-antennas").And.Contain("nearest:2"));
    }

    [Test]
    public async Task VersionIsOneNumber()
    {
        CliResult result = await Cli.Run("--version");
        Assert.That(result.Out.Trim(), Does.Match(@"^\d+\.\d+\.\d+$"));
    }

    [Test]
    public void DefaultsInTheHelpAreThoseOfTheCatalog()
    {
        foreach (PrecoderEntry entry in PrecoderCatalog.Entries.Where(e => !e.IsClosedForm()))
        {
            int expected = entry.Name is "reduced-cg" or "ncjt-cg" or "ncjt-sca" ? 30 : entry.Name == "bsp-cg" ? 60 : entry.HasStreams() ? 100 : 200;
            Assert.That(entry.DefaultOptions.MaxIterations, Is.EqualTo(expected), entry.Name);
            Assert.That(entry.DefaultOptions.Tolerance, Is.EqualTo(1e-5));
            Assert.That(entry.DefaultOptions.Patience, Is.EqualTo(3));
        }
    }

    private static RootCommand Root() => CommandLine.CreateRoot(new Terminal(TextWriter.Null, TextWriter.Null, ErrorIsTerminal: false, Width: 100), new Option<bool>("--debug"));

    private static IEnumerable<(string Words, Command Command)> Tree(Command command, string words = "") =>
        command.Subcommands.SelectMany(part => Tree(part, $"{words} {part.Name}".Trim())).Prepend((words, command));

    /// <summary>What follows the tool's name, up to a redirection, a closing parenthesis or a comment of the shell.</summary>
    private static string[] WordsOf(string line) => Regex.Match(line, @"\bbeamprecoding ([^>)#]*)").Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
