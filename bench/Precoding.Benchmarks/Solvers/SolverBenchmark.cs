using BenchmarkDotNet.Attributes;
using Precoding.Cpu;

namespace Precoding.Benchmarks.Solvers;

/// <summary>A solver with its memory, in single precision, and channels for it.</summary>
public abstract class SolverBenchmark
{
    private SimdDevice device = null!;

    [Params(Benchmarks.Drop.Paper, Benchmarks.Drop.SmallBatch)]
    public Drop Drop { get; set; }

    [Params(1, 2)]
    public int ThreadCount { get; set; } = 1;

    protected ChannelBatch Channels { get; private set; } = null!;

    protected ISolver Solver { get; private set; } = null!;

    [GlobalSetup]
    public void Open()
    {
        Channels = Drops.Of(Drop);
        device = SimdDevice.Open(precision: Precision.Single, threadCount: ThreadCount);
        Solver = CreatePrecoder().CreateSolver(Channels.Network, Channels.Shape, device);
    }

    [GlobalCleanup]
    public void Close()
    {
        Solver.Dispose();
        device.Dispose();
    }

    protected abstract IPrecoder CreatePrecoder();
}
