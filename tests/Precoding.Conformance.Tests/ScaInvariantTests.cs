using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>What must hold for ncjt-sca on every engine that has it, whatever the channels; a call of the driver is a pass, which traces must not show.</summary>
public class ScaInvariantTests
{
    private static readonly StreamShape[] Shapes =
    [
        new("one", 2, 1, 1, 1, 1, (_, _, _) => 1),
        new("small", 3, 2, 8, 3, 1, (_, _, _) => 1),
        new("overloaded", 3, 2, 2, 5, 1, (_, _, _) => 1),
        new("idle", 3, 3, 6, 4, 1, (r, l, k) => k == 3 || l == 2 || (l == 1 && k == r) ? 0 : 1),
        new("twoStreams", 2, 2, 6, 3, 1, (_, l, k) => l == k ? 0 : 2),
        new("equal", 2, 4, 8, 6, 1, (_, l, k) => (l + k) % 2, IsEqual: true),
    ];

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> Cases => from engine in Engines from shape in Shapes select new TestCaseData(engine, shape);

    [TestCaseSource(nameof(Cases))]
    public void IteratesRiseWithinTheBudgets(EngineUnderTest engine, StreamShape shape)
    {
        PrecodingResult result = Solve(engine, RandomStreams.Create(shape, seed: 41), new() { MaxIterations = 6, Streams = RuleOf(shape) });
        double rounding = engine.Precision == Precision.Single ? 2e-6 : 1e-12;
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                double[] rates = [.. result.Trace(r).Select(p => p.SumRate)];
                Assert.That(rates.Zip(rates.Skip(1), (a, b) => (b - a) / Math.Max(1, a)), Is.All.GreaterThanOrEqualTo(-rounding), $"realization {r}");
                Assert.That(result.WeightedSumRate[r], Is.EqualTo(rates[^1]).Within(10 * rounding * Math.Max(1, rates[^1])));
                Assert.That(result.Trace(r).Select(p => p.WorstPowerExcess), Is.All.LessThanOrEqualTo(0));
                Assert.That(result.WorstPowerExcess(r), Is.LessThanOrEqualTo(engine.Precision == Precision.Single ? 1e-5 : 1e-12));
                Assert.That(result.Trace(r).Select(p => p.Seconds), Is.Ordered);
                Assert.That(result.Trace(r), Has.Count.EqualTo(result.Iterations[r] + 1));
                Assert.That(result.Status[r], Is.EqualTo(SolveStatus.IterationLimit).Or.EqualTo(SolveStatus.Converged));
            }
        });
    }

    /// <summary>What a sub-problem leaves after few passes is more than what it leaves after many; the stationarity of its start is the same.</summary>
    [TestCaseSource(nameof(Cases))]
    public void CertificatesAreBounds(EngineUnderTest engine, StreamShape shape)
    {
        PrecodingResult result = Solve(engine, RandomStreams.Create(shape, seed: 42), new() { MaxIterations = 1, PassLimit = 3, GapShare = 0, Streams = RuleOf(shape) });
        PrecodingResult solved = Solve(engine, RandomStreams.Create(shape, seed: 42), new() { MaxIterations = 1, PassLimit = 3000, GapShare = 0, Streams = RuleOf(shape) });
        double rounding = engine.Precision == Precision.Single ? 1e-4 : 1e-9;
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                OptimalityCertificate early = result.Certificate(r)!.Value, late = solved.Certificate(r)!.Value;
                Assert.That(early.PassCount, Is.LessThanOrEqualTo(4));
                Assert.That(late.Gap, Is.InRange(-rounding, early.Gap + rounding));
                Assert.That(late.Stationarity, Is.EqualTo(early.Stationarity).Within(rounding * Math.Max(1, early.Stationarity)));
            }
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void ARealizationAloneEqualsItselfInABatch(EngineUnderTest engine)
    {
        var shape = new StreamShape("batch", 19, 3, 6, 4, 1, (_, l, k) => l == 0 && k == 0 ? 0 : 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 44);
        var options = new SuccessiveConvexApproximationOptions { MaxIterations = 8 };
        PrecodingResult batch = Solve(engine, channels, options);
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, shape.R).Select(r => batch.Certificate(r)!.Value.PassCount).Distinct().Count(), Is.GreaterThan(1), "the problem must make them differ");
            for (int r = 0; r < shape.R; r++)
            {
                AssertSameBits(Solve(engine, channels.Slice(r, 1), options), 0, batch, r);
            }
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void HowOftenStatusesAreLookedAtDoesNotMatter(EngineUnderTest engine)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "idle");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 46);
        PrecodingResult expected = Solve(engine, channels, new() { MaxIterations = 5, CheckInterval = 1 }), actual = Solve(engine, channels, new() { MaxIterations = 5, CheckInterval = 1000 });
        for (int r = 0; r < shape.R; r++)
        {
            AssertSameBits(actual, r, expected, r);
        }
    }

    [Test]
    public void ThreadsDoNotChangeABit([Values] Precision precision)
    {
        var shape = new StreamShape("threads", 37, 3, 6, 4, 1, (_, _, _) => 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 47);
        var options = new SuccessiveConvexApproximationOptions { MaxIterations = 4 };
        PrecodingResult one = Solve(EngineUnderTest.Cpu(precision, 1), channels, options), three = Solve(EngineUnderTest.Cpu(precision, 3), channels, options);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                AssertSameBits(three, r, one, r);
            }
        });
    }

    /// <summary>With other channels, and other starts, in between.</summary>
    [TestCaseSource(nameof(Engines))]
    public void SolvingTwiceGivesTheSameBits(EngineUnderTest engine)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 48);
        using IDevice device = engine.Open();
        var precoder = new SuccessiveConvexApproximation(new() { MaxIterations = 3, Starts = InitialPrecoder.ParseList("matched,local-ezf,random:2") });
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult first = solver.Solve(channels);
        solver.Solve(RandomStreams.Create(shape, seed: 49));
        PrecodingResult again = solver.Solve(channels);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                AssertSameBits(again, r, first, r);
            }
        });
    }

    /// <summary>A user without weight, without a channel, without servers; an access point without users, or nobody hears; a batch of dead and living realizations.</summary>
    [TestCaseSource(nameof(Engines))]
    public void WhoHasNothingGetsNothing(EngineUnderTest engine)
    {
        var shape = new StreamShape("nothing", 4, 3, 6, 4, 1, (r, l, k) => l == 2 || (r == 1 && k == 1) ? 0 : 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 53).WithZeroLinks((r, k, l) => (r == 0 && k == 1) || (r == 2 && l == 1) || r == 3);
        PrecodingResult result = Solve(engine, channels, new() { MaxIterations = 4 });
        Assert.Multiple(() =>
        {
            Assert.That(channels.Network.Users[2].Weight, Is.Zero);
            Assert.That(Enumerable.Range(0, 4).Select(r => result.Rates(r)[2]), Is.All.Zero, "no weight");
            Assert.That(result.Rates(0)[1], Is.Zero, "no channel");
            Assert.That(result.Rates(1)[1], Is.Zero, "no server");
            Assert.That(result.AccessPointPower(2)[1], Is.Zero, "an access point nobody hears");
            Assert.That(Enumerable.Range(0, 4).Select(r => result.AccessPointPower(r)[2]), Is.All.Zero, "no users");
            Assert.That(result.WeightedSumRate[3], Is.Zero, "no channel at all");
            Assert.That(result.WeightedSumRate[..3].ToArray(), Is.All.GreaterThan(0.1));
            Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.Converged).Or.EqualTo(SolveStatus.IterationLimit));
            Assert.That(result.Certificate(3)!.Value.Gap, Is.Zero);
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void NoServersGiveRateZero(EngineUnderTest engine)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 55).WithServing(ServingMap.Create(1, shape.L, shape.K, (_, _, _) => false));
        Assert.That(Solve(engine, channels, new()).WeightedSumRate.ToArray(), Is.All.Zero);
    }

    /// <summary>In the midst of a sub-problem the best point so far is returned.</summary>
    [TestCaseSource(nameof(Engines))]
    public void CancellingKeepsTheBestPoint(EngineUnderTest engine)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "equal");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 56);
        using IDevice device = engine.Open();
        using var cancellation = new CancellationTokenSource();
        using ISolver solver = new SuccessiveConvexApproximation(new() { CheckInterval = 7, GapShare = 0 }).CreateSolver(channels.Network, channels.Shape, device);
        var progress = new CancelAtOnce(cancellation);
        PrecodingResult result = solver.Solve(channels, progress: progress, cancellationToken: cancellation.Token);
        Assert.Multiple(() =>
        {
            Assert.That(progress.Iteration, Is.LessThanOrEqualTo(1), "iterations, not passes");
            Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.Cancelled));
            for (int r = 0; r < 2; r++)
            {
                Assert.That(result.Certificate(r)!.Value.PassCount, Is.EqualTo(7));
                Assert.That(result.WeightedSumRate[r], Is.GreaterThan(result.Trace(r)[0].SumRate));
            }
        });
    }

    private sealed class CancelAtOnce(CancellationTokenSource cancellation) : IProgress<SolveProgress>
    {
        public int Iteration { get; private set; }

        public void Report(SolveProgress value)
        {
            Iteration = value.Iteration;
            cancellation.Cancel();
        }
    }

    private static StreamRule RuleOf(StreamShape shape) => new StreamRule.PerLink(shape.Name == "twoStreams" ? 2 : 1);

    private static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, SuccessiveConvexApproximationOptions options)
    {
        using IDevice device = engine.Open();
        return new SuccessiveConvexApproximation(options).Solve(channels, device);
    }

    private static void AssertSameBits(PrecodingResult actual, int a, PrecodingResult expected, int e)
    {
        Assert.That(actual.Iterations[a], Is.EqualTo(expected.Iterations[e]), "iterations");
        Assert.That(actual.Status[a], Is.EqualTo(expected.Status[e]), "status");
        Assert.That(actual.Certificate(a), Is.EqualTo(expected.Certificate(e)), "certificate");
        Assert.That(Numbers(actual.Trace(a)), Is.EqualTo(Numbers(expected.Trace(e))), "trace");
        Assert.That(actual.Rates(a).ToArray(), Is.EqualTo(expected.Rates(e).ToArray()), "rates");
        Assert.That(Beams(actual, a), Is.EqualTo(Beams(expected, e)), "precoders");

        static double[] Numbers(IReadOnlyList<TracePoint> trace) => [.. trace.SelectMany(p => (double[])[p.SumRate, p.WorstPowerExcess, p.StepSize])];

        static Complex[] Beams(PrecodingResult result, int r)
        {
            var p = new Complex[result.Precoders.Shape.AntennaCount];
            var beams = new List<Complex>();
            for (int s = 0; s < result.Precoders.StreamCount; s++)
            {
                result.Precoders.CopyTo(r, s, 0, p);
                beams.AddRange(p);
            }

            return [.. beams];
        }
    }
}
