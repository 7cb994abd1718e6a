using System.Collections.Concurrent;
using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>What must hold for conjugate gradients of streams on every engine that has them, and that they are worth it beside RWMMSE.</summary>
public class StreamSearchInvariantTests
{
    private const int DropCount = 12;

    /// <summary>Shared by the tests of a scenario: conjugate gradients and RWMMSE from the same start.</summary>
    private static readonly ConcurrentDictionary<(EngineUnderTest, CellFreeDrops), (PrecodingResult Search, PrecodingResult Wmmse)> Solved = new();

    /// <summary>Fewer receive antennas than antennas and more, moderate and high SNR, equal and unequal budgets, noise and weights.</summary>
    private static readonly CellFreeDrops[] Drops =
    [
        new(3, 4, 16, 2, 2, 10), new(3, 4, 16, 2, 2, 20), new(3, 5, 6, 2, 2, 10), new(3, 5, 6, 2, 2, 20), new(3, 4, 16, 2, 2, 15, IsUnequal: true), new(3, 5, 6, 2, 2, 15, IsUnequal: true),
        new(4, 5, 8, 2, 3, 20),
    ];

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> Cases => from engine in Engines from drops in Drops select new TestCaseData(engine, drops);

    /// <summary>Networks with something missing or too much of it, of weights 0 and unequal budgets unless they say otherwise, and streams per link.</summary>
    private static IEnumerable<(StreamShape Shape, int Streams, Func<ChannelBatch, ChannelBatch> Change)> EdgeCases =>
    [
        (new("weightZero", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels),
        (new("zeroLink", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels.WithZeroLinks((_, k, l) => k == 0 && l == 1)),
        (new("zeroUser", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels.WithZeroLinks((_, k, _) => k == 1)),
        (new("zeroChannel", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels.WithZeroLinks((_, _, _) => true)),
        (new("idleAccessPoint", 2, 3, 8, 4, 2, (_, l, _) => l == 1 ? 0 : 1), 1, channels => channels),
        (new("unservedUser", 2, 2, 8, 4, 2, (_, _, k) => k == 3 ? 0 : 1), 1, channels => channels),
        (new("nobodyServed", 2, 2, 8, 4, 2, (_, _, _) => 0), 1, channels => channels),
        (new("oneUser", 2, 3, 8, 1, 2, (_, _, _) => 1), 1, channels => channels),
        (new("oneOfEverything", 2, 1, 1, 1, 1, (_, _, _) => 1), 1, channels => channels),
        (new("moreStreamsThanAntennas", 2, 3, 8, 3, 2, (_, _, _) => 2), 2, channels => channels),
        (new("moreStreamsThanAntennasOfTheAccessPoint", 2, 2, 3, 5, 2, (_, _, _) => 1), 1, channels => channels),
        (new("singleAntennas", 2, 2, 6, 5, 1, (_, _, _) => 1), 1, channels => channels),
        (new("loud", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels.Scaled((_, _, _) => 1e3)),
        (new("faint", 2, 2, 8, 4, 2, (_, _, _) => 1), 1, channels => channels.Scaled((_, _, _) => 1e-3)),
    ];

    private static IEnumerable<TestCaseData> EdgeCasesOnEngines =>
        from engine in Engines
        from edge in EdgeCases
        select new TestCaseData(engine, edge.Change(RandomStreams.Create(edge.Shape, seed: 71, powerWatts: 10)), edge.Streams) { TestName = $"{{m}}({engine},{edge.Shape.Name})" };

    [TestCaseSource(nameof(Cases))]
    public void TheSumRateNeverFalls(EngineUnderTest engine, CellFreeDrops drops) => AssertMonotone(engine, Solve(engine, drops).Search);

    [TestCaseSource(nameof(Cases))]
    public void EveryAccessPointStaysWithinItsBudget(EngineUnderTest engine, CellFreeDrops drops) => AssertFeasible(engine, Solve(engine, drops).Search);

    /// <summary>At least level at every budget of iterations: on average ahead, in no drop behind by more than another local optimum explains.</summary>
    [TestCaseSource(nameof(Cases))]
    public void IsAheadOfReducedWmmseAfterAsManyIterations(EngineUnderTest engine, CellFreeDrops drops)
    {
        var (search, wmmse) = Solve(engine, drops);
        Assert.Multiple(() =>
        {
            foreach (int iteration in (int[])[1, 2, 3, 5, 10, 20])
            {
                double[] ours = RatesAfter(search, iteration), theirs = RatesAfter(wmmse, iteration);
                Assert.That(ours.Average(), Is.GreaterThan(theirs.Average() * 1.002), $"mean after {iteration}");
                Assert.That(ours.Zip(theirs, (a, b) => a / b).Min(), Is.GreaterThan(0.99), $"worst drop after {iteration}");
            }
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void SixtyIterationsAreWorthThreeHundredOfReducedWmmse(EngineUnderTest engine, CellFreeDrops drops)
    {
        var (search, wmmse) = Solve(engine, drops);
        Assert.That(RatesAfter(search, 60).Average(), Is.GreaterThan(RatesAfter(wmmse, 300).Average()));
    }

    /// <summary>By default the first iterations are those of RWMMSE, bit by bit.</summary>
    [TestCaseSource(nameof(Cases))]
    public void BeginsAsReducedWmmse(EngineUnderTest engine, CellFreeDrops drops)
    {
        var options = new StreamConjugateGradientOptions { MaxIterations = 9, Tolerance = 0, Patience = int.MaxValue, MaxStreams = 8 };
        ChannelBatch channels = drops.Create(2, seed: 9);
        PrecodingResult search = Solve(engine, channels, new StreamConjugateGradient(options)), wmmse = Solve(engine, channels, Wmmse(9));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < 2; r++)
            {
                Assert.That(
                    search.Trace(r).Take(options.UpdatesFirst + 1).Select(p => p.SumRate), Is.EqualTo(wmmse.Trace(r).Take(options.UpdatesFirst + 1).Select(p => p.SumRate)));
                Assert.That(search.Trace(r)[^1].SumRate, Is.GreaterThan(search.Trace(r)[options.UpdatesFirst].SumRate));
            }
        });
    }

    [TestCaseSource(nameof(EdgeCasesOnEngines))]
    public void EdgeCasesAreSolved(EngineUnderTest engine, ChannelBatch channels, int streams)
    {
        PrecodingResult search = Solve(engine, channels, Search(40, streams)), wmmse = Solve(engine, channels, Wmmse(40, streams));
        AssertMonotone(engine, search);
        AssertFeasible(engine, search);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                Assert.That(search.WeightedSumRate[r], Is.GreaterThanOrEqualTo(wmmse.WeightedSumRate[r] * 0.99), $"realization {r}");
                for (int s = 0; s < search.Precoders.StreamCount; s++)
                {
                    Assert.That(channels.Network.Users[search.Precoders.StreamUser[s]].Weight, Is.GreaterThan(0), "who counts for nothing is sent nothing");
                }
            }
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void ARealizationAloneEqualsItselfInABatch(EngineUnderTest engine)
    {
        ChannelBatch channels = Drops[3].Create(5, seed: 72);
        PrecodingResult batch = Solve(engine, channels, Search(12));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < 5; r++)
            {
                PrecodingResult alone = Solve(engine, channels.Slice(r, 1), Search(12));
                Assert.That(alone.Trace(0).Select(p => p.SumRate), Is.EqualTo(batch.Trace(r).Select(p => p.SumRate)), $"realization {r}");
                Assert.That(Coefficients(alone, 0), Is.EqualTo(Coefficients(batch, r)), $"realization {r}");
            }
        });
    }

    /// <summary>What an earlier solve left in memory, directions among it, is nobody's business.</summary>
    [TestCaseSource(nameof(Engines))]
    public void SolvingTwiceGivesTheSameBits(EngineUnderTest engine)
    {
        ChannelBatch first = Drops[2].Create(2, seed: 73), other = Drops[2].Create(2, seed: 74);
        using IDevice device = engine.Open();
        using ISolver solver = Search(12).CreateSolver(first.Network, first.Shape, device);
        PrecodingResult before = solver.Solve(first);
        solver.Solve(other);
        PrecodingResult after = solver.Solve(first);
        Assert.That(after.Trace(1).Select(p => p.SumRate), Is.EqualTo(before.Trace(1).Select(p => p.SumRate)));
        Assert.That(Coefficients(after, 1), Is.EqualTo(Coefficients(before, 1)));
    }

    /// <summary>Where nothing is left to gain a realization settles instead of iterating on.</summary>
    [TestCaseSource(nameof(Engines))]
    public void SettlesWhereNothingIsLeftToGain(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomStreams.Create(new StreamShape("oneUser", 3, 2, 8, 1, 2, (_, _, _) => 1), seed: 75);
        Assert.That(Solve(engine, channels, Search(300)).Status.ToArray(), Is.All.EqualTo(SolveStatus.Converged).Or.EqualTo(SolveStatus.Stalled));
    }

    /// <summary>Searching from the first iteration on.</summary>
    private static StreamConjugateGradient Search(int iterations, int streams = 1) =>
        new(new() { UpdatesFirst = 0, MaxIterations = iterations, Tolerance = 0, Patience = int.MaxValue, Streams = new StreamRule.PerLink(streams), MaxStreams = 8 });

    private static ReducedWmmse Wmmse(int iterations, int streams = 1) =>
        new(new() { MaxIterations = iterations, Tolerance = 0, Patience = int.MaxValue, Streams = new StreamRule.PerLink(streams), MaxStreams = 8 });

    private static (PrecodingResult Search, PrecodingResult Wmmse) Solve(EngineUnderTest engine, CellFreeDrops drops) => Solved.GetOrAdd((engine, drops), _ =>
    {
        ChannelBatch channels = drops.Create(DropCount, seed: 7);
        return (Solve(engine, channels, Search(60)), Solve(engine, channels, Wmmse(300)));
    });

    private static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(channels, device);
    }

    /// <summary>[realization]; what has settled stays.</summary>
    private static double[] RatesAfter(PrecodingResult result, int iteration) =>
        [.. Enumerable.Range(0, result.Precoders.Shape.RealizationCount).Select(r => result.Trace(r)[Math.Min(iteration, result.Trace(r).Count - 1)].SumRate)];

    private static void AssertMonotone(EngineUnderTest engine, PrecodingResult result)
    {
        ChannelShape shape = result.Precoders.Shape;
        double rounding = Tolerance.For(engine.Precision, shape.AccessPointCount * shape.UserCount * shape.UserAntennaCount, condition: 10);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.RealizationCount; r++)
            {
                IReadOnlyList<TracePoint> trace = result.Trace(r);
                Assert.That(trace, Has.Count.GreaterThan(1));
                for (int i = 1; i < trace.Count; i++)
                {
                    Assert.That(trace[i].SumRate, Is.GreaterThanOrEqualTo(trace[i - 1].SumRate - (rounding * Math.Max(1, trace[i - 1].SumRate))), $"realization {r}, iteration {i}");
                }
            }
        });
    }

    private static void AssertFeasible(EngineUnderTest engine, PrecodingResult result)
    {
        double allowed = engine.Precision == Precision.Single ? 1e-5 : 1e-12;
        Assert.Multiple(() =>
        {
            for (int r = 0; r < result.Precoders.Shape.RealizationCount; r++)
            {
                Assert.That(result.Trace(r).Select(p => p.WorstPowerExcess), Is.All.LessThanOrEqualTo(allowed), "trace");
                Assert.That(result.WorstPowerExcess(r), Is.LessThanOrEqualTo(allowed), "returned");
            }
        });
    }

    private static Complex[] Coefficients(PrecodingResult result, int r)
    {
        var link = new Complex[result.Precoders.Shape.AntennaCount];
        var values = new List<Complex>();
        for (int s = 0; s < result.Precoders.StreamCount; s++)
        {
            result.Precoders.CopyTo(r, s, 0, link);
            values.AddRange(link);
        }

        return [.. values];
    }
}
