namespace Precoding.Simulation;

/// <summary>One number that a sweep found: what a metric is of the precoders that one method designed for one drop.</summary>
/// <param name="Realization">Over the whole sweep, from 0.</param>
/// <param name="Precoder">Label of the method, as the plan has it.</param>
/// <param name="Metric">Name, as the plan has it.</param>
/// <param name="Value">Not a number where there is none.</param>
/// <param name="Status">A <see cref="SolveStatus"/> in small letters with hyphens, iteration-limit.</param>
public sealed record SweepRow(int Realization, double SnrDb, string Precoder, string Metric, double Value, string Status)
{
    /// <summary>The status of what did not come to precoders; its values are no part of any mean.</summary>
    public const string DivergedStatus = "diverged";

    /// <summary>Whether the value counts: the solver came to precoders, and the value is a finite number.</summary>
    public bool HasValue => !IsFailed && double.IsFinite(Value);

    public bool IsFailed => Status == DivergedStatus;
}

/// <summary>What one drop took one method at one SNR.</summary>
/// <param name="Realization">Over the whole sweep, from 0.</param>
/// <param name="Seconds">Of wall time; a batch is shared evenly among its drops.</param>
/// <param name="Device">What computed it.</param>
/// <param name="Shard">What it was computed with.</param>
public sealed record SweepTiming(int Realization, double SnrDb, string Precoder, double Seconds, string Device, int Shard);
