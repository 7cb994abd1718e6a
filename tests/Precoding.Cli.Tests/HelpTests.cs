using NUnit.Framework;
using Precoding.Cli.Solving;

namespace Precoding.Cli.Tests;

public sealed class HelpTests
{
    [TestCase("")]
    [TestCase("bench")]
    [TestCase("completion")]
    [TestCase("doctor")]
    [TestCase("demo")]
    [TestCase("drop")]
    [TestCase("inspect")]
    [TestCase("solve")]
    [TestCase("train")]
    public async Task HelpEndsWithExamples(string verb)
    {
        CliResult result = await Cli.Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Match("Examples?:\n  beamprecoding"));
            Assert.That(result.Error, Is.Empty);
        });
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
}
