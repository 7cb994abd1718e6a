using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Abstractions.Tests;

/// <summary>Time limits on a clock that the tests move: loading takes 10 ms, a start 5, a call 7 and finishing 4, unless said otherwise.</summary>
public sealed class DeadlineTests
{
    private static readonly ChannelBatch Channels = RandomProblem.Create(new ProblemShape(1, 2, 8, 4), seed: 301);

    private static IEnumerable<TestCaseData> IterativePrecoders =>
        from engine in (EngineUnderTest[])[EngineUnderTest.Reference, EngineUnderTest.Cpu(Precision.Single, threadCount: 1), EngineUnderTest.OpenCl(Precision.Double)]
        from entry in PrecoderCatalog.Entries
        where entry.DefaultOptions is not (ClosedFormOptions or DftCodebookOptions or LocalEigenZeroForcingOptions)
        from bits in entry.DefaultOptions is ExchangeOptions ? new int?[] { null, 8 } : [null]
        select new TestCaseData(engine, entry, bits).SetArgDisplayNames(engine.Name, entry.Name, bits is null ? "exact" : "rounded");

    /// <summary>The first solve evaluates its start, to know what finishing takes; the second knows. Either stops before the call that would end too late.</summary>
    [Test]
    public void CallsAreMadeWhileTheNextOneAndFinishingFit()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts());
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 102).CreateSolver(Channels, device);
        PrecodingResult first = solver.Solve(Channels);
        Assert.That(clock.Now, Is.EqualTo(10 + 5 + 4 + (11 * 7) + 4));
        double began = clock.Now;
        PrecodingResult second = solver.Solve(Channels);
        Assert.That(clock.Now - began, Is.EqualTo(10 + 5 + (11 * 7) + 4));
        using BatchSolver unlimited = Create(new(), new(), limit: null, iterations: 11).CreateSolver(Channels, device);
        PrecodingResult eleven = unlimited.Solve(Channels);
        foreach (PrecodingResult result in (PrecodingResult[])[first, second])
        {
            Assert.That(result.Status[0], Is.EqualTo(SolveStatus.TimeLimit));
            Assert.That(result.Iterations[0], Is.EqualTo(11));
            AssertSame(result, eleven);
        }
    }

    /// <summary>A queue is as long as the time left is enough for: the end is met to a call, though looks are rare before.</summary>
    [TestCase(1.0)]
    [TestCase(7.0)]
    [TestCase(0.01)]
    public void AQueueDoesNotRunPastTheDeadline(double call)
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Call = _ => call, IsQueue = true });
        var looks = new Waiting(clock, costs);
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 102, iterations: 20_000, name: "wmmse").CreateSolver(Channels, device);
        PrecodingResult result = solver.Solve(Channels, progress: looks);
        Assert.That(clock.Now, Is.InRange(102 - call, 102));
        Assert.That(result.Status[0], Is.EqualTo(SolveStatus.TimeLimit));
        Assert.That(looks.Count, Is.LessThan((result.Iterations[0] / 10) + 10));
    }

    /// <summary>The first finish was dear, as just-in-time compiled code is: when the second turns out cheap, the time won is iterated in.</summary>
    [TestCaseSource(nameof(IterativePrecoders))]
    public void TimeThatFinishingDidNotNeedIsUsed_AndTheIterationsAreThoseOfOneRun(EngineUnderTest engine, PrecoderEntry entry, int? bits)
    {
        ChannelBatch channels = entry.DefaultOptions is StreamOptions
            ? new CellFreeDrops(L: 3, K: 4, M: 8, N: entry.Name == "ncjt-sca" ? 1 : 2, Serving: 2, SnrDb: 15).Create(2, seed: 302)
            : RandomProblem.Create(new ProblemShape(2, 2, 8, 4), seed: 302);
        var clock = new FakeClock();
        var costs = new FakeCosts { StartIteration = 0, Finish = evaluation => evaluation == 0 ? 40 : 1 };
        using IDevice device = engine.Open();
        using BatchSolver solver = Create(clock, costs, limit: 151, name: entry.Name, bits: bits).CreateSolver(channels, device);
        PrecodingResult result = solver.Solve(channels);
        using BatchSolver uninterrupted = Create(new(), new() { CallLimit = costs.Calls }, limit: null, name: entry.Name, bits: bits).CreateSolver(channels, device);
        Assert.That(costs.Evaluations, Is.GreaterThanOrEqualTo(3));
        Assert.That(costs.Calls, Is.GreaterThan(7));
        AssertSame(result, uninterrupted.Solve(channels));
    }

    [Test]
    public void EveryPieceHasItsShare()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(8, 2, 8, 4), seed: 303); // the reference holds three at once
        var (clock, costs) = (new FakeClock(), new FakeCosts());
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 300).CreateSolver(channels, device);
        PrecodingResult result = solver.Solve(channels);
        Assert.That(clock.Now, Is.InRange(300 - 7, 300));
        Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.TimeLimit));
        Assert.That(result.Iterations.ToArray(), Is.All.InRange(6, 14)); // (112 − 23)/7 of the first three, (75 − 23)/7 of the last two, about
    }

    /// <summary>No time for more: every piece is loaded, started and finished once, and late.</summary>
    [Test]
    public void ADeadlineThatCannotBeMetLeavesTheStarts()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(8, 2, 8, 4), seed: 304);
        var (clock, costs) = (new FakeClock(), new FakeCosts());
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 5).CreateSolver(channels, device);
        PrecodingResult result = solver.Solve(channels);
        Assert.That(clock.Now, Is.EqualTo(3 * (10 + 5 + 4)));
        Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.TimeLimit));
        Assert.That(result.Iterations.ToArray(), Is.All.Zero);
        Assert.That(result.WeightedSumRate.ToArray(), Is.All.GreaterThan(0));
        Assert.That(Enumerable.Range(0, 8).Select(r => result.WorstPowerExcess(r)), Is.All.LessThan(1e-12));
    }

    /// <summary>The solver's making is the first solve's, not the second's.</summary>
    [Test]
    public void TheFirstSolvePaysForTheSolver()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Setup = 30 });
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 104).CreateSolver(Channels, device);
        clock.Advance(1000); // between making and solving nothing is counted
        PrecodingResult first = solver.Solve(Channels);
        Assert.That(clock.Now - 1000, Is.InRange(104 - 7, 104));
        Assert.That(first.Iterations[0], Is.EqualTo((104 - 30 - 19 - 4) / 7));
        Assert.That(solver.Solve(Channels).Iterations[0], Is.EqualTo((104 - 15 - 4) / 7));
    }

    /// <summary>A later start is begun if it, a call and finishing fit; the best outcome is kept, and what is settled returns early.</summary>
    [TestCase(73.0, "mrt", 51.0, Description = "51 + 5 + 14 + 4 is 74")]
    [TestCase(76.0, "rzf", 74.0)]
    [TestCase(1000.0, "rzf", 88.0)]
    public void LaterStartsAreBegunWhileTheyFit(double limit, string last, double end)
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Call = _ => 14 });
        using IDevice device = EngineUnderTest.Reference.Open();
        double[] alone = [.. new[] { "mrt", "rzf" }.Select(start => Create(new(), new(), limit: null, iterations: 2, start).Solve(Channels, device).WeightedSumRate[0])];
        using BatchSolver solver = Create(clock, costs, limit, iterations: 2, "mrt,rzf").CreateSolver(Channels, device);
        PrecodingResult result = solver.Solve(Channels);
        Assert.That(clock.Now, Is.EqualTo(end));
        Assert.That(costs.Evaluations, Is.EqualTo(last == "mrt" ? 2 : 3));
        Assert.That(alone[1], Is.GreaterThan(alone[0]));
        Assert.That(result.WeightedSumRate[0], last == "mrt" ? Is.EqualTo(alone[0]) : Is.GreaterThan(alone[0]));
        Assert.That(result.Start(0), Is.EqualTo(last));
    }

    /// <summary>A start of a thousand iterations ends in time, and nothing follows it.</summary>
    [Test]
    public void ALongStartIsCut()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts());
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 100, starts: "wmmse:1000").CreateSolver(Channels, device);
        PrecodingResult result = solver.Solve(Channels);
        Assert.That(clock.Now, Is.InRange(100 - 3, 100));
        Assert.That(result.Status[0], Is.EqualTo(SolveStatus.TimeLimit));
        Assert.That(result.Iterations[0], Is.Zero);
        double first = result.WeightedSumRate[0], began = clock.Now;
        Assert.That(first, Is.GreaterThan(0));
        Assert.That(solver.Solve(Channels).WeightedSumRate[0], Is.GreaterThan(0));
        Assert.That(clock.Now - began, Is.InRange(100 - 3, 100));
    }

    /// <summary>A call longer than what is left is not begun once that is known; one bad measurement does not forbid calls for ever.</summary>
    [Test]
    public void ACallThatWasSlowOnceIsTriedAgain()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Call = call => call == 0 ? 200 : 7 });
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 102).CreateSolver(Channels, device);
        Assert.That(solver.Solve(Channels).Iterations[0], Is.EqualTo(1));
        Assert.That(clock.Now, Is.GreaterThan(200));
        double began = clock.Now;
        Assert.That(solver.Solve(Channels).Iterations[0], Is.Zero);
        Assert.That(clock.Now - began, Is.EqualTo(10 + 5 + 4));
        Assert.That(Enumerable.Range(0, 3).Select(_ => solver.Solve(Channels).Iterations[0]), Has.Some.EqualTo(11));
    }

    /// <summary>The first call is dear where it is compiled: another is tried, though by the first alone it would not fit.</summary>
    [Test]
    public void AFirstCallAloneIsNotBelieved()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Call = call => call == 0 ? 50 : 7 });
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 105).CreateSolver(Channels, device);
        Assert.That(solver.Solve(Channels).Iterations[0], Is.EqualTo(1 + 4)); // 19 + 50 + 4·7 + 4 is 101
        Assert.That(clock.Now, Is.EqualTo(101));
    }

    /// <summary>Calls that are always too long are believed to be so after a few, and then tried rarely.</summary>
    [Test]
    public void ACallThatIsAlwaysTooLongIsRarelyTried()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts { Call = _ => 200 });
        using IDevice device = EngineUnderTest.Reference.Open();
        using BatchSolver solver = Create(clock, costs, limit: 102).CreateSolver(Channels, device);
        for (int i = 0; i < 60; i++)
        {
            _ = solver.Solve(Channels);
        }

        Assert.That(costs.Calls, Is.InRange(4, 7));
    }

    [Test]
    public void CancellingIsNotATimeLimit()
    {
        var (clock, costs) = (new FakeClock(), new FakeCosts());
        using IDevice device = EngineUnderTest.Reference.Open();
        using var cancellation = new CancellationTokenSource();
        using BatchSolver solver = Create(clock, costs, limit: 102).CreateSolver(Channels, device);
        PrecodingResult result = solver.Solve(Channels, progress: new Cancelling(cancellation), cancellationToken: cancellation.Token);
        Assert.That(result.Status[0], Is.EqualTo(SolveStatus.Cancelled));
        Assert.That(result.Iterations[0], Is.EqualTo(1), "with a limit the first look is after the first call");
        Assert.That(result.WeightedSumRate[0], Is.EqualTo(result.Trace(0)[1].SumRate).Within(1e-9));
    }

    /// <summary>Of the last eight, the lower of two in the middle.</summary>
    [TestCase(new double[0], ExpectedResult = 0)]
    [TestCase(new double[] { 5 }, ExpectedResult = 5)]
    [TestCase(new double[] { 40, 1 }, ExpectedResult = 1)]
    [TestCase(new double[] { 1, 1, 90, 1, 1, 1, 90, 90 }, ExpectedResult = 1)]
    [TestCase(new double[] { 9, 9, 9, 9, 8, 2, 3, 4, 5, 6, 7, 1 }, ExpectedResult = 4)]
    public double RecentSecondsExpectTheMedian(double[] seconds)
    {
        var recent = new RecentSeconds();
        Array.ForEach(seconds, recent.Add);
        return recent.Expected;
    }

    private static TimedPrecoder Create(
        FakeClock clock, FakeCosts costs, double? limit, int iterations = 500, string? starts = null, string name = "reduced-cg", int? bits = null)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        PrecoderOptions options = entry.DefaultOptions with
        {
            MaxIterations = iterations,
            Tolerance = 0,
            Patience = iterations,
            TimeLimit = limit is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            Starts = starts is null ? entry.DefaultOptions.Starts : InitialPrecoder.ParseList(starts),
        };
        return new TimedPrecoder((Precoder)entry.Create(options is ExchangeOptions exchange ? exchange with { FronthaulBits = bits } : options), clock, costs);
    }

    /// <summary>To the last bit, whatever the statuses.</summary>
    private static void AssertSame(PrecodingResult actual, PrecodingResult expected)
    {
        Assert.That(actual.Iterations.ToArray(), Is.EqualTo(expected.Iterations.ToArray()));
        Assert.That(actual.WeightedSumRate.ToArray(), Is.EqualTo(expected.WeightedSumRate.ToArray()));
        Assert.That(actual.Precoders.Precision == Precision.Single ? actual.Precoders.AsSingle().SequenceEqual(expected.Precoders.AsSingle()) : actual.Precoders.AsDouble().SequenceEqual(expected.Precoders.AsDouble()));
        for (int r = 0; r < expected.Iterations.Length; r++)
        {
            Assert.That(actual.Start(r), Is.EqualTo(expected.Start(r)));
            Assert.That(actual.Trace(r).Select(point => point.SumRate), Is.EqualTo(expected.Trace(r).Select(point => point.SumRate)));
        }
    }

    /// <summary>The look that waits for what is queued.</summary>
    private sealed class Waiting(FakeClock clock, FakeCosts costs) : IProgress<SolveProgress>
    {
        public int Count { get; private set; }

        public void Report(SolveProgress value)
        {
            Count++;
            clock.Advance(costs.Queued);
            costs.Queued = 0;
        }
    }

    private sealed class Cancelling(CancellationTokenSource cancellation) : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value) => cancellation.Cancel();
    }
}
