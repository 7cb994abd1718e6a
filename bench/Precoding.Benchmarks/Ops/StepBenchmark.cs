using BenchmarkDotNet.Attributes;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step for one-antenna users, from the state that a maximum ratio start leaves.</summary>
public abstract class StepBenchmark : EngineBenchmark
{
    [Params(Benchmarks.Drop.Paper, Benchmarks.Drop.SmallBatch)]
    public Drop Drop { get; set; }

    protected ChannelBatch Channels { get; private set; } = null!;

    protected CoherentProblem Problem { get; private set; } = null!;

    /// <summary>R, K, L, M of the drop, as doubles for counting.</summary>
    protected (double R, double K, double L, double M) Extents
    {
        get
        {
            ChannelShape shape = Drops.Raw(Drop).Shape;
            return (shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.AntennaCount);
        }
    }

    /// <summary>h of the integrators; the line searches begin at 1.</summary>
    protected virtual double InitialStepSize => 0.07;

    /// <summary>Kernels on a processor get small drops only.</summary>
    protected sealed override bool SuitsDevice => Drop != Drop.Paper || !IsOnGpuEngine || BenchmarkDevice.IsGpu(Device);

    internal sealed override void UseTiny() => Drop = Drop.Tiny;

    protected sealed override SolveControl Load()
    {
        Channels = Drops.Of(Drop);
        int count = Channels.Shape.RealizationCount;
        Problem = Own(new CoherentProblem(Engine, Channels.Network, Channels.Shape, count));
        SolveControl control = Begin(count, InitialStepSize);
        Engine.LoadChannels(Channels, 0, Problem, control);
        Engine.GramMatrices(Problem, control);
        return control;
    }
}
