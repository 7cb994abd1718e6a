using System.Numerics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>Realizations as time: drop --blocks, solve --blocks, --proportional-fair and --weights.</summary>
public sealed class BlockTests : CliTest
{
    private const int Blocks = 5, Drops = 2, Users = 4;

    private static readonly string[] Common = ["--snr-db", "10", "--device", "cpu", "--iterations", "4", "--tolerance", "0"];

    [Test]
    public async Task BlocksOfADropFollowEachOther([Values("uma-nlos", "iid", "rayleigh-cell-free")] string scenario)
    {
        string path = await Drop(scenario, "--seed", "4", "--block-ms", "1", "--speed-kmh", "3");
        ChannelBatch channels = ChannelFile.Read(path).Channels;
        Assert.That(channels.Shape.RealizationCount, Is.EqualTo(Drops * Blocks));
        double Likeness(int r, int q)
        {
            Complex[] one = [.. channels.Slice(r, 1).AsSingle().ToArray().Select(h => (Complex)h)], two = [.. channels.Slice(q, 1).AsSingle().ToArray().Select(h => (Complex)h)];
            return one.Zip(two, (a, b) => a * Complex.Conjugate(b)).Aggregate(Complex.Zero, (sum, v) => sum + v).Magnitude / Math.Sqrt(one.Sum(h => h.Magnitude * h.Magnitude) * two.Sum(h => h.Magnitude * h.Magnitude));
        }

        Assert.That(Likeness(0, 1), Is.InRange(0.9, 0.99999));
        Assert.That(Likeness(Blocks, Blocks + 1), Is.InRange(0.9, 0.99999));
        Assert.That(Likeness(0, 4), Is.LessThan(Likeness(0, 1)));
        Assert.That(Likeness(4, Blocks), Is.LessThan(0.9), "another drop");
        string still = await Drop(scenario, "--seed", "4", "--block-ms", "1", "--speed-kmh", "0");
        ChannelBatch rest = ChannelFile.Read(still).Channels;
        Assert.That(rest.Slice(3, 1).AsSingle().SequenceEqual(rest.Slice(0, 1).AsSingle()));
    }

    /// <summary>Each block is what a solve of that realization with the last one's file as --warm-start gives, to the bit.</summary>
    [Test]
    public async Task ABlockEqualsAWarmStartedSolve()
    {
        string all = await Moving(), whole = PathOf("whole.npz");
        CliResult solved = await Cli.Run(["solve", "--channels", all, .. Common, "--blocks", $"{Blocks}", "--out", whole]);
        Assert.That(solved.ExitCode, Is.Zero, solved.ToString());
        Assert.That(solved.Out, Does.Contain($"blocks    {Drops} sequences of {Blocks}, after the first each from the last").And.Match("reduced-cg: users' mean rates .* geometric mean .* 4.0 iterations a block after the first"));
        ChannelBatch channels = ChannelFile.Read(all).Channels;
        Complex[] P = Read(whole, "P");
        int size = P.Length / (Drops * Blocks);
        string? last = null;
        for (int block = 0; block < Blocks; block++)
        {
            string one = PathOf($"h{block}.npz"), answer = PathOf($"p{block}.npz");
            ChannelFile.Write(one, channels.Slice(block, 1));
            CliResult result = await Cli.Run(["solve", "--channels", one, .. Common, .. last is null ? [] : (string[])["--warm-start", last], "--out", answer, "--quiet"]);
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(Read(answer, "P"), Is.EqualTo(P[(block * size)..((block + 1) * size)]), $"block {block}");
            last = answer;
        }
    }

    [Test]
    public async Task ProportionalFairWeightsAreWritten()
    {
        const int N = 3;
        string output = PathOf("fair.npz");
        string[] request = ["solve", "--channels", await Moving(), .. Common, "--blocks", $"{Blocks}", "--proportional-fair", $"{N}", "--out", output];
        JsonNode json = (await Cli.Run([.. request, "--json"])).Json;
        double[] weights = [.. Read(output, "weights").Select(c => c.Real)], rates = [.. Read(output, "rates").Select(c => c.Real)], sums = [.. Read(output, "sumRate").Select(c => c.Real)];
        for (int s = 0; s < Drops; s++)
        {
            var average = new double[Users];
            for (int block = 0; block < Blocks; block++)
            {
                int r = (s * Blocks) + block;
                double[] expected = [.. average.Select(mean => block == 0 ? 1 : 1 / Math.Max(mean, 0.01 * average.Average()))];
                Assert.That(weights[(r * Users)..((r + 1) * Users)], Is.EqualTo(expected.Select(w => w / expected.Average())).Within(1e-12));
                double[] here = rates[(r * Users)..((r + 1) * Users)];
                Assert.That(sums[r], Is.EqualTo(here.Select((rate, k) => rate * weights[(r * Users) + k]).Sum()).Within(1e-9));
                average = [.. average.Select((mean, k) => ((1 - (1.0 / N)) * mean) + (here[k] / N))];
            }

            JsonNode sequence = json["precoders"]![0]!["sequences"]![s]!;
            double[] means = [.. Enumerable.Range(0, Users).Select(k => Enumerable.Range(s * Blocks, Blocks).Average(r => rates[(r * Users) + k]))];
            Assert.That(sequence["meanRatesBitPerSecondPerHertz"]!.AsArray().Select(v => (double)v!), Is.EqualTo(means).Within(1e-12));
            Assert.That((double)sequence["geometricMeanBitPerSecondPerHertz"]!, Is.EqualTo(Math.Exp(means.Average(Math.Log))).Within(1e-12));
            Assert.That((double)sequence["fifthPercentileBitPerSecondPerHertz"]!, Is.EqualTo(means.Min() + (0.15 * (means.Order().ElementAt(1) - means.Min()))).Within(1e-12)); // 0.05 of 3 gaps
        }

        Assert.That((int)json["options"]!["blocks"]!, Is.EqualTo(Blocks));
        Assert.That((int)json["options"]!["proportionalFair"]!, Is.EqualTo(N));
        Assert.That(json["precoders"]![0]!["realizations"]![1]!["weights"]!.AsArray(), Has.Count.EqualTo(Users));
    }

    [Test]
    public async Task StartsSayWhereBlocksBegin()
    {
        string channels = await Moving();
        foreach (var (starts, first, later) in new[] { ("mrt", "mrt", "mrt"), ("warm", "wrzf", "warm"), ("warm,mrt", "mrt", null) })
        {
            JsonNode json = (await Cli.Run(["solve", "--channels", channels, .. Common, "--blocks", $"{Blocks}", "--starts", starts, "--json"])).Json;
            string[] used = [.. json["precoders"]![0]!["realizations"]!.AsArray().Select(r => (string)r!["start"]!)];
            Assert.That(used[0], Is.EqualTo(first));
            Assert.That(used[1], later is null ? Is.AnyOf("warm", "mrt") : Is.EqualTo(later));
            Assert.That(json["options"]!["blockStarts"]!.AsArray().Select(s => (string)s!), Is.EqualTo(starts.Split(',')));
        }
    }

    /// <summary>A sequence is scaled as a whole: its blocks keep their ratio.</summary>
    [Test]
    public async Task ASequenceIsNormalisedAsAWhole()
    {
        string channels = Channels("growing.npz", new ChannelShape(4, 3, 2, 4), (i, h) => h * (i / 24 == 1 ? 2 : 1)); // block 1 of 0 … 3 twice as strong
        JsonNode whole = await Rates("--blocks", "4", "--starts", "mrt"), each = await Rates();
        Assert.That((double)whole["realizations"]![1]!["sumRateBitPerSecondPerHertz"]!, Is.GreaterThan((double)each["realizations"]![1]!["sumRateBitPerSecondPerHertz"]!));
        Assert.That((double)whole["realizations"]![0]!["sumRateBitPerSecondPerHertz"]!, Is.LessThan((double)each["realizations"]![0]!["sumRateBitPerSecondPerHertz"]!));

        async Task<JsonNode> Rates(params string[] more) => (await Cli.Run(["solve", "--channels", channels, .. Common, "--normalize", "mean", .. more, "--json"])).Json["precoders"]![0]!;
    }

    [Test]
    public async Task WeightsOverrideThoseOfTheFile()
    {
        string small = SmallChannels(), weighted = PathOf("weighted.npz");
        ChannelBatch channels = ChannelFile.Read(small).Channels;
        ChannelFile.Write(weighted, channels.WithNetwork(channels.Network.WithWeights([9, 9, 1, 1])));
        string[] solve = ["solve", .. Common, "--json", "--precoder", "wmmse"];
        string given = Realizations(await Cli.Run([.. solve, "--channels", weighted, "--weights", "1,0,2.5,1"]));
        Assert.That(given, Is.EqualTo(Realizations(await Cli.Run([.. solve, "--channels", small, "--weights", "1,0,2.5,1"]))).And.Not.EqualTo(Realizations(await Cli.Run([.. solve, "--channels", weighted]))));
        JsonNode json = (await Cli.Run([.. solve, "--channels", small, "--weights", "1,0,2.5,1"])).Json, realization = json["precoders"]![0]!["realizations"]![0]!;
        double[] rates = [.. realization["ratesBitPerSecondPerHertz"]!.AsArray().Select(r => (double)r!)];
        Assert.That((double)realization["sumRateBitPerSecondPerHertz"]!, Is.EqualTo(rates[0] + (2.5 * rates[2]) + rates[3]).Within(1e-9));
        Assert.That(json["options"]!["weights"]!.AsArray().Select(w => (double)w!), Is.EqualTo(new[] { 1, 0, 2.5, 1 }));

        static string Realizations(CliResult result) => string.Join(";", result.Json["precoders"]![0]!["realizations"]!.AsArray().Select(r => r!["ratesBitPerSecondPerHertz"]!.ToJsonString()));
    }

    [TestCase(2, "--blocks is 3.*2 realizations", "--blocks", "3")]
    [TestCase(2, "--blocks is '0'", "--blocks", "0")]
    [TestCase(2, "say with --blocks", "--proportional-fair", "9")]
    [TestCase(2, "--certificate bounds", "--proportional-fair", "9", "--blocks", "2", "--certificate")]
    [TestCase(2, "--warm-start gives", "--blocks", "2", "--warm-start", "p.npz")]
    [TestCase(2, "mrt: cannot begin a block", "--blocks", "2", "--precoder", "mrt,wmmse")]
    [TestCase(2, "ncjt-cg: cannot begin a block", "--blocks", "2", "--precoder", "ncjt-cg")]
    [TestCase(2, "--weights has 3 values.*4 users", "--weights", "1,2,3")]
    [TestCase(2, "--weights is '-1'", "--weights", "1,-1,2,3")]
    [TestCase(3, "Users all have weight 0", "--weights", "0,0,0,0")]
    public async Task WhatDoesNotFitIsSaid(int code, string message, params string[] options)
    {
        string[] iterating = options.Contains("mrt,wmmse") ? [] : ["--iterations", "2"];
        CliResult result = await Cli.Run(["solve", "--channels", SmallChannels(), "--snr-db", "3", "--device", "cpu", .. iterating, .. options]);
        Assert.That(result.ExitCode, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Match(message));
    }

    [TestCase("go together", "--blocks", "3")]
    [TestCase("go together", "--block-ms", "3", "--speed-kmh", "3")]
    [TestCase("give one of them", "--blocks", "3", "--block-ms", "1", "--speed-kmh", "3", "--subcarriers", "2", "--bandwidth-mhz", "20")]
    [TestCase("--speed-kmh is '-3'", "--blocks", "3", "--block-ms", "1", "--speed-kmh", "-3")]
    [TestCase("--block-ms is '0'", "--blocks", "3", "--block-ms", "0", "--speed-kmh", "3")]
    public async Task DropsThatDoNotFitAreSaid(string message, params string[] options)
    {
        CliResult result = await Cli.Run(["drop", "--users", "2", "--antennas", "4", "--out", PathOf("h.npz"), .. options]);
        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain(message));
    }

    private Task<string> Moving() => Drop("iid", "--seed", "2", "--block-ms", "1", "--speed-kmh", "8");

    private async Task<string> Drop(string scenario, params string[] options)
    {
        string path = PathOf($"{Guid.NewGuid():N}.npz");
        CliResult result = await Cli.Run(["drop", "--scenario", scenario, "--users", $"{Users}", "--antennas", "8", "--access-points", "2", "--user-antennas", "1", "--realizations", $"{Drops}", "--blocks", $"{Blocks}", "--out", path, .. options]);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Out, Does.Contain($"r·{Blocks} + t"));
        return path;
    }

    private static Complex[] Read(string path, string name)
    {
        using FileStream stream = File.OpenRead(path);
        return ArrayFile.Open(stream, path).Read(name).ToComplex();
    }
}
