namespace Precoding.Benchmarks.Race;

/// <summary>What a score counts.</summary>
internal enum ScoreKind
{
    /// <summary>Their time over ours.</summary>
    TimesFaster,

    /// <summary>Share of a roofline.</summary>
    Share,

    /// <summary>10⁹ real operations a second and core.</summary>
    GigaflopsPerCore,

    /// <summary>A number that is to reach its target.</summary>
    AtLeast,

    /// <summary>A number that is to stay at or below its target.</summary>
    AtMost,
}

/// <summary>One line of the race.</summary>
/// <param name="Section">As --only names it.</param>
/// <param name="Unit">Of Ours and Theirs: ms, µs, GFLOP/s, …</param>
/// <param name="Theirs">OpenBLAS, the peer or one thread; null where nobody else runs.</param>
/// <param name="Score">From the least times.</param>
/// <param name="MedianScore">Median of the ratios of single rounds; null where there is one value.</param>
/// <param name="Target">Null where none is set.</param>
/// <param name="RateDifference">Relative difference of the mean sum rates of both sides.</param>
internal sealed record RaceRow(
    string Section, string Name, string Unit, double Ours, double? Theirs, ScoreKind Kind, double Score, double? MedianScore, double? Target, double? RateDifference = null)
{
    /// <summary>Whether least times and median both reach the target; "unclear" when they disagree.</summary>
    public string Met => Target is not { } target ? "-"
        : Kind == ScoreKind.AtMost ? Score <= target ? "yes" : "no"
        : Score >= target && (MedianScore ?? Score) >= target ? "yes"
        : Score < target && (MedianScore ?? Score) < target ? "no"
        : "unclear";
}
