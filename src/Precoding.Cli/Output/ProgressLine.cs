using System.Diagnostics;
using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>Progress with a bound on the time left, on Error only: one line written over on a terminal, else a plain line now and then.</summary>
internal sealed class ProgressLine(Terminal terminal, bool quiet) : IProgress<SolveProgress>
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(20); // short runs stay silent when redirected

    private string what = string.Empty;
    private long began, lastShown;
    private int shownLength;

    /// <summary>Starts the line for one task.</summary>
    public void Begin(string task)
    {
        (what, began, lastShown) = (task, Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        if (!quiet && terminal.ErrorIsTerminal)
        {
            Show(task);
        }
    }

    public void Report(SolveProgress value)
    {
        if (quiet || Stopwatch.GetElapsedTime(lastShown) < (terminal.ErrorIsTerminal ? TerminalInterval : PlainInterval))
        {
            return;
        }

        lastShown = Stopwatch.GetTimestamp();
        double inBatch = (value.Start + ((double)value.Iteration / value.MaxIterations)) / value.StartCount;
        double done = (value.RealizationsDone + inBatch) / value.RealizationCount;
        TimeSpan left = Stopwatch.GetElapsedTime(began) * ((1 - done) / Math.Max(done, 1e-9));
        string realizations = value.RealizationCount > 1 ? $", realization {value.RealizationsDone + 1} of {value.RealizationCount}" : string.Empty;
        string starts = value.StartCount > 1 ? $", start {value.Start + 1} of {value.StartCount}" : string.Empty;
        Show($"{what}{realizations}{starts}, iteration {value.Iteration} of {value.MaxIterations}, at most {Format.Duration(left)} left");
    }

    /// <summary>How far a sweep is; seldom enough that nobody waits for the terminal.</summary>
    public void Report(SweepProgress value)
    {
        if (quiet || Stopwatch.GetElapsedTime(lastShown) < (terminal.ErrorIsTerminal ? TerminalInterval : PlainInterval))
        {
            return;
        }

        lastShown = Stopwatch.GetTimestamp();
        string left = value.TimeLeft is { } time ? $", about {Format.Duration(time)} left" : string.Empty;
        Show(FormattableString.Invariant($"{what}, {value.ShardsDone} of {value.ShardCount} shards, {100.0 * value.UnitsDone / value.UnitCount:0.#} %{left}"));
    }

    /// <summary>Clears the line.</summary>
    public void End()
    {
        if (shownLength > 0 && terminal.ErrorIsTerminal)
        {
            terminal.Error.Write("\r" + new string(' ', shownLength) + "\r");
        }

        shownLength = 0;
    }

    private void Show(string line)
    {
        if (!terminal.ErrorIsTerminal)
        {
            terminal.Error.WriteLine(line);
            return;
        }

        line = line.Length < terminal.Width ? line : line[..(terminal.Width - 1)];
        terminal.Error.Write("\r" + line.PadRight(shownLength));
        shownLength = line.Length;
    }
}
