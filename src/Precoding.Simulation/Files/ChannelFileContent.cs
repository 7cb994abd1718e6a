namespace Precoding.Simulation;

/// <summary>How a channel file is to be understood.</summary>
public sealed record ChannelFileOptions
{
    /// <summary>Array of an .npz or .mat file that holds the coefficients.</summary>
    public string Name { get; init; } = "H";

    /// <summary>
    /// Axes of the array, outermost first, such as "user,accessPoint,antenna"; null for the order of the format:
    /// [realization, user, accessPoint, antenna], [user, accessPoint, antenna] for rank 3, with userAntenna before antenna for rank 5; or another, where the
    /// other arrays of the file fit that one only. In MATLAB files the last axes may be missing, where their extent is 1. A .csv file names its axes itself.
    /// </summary>
    public string? Axes { get; init; }

    /// <summary>The coefficients of a file without userAntenna axis are those of y = h p, not of y = hᴴp: they are conjugated.</summary>
    public bool DownlinkGain { get; init; }
}

/// <summary>A channel file, read: the batch, and what the file says beside it (null where it says nothing).</summary>
public sealed record ChannelFileContent
{
    /// <summary>Budgets, noise, weights, stream limits and positions of the file are in its network, serving sets in the batch; budgets are 1 W where it gives none.</summary>
    public required ChannelBatch Channels { get; init; }

    /// <summary>What was assumed of axes and convention, for people.</summary>
    public required string AssumedAxes { get; init; }

    /// <summary>P_l, watts, [accessPoint].</summary>
    public IReadOnlyList<double>? PowerWatts { get; init; }

    /// <summary>σ_k², watts, [user].</summary>
    public IReadOnlyList<double>? NoiseWatts { get; init; }

    /// <summary>α_k, [user].</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Which access points serve which users; the batch has it too.</summary>
    public ServingMap? Serving { get; init; }

    /// <summary>Streams from the access point to the user, [accessPoint, user].</summary>
    public int[,]? Streams { get; init; }

    /// <summary>Most streams of a user, [user].</summary>
    public IReadOnlyList<int>? MaxStreams { get; init; }

    /// <summary>Positions, metres, [realization, accessPoint]; one realization where they are the same in all. The network has those of realization 0.</summary>
    public Position[,]? AccessPointPositions { get; init; }

    /// <summary>Positions, metres, [realization, user]; one realization where they are the same in all. The network has those of realization 0.</summary>
    public Position[,]? UserPositions { get; init; }

    public double? CarrierFrequencyHz { get; init; }

    /// <summary>JSON text of the tool that wrote the file.</summary>
    public string? MetaJson { get; init; }
}

/// <summary>What <see cref="ChannelFile.Write"/> stores beside the batch and its network.</summary>
public sealed record ChannelFileExtras
{
    /// <summary>[realization, user], where they differ between realizations; null for those of the network.</summary>
    public Position[,]? UserPositions { get; init; }

    /// <summary>[realization, accessPoint], likewise.</summary>
    public Position[,]? AccessPointPositions { get; init; }

    /// <summary>Whether noise[user] is written; a file without it leaves the noise to the reader, who takes 1 W.</summary>
    public bool WritesNoise { get; init; } = true;

    /// <summary>Serving sets to write; null for those of the batch, which are left out where every access point serves every user.</summary>
    public ServingMap? Serving { get; init; }

    /// <summary>[accessPoint, user].</summary>
    public int[,]? Streams { get; init; }

    /// <summary>JSON: tool version, options, seed, device.</summary>
    public string? MetaJson { get; init; }
}
