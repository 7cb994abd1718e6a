using BenchmarkDotNet.Attributes;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Whole solves on every kind of device that is there, in one report: channels in memory to precoders and rates in memory, in single precision but for the reference.</summary>
public abstract class DeviceSolverBenchmark : SolverBenchmark, IRunsOnDevices
{
    [Benchmark]
    public PrecodingResult Solve() => Solver.Solve(Channels);
}
