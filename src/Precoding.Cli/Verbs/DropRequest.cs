using System.Text.Json.Nodes;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>What one run of drop is to do: the option texts, checked and converted.</summary>
internal sealed record DropRequest
{
    private const int LargestCount = ushort.MaxValue;

    public required string Scenario { get; init; }

    public int? Users { get; init; }

    public int? AccessPoints { get; init; }

    public int? Antennas { get; init; }

    public int? UserAntennas { get; init; }

    public ServingChoice? Serving { get; init; }

    public ServingChoice ServingOrDefault => Serving ?? new ServingChoice(ServingRule.Nearest, 2);

    public int Realizations { get; init; }

    public double? GainSpreadDb { get; init; }

    public ulong Seed { get; init; }

    public int? Threads { get; init; }

    public string? Device { get; init; }

    public bool KeepPaths { get; init; }

    public bool Spherical { get; init; }

    public int? Subcarriers { get; init; }

    public double? BandwidthMHz { get; init; }

    public int? Blocks { get; init; }

    public double? BlockMs { get; init; }

    public double? SpeedKmh { get; init; }

    /// <summary>Null for users at rest.</summary>
    public BlockMotion? Motion => Blocks is { } count ? new BlockMotion(count, BlockMs!.Value / 1e3, SpeedKmh!.Value / 3.6) : null;

    /// <summary>Realizations of the file that a drop is.</summary>
    public int RealizationsPerDrop => Subcarriers ?? Blocks ?? 1;

    /// <summary>(s − (S − 1)/2)·bandwidth/S.</summary>
    public IReadOnlyList<double>? FrequencyOffsetsHz => Subcarriers is not { } count ? null
        : [.. Enumerable.Range(0, count).Select(s => (s - ((count - 1) / 2.0)) * 1e6 * BandwidthMHz!.Value / count)];

    public required string Out { get; init; }

    public bool Quiet { get; init; }

    private ChannelShape ShapeOr(ChannelShape unless) => new(
        Realizations, Users ?? unless.UserCount, AccessPoints ?? unless.AccessPointCount, Antennas ?? unless.AntennaCount, UserAntennas ?? unless.UserAntennaCount);

    /// <summary>The shape of a drop; throws where the options do not fit together.</summary>
    public ChannelShape Shape()
    {
        ChannelShape unless = Scenario switch
        {
            GeneratedDrop.UrbanMacro => GeneratedDrop.PaperScale,
            GeneratedDrop.CellFree => GeneratedDrop.CellFreeScale,
            GeneratedDrop.Independent => GeneratedDrop.IndependentScale,
            _ => throw new UsageException($"--scenario: '{Scenario}' is not in this version; it has {GeneratedDrop.Scenarios}."),
        };

        if (Users > LargestCount || AccessPoints > LargestCount)
        {
            throw new UsageException($"--users and --access-points can be at most {LargestCount}; the random streams are numbered with 16 bits.");
        }

        if (IsTable && (KeepPaths || Serving is not null))
        {
            throw new UsageException($"{(KeepPaths ? "--paths" : "--serving")} has no effect on '{Out}': a .csv file has the channels only. Leave it out, or give a name ending in .npz or .mat.");
        }

        if (Misplaced() is { } misplaced)
        {
            throw new UsageException($"{misplaced} has no effect on --scenario {Scenario}; leave it out.");
        }

        RequireConsistent();
        return ShapeOr(unless);
    }

    /// <summary>An option that means nothing to the scenario, or null.</summary>
    private string? Misplaced() =>
        GainSpreadDb is not null && Scenario != GeneratedDrop.Independent ? "--gain-spread-db"
        : Spherical && Scenario != GeneratedDrop.UrbanMacro ? "--spherical"
        : Subcarriers is not null && Scenario != GeneratedDrop.UrbanMacro ? "--subcarriers"
        : BandwidthMHz is not null && Scenario != GeneratedDrop.UrbanMacro ? "--bandwidth-mhz"
        : KeepPaths && Scenario != GeneratedDrop.UrbanMacro ? "--paths"
        : Threads is not null && Scenario != GeneratedDrop.UrbanMacro ? "--threads"
        : Device is not null && Scenario != GeneratedDrop.UrbanMacro ? "--device"
        : UserAntennas > 1 && Scenario == GeneratedDrop.UrbanMacro ? "--user-antennas"
        : Serving is not null && Scenario != GeneratedDrop.CellFree ? "--serving"
        : null;

    public bool IsMatlab => Path.GetExtension(Out).Equals(".mat", StringComparison.OrdinalIgnoreCase);

    public bool IsTable => Path.GetExtension(Out).Equals(".csv", StringComparison.OrdinalIgnoreCase);

    private void RequireConsistent()
    {
        if (Spherical && KeepPaths)
        {
            throw new UsageException("--paths are of plane waves, which --spherical are not; give one of them.");
        }

        if (Spherical && Device is not null)
        {
            throw new UsageException("--device has no effect on --spherical, whose channels are formed on the processor; leave it out.");
        }

        if (Subcarriers is null != BandwidthMHz is null)
        {
            throw new UsageException("--subcarriers and --bandwidth-mhz go together; give both, or neither.");
        }

        if (Blocks is null != BlockMs is null || Blocks is null != SpeedKmh is null)
        {
            throw new UsageException("--blocks, --block-ms and --speed-kmh go together; give all three, or none.");
        }

        if (Blocks is not null && Subcarriers is not null)
        {
            throw new UsageException("--blocks and --subcarriers both say what the realizations of a drop are, blocks of time or frequencies; give one of them.");
        }
    }

    public JsonObject ToJson(ChannelShape shape) => new()
    {
        ["tool"] = ToolVersion.Name,
        ["version"] = ToolVersion.Version,
        ["scenario"] = Scenario,
        ["seed"] = Seed,
        ["realizations"] = shape.RealizationCount,
        ["users"] = shape.UserCount,
        ["accessPoints"] = shape.AccessPointCount,
        ["antennas"] = shape.AntennaCount,
        ["userAntennas"] = shape.UserAntennaCount,
        ["gainSpreadDb"] = GainSpreadDb,
        ["sphericalWavefronts"] = Scenario == GeneratedDrop.UrbanMacro ? Spherical : null,
        ["subcarriers"] = Subcarriers,
        ["bandwidthMHz"] = BandwidthMHz,
        ["blocks"] = Blocks,
        ["blockMs"] = BlockMs,
        ["speedKmh"] = SpeedKmh,
        ["serving"] = Scenario == GeneratedDrop.CellFree ? ServingOrDefault.ToString() : null,
    };
}
