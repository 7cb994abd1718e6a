using Precoding.Cli.Output;

namespace Precoding.Cli.Solving;

/// <summary>Several precoders on the same channels and device, in turn.</summary>
/// <param name="Results">One per precoder that was begun and did not fail as a whole.</param>
/// <param name="Failures">Precoders that could not be run at all, with the reason.</param>
/// <param name="WasInterrupted">Some work was left undone because the caller cancelled.</param>
/// <param name="NotRun">Precoders that the interruption left out.</param>
internal sealed record Comparison(
    IReadOnlyList<PrecodingResult> Results, IReadOnlyList<(string Name, string Reason)> Failures, bool WasInterrupted, IReadOnlyList<string> NotRun)
{
    /// <summary>Realizations whose solver failed: the objective stopped being finite.</summary>
    public int DivergedCount => Results.Sum(r => r.Status.ToArray().Count(s => s == SolveStatus.Diverged));

    public int ExitCode => WasInterrupted ? Cli.ExitCode.Interrupted : DivergedCount + Failures.Count > 0 ? Cli.ExitCode.SolverFailed : Cli.ExitCode.Done;

    public static Comparison Run(
        ChannelBatch channels, IReadOnlyList<IPrecoder> precoders, IDevice device, PrecoderBatch? warmStart, ProgressLine progress, CancellationToken cancellationToken)
    {
        var results = new List<PrecodingResult>();
        var failures = new List<(string, string)>();
        foreach (IPrecoder precoder in precoders)
        {
            if (results.Count > 0 && cancellationToken.IsCancellationRequested)
            {
                break;
            }

            progress.Begin(precoders.Count > 1 ? $"{precoder.Name} ({results.Count + failures.Count + 1} of {precoders.Count})" : precoder.Name);
            try
            {
                using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
                results.Add(solver.Solve(channels, warmStart, progress, cancellationToken));
            }
            catch (Exception error) when (precoders.Count > 1 && error is (ValidationException or DeviceException or OutOfMemoryException))
            {
                failures.Add((precoder.Name, error is ValidationException problems ? Format.Problems(problems) : error.Message)); // the others' results are not lost
                if (failures.Count == precoders.Count)
                {
                    throw;
                }
            }
            finally
            {
                progress.End();
            }
        }

        string[] notRun = [.. precoders.Skip(results.Count + failures.Count).Select(p => p.Name)];
        bool leftUndone = notRun.Length > 0 || results.Any(r => r.Status.Contains(SolveStatus.Cancelled));
        return new Comparison(results, failures, cancellationToken.IsCancellationRequested && leftUndone, notRun);
    }

    /// <summary>A line for each precoder that failed, and one for diverged realizations.</summary>
    public void WriteProblems(TextWriter error, bool isWritten = false)
    {
        foreach (var (name, reason) in Failures)
        {
            error.WriteLine($"{ToolVersion.Name}: {name} failed: {reason}");
        }

        if (DivergedCount > 0)
        {
            error.WriteLine($"{ToolVersion.Name}: {DivergedCount} realizations diverged; their best iterate before that is reported. Try --precision double or another --starts.");
        }

        if (WasInterrupted)
        {
            error.WriteLine($"{ToolVersion.Name}: interrupted; what was computed is reported{(isWritten ? " and written" : "")}{(NotRun.Count == 0 ? "" : $", not run: {string.Join(", ", NotRun)}")}.");
        }
    }
}
