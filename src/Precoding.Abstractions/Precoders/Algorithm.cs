using Precoding.Engines;

namespace Precoding;

/// <summary>A method as a driver over steps; it contains no arithmetic loop. It owns its tensors and the precoders that it leaves.</summary>
internal abstract class Algorithm(IEngine engine, SolveControl control) : IDisposable
{
    private readonly List<Tensor> tensors = [];

    /// <summary>False for closed forms: the start is the result.</summary>
    public virtual bool Iterates => true;

    /// <summary>StepSize at the start.</summary>
    public virtual double InitialStepSize => 0;

    /// <summary>What <see cref="Evaluate"/> leaves, vectors of one antenna array each.</summary>
    public abstract Tensor Precoders { get; }

    protected SolveControl Control => control;

    /// <summary>Brings realizations first … first + count − 1 to the engine and prepares what depends on the channels only.</summary>
    public abstract void Load(SolveInput input, int first);

    /// <summary>The start, its objective and power excess.</summary>
    public abstract void Begin(StartContext context);

    /// <summary>One iteration of the whole batch, or a part of one; an engine counts those of a realization in <see cref="SolveControl.Iteration"/>.</summary>
    public abstract void Iterate();

    /// <summary>Calls of <see cref="Iterate"/> after which every realization is settled.</summary>
    public virtual int CallLimit => Control.MaxIterations;

    /// <summary>Iterations of the furthest realization after so many calls.</summary>
    public virtual int IterationsAfter(int calls) => calls;

    /// <summary>What there is to say about the batch beyond its trace, or null.</summary>
    public virtual Diagnostics? Diagnose() => null;

    /// <summary>The precoders of the iterate to return, and what they achieve on the true channel.</summary>
    /// <param name="rates">bit/s/Hz, [realization, user], control kind, written.</param>
    /// <param name="power">watts, [realization, accessPoint], control kind, written.</param>
    public abstract void Evaluate(Tensor rates, Tensor power);

    /// <summary>Undoes what <see cref="Evaluate"/> did to the iterate, so that more iterations can follow.</summary>
    public virtual void Resume()
    {
    }

    /// <summary>The beam vector that <see cref="Precoders"/> comes from, with its support; null for methods that know none.</summary>
    public virtual (BeamSupport Support, Tensor U)? Beams => null;

    /// <summary>Which vector of <see cref="Precoders"/> is that of a stream at its n-th access point.</summary>
    public abstract int VectorOf(int stream, int branch);

    /// <summary>Tells the result which access points send a realization's streams, where that is not the same for all.</summary>
    public virtual void CopyAccessPoints(int realization, PrecoderBatch destination, int destinationRealization)
    {
    }

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
        Tensor tensor = engine.Create(name, kind, [control.Capacity, .. extents]);
        tensors.Add(tensor);
        return tensor;
    }
}

/// <summary>What an algorithm says about a batch beyond its trace.</summary>
/// <param name="CallsAt">Calls of <see cref="Algorithm.Iterate"/> that had been made when an iteration of a realization ended, of (realization, iteration).</param>
/// <param name="Certificate">Of a realization.</param>
internal sealed record Diagnostics(Func<int, int, int> CallsAt, Func<int, OptimalityCertificate> Certificate);

/// <summary>What a solve works on.</summary>
/// <param name="Channels">All realizations.</param>
/// <param name="WarmStart">Given precoders, or null.</param>
/// <param name="Plan">Who sends which streams, for methods that have streams.</param>
/// <param name="Starts">All or some of those of the options.</param>
internal sealed record SolveInput(ChannelBatch Channels, PrecoderBatch? WarmStart, StreamPlan? Plan, IReadOnlyList<InitialPrecoder> Starts);

/// <summary>What a start may draw on.</summary>
/// <param name="Start">Which start.</param>
/// <param name="Seed">Seed of random starts.</param>
/// <param name="Channels">All realizations.</param>
/// <param name="First">Which of them is the first in hand.</param>
/// <param name="MayIterate">Asked before every iteration of a start that has iterations; false ends it with what it has.</param>
internal readonly record struct StartContext(InitialPrecoder Start, ulong Seed, ChannelBatch Channels, int First, Func<bool> MayIterate)
{
    /// <summary>Number of a realization in hand in its series, part of the key of random starts.</summary>
    public int NumberOf(int realization) => Channels.NumberOf(First + realization);
}
