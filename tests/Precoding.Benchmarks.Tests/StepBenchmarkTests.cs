using System.Reflection;
using BenchmarkDotNet.Attributes;
using NUnit.Framework;
using Precoding.Benchmarks.Ops;
using Precoding.Benchmarks.Solvers;
using Precoding.Engines;

namespace Precoding.Benchmarks.Tests;

/// <summary>Benchmarks are built and not run in CI, so each runs here once, on the smallest drop.</summary>
public class StepBenchmarkTests
{
    private static IEnumerable<string> Steps =>
        new[] { typeof(ICommonOps), typeof(IReducedOps), typeof(IWmmseOps), typeof(IBeamOps), typeof(IStreamOps), typeof(IStreamSearchOps) }
            .SelectMany(i => i.GetMethods()).Where(m => !m.IsSpecialName).Select(m => m.Name);

    private static IEnumerable<Type> StepBenchmarks =>
        typeof(EngineBenchmark).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(EngineBenchmark)));

    [TestCaseSource(nameof(Steps))]
    public void StepHasABenchmarkOfItsName(string step) =>
        Assert.That(StepBenchmarks.Select(t => t.Name), Does.Contain($"{step}Benchmarks"), $"Add Ops/{step}Benchmarks, an EngineBenchmark, in the file of its interface.");

    [Test]
    public void StepBenchmarkRuns([ValueSource(nameof(StepBenchmarks))] Type type, [Values(1, 2)] int threadCount)
    {
        var benchmark = (EngineBenchmark)Activator.CreateInstance(type)!;
        benchmark.UseTiny();
        benchmark.ThreadCount = threadCount;
        MethodInfo? restore = type.GetMethods().SingleOrDefault(m => m.GetCustomAttribute<IterationSetupAttribute>() is not null);
        benchmark.Open();
        try
        {
            for (int call = 0; call < 3; call++)
            {
                restore?.Invoke(benchmark, null);
                Assert.That(benchmark.Simd, Throws.Nothing);
            }
        }
        finally
        {
            benchmark.Close();
        }

        Assert.That(benchmark.FlopsPerCall, Is.Null.Or.Positive);
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
    public void StreamBenchmarksRun([ValueSource(typeof(StreamSolveBenchmarks), nameof(StreamSolveBenchmarks.Precoders))] string precoder)
    {
        var benchmark = new StreamSolveBenchmarks { Drop = StreamDrop.Tiny, Precoder = precoder };
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
}
