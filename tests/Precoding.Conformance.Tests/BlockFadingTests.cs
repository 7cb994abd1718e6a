using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Sequences of blocks: what a block gets is what solving it by hand from the last one's precoders gives, to the bit.</summary>
public class BlockFadingTests
{
    private const int Blocks = 4, Sequences = 3;

    private static readonly string[] Names = ["wmmse", "bsp-hamiltonian", "bsp-cg", "reduced-hamiltonian", "reduced-cg", "bln-pgp"];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All from name in Names select new TestCaseData(engine, name) { TestName = $"{{m}}({engine},{name})" };

    [TestCaseSource(nameof(Cases))]
    public void ABlockIsWhatAWarmStartFromTheLastOneGives(EngineUnderTest engine, string name)
    {
        ChannelBatch channels = Channels().Slice(0, Blocks);
        using IDevice device = engine.Open();
        PrecodingResult sequence = new BlockFading(Create(name)).Solve(channels, device);
        using ISolver cold = Create(name).CreateSolver(channels.Network, channels.Shape with { RealizationCount = 1 }, device);
        using ISolver warm = Create(name, "warm").CreateSolver(channels.Network, channels.Shape with { RealizationCount = 1 }, device);
        PrecodingResult? last = null;
        for (int block = 0; block < Blocks; block++)
        {
            last = last is null ? cold.Solve(channels.Slice(0, 1)) : warm.Solve(channels.Slice(block, 1), last.Precoders);
            AssertSame(sequence, block, last, 0);
            Assert.That(sequence.Start(block) == "warm", Is.EqualTo(block > 0));
        }
    }

    /// <summary>With random starts, which belong to the number of a realization in its series.</summary>
    [TestCaseSource(nameof(Cases))]
    public void SequencesTogetherEqualSequencesAlone(EngineUnderTest engine, string name)
    {
        ChannelBatch channels = Channels().StartingAt(40);
        using IDevice device = engine.Open();
        var options = new BlockFadingOptions { BlocksPerSequence = Blocks, Starts = InitialPrecoder.ParseList("warm,random") };
        PrecodingResult together = new BlockFading(Create(name, "random:2"), options).Solve(channels, device);
        for (int s = 0; s < Sequences; s++)
        {
            PrecodingResult alone = new BlockFading(Create(name, "random:2"), options).Solve(channels.Slice(s * Blocks, Blocks), device);
            for (int block = 0; block < Blocks; block++)
            {
                AssertSame(together, (s * Blocks) + block, alone, block);
            }
        }
    }

    /// <summary>Weights as a hand would compute them from the rates that came back, and the result of each block that of a solve with those weights.</summary>
    [TestCaseSource(nameof(Cases))]
    public void ProportionalFairWeightsFollowTheRates(EngineUnderTest engine, string name)
    {
        const int N = 3;
        double[] priority = [1, 1, 2, 0, 1];
        ChannelBatch channels = Channels();
        channels = channels.WithNetwork(channels.Network.WithWeights(priority));
        using IDevice device = engine.Open();
        PrecodingResult fair = new BlockFading(Create(name), new BlockFadingOptions { BlocksPerSequence = Blocks, FairnessWindow = N }).Solve(channels, device);
        Assert.That(fair.HasOwnWeights);
        for (int s = 0; s < Sequences; s++)
        {
            var average = new double[priority.Length];
            PrecodingResult? last = null;
            for (int block = 0; block < Blocks; block++)
            {
                int r = (s * Blocks) + block;
                double floor = 0.01 * average.Average();
                double[] weights = [.. priority.Select((w, k) => block == 0 ? w : w / Math.Max(average[k], floor))];
                double[] scaled = [.. weights.Select(w => w / weights.Average())], got = [.. Enumerable.Range(0, priority.Length).Select(k => fair.Weight(r, k))];
                Assert.That(got, Is.EqualTo(scaled).Within(1e-12));
                Assert.That(fair.WeightedSumRate[r], Is.EqualTo(got.Zip(fair.Rates(r).ToArray(), (w, rate) => w * rate).Sum()).Within(1e-9));
                ChannelBatch here = channels.Slice(r, 1).WithNetwork(channels.Network.WithWeights(got));
                using ISolver solver = Create(name, last is null ? null : "warm").CreateSolver(here.Network, here.Shape, device);
                last = solver.Solve(here, last?.Precoders);
                AssertSame(fair, r, last, 0);
                average = [.. average.Select((mean, k) => ((1 - (1.0 / N)) * mean) + (fair.Rates(r)[k] / N))];
            }
        }
    }

    /// <summary>Where all blocks are the same, a block that ended settled leaves the next nothing to do.</summary>
    [Test]
    public void ABlockThatDidNotChangeIsSettledAtOnce()
    {
        ChannelBatch one = Channels().Slice(0, 1);
        ChannelBatch still = ChannelBatch.FromArray(one.Network, one.Shape with { RealizationCount = 3 }, [.. one.AsDouble(), .. one.AsDouble(), .. one.AsDouble()]);
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        PrecodingResult result = new BlockFading(new ReducedConjugateGradient(new() { MaxIterations = 1000, Tolerance = 1e-9 })).Solve(still, device);
        Assert.That(result.Iterations[0], Is.GreaterThan(10));
        Assert.That(result.Iterations[1..].ToArray(), Is.All.LessThan(6), "the patience of 3, and what the rate still gains");
        Assert.That(result.WeightedSumRate[2], Is.EqualTo(result.WeightedSumRate[0]).Within(1e-6));
    }

    /// <summary>With more users than antennas in all, blocks begin anew as well.</summary>
    [Test]
    public void WhereUsersAreTurnedOffBlocksBeginAnewToo()
    {
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        var own = new ReducedConjugateGradient(new() { MaxIterations = 3 });
        foreach (int users in (int[])[4, 5])
        {
            ChannelBatch channels = RandomProblem.Create(new ProblemShape(6, 2, 2, users), seed: 8); // blocks have nothing in common
            PrecodingResult result = new BlockFading(own).Solve(channels, device), anew = own.Solve(channels, device);
            var starts = Enumerable.Range(1, 5).Select(result.Start);
            Assert.That(starts, users == 4 ? Is.All.EqualTo("warm") : Has.Some.EqualTo("wrzf"));
            if (users == 5)
            {
                Assert.That(Enumerable.Range(0, 6).Select(r => result.WeightedSumRate[r] - anew.WeightedSumRate[r]), Is.All.GreaterThanOrEqualTo(0));
            }
        }
    }

    [Test]
    public void CancellingKeepsWhatIsDone()
    {
        ChannelBatch channels = Channels();
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        using var stop = new CancellationTokenSource();
        var options = new BlockFadingOptions { BlocksPerSequence = Blocks };
        var precoder = new BlockFading(new ReducedConjugateGradient(new() { MaxIterations = 10, Tolerance = 0, CheckInterval = 10 }), options);
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        var reports = new List<SolveProgress>();
        PrecodingResult whole = solver.Solve(channels, progress: new Told(reports.Add));
        Assert.That(reports.Select(p => p.RealizationsDone), Is.Ordered);
        Assert.That(reports[^1].RealizationsDone, Is.EqualTo(Sequences * (Blocks - 1)));
        Assert.That(reports, Is.All.Matches<SolveProgress>(p => p.RealizationCount == Sequences * Blocks));
        PrecodingResult partial = solver.Solve(channels, progress: new Told(p => { if (p.RealizationsDone >= Sequences) { stop.Cancel(); } }), cancellationToken: stop.Token);
        for (int s = 0; s < Sequences; s++)
        {
            AssertSame(partial, s * Blocks, whole, s * Blocks);
            Assert.That(partial.Status[((s * Blocks) + 2)..((s + 1) * Blocks)].ToArray(), Is.All.EqualTo(SolveStatus.Cancelled), "blocks that were not reached");
            Assert.That(partial.Start((s * Blocks) + 2), Is.Empty);
        }

        Assert.That(partial.Start(1), Is.EqualTo("warm"), "the block in hand");
    }

    [Test]
    public void WhatDoesNotFitIsSaid()
    {
        ChannelBatch channels = Channels();
        using IDevice device = EngineUnderTest.Reference.Open();
        foreach (string name in (string[])["mrt", "rzf", "dft-codebook", "local-ezf", "ncjt-cg", "cjt-wmmse"])
        {
            PrecoderEntry entry = PrecoderCatalog.Find(name);
            Assert.That(() => new BlockFading(entry.Create(entry.DefaultOptions)), Throws.TypeOf<ValidationException>().With.Message.Contains(name).And.Message.Contains("reduced-cg"));
        }

        Assert.That(() => new BlockFading(Create("reduced-cg", "warm")), Throws.TypeOf<ValidationException>().With.Message.Contains("first block"));
        Assert.That(() => new BlockFading(new Wmmse(), new() { BlocksPerSequence = 0, FairnessWindow = 0, Starts = [] }), Throws.TypeOf<ValidationException>().With.Message.Contains("BlocksPerSequence is 0").And.Message.Contains("FairnessWindow is 0").And.Message.Contains("Starts is empty"));
        Assert.That(() => new BlockFading(new Wmmse(), new() { BlocksPerSequence = 5 }).Solve(channels, device), Throws.TypeOf<ValidationException>().With.Message.Contains("12 realizations").And.Message.Contains("5 blocks"));
        using ISolver solver = new BlockFading(new Wmmse()).CreateSolver(channels.Network, channels.Shape, device);
        Assert.That(() => solver.Solve(channels, new PrecoderBatch(channels.Shape, Precision.Double)), Throws.TypeOf<ValidationException>().With.Message.Contains("no warm start"));
    }

    /// <summary>[sequence · block], every block a little of the next: h(t + 1) = 0.9 h(t) + 0.44 w.</summary>
    private static ChannelBatch Channels()
    {
        ChannelBatch fresh = RandomProblem.Create(new ProblemShape(Sequences * Blocks, 2, 6, 5), seed: 23);
        System.Numerics.Complex[] h = [.. fresh.AsDouble()];
        int size = h.Length / (Sequences * Blocks);
        for (int i = size; i < h.Length; i++)
        {
            h[i] = i / size % Blocks == 0 ? h[i] : (0.9 * h[i - size]) + (0.44 * h[i]);
        }

        return ChannelBatch.FromArray(fresh.Network, fresh.Shape, h);
    }

    private static IPrecoder Create(string name, string? starts = null)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        PrecoderOptions options = entry.DefaultOptions with { MaxIterations = 5, Tolerance = 0, Seed = 6 };
        return entry.Create(starts is null ? options : options with { Starts = InitialPrecoder.ParseList(starts) });
    }

    private static void AssertSame(PrecodingResult one, int realization, PrecodingResult other, int otherRealization) => Assert.Multiple(() =>
    {
        Assert.That(one.Status[realization], Is.EqualTo(other.Status[otherRealization]));
        Assert.That(one.Iterations[realization], Is.EqualTo(other.Iterations[otherRealization]));
        Assert.That(one.Start(realization), Is.EqualTo(other.Start(otherRealization)));
        Assert.That(one.WeightedSumRate[realization], Is.EqualTo(other.WeightedSumRate[otherRealization]));
        Assert.That(one.Rates(realization).ToArray(), Is.EqualTo(other.Rates(otherRealization).ToArray()));
        Assert.That(one.AccessPointPower(realization).ToArray(), Is.EqualTo(other.AccessPointPower(otherRealization).ToArray()));
        Assert.That(one.Trace(realization).Select(p => p.SumRate), Is.EqualTo(other.Trace(otherRealization).Select(p => p.SumRate)));
        ChannelShape shape = one.Precoders.Shape;
        var (p, q) = (new System.Numerics.Complex[shape.AntennaCount], new System.Numerics.Complex[shape.AntennaCount]);
        for (int link = 0; link < shape.UserCount * shape.AccessPointCount; link++)
        {
            one.Precoders.CopyTo(realization, link / shape.AccessPointCount, link % shape.AccessPointCount, p);
            other.Precoders.CopyTo(otherRealization, link / shape.AccessPointCount, link % shape.AccessPointCount, q);
            Assert.That(p, Is.EqualTo(q), "precoders");
            if (one.Beams is { } beams)
            {
                Assert.That(beams.Values(realization, link / shape.AccessPointCount, link % shape.AccessPointCount).ToArray(),
                    Is.EqualTo(other.Beams!.Values(otherRealization, link / shape.AccessPointCount, link % shape.AccessPointCount).ToArray()), "beams");
            }
        }
    });

    private sealed class Told(Action<SolveProgress> listener) : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value) => listener(value);
    }
}
