using BenchmarkDotNet.Attributes;

namespace Precoding.Benchmarks.Solvers;

/// <summary>A solver with its memory on a device, and channels for it.</summary>
public abstract class SolverBenchmark
{
    private IDevice device = null!;

    protected ChannelBatch Channels { get; private set; } = null!;

    protected ISolver Solver { get; private set; } = null!;

    [GlobalSetup]
    public void Open()
    {
        Channels = CreateChannels();
        device = OpenDevice();
        Solver = CreatePrecoder().CreateSolver(Channels.Network, Channels.Shape, device);
    }

    [GlobalCleanup]
    public void Close()
    {
        Solver.Dispose();
        device.Dispose();
    }

    protected abstract ChannelBatch CreateChannels();

    protected abstract IDevice OpenDevice();

    protected abstract IPrecoder CreatePrecoder();
}
