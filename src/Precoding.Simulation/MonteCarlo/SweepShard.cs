namespace Precoding.Simulation;

/// <summary>A part of a sweep: realizations <paramref name="First"/> … First + Count − 1 with every SNR and every precoder.</summary>
public readonly record struct SweepShard(int Index, int First, int Count);

/// <summary>What a shard is computed by: one precoder at one SNR, numbered as the plan lists them.</summary>
public readonly record struct SweepUnit(int Snr, int Precoder);

/// <summary>Rows of one unit for the realizations of a shard, by realization.</summary>
public sealed record SweepUnitResult(SweepUnit Unit, IReadOnlyList<SweepRow> Rows, IReadOnlyList<SweepTiming> Timings);
