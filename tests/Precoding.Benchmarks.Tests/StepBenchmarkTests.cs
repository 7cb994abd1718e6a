using System.Reflection;
using BenchmarkDotNet.Attributes;
using NUnit.Framework;
using Precoding.Benchmarks.EndToEnd;
using Precoding.Benchmarks.Ops;
using Precoding.Benchmarks.Solvers;
using Precoding.Engines;

namespace Precoding.Benchmarks.Tests;

/// <summary>Benchmarks are built and not run in CI, so each runs here once, on the smallest drop.</summary>
public class StepBenchmarkTests
{
    private IDevice? opened;

    private static IEnumerable<string> Steps =>
        typeof(IEngine).GetInterfaces().Where(i => i != typeof(IDisposable) && i != typeof(IScaOps)) // SCA is timed as a whole
            .SelectMany(i => i.GetMethods()).Where(m => !m.IsSpecialName).Select(m => m.Name);

    private static IEnumerable<Type> StepBenchmarks =>
        typeof(EngineBenchmark).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(EngineBenchmark)));

    [OneTimeTearDown]
    public void CloseDevice() => opened?.Dispose();

    [TestCaseSource(nameof(Steps))]
    public void StepHasABenchmarkOfItsName(string step) =>
        Assert.That(StepBenchmarks.Select(t => t.Name), Does.Contain($"{step}Benchmarks"), $"Add Ops/{step}Benchmarks, an EngineBenchmark, in the file of its interface.");

    [Test]
    public void StepBenchmarkRuns([ValueSource(nameof(StepBenchmarks))] Type type, [Values(1, 2)] int threadCount)
    {
        var benchmark = (EngineBenchmark)Activator.CreateInstance(type)!;
        benchmark.ThreadCount = threadCount;
        Run(benchmark, benchmark.Simd);
    }

    [Test]
    public void StepBenchmarkRunsOnAGpuEngine([ValueSource(nameof(StepBenchmarks))] Type type)
    {
        var benchmark = (EngineBenchmark)Activator.CreateInstance(type)!;
        benchmark.Device = FirstGpuEngine();
        benchmark.Lent = opened ??= BenchmarkDevice.Open(benchmark.Device);
        Run(benchmark, benchmark.Gpu);
    }

    /// <summary>Of every device some drops, no step twice, and none that takes hours.</summary>
    [Test]
    public void StepsOfStreamsTakeDropsThatSuitTheDevice()
    {
        foreach (string device in BenchmarkDevice.Names)
        {
            StreamDrop[] meant = [.. Enum.GetValues<StreamDrop>().Where(drop => drop != StreamDrop.Tiny && IsMeant(device, drop, 1))];
            StreamDrop expected = device == BenchmarkDevice.Cpu ? StreamDrop.CellFree : BenchmarkDevice.IsGpu(device) ? StreamDrop.CellFreeLarge : StreamDrop.CellFreeSmall;
            Assert.That(meant, Is.EqualTo([expected]));
            Assert.That(IsMeant(device, expected, 2), Is.EqualTo(device == BenchmarkDevice.Cpu));
        }

        static bool IsMeant(string device, StreamDrop drop, int threads)
        {
            var benchmark = new UpdateStreamsBenchmarks { Device = device, Drop = drop, ThreadCount = threads };
            bool simd = benchmark.IsMeant(nameof(benchmark.Simd)), gpu = benchmark.IsMeant(nameof(benchmark.Gpu));
            Assert.That(simd && gpu, Is.False);
            return simd || gpu;
        }
    }

    [Test]
    public void RepeatedDropsAreServedAsTheirOriginals()
    {
        ChannelBatch few = StreamDrops.Of(StreamDrop.Tiny), many = Drops.Repeat(few, 7);
        ChannelShape shape = many.Shape;
        Assert.That(shape.RealizationCount, Is.EqualTo(7));
        for (int r = 0; r < 7; r++)
        {
            for (int l = 0; l < shape.AccessPointCount; l++)
            {
                for (int k = 0; k < shape.UserCount; k++)
                {
                    Assert.That(many.Serving[r, l, k], Is.EqualTo(few.Serving[r % 3, l, k]));
                }
            }
        }

        int size = (int)shape.CoefficientsPerRealization;
        Assert.That(many.AsSingle().Slice(5 * size, size).ToArray(), Is.EqualTo(many.AsSingle().Slice(2 * size, size).ToArray()));
    }

    [Test]
    public void SolverBenchmarksRun([ValueSource(typeof(IterationBenchmarks), nameof(IterationBenchmarks.Precoders))] string precoder)
    {
        var whole = new WholeSolveBenchmarks { Drop = Drop.Tiny, Precoder = precoder };
        var iteration = new IterationBenchmarks { Drop = Drop.Tiny, Precoder = precoder };
        whole.Open();
        iteration.Open();
        try
        {
            for (int call = 0; call < 2; call++)
            {
                Assert.That(whole.Simd().WeightedSumRate.ToArray(), Is.All.Positive);
                iteration.BeginSolve();
                iteration.Simd();
                iteration.EndSolve();
            }
        }
        finally
        {
            whole.Close();
            iteration.Close();
        }
    }

    [Test]
    public void StreamBenchmarksRun([ValueSource(typeof(StreamSolveBenchmarks), nameof(StreamSolveBenchmarks.Precoders))] string precoder, [Values] bool onGpuEngine)
    {
        string device = onGpuEngine ? FirstGpuEngine() : BenchmarkDevice.Cpu;
        var benchmark = new StreamSolveBenchmarks { Solved = new StreamRun(device, StreamDrop.Tiny), Precoder = precoder };
        benchmark.Open();
        try
        {
            Assert.That(benchmark.Solve().WeightedSumRate.ToArray(), Is.All.Positive);
        }
        finally
        {
            benchmark.Close();
        }
    }

    [Test]
    public void FilesOfDropsAreSolved([Values("ncjt-rwmmse", "ncjt-cg")] string precoder)
    {
        var benchmark = new SolveStreamsFileBenchmarks { Solved = new StreamRun(BenchmarkDevice.Cpu, StreamDrop.Tiny), Precoder = precoder };
        benchmark.Open();
        try
        {
            Assert.That(benchmark.Library(), Is.Positive);
        }
        finally
        {
            benchmark.Close();
        }
    }

    [Test]
    public void DeviceBenchmarksRun([Values("reference", "cpu")] string device)
    {
        var benchmark = new DeviceSolveBenchmarks { Solved = new DeviceRun(device, new ChannelShape(2, 5, 2, 8)) };
        benchmark.Open();
        try
        {
            Assert.That(benchmark.Solve().WeightedSumRate.ToArray(), Is.All.Positive);
        }
        finally
        {
            benchmark.Close();
        }
    }

    [Test]
    public void TransmittersRun()
    {
        var benchmark = new TransmitBenchmarks { Drop = Drop.Tiny };
        benchmark.Open();
        try
        {
            Assert.That(benchmark.Spatial, Throws.Nothing);
            Assert.That(benchmark.Beams, Throws.Nothing);
        }
        finally
        {
            benchmark.Close();
        }
    }

    private static string FirstGpuEngine()
    {
        string? device = BenchmarkDevice.Names.FirstOrDefault(name => name != BenchmarkDevice.Cpu);
        if (device is null)
        {
            Assert.Ignore(string.Join(" ", BenchmarkDevice.Absent)); // drivers are not a part of the product: the text says what to install
        }

        return device!;
    }

    private static void Run(EngineBenchmark benchmark, Action step)
    {
        benchmark.UseTiny();
        MethodInfo? restore = benchmark.GetType().GetMethods().SingleOrDefault(m => m.GetCustomAttribute<IterationSetupAttribute>() is not null);
        benchmark.Open();
        try
        {
            for (int call = 0; call < 3; call++)
            {
                restore?.Invoke(benchmark, null);
                Assert.That(step, Throws.Nothing);
            }
        }
        finally
        {
            benchmark.Close();
        }

        Assert.That(benchmark.FlopsPerCall, Is.Null.Or.Positive);
    }
}
