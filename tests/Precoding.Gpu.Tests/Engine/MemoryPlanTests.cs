using System.Runtime.InteropServices;
using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Gpu.Tests.Engine;

/// <summary>A batch of any size goes through a device of any size, in one call and within the budget.</summary>
public sealed class MemoryPlanTests
{
    private const long Gibibyte = 1L << 30;

    /// <summary>What an engine takes whatever the number of realizations.</summary>
    private const long FixedBytes = MemoryPlan.FixedBytes;

    private static readonly ChannelShape Small = new(4096, 24, 3, 64), Paper = new(512, 256, 3, 512);

    /// <summary>Many small problems of users with several antennas, and few large ones.</summary>
    private static readonly ChannelShape SmallStreams = new(16_384, 8, 4, 64, 4), LargeStreams = new(64, 60, 12, 128, 4);

    private static readonly Precoder[] Precoders = [new ReducedConjugateGradient(), new ReducedHamiltonian(), new BeamStructuredHamiltonian(), new Wmmse(), new UnfoldedProjectedGradient(), new MaximumRatio()];

    private static IEnumerable<TestCaseData> Plans =>
        from precoder in Precoders
        from shape in (ChannelShape[])[Small, Paper, Small with { RealizationCount = 1 }, Paper with { RealizationCount = 1_000_000 }, new(7, 1, 1, 1)]
        from precision in (Precision[])[Precision.Single, Precision.Double]
        select new TestCaseData(precoder, shape, precision).SetArgDisplayNames(precoder.Name, shape.ToString(), precision.ToString());

    private static IEnumerable<TestCaseData> StreamPlans =>
        from precoder in StreamPrecoders(maxIterations: 30)
        from shape in (ChannelShape[])[SmallStreams, LargeStreams, LargeStreams with { RealizationCount = 1 }, new(7, 1, 1, 1, 2)]
        from precision in (Precision[])[Precision.Single, Precision.Double]
        select new TestCaseData(precoder, shape, precision).SetArgDisplayNames(NameOf(precoder), shape.ToString(), precision.ToString());

    /// <summary>Every method, with more coordinates than antennas in single precision, and with far more access points than antennas of a user in double.</summary>
    private static IEnumerable<TestCaseData> PiecesOfStreams =>
        from precoder in StreamPrecoders(maxIterations: 4)
        from run in ((StreamShape, Precision)[])
        [
            (new("overloaded", 7, 3, 5, 4, 2, (r, l, k) => l == 1 && (r + k) % 4 == 0 ? 0 : 1), Precision.Single), (new("accessPoints", 7, 8, 16, 3, 1, (_, _, _) => 1), Precision.Double),
        ]
        select new TestCaseData(precoder, run.Item1, run.Item2).SetArgDisplayNames(NameOf(precoder), run.Item1.ToString(), run.Item2.ToString());

    [TestCaseSource(nameof(Plans))]
    [TestCaseSource(nameof(StreamPlans))]
    public void NoPlanExceedsABudgetThatHoldsOneRealization(Precoder precoder, ChannelShape shape, Precision precision)
    {
        long bytes = BytesPerRealization(precoder, shape, precision);
        Assert.Multiple(() =>
        {
            foreach (long budget in Budgets().Where(budget => budget >= bytes + FixedBytes))
            {
                MemoryPlan plan = MemoryPlan.For(shape, bytes, budget, budget, LaunchShapes.Gpu.BusyEntries);
                Assert.That(plan.EngineCount * ((plan.RealizationsPerEngine * bytes) + FixedBytes), Is.LessThanOrEqualTo(budget), $"{plan} in {budget} bytes");
                Assert.That(plan.RealizationsPerEngine, Is.InRange(1, Math.Min(65_535, shape.RealizationCount)), "a grid's third extent holds no more");
            }
        });
    }

    /// <summary>80 % of 16 GiB, an allocation at most a quarter of the memory, as OpenCL drivers have it.</summary>
    [TestCase(4 * Gibibyte)]
    [TestCase(16 * Gibibyte)]
    public void ASixteenGibibyteDeviceTakesBothScalesInOneCall(long largestAllocation)
    {
        long budget = (long)(MemoryPlan.DefaultShare * 16 * Gibibyte);
        var precoder = new ReducedConjugateGradient();
        foreach (ChannelShape shape in (ChannelShape[])[Small, Paper])
        {
            long bytes = BytesPerRealization(precoder, shape, Precision.Single);
            MemoryPlan plan = MemoryPlan.For(shape, bytes, budget, largestAllocation, LaunchShapes.Gpu.BusyEntries);
            int pieces = (shape.RealizationCount + plan.RealizationsPerEngine - 1) / plan.RealizationsPerEngine;
            TestContext.Out.WriteLine($"{shape}: {bytes} bytes a realization, {plan}, {pieces} pieces");
            Assert.Multiple(() =>
            {
                Assert.That(plan.EngineCount * ((plan.RealizationsPerEngine * bytes) + FixedBytes), Is.LessThanOrEqualTo(budget));
                Assert.That(plan.RealizationsPerEngine * bytes, Is.LessThanOrEqualTo(Math.Max(largestAllocation, bytes)));
                Assert.That(plan.RealizationsPerEngine * (long)shape.UserCount * shape.UserCount, Is.GreaterThanOrEqualTo(1 << 20), "pieces are large enough to be worth a GPU");
            });
        }
    }

    /// <summary>80 % of the memory of CUDA devices of 16 and 80 GiB, where an allocation may take all of it.</summary>
    [TestCase(16)]
    [TestCase(80)]
    public void SixteenThousandSmallProblemsOfStreamsAreOnePiece(int gibibytes)
    {
        long budget = (long)(MemoryPlan.DefaultShare * gibibytes * Gibibyte);
        Assert.Multiple(() =>
        {
            foreach (StreamPrecoder precoder in StreamPrecoders(maxIterations: 30))
            {
                long bytes = BytesPerRealization(precoder, SmallStreams, Precision.Single);
                MemoryPlan plan = MemoryPlan.For(SmallStreams, bytes, budget, gibibytes * Gibibyte, LaunchShapes.Gpu.BusyEntries);
                TestContext.Out.WriteLine($"{NameOf(precoder)}: {bytes} bytes a realization, {plan}");
                if (gibibytes == 80 || precoder is not (StreamSelection or CoherentStreamWmmse)) // candidates of all links, and four branches a stream: some pieces
                {
                    Assert.That(plan, Is.EqualTo(new MemoryPlan(1, SmallStreams.RealizationCount)), NameOf(precoder));
                }
            }
        });
    }

    [Test]
    public void ATinyBudgetStillTakesOneAtATime() => Assert.Multiple(() =>
    {
        foreach (long budget in (long[])[0, 1, MemoryPlan.UploadBytes, FixedBytes, FixedBytes + 1])
        {
            Assert.That(MemoryPlan.For(Paper, BytesPerRealization(Precoders[0], Paper, Precision.Double), budget, budget, LaunchShapes.Gpu.BusyEntries), Is.EqualTo(new MemoryPlan(1, 1)), $"{budget} bytes");
        }
    });

    [Test]
    public void TwoEnginesAreForLargeBatches()
    {
        long bytes = BytesPerRealization(Precoders[0], Paper, Precision.Single);
        Assert.Multiple(() =>
        {
            Assert.That(Engines(1), Is.EqualTo(1));
            Assert.That(Engines(511), Is.EqualTo(1));
            Assert.That(Engines(512), Is.EqualTo(2));
            Assert.That(Engines(1_000_000), Is.EqualTo(2));
            Assert.That(MemoryPlan.For(Paper, bytes, 2 * (FixedBytes + (8 * bytes)), 16 * Gibibyte, LaunchShapes.Gpu.BusyEntries).EngineCount, Is.EqualTo(1), "halves would hold too few to keep a GPU busy");
        });

        int Engines(int count) => MemoryPlan.For(Paper with { RealizationCount = count }, bytes, 64 * Gibibyte, 64 * Gibibyte, LaunchShapes.Gpu.BusyEntries).EngineCount;
    }

    /// <summary>More memory is never worse: an engine holds more, or there are two that each hold enough to keep a GPU busy.</summary>
    [TestCaseSource(nameof(Plans))]
    [TestCaseSource(nameof(StreamPlans))]
    public void PlansAreMonotoneInTheBudget(Precoder precoder, ChannelShape shape, Precision precision)
    {
        long rows = (long)shape.UserCount * shape.UserAntennaCount, bytes = BytesPerRealization(precoder, shape, precision), busy = Math.Max(1, (1L << 22) / (rows * rows));
        MemoryPlan previous = MemoryPlan.For(shape, bytes, 0, 64 * Gibibyte, LaunchShapes.Gpu.BusyEntries);
        Assert.Multiple(() =>
        {
            foreach (long budget in Budgets())
            {
                MemoryPlan plan = MemoryPlan.For(shape, bytes, budget, 64 * Gibibyte, LaunchShapes.Gpu.BusyEntries);
                Assert.That(plan.EngineCount, Is.GreaterThanOrEqualTo(previous.EngineCount), $"{previous} to {plan} at {budget} bytes");
                Assert.That(
                    plan.RealizationsPerEngine,
                    Is.GreaterThanOrEqualTo(plan.EngineCount == previous.EngineCount ? previous.RealizationsPerEngine : Math.Min(busy, shape.RealizationCount)),
                    $"{previous} to {plan} at {budget} bytes");
                previous = plan;
            }
        });
    }

    /// <summary>What is really allocated, counted: pieces of three realizations, two of them whole, give the same bits as all seven together.</summary>
    [TestCase("reduced-cg", Precision.Single)]
    [TestCase("reduced-cg", Precision.Double)]
    [TestCase("reduced-hamiltonian", Precision.Single)]
    public void ABatchInPiecesStaysWithinItsBudgetAndGivesTheSameBits(string name, Precision precision)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(7, 3, 16, 12), seed: 5);
        Precoder precoder = name == "reduced-cg"
            ? new ReducedConjugateGradient(new() { MaxIterations = 12, Starts = InitialPrecoder.ParseList("mrt,rzf") })
            : new ReducedHamiltonian(new() { MaxIterations = 12, Starts = InitialPrecoder.ParseList("mrt,rzf") });
        CheckPieces(precoder, channels, precision);
    }

    /// <summary>The same of streams: the scratch of their steps is in what a precoder asks for.</summary>
    [TestCaseSource(nameof(PiecesOfStreams))]
    public void StreamsInPiecesStayWithinTheirBudgetAndGiveTheSameBits(StreamPrecoder precoder, StreamShape shape, Precision precision) =>
        CheckPieces(precoder, RandomStreams.Create(shape, seed: 5), precision);

    private static void CheckPieces(Precoder precoder, ChannelBatch channels, Precision precision)
    {
        long bytes = BytesPerRealization(precoder, channels.Shape, precision, LaunchShapes.Processor), channelBytes = 16L * channels.Shape.CoefficientsPerRealization;
        (PrecodingResult whole, long wholePeak) = Solve(precoder, channels, precision, FixedBytes + (100 * bytes));
        (PrecodingResult cut, long cutPeak) = Solve(precoder, channels, precision, FixedBytes + (3 * bytes) + (bytes / 2));
        TestContext.Out.WriteLine($"{bytes} bytes a realization were planned; {wholePeak / 7} were taken in one piece, {cutPeak / 3} in pieces of three");
        Assert.Multiple(() =>
        {
            Assert.That(cutPeak, Is.LessThanOrEqualTo(3 * (bytes + channelBytes)), "three realizations and their channels on the way");
            Assert.That(cutPeak, Is.GreaterThan(2 * bytes / 2), "the plan is not far off");
            Assert.That(wholePeak, Is.LessThanOrEqualTo(7 * (bytes + channelBytes)).And.GreaterThan(cutPeak));
            Assert.That(cut.Status.ToArray(), Is.EqualTo(whole.Status.ToArray()));
            Assert.That(cut.Iterations.ToArray(), Is.EqualTo(whole.Iterations.ToArray()));
            Assert.That(cut.WeightedSumRate.ToArray(), Is.EqualTo(whole.WeightedSumRate.ToArray()));
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                Assert.That(Bytes(cut, r), Is.EqualTo(Bytes(whole, r)), $"realization {r}");
            }
        });
    }

    /// <summary>A batch large enough for two engines on threads of their own, which share device and programs: the bits of every realization solved by itself.</summary>
    [Test]
    public void TwoEnginesSideBySideGiveTheSameBits()
    {
        var shape = new ProblemShape(20, 2, 8, 12);
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 6);
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, Precision.Single, LaunchShapes.Processor, cache: null, null);
        var precoder = new ReducedHamiltonian(new() { MaxIterations = 5, Tolerance = 0 });
        Assert.That(device.PlanFor(channels.Shape, BytesPerRealization(precoder, channels.Shape, Precision.Single, LaunchShapes.Processor), Precision.Single).EngineCount, Is.EqualTo(2));
        PrecodingResult together = precoder.Solve(channels, device);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                Assert.That(Bytes(precoder.Solve(channels.Slice(r, 1), device), 0), Is.EqualTo(Bytes(together, r)), $"realization {r}");
            }
        });
    }

    /// <summary>One engine, one piece, one grid: every realization is solved, and with the bits that it has alone.</summary>
    [Test]
    public void SixteenThousandSmallProblemsOfStreamsGoThroughInOnePiece()
    {
        var shape = new StreamShape("many", 16_384, 2, 4, 2, 2, (_, _, _) => 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 7);
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, Precision.Single, LaunchShapes.Processor with { BusyEntries = long.MaxValue }, cache: null, null);
        var precoder = new ReducedWmmse(new() { MaxIterations = 3, Tolerance = 0 });
        Assert.That(
            device.PlanFor(channels.Shape, SolveBatch.BytesPerRealization(precoder, channels.Shape, Precision.Single), Precision.Single), Is.EqualTo(new MemoryPlan(1, shape.R)));
        PrecodingResult all = precoder.Solve(channels, device);
        TestContext.Out.WriteLine($"{all.Timings}");
        Assert.Multiple(() =>
        {
            Assert.That(all.Status.ToArray(), Is.All.EqualTo(SolveStatus.IterationLimit));
            Assert.That(all.Iterations.ToArray(), Is.All.EqualTo(3));
            Assert.That(all.WeightedSumRate.ToArray(), Is.All.GreaterThan(0).And.All.LessThan(100));
            foreach (int r in (int[])[0, 1, 8_191, 8_192, 16_383])
            {
                PrecodingResult alone = precoder.Solve(channels.Slice(r, 1), device);
                Assert.That(alone.Rates(0).ToArray(), Is.EqualTo(all.Rates(r).ToArray()), $"realization {r}");
                Assert.That(Bytes(alone, 0), Is.EqualTo(Bytes(all, r)), $"realization {r}");
            }
        });
    }

    /// <summary>A solver that is disposed gives everything back.</summary>
    [Test]
    public void NothingStaysAllocatedAfterASolver()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 8, 5), seed: 5);
        OpenClBackend backend = OpenClTesting.OpenBackend();
        long free = backend.FreeBytes();
        using var device = new GpuDevice(backend.Description, backend, Precision.Single, LaunchShapes.Processor, cache: null, null);
        using (ISolver solver = new ReducedConjugateGradient(new() { MaxIterations = 3 }).CreateSolver(channels.Network, channels.Shape, device))
        {
            solver.Solve(channels);
            Assert.That(backend.FreeBytes(), Is.LessThan(free));
        }

        Assert.That(backend.FreeBytes(), Is.EqualTo(free));
    }

    /// <summary>Ctrl-C while the first piece of three realizations is at work: that is what there is, and what has not begun says so.</summary>
    [Test]
    public void CancellingBetweenPiecesKeepsWhatThereIs()
    {
        ChannelBatch channels = RandomStreams.Create(new StreamShape("pieces", 7, 2, 8, 3, 2, (_, _, _) => 1), seed: 8);
        var precoder = new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxIterations = 50, Tolerance = 0, CheckInterval = 5 });
        long bytes = BytesPerRealization(precoder, channels.Shape, Precision.Single, LaunchShapes.Processor);
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, Precision.Single, LaunchShapes.Processor, cache: null, FixedBytes + (3 * bytes) + (bytes / 2));
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        using var cancellation = new CancellationTokenSource();
        PrecodingResult result = solver.Solve(channels, progress: new Cancelling(cancellation), cancellationToken: cancellation.Token);
        Assert.Multiple(() =>
        {
            Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.Cancelled));
            Assert.That(result.Iterations.ToArray(), Is.EqualTo((int[])[5, 5, 5, 0, 0, 0, 0]));
            Assert.That(result.WeightedSumRate[..3].ToArray(), Is.All.GreaterThan(0));
            Assert.That(result.WeightedSumRate[3..].ToArray(), Is.All.Zero);
            Assert.That(Enumerable.Range(0, result.Precoders.StreamCount).Select(stream => result.Precoders.AccessPointOf(0, stream, 0)), Has.Some.GreaterThanOrEqualTo(0));
            Assert.That(Enumerable.Range(0, result.Precoders.StreamCount).Select(stream => result.Precoders.AccessPointOf(6, stream, 0)), Is.All.EqualTo(-1), "nobody sends what was not chosen");
            Assert.That(Bytes(result, 6), Is.All.Zero);
        });
    }

    /// <summary>Cancels at the first report.</summary>
    private sealed class Cancelling(CancellationTokenSource cancellation) : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value) => cancellation.Cancel();
    }

    private static (PrecodingResult Result, long Peak) Solve(Precoder precoder, ChannelBatch channels, Precision precision, long budget)
    {
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, precision, LaunchShapes.Processor, cache: null, budget);
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult result = solver.Solve(channels);
        return (result, backend.MostAllocatedBytes);
    }

    /// <summary>Every method of streams that this engine has.</summary>
    /// <param name="maxIterations">Conjugate gradients begin after one of RWMMSE, so that few suffice to search.</param>
    private static IEnumerable<StreamPrecoder> StreamPrecoders(int maxIterations) =>
    [
        new LocalEigenZeroForcing(),
        new ReducedWmmse(new() { MaxIterations = maxIterations }),
        new StreamConjugateGradient(new() { MaxIterations = maxIterations, UpdatesFirst = 1 }),
        new NonCoherentWmmse(new() { MaxIterations = maxIterations }),
        new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxIterations = maxIterations }),
        new StreamSelection(StreamCandidates.AllAccessPoints, new() { MaxIterations = maxIterations }),
        new CoherentStreamWmmse(new() { MaxIterations = maxIterations }),
        new CoherentStreamWmmse(new() { MaxIterations = maxIterations, Starts = [new InitialPrecoder.NonCoherent(2)] }),
    ];

    private static string NameOf(Precoder precoder) => $"{precoder.Name} from {string.Join(",", precoder.Options.Starts)}";

    private static byte[] Bytes(PrecodingResult result, int realization)
    {
        ReadOnlySpan<byte> all = result.Precoders.Precision == Precision.Single ? MemoryMarshal.AsBytes(result.Precoders.AsSingle()) : MemoryMarshal.AsBytes(result.Precoders.AsDouble());
        int size = all.Length / result.Precoders.Shape.RealizationCount;
        return all.Slice(realization * size, size).ToArray();
    }

    private static long BytesPerRealization(Precoder precoder, ChannelShape shape, Precision precision, LaunchShapes? shapes = null) =>
        SolveBatch.BytesPerRealization(precoder, shape, precision) + GpuEngine.ScratchBytes(shape, precision, shapes ?? LaunchShapes.Gpu);

    /// <summary>From nothing to 1 TiB, a hundredth more at a time.</summary>
    private static IEnumerable<long> Budgets()
    {
        for (double budget = 1 << 20; budget < 1L << 40; budget *= 1.01)
        {
            yield return (long)budget;
        }
    }
}
