namespace Precoding.Cli;

/// <summary>What scripts rely on.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>A solver failed on some realizations; the results of the others are written.</summary>
    public const int SolverFailed = 1;

    public const int Usage = 2;

    public const int BadInput = 3;

    /// <summary>Device or environment.</summary>
    public const int Device = 4;

    /// <summary>What was computed is written.</summary>
    public const int Interrupted = 130;
}
