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

    private static readonly Precoder[] Precoders = [new ReducedConjugateGradient(), new ReducedHamiltonian(), new BeamStructuredHamiltonian(), new Wmmse(), new MaximumRatio()];

    private static IEnumerable<TestCaseData> Plans =>
        from precoder in Precoders
        from shape in (ChannelShape[])[Small, Paper, Small with { RealizationCount = 1 }, Paper with { RealizationCount = 1_000_000 }, new(7, 1, 1, 1)]
        from precision in (Precision[])[Precision.Single, Precision.Double]
        select new TestCaseData(precoder, shape, precision).SetArgDisplayNames(precoder.Name, shape.ToString(), precision.ToString());

    [TestCaseSource(nameof(Plans))]
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
    public void PlansAreMonotoneInTheBudget(Precoder precoder, ChannelShape shape, Precision precision)
    {
        long bytes = BytesPerRealization(precoder, shape, precision), busy = Math.Max(1, (1L << 22) / ((long)shape.UserCount * shape.UserCount));
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

    private static (PrecodingResult Result, long Peak) Solve(Precoder precoder, ChannelBatch channels, Precision precision, long budget)
    {
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, precision, LaunchShapes.Processor, cache: null, budget);
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult result = solver.Solve(channels);
        return (result, backend.MostAllocatedBytes);
    }

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
