namespace Precoding;

/// <summary>How a realization's solve ended. Not converging is a status with the best iterate attached, never an exception.</summary>
public enum SolveStatus
{
    /// <summary>Still iterating; never in a result.</summary>
    Running = 0,

    /// <summary>The sum rate changed by at most ε·max(1, R) on the required number of consecutive iterations.</summary>
    Converged = 1,

    /// <summary>The iteration limit was reached; the best iterate is returned.</summary>
    IterationLimit = 2,

    /// <summary>No better point was found along the gradient: as good as this precision allows.</summary>
    Stalled = 3,

    /// <summary>The objective stopped being finite; the best iterate before that is returned.</summary>
    Diverged = 4,

    /// <summary>Interrupted by the caller; the best iterate so far is returned.</summary>
    Cancelled = 5,

    /// <summary>The wall-clock limit was reached; the best iterate so far is returned.</summary>
    TimeLimit = 6,
}
