namespace Precoding;

/// <summary>
/// When a piece has to be done, and what is still worth beginning by then: another call of <see cref="Algorithm.Iterate"/>, as long as it and finishing (the precoders, their rates, the
/// copy back) fit. What they take is measured as they go, from a look that waits for the engine to the next. [decision 20]
/// </summary>
/// <param name="share">Time from now.</param>
/// <param name="costs">Of pieces as large as this one, from earlier ones on.</param>
internal sealed class Deadline(TimeProvider clock, TimeSpan share, PieceCosts costs)
{
    private readonly long began = clock.GetTimestamp();
    private long mark, startMark;
    private bool isInLongStart, hasIterated;
    private double evaluation;

    /// <summary>Whether a piece of this size has been finished before.</summary>
    public bool KnowsFinish => costs.Finish.IsKnown;

    /// <summary>Whether one more start fits, with an iteration.</summary>
    public bool AllowsStart => Left >= costs.Start.Expected + costs.Call.Expected;

    /// <summary>Seconds until finishing has to begin.</summary>
    private double Left => (share - clock.GetElapsedTime(began)).TotalSeconds - Math.Max(costs.Finish.Expected, evaluation);

    public void StartBegins() => (startMark, isInLongStart) = (clock.GetTimestamp(), false);

    public void StartIsDone()
    {
        costs.Start.Add(clock.GetElapsedTime(startMark).TotalSeconds);
        Mark();
    }

    /// <summary>Asked before every iteration of a start that has some.</summary>
    public bool AllowsStartIteration()
    {
        if (isInLongStart)
        {
            Measured(costs.StartIteration);
        }

        isInLongStart = true;
        Mark();
        return Left >= costs.StartIteration.Expected;
    }

    /// <summary>What evaluating takes, until what finishing takes is known.</summary>
    public void EvaluationIsDone()
    {
        evaluation = clock.GetElapsedTime(mark).TotalSeconds;
        Mark();
    }

    /// <summary>
    /// Calls until the next look: none where not even one would be done in time, else as many as half of the time is enough for, so that looks become frequent towards the end, and a queue
    /// never runs past it.
    /// </summary>
    public int CallsAhead(int atMost)
    {
        double left = Left, call = costs.Call.Expected, next = hasIterated && costs.Call.IsBelieved ? call : costs.Call.Least;
        return left <= 0 || left < next ? 0 : call > 0 ? (int)Math.Clamp(left / (2 * call), 1, atMost) : 1;
    }

    public void CallsAreDone(int calls)
    {
        hasIterated = true;
        Measured(costs.Call, calls);
        Mark();
    }

    public void FinishIsDone()
    {
        Measured(costs.Finish);
        evaluation = 0;
        Mark();
    }

    /// <summary>What is measured next begins now.</summary>
    public void Mark() => mark = clock.GetTimestamp();

    /// <summary>The piece is done. Where no call fitted, those that were measured in a bad moment must not forbid calls for ever.</summary>
    public void PieceIsDone()
    {
        if (!hasIterated)
        {
            costs.Call.Doubt();
        }
    }

    private void Measured(RecentSeconds cost, int count = 1) => cost.Add(clock.GetElapsedTime(mark).TotalSeconds / count);
}

/// <summary>What pieces of one size take.</summary>
internal sealed class PieceCosts
{
    /// <summary>A start, to its objective.</summary>
    public RecentSeconds Start { get; } = new();

    /// <summary>An iteration within a start.</summary>
    public RecentSeconds StartIteration { get; } = new();

    /// <summary>A call of <see cref="Algorithm.Iterate"/>.</summary>
    public RecentSeconds Call { get; } = new();

    /// <summary><see cref="Algorithm.Evaluate"/>, and what comes back to the host.</summary>
    public RecentSeconds Finish { get; } = new();
}

/// <summary>The last eight durations of something that is done again and again.</summary>
internal sealed class RecentSeconds
{
    private const int Kept = 8;

    /// <summary>From so many on they are believed; fewer may all be from a bad moment, or from code that was compiled meanwhile.</summary>
    private const int Believed = 3;

    private const double DoubtedSoon = 0.5, DoubtedSlowly = 0.95;

    private readonly double[] recent = new double[Kept];
    private int count, next;

    public bool IsKnown => count > 0;

    public bool IsBelieved => count >= Believed;

    /// <summary>Median, the lower of two: a spike or three change nothing. 0 while nothing is known.</summary>
    public double Expected { get; private set; }

    /// <summary>The shortest, half of it before it is believed, and less where it is doubted: what takes longer than there is must have done so every time.</summary>
    public double Least { get; private set; }

    public void Add(double seconds)
    {
        recent[next] = seconds;
        next = (next + 1) % Kept;
        count = Math.Min(count + 1, Kept);
        Span<double> sorted = stackalloc double[Kept];
        recent.CopyTo(sorted);
        sorted = sorted[..count];
        sorted.Sort();
        (Least, Expected) = (sorted[0] * (IsBelieved ? 1 : DoubtedSoon), sorted[(count - 1) / 2]);
    }

    /// <summary>Expects less of the shortest: soon where few are known, else slowly.</summary>
    public void Doubt() => Least *= IsBelieved ? DoubtedSlowly : DoubtedSoon;
}
