namespace Precoding;

/// <summary>How far a solve is; reported at every look at the statuses.</summary>
/// <param name="RealizationsDone">Realizations finished so far.</param>
/// <param name="RealizationCount">Realizations in all.</param>
/// <param name="Start">Number of the start in hand, from 0, on the calling thread's engine; likewise the iteration.</param>
/// <param name="StartCount">Starts per realization.</param>
/// <param name="Iteration">Iterations done on the batch in hand.</param>
/// <param name="MaxIterations">The limit of those.</param>
public readonly record struct SolveProgress(int RealizationsDone, int RealizationCount, int Start, int StartCount, int Iteration, int MaxIterations);

/// <summary>A solver with its memory: allocate once, solve many. Not safe for concurrent use.</summary>
public interface ISolver : IDisposable
{
    /// <summary>
    /// Solves every realization. Weights are those of the channels' network; budgets and noise must be those that the solver was created for. Cancelling keeps what is done: realizations in hand return their best iterate, later ones are zero, all Cancelled.
    /// </summary>
    /// <param name="warmStart">Precoders for <see cref="InitialPrecoder.WarmStart"/>.</param>
    /// <param name="progress">Told on the calling thread.</param>
    PrecodingResult Solve(
        ChannelBatch channels, PrecoderBatch? warmStart = null, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default);
}

public interface IPrecoder
{
    /// <summary>The command line's name, for example reduced-cg.</summary>
    string Name { get; }

    PrecoderOptions Options { get; }

    ISolver CreateSolver(Network network, ChannelShape shape, IDevice device);

    PrecodingResult Solve(ChannelBatch channels, IDevice device, CancellationToken cancellationToken = default);
}
