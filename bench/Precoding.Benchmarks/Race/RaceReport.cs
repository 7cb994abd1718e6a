namespace Precoding.Benchmarks.Race;

/// <summary>A race with what ran it. No host names, no paths.</summary>
internal sealed record RaceReport
{
    /// <summary>UTC, yyyy-MM-dd.</summary>
    public required string Date { get; init; }

    /// <summary>Short hash, with -dirty when the checkout has changes.</summary>
    public required string Commit { get; init; }

    public required string Processor { get; init; }

    public required int CoreCount { get; init; }

    public required int VectorBits { get; init; }

    public required string Runtime { get; init; }

    /// <summary>Runnable threads of the whole machine in the minute before, where the system tells: what others took.</summary>
    public double? LoadAverage { get; init; }

    public string? OpenBlas { get; init; }

    public string? OpenBlasCore { get; init; }

    public string? Numpy { get; set; }

    public string? Scipy { get; set; }

    public string? PeerBlas { get; set; }

    public string? PeerCore { get; set; }

    /// <summary>What solved, where that is not the processor.</summary>
    public string? Device { get; init; }

    public string? Torch { get; set; }

    public string? TorchDevice { get; set; }

    /// <summary>Where channels came from and their shape.</summary>
    public required string Channels { get; init; }

    public List<RaceRow> Rows { get; } = [];

    /// <summary>What was left out, and why.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>Peers that failed or computed something else.</summary>
    public List<string> Failures { get; } = [];
}
