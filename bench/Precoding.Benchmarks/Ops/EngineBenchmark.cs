using BenchmarkDotNet.Attributes;
using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>One step of the engine, in single precision unless it is always in double. The class is named after the step.</summary>
public abstract class EngineBenchmark : ICountsFlops, ICase, IRunsOnDevices
{
    private readonly Stack<IDisposable> parts = new();

    public static IEnumerable<string> Devices => BenchmarkDevice.Names;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = BenchmarkDevice.Cpu;

    /// <summary>Of the processor engine.</summary>
    [Params(1, 2)]
    public int ThreadCount { get; set; } = 1;

    /// <summary>Real operations of the step's products; null for steps that only pass over memory.</summary>
    public virtual double? FlopsPerCall => null;

    /// <summary>An open device to use in place of one of its own, because programs take long to load; null in benchmarks.</summary>
    internal IDevice? Lent { get; set; }

    internal bool IsOnGpuEngine => Device != BenchmarkDevice.Cpu;

    /// <summary>Arithmetic of the step where it is used.</summary>
    protected virtual Precision Arithmetic => Precision.Single;

    /// <summary>Whether the drop is one for the device.</summary>
    protected abstract bool SuitsDevice { get; }

    protected IEngine Engine { get; private set; } = null!;

    protected SolveControl Control { get; private set; } = null!;

    [GlobalSetup]
    public void Open()
    {
        IDevice device = Lent ?? Own(IsOnGpuEngine ? BenchmarkDevice.Open(Device) : SimdDevice.Open(precision: Precision.Single, threadCount: ThreadCount));
        Engine = Own(device.CreateEngine(Arithmetic));
        Control = Load();
        Prepare();
        Wait();
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

    /// <summary>The step's kernels on the device, from the first launch to their end.</summary>
    [Benchmark]
    public void Gpu()
    {
        Step();
        Wait();
    }

    /// <inheritdoc/>
    public bool IsMeant(string method) => SuitsDevice && (method == nameof(Gpu) ? IsOnGpuEngine && ThreadCount == 1 : !IsOnGpuEngine);

    /// <summary>The smallest drop, for tests.</summary>
    internal abstract void UseTiny();

    /// <summary>Channels onto the engine.</summary>
    /// <returns>Of all realizations, begun.</returns>
    protected abstract SolveControl Load();

    /// <summary>What is timed. Leaves behind what it found, as far as its own time depends on it.</summary>
    protected abstract void Step();

    protected virtual void Prepare()
    {
    }

    /// <summary>Until what is queued on a GPU is done.</summary>
    protected void Wait() => Control.Status.Read(new int[1]);

    /// <summary>For all realizations, which go on whatever happens.</summary>
    protected SolveControl Begin(int count, double stepSize)
    {
        SolveControl control = Own(new SolveControl(Engine, count, maxIterations: 4, tolerance: 0, patience: int.MaxValue) { RealizationCount = count });
        Engine.BeginControl(stepSize, control);
        return control;
    }

    /// <summary>A complex tensor [realization, …].</summary>
    protected Tensor Complex(params ReadOnlySpan<int> shape) => Create("complex", ElementKind.Complex, shape);

    /// <summary>A tensor of doubles [realization, …].</summary>
    protected Tensor Reals(params ReadOnlySpan<int> shape) => Create("reals", ElementKind.Control, shape);

    /// <summary>A tensor of whole numbers [realization, …].</summary>
    protected Tensor Integers(params ReadOnlySpan<int> shape) => Create("integers", ElementKind.Integer, shape);

    protected T Own<T>(T owned)
        where T : IDisposable
    {
        parts.Push(owned);
        return owned;
    }

    protected void Set(Tensor tensor, double value) => tensor.Write(Enumerable.Repeat(value, (int)tensor.Length).ToArray());

    protected void Set(Tensor tensor, int value) => tensor.Write(Enumerable.Repeat(value, (int)tensor.Length).ToArray());

    private Tensor Create(string name, ElementKind kind, ReadOnlySpan<int> shape) => Own(Engine.Create(name, kind, [Control.Capacity, .. shape]));
}
