using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Precoding.Cli.Tests;

public sealed class TrainTests : CliTest
{
    private static readonly string[] Short = ["train", "bln-pgp", "--layers", "2", "--epochs", "1", "--batch", "1", "--batches", "1", "--seed", "7"];

    [Test]
    public async Task TrainedWeightsSolve()
    {
        string path = PathOf("weights.json"), again = PathOf("again.json");
        CliResult train = await Cli.Run([.. Short, "--out", path]), repeat = await Cli.Run([.. Short, "--out", again, "--quiet"]);
        Assert.That(train.ExitCode, Is.Zero, train.ToString());
        Assert.That(repeat.Out, Is.Empty);
        Assert.That(File.ReadAllText(again), Is.EqualTo(File.ReadAllText(path)));
        JsonNode file = JsonNode.Parse(File.ReadAllText(path))!;
        string hash = (string)file["sha256"]!;
        Assert.That(train.Out, Does.Contain(hash).And.Contain("validation"));
        Assert.That(file["training"]!["log"]!.AsArray(), Has.Count.EqualTo(2));

        CliResult solve = await Cli.Run("solve", "--channels", SmallChannels(), "--snr-db", "10", "--precoder", "bln-pgp", "--set", $"weights={path}", "--json");
        Assert.That(solve.ExitCode, Is.Zero, solve.ToString());
        JsonNode options = solve.Json["options"]!["precoders"]!["bln-pgp"]!;
        Assert.That((string)options["weights"]!, Does.Contain(hash));
        Assert.That((int)options["maxIterations"]!, Is.EqualTo(2));
    }

    [Test]
    public async Task BadWeightsAreBadInput()
    {
        string path = PathOf("weights.json");
        CliResult missing = await Solve();
        File.WriteAllText(path, "{\"architecture\": \"transformer\"}");
        CliResult wrong = await Solve();
        Assert.Multiple(() =>
        {
            Assert.That(missing.ExitCode, Is.EqualTo(3), missing.ToString());
            Assert.That(missing.Error, Does.Contain($"{path} does not exist").And.Contain("train bln-pgp"));
            Assert.That(wrong.ExitCode, Is.EqualTo(3), wrong.ToString());
            Assert.That(wrong.Error, Does.Contain("architecture is 'transformer'"));
        });

        Task<CliResult> Solve() => Cli.Run("solve", "--channels", SmallChannels(), "--snr-db", "10", "--precoder", "bln-pgp", "--set", $"weights={path}");
    }

    [TestCase("train wmmse --out w.json", "'wmmse' has nothing to learn; expected bln-pgp")]
    [TestCase("train bln-pgp --out w.npz", "writes .json there")]
    [TestCase("train bln-pgp --out w.json --layers 0", "--layers is '0'; expected a whole number from 1")]
    [TestCase("train bln-pgp --out w.json --layers 2000", "LayerCount is 2000; it must be from 1 to 1000")]
    public async Task WrongCommandsAreRefused(string arguments, string expected)
    {
        CliResult result = await Cli.Run(arguments.Split(' '));
        Assert.That(result.ExitCode, Is.AnyOf(2, 3), result.ToString());
        Assert.That(result.Error, Does.Contain(expected));
    }
}
