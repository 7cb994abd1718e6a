using Precoding.Engines;

namespace Precoding;

/// <summary>An iterative method as a driver over steps; it contains no arithmetic loop.</summary>
internal abstract class CoherentAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) : IDisposable
{
    private readonly List<Tensor> tensors = [];

    /// <summary>False for closed forms: the start is the result.</summary>
    public virtual bool Iterates => true;

    /// <summary>StepSize at the start.</summary>
    public virtual double InitialStepSize => 0;

    protected IEngine Engine => engine;

    protected CoherentProblem Problem => problem;

    protected SolveControl Control => control;

    /// <summary>What depends on the channels only: Gram matrices, beam table, support.</summary>
    public abstract void Prepare(ChannelBatch channels, int first);

    /// <summary>The start, its objective and power excess.</summary>
    public abstract void Begin(StartContext context);

    /// <summary>One iteration of the whole batch.</summary>
    public abstract void Iterate();

    /// <summary>P of the iterate to return, [realization, accessPoint, stream, antenna].</summary>
    public abstract void Synthesize(Tensor precoders);

    public virtual void Dispose()
    {
        foreach (Tensor tensor in tensors)
        {
            tensor.Dispose();
        }
    }

    /// <summary>[realization, …], owned by the algorithm.</summary>
    protected Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> extents)
    {
        Tensor tensor = engine.Create(name, kind, [problem.Capacity, .. extents]);
        tensors.Add(tensor);
        return tensor;
    }
}

/// <summary>What a start may draw on.</summary>
/// <param name="Start">Which start.</param>
/// <param name="Seed">Seed of random starts.</param>
/// <param name="FirstRealization">Number of the batch's first realization, part of the key of random starts.</param>
/// <param name="WarmStart">Given precoders, [realization, accessPoint, stream, antenna], or null.</param>
/// <param name="Stop">Ends a long start with what it has.</param>
internal readonly record struct StartContext(InitialPrecoder Start, ulong Seed, int FirstRealization, Tensor? WarmStart, CancellationToken Stop);
