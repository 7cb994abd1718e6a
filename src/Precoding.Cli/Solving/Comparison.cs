using Precoding.Cli.Output;

namespace Precoding.Cli.Solving;

/// <summary>Several precoders on the same channels and device, in turn.</summary>
/// <param name="Results">One per precoder that was begun.</param>
/// <param name="WasInterrupted">Some work was left undone because the caller cancelled.</param>
internal sealed record Comparison(IReadOnlyList<PrecodingResult> Results, bool WasInterrupted)
{
    /// <summary>Realizations whose solver failed: the objective stopped being finite.</summary>
    public int FailureCount => Results.Sum(r => r.Status.ToArray().Count(s => s == SolveStatus.Diverged));

    public int ExitCode => WasInterrupted ? Cli.ExitCode.Interrupted : FailureCount > 0 ? Cli.ExitCode.SolverFailed : Cli.ExitCode.Done;

    public static Comparison Run(
        ChannelBatch channels, IReadOnlyList<IPrecoder> precoders, IDevice device, PrecoderBatch? warmStart, ProgressLine progress, CancellationToken cancellationToken)
    {
        var results = new List<PrecodingResult>();
        foreach (IPrecoder precoder in precoders)
        {
            if (results.Count > 0 && cancellationToken.IsCancellationRequested)
            {
                break;
            }

            progress.Begin(precoders.Count > 1 ? $"{precoder.Name} ({results.Count + 1} of {precoders.Count})" : precoder.Name);
            using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
            results.Add(solver.Solve(channels, warmStart, progress, cancellationToken));
            progress.End();
        }

        return new Comparison(results, cancellationToken.IsCancellationRequested);
    }
}
