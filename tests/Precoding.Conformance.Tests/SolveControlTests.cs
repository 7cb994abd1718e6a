using NUnit.Framework;
using Precoding.Cpu;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Stopping, cancelling and time limits: a status with the best iterate, never an exception.</summary>
public class SolveControlTests
{
    private static readonly ProblemShape Shape = new(4, 2, 8, 5);

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    /// <summary>Cancelled at the look after iteration 10: the result is that of ten iterations, and says so.</summary>
    [TestCaseSource(nameof(Engines))]
    public void CancellingReturnsTheBestIterateSoFar(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 71).Slice(0, 2);
        var options = new ReducedConjugateGradientOptions { MaxIterations = 500, Tolerance = 0, CheckInterval = 5, Starts = InitialPrecoder.ParseList("mrt,rzf") };
        using IDevice device = engine.Open();
        using var cancellation = new CancellationTokenSource();
        using ISolver solver = new ReducedConjugateGradient(options).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult cancelled = solver.Solve(channels, progress: new At(10, cancellation), cancellationToken: cancellation.Token);
        using ISolver ten = new ReducedConjugateGradient(options with { MaxIterations = 10, Starts = InitialPrecoder.ParseList("mrt") }).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult expected = ten.Solve(channels);
        Assert.Multiple(() =>
        {
            Assert.That(cancelled.Status.ToArray(), Is.All.EqualTo(SolveStatus.Cancelled));
            Assert.That(cancelled.Iterations.ToArray(), Is.All.EqualTo(10));
            Assert.That(cancelled.WeightedSumRate.ToArray(), Is.EqualTo(expected.WeightedSumRate.ToArray()));
            Assert.That(cancelled.Start(0), Is.EqualTo("mrt"), "the second start is not begun");
        });
    }

    /// <summary>The reference holds three realizations at once: the fourth is never begun, and its precoder is zero.</summary>
    [Test]
    public void CancellingLeavesLaterBatchesZero()
    {
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 72);
        using IDevice device = EngineUnderTest.Reference.Open();
        using var cancellation = new CancellationTokenSource();
        using ISolver solver = new Wmmse(new WmmseOptions { MaxIterations = 100, Tolerance = 0, CheckInterval = 1 }).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult result = solver.Solve(channels, progress: new At(2, cancellation), cancellationToken: cancellation.Token);
        Assert.Multiple(() =>
        {
            Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.Cancelled));
            Assert.That(result.WeightedSumRate[..3].ToArray(), Is.All.GreaterThan(0));
            Assert.That(result.WeightedSumRate[3], Is.Zero);
            Assert.That(result.Iterations[3], Is.Zero);
            Assert.That(result.AccessPointPower(3).ToArray(), Is.All.Zero);
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void TheTimeLimitEndsASolve(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape with { R = 1 }, seed: 73);
        var options = new ReducedHamiltonianOptions { MaxIterations = 1_000_000, Tolerance = 0, InitialStepSize = 1e-3, StepExponent = 0, TimeLimit = TimeSpan.FromMilliseconds(100) };
        using IDevice device = engine.Open();
        PrecodingResult result = new ReducedHamiltonian(options).Solve(channels, device);
        Assert.Multiple(() =>
        {
            Assert.That(result.Status[0], Is.EqualTo(SolveStatus.TimeLimit));
            Assert.That(result.WeightedSumRate[0], Is.GreaterThanOrEqualTo(result.Trace(0)[0].SumRate * (1 - 1e-5)));
        });
    }

    [TestCaseSource(nameof(Engines))]
    public void ConvergenceNeedsPatience(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape with { R = 1 }, seed: 74);
        using IDevice device = engine.Open();
        var options = new WmmseOptions { MaxIterations = 400, Tolerance = 1e-3, Patience = 4 };
        PrecodingResult result = new Wmmse(options).Solve(channels, device);
        double[] rate = [.. result.Trace(0).Select(p => p.SumRate)];
        bool[] calm = [.. Enumerable.Range(1, rate.Length - 1).Select(i => Math.Abs(rate[i] - rate[i - 1]) <= 1e-3 * Math.Max(1, rate[i]))];
        Assert.Multiple(() =>
        {
            Assert.That(result.Status[0], Is.EqualTo(SolveStatus.Converged));
            Assert.That(calm[^4..], Is.All.True);
            Assert.That(Enumerable.Range(0, calm.Length - 4).Any(i => calm[i..(i + 4)].All(c => c)), Is.False, "it stops at the first time");
        });
    }

    /// <summary>With several starts the best is kept, and named.</summary>
    [TestCaseSource(nameof(Engines))]
    public void TheBestStartIsKept(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 75, spreadDb: 12);
        using IDevice device = engine.Open();
        string[] starts = ["mrt", "rzf", "wmmse:2"];
        PrecodingResult[] single = [.. starts.Select(s => Solve(device, channels, s))];
        PrecodingResult all = Solve(device, channels, string.Join(',', starts));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < Shape.R; r++)
            {
                int best = Enumerable.Range(0, starts.Length).MaxBy(i => single[i].WeightedSumRate[r]);
                Assert.That(all.WeightedSumRate[r], Is.EqualTo(single[best].WeightedSumRate[r]));
                Assert.That(all.Start(r), Is.EqualTo(starts[best]));
            }
        });

        static PrecodingResult Solve(IDevice device, ChannelBatch channels, string starts) => new ReducedConjugateGradient(
            new ReducedConjugateGradientOptions { MaxIterations = 15, Tolerance = 0, Starts = InitialPrecoder.ParseList(starts) }).Solve(channels, device);
    }

    /// <summary>A warm start from one's own result does not lose it.</summary>
    [TestCaseSource(nameof(Engines))]
    public void AWarmStartContinues(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 76);
        using IDevice device = engine.Open();
        PrecodingResult first = new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = 10, Tolerance = 0 }).Solve(channels, device);
        var warm = new ReducedConjugateGradientOptions { MaxIterations = 1, Tolerance = 0, Starts = InitialPrecoder.ParseList("warm") };
        using ISolver solver = new ReducedConjugateGradient(warm).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult second = solver.Solve(channels, first.Precoders);
        double rounding = engine.Precision == Precision.Single ? 1e-4 : 1e-9; // of the ridge in the start's least squares
        for (int r = 0; r < Shape.R; r++)
        {
            Assert.That(second.Trace(r)[0].SumRate, Is.EqualTo(first.WeightedSumRate[r]).Within(rounding * first.WeightedSumRate[r]));
        }
    }

    [TestCaseSource(nameof(Engines))]
    public void AMissingWarmStartIsRefused(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 77);
        using IDevice device = engine.Open();
        using ISolver solver = new Wmmse(new WmmseOptions { Starts = InitialPrecoder.ParseList("warm") }).CreateSolver(channels.Network, channels.Shape, device);
        Assert.That(() => solver.Solve(channels), Throws.TypeOf<ValidationException>().With.Message.Contains("warm"));
    }

    /// <summary>Users nobody hears, and a drop without any channel at all: rates 0, nothing that is no number.</summary>
    [Test]
    public void SilenceIsNotAnError(
        [ValueSource(nameof(Engines))] EngineUnderTest engine, [Values("mrt", "rzf", "wmmse", "bsp-hamiltonian", "reduced-hamiltonian", "reduced-cg", "bln-pgp")] string name)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(3, 2, 6, 3), seed: 78).WithZeroLinks((r, k, l) => r == 0 || (r == 1 && k == 1) || (r == 2 && l == 0));
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        using IDevice device = engine.Open();
        PrecodingResult result = entry.Create(entry.DefaultOptions with { MaxIterations = 10 }).Solve(channels, device);
        Assert.Multiple(() =>
        {
            Assert.That(result.WeightedSumRate[0], Is.Zero);
            Assert.That(result.Rates(1)[1], Is.Zero);
            Assert.That(result.WeightedSumRate[1], Is.GreaterThan(0));
            Assert.That(result.WeightedSumRate[2], Is.GreaterThan(0));
            for (int r = 0; r < 3; r++)
            {
                Assert.That(result.Rates(r).ToArray(), Is.All.Matches<double>(double.IsFinite));
                Assert.That(result.AccessPointPower(r).ToArray(), Is.All.Matches<double>(double.IsFinite));
                Assert.That(result.Trace(r).Select(p => p.SumRate), Is.All.Matches<double>(double.IsFinite));
                Assert.That(result.Status[r], Is.Not.EqualTo(SolveStatus.Diverged));
            }
        });
    }

    /// <summary>Cancels when the solver reports that iteration.</summary>
    private sealed class At(int iteration, CancellationTokenSource cancellation) : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value)
        {
            if (value.Iteration >= iteration)
            {
                cancellation.Cancel();
            }
        }
    }

    [Test]
    public void ATimeLimitIsSharedByAllPieces([Values(1, 2)] int threads)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(64, 3, 48, 32), seed: 91);
        using IDevice device = SimdDevice.Open(threadCount: threads);
        var options = new ReducedConjugateGradientOptions { MaxIterations = 20_000, Tolerance = 0, TimeLimit = TimeSpan.FromMilliseconds(300) };
        PrecodingResult result = new ReducedConjugateGradient(options).Solve(channels, device);
        Assert.That(result.WeightedSumRate.ToArray(), Has.All.GreaterThan(0));
        Assert.That(result.Status.ToArray(), Has.Some.EqualTo(SolveStatus.TimeLimit).And.None.EqualTo(SolveStatus.Cancelled));
    }

    [Test]
    public void AFailureEndsTheSolve()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(16, 2, 8, 6), seed: 92);
        using IDevice device = SimdDevice.Open(threadCount: 2);
        using ISolver solver = new ReducedConjugateGradient(new() { MaxIterations = 50, Tolerance = 0 }).CreateSolver(channels.Network, channels.Shape, device);
        Assert.That(() => solver.Solve(channels, progress: new Failing()), Throws.TypeOf<NotSupportedException>());
        Assert.That(solver.Solve(channels).WeightedSumRate.ToArray(), Has.All.GreaterThan(0));
    }

    private sealed class Failing : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value) => throw new NotSupportedException();
    }
}
