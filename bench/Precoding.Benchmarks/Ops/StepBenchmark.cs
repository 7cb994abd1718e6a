using BenchmarkDotNet.Attributes;
using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>One step of the engine in single precision, from the state that a maximum ratio start leaves. The class is named after the step.</summary>
public abstract class StepBenchmark : ICountsFlops
{
    private readonly Stack<IDisposable> parts = new();

    [Params(Benchmarks.Drop.Paper, Benchmarks.Drop.SmallBatch)]
    public Drop Drop { get; set; }

    [Params(1, 2)]
    public int ThreadCount { get; set; } = 1;

    /// <summary>Real operations of the step's products; null for steps that only pass over memory.</summary>
    public virtual double? FlopsPerCall => null;

    protected ChannelBatch Channels { get; private set; } = null!;

    protected IEngine Engine { get; private set; } = null!;

    protected CoherentProblem Problem { get; private set; } = null!;

    protected SolveControl Control { get; private set; } = null!;

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

    [GlobalSetup]
    public void Open()
    {
        Channels = Drops.Of(Drop);
        int count = Channels.Shape.RealizationCount;
        var device = Own(SimdDevice.Open(precision: Precision.Single, threadCount: ThreadCount));
        Engine = Own(device.CreateEngine());
        Problem = Own(new CoherentProblem(Engine, Channels.Network, Channels.Shape, count));
        Control = Own(new SolveControl(Engine, count, maxIterations: 4, tolerance: 0, patience: int.MaxValue) { RealizationCount = count });
        Engine.BeginControl(InitialStepSize, Control);
        Engine.LoadChannels(Channels, 0, Problem, Control);
        Engine.GramMatrices(Problem, Control);
        Prepare();
    }

    [GlobalCleanup]
    public void Close()
    {
        while (parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }

    [Benchmark]
    public void Simd() => Step();

    /// <summary>What is timed. Leaves behind what it found, as far as its own time depends on it.</summary>
    protected abstract void Step();

    protected virtual void Prepare()
    {
    }

    /// <summary>A complex tensor [realization, …].</summary>
    protected Tensor Complex(params ReadOnlySpan<int> shape) => Own(Engine.Create("complex", ElementKind.Complex, [Problem.Capacity, .. shape]));

    /// <summary>A tensor of doubles [realization, …].</summary>
    protected Tensor Reals(params ReadOnlySpan<int> shape) => Own(Engine.Create("reals", ElementKind.Control, [Problem.Capacity, .. shape]));

    protected T Own<T>(T owned)
        where T : IDisposable
    {
        parts.Push(owned);
        return owned;
    }

    protected void Set(Tensor tensor, double value) => tensor.Write(Enumerable.Repeat(value, (int)tensor.Length).ToArray());

    protected void Set(Tensor tensor, int value) => tensor.Write(Enumerable.Repeat(value, (int)tensor.Length).ToArray());
}
