using BenchmarkDotNet.Attributes;
using Precoding.Cpu;

namespace Precoding.Benchmarks.Solvers;

/// <summary>A solver on the processor, in single precision.</summary>
public abstract class ProcessorSolverBenchmark : SolverBenchmark
{
    [Params(Benchmarks.Drop.Paper, Benchmarks.Drop.SmallBatch)]
    public Drop Drop { get; set; }

    [Params(1, 2)]
    public int ThreadCount { get; set; } = 1;

    protected override ChannelBatch CreateChannels() => Drops.Of(Drop);

    protected override IDevice OpenDevice() => SimdDevice.Open(precision: Precision.Single, threadCount: ThreadCount);
}
