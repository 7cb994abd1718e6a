using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>What one run of solve is to do: the option texts, checked and converted.</summary>
internal sealed record SolveRequest
{
    public required string Channels { get; init; }

    public required string ChannelsName { get; init; }

    public string? Axes { get; init; }

    public bool DownlinkGain { get; init; }

    public required PrecoderChoice Precoders { get; init; }

    public double? SnrDb { get; init; }

    /// <summary>What the SNR is an average of; null where it sets the budgets.</summary>
    public SnrRule? SnrRule { get; init; }

    /// <summary>Serving sets and streams, for precoders that have streams.</summary>
    public required StreamChoice Streams { get; init; }

    public IReadOnlyList<double>? PowerWatts { get; init; }

    public double? AntennaLimitDb { get; init; }

    public double? NoiseWatts { get; init; }

    /// <summary>α_k; null for those of the file.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    public Normalization Normalization { get; init; }

    /// <summary>Error of the estimate that precoders are designed on; null where they know the channels.</summary>
    public double? CsiNmseDb { get; init; }

    public EstimateError CsiError { get; init; }

    public required string Device { get; init; }

    public Precision? Precision { get; init; }

    public int? ThreadCount { get; init; }

    public string? WarmStart { get; init; }

    public string? Out { get; init; }

    public string? Trace { get; init; }

    /// <summary>An upper bound on the sum rate is asked for.</summary>
    public bool Certificate { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }
}
