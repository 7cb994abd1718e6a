using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>A precoder of a plan.</summary>
/// <param name="Label">What results call it.</param>
/// <param name="Choice">One entry with its options.</param>
/// <param name="Starts">As the plan says them; null for those of the entry.</param>
/// <param name="Settings">Other keys of the plan and their values.</param>
internal sealed record SweepPrecoder(string Label, PrecoderChoice Choice, string? Starts, IReadOnlyList<(string Key, string Value)> Settings)
{
    public PrecoderEntry Entry => Choice.Entries[0];
}

/// <summary>A study: drops × SNR × precoders, every default written out. Its JSON is a plan again, the same one.</summary>
internal sealed record SweepPlan
{
    /// <summary>Key of a precoder that has learned: SHA-256 of its weights, which a manifest has and a plan may have.</summary>
    public const string WeightsHash = "weightsSha256";

    public required string Name { get; init; }

    public required ulong Seed { get; init; }

    public required SweepDrops Drops { get; init; }

    public required int RealizationCount { get; init; }

    public required Normalization Normalization { get; init; }

    /// <summary>NaN alone where budgets say what is sent.</summary>
    public required IReadOnlyList<double> SnrDb { get; init; }

    public SnrRule? SnrRule { get; init; }

    public IReadOnlyList<double>? PowerWatts { get; init; }

    /// <summary>Limit of every antenna over its share of the budget; null for none.</summary>
    public double? AntennaLimitDb { get; init; }

    public double? NoiseWatts { get; init; }

    public double? CsiNmseDb { get; init; }

    public EstimateError CsiError { get; init; }

    public required IReadOnlyList<SweepPrecoder> Precoders { get; init; }

    /// <summary>Serving sets and streams, for precoders that have streams.</summary>
    public required StreamChoice Streams { get; init; }

    public required IReadOnlyList<SweepMetric> Metrics { get; init; }

    /// <summary>Upper bounds are computed too.</summary>
    public bool Certificate { get; init; }

    /// <summary>Precoders are kept, an .npz for every shard, SNR and precoder.</summary>
    public bool SavesPrecoders { get; init; }

    public required Precision Precision { get; init; }

    public required IReadOnlyList<string> Devices { get; init; }

    public int? ThreadCount { get; init; }

    public required int ShardRealizationCount { get; init; }

    /// <summary>Units of a shard: the bounds count as one more precoder.</summary>
    public int UnitCount => SnrDb.Count * (Precoders.Count + (Certificate ? 1 : 0));

    public SweepManifest ToManifest() => new()
    {
        Name = Name,
        PlanHash = Hash(),
        Plan = ToJson(),
        RealizationCount = RealizationCount,
        ShardRealizationCount = ShardRealizationCount,
        UnitCount = UnitCount,
        Tool = $"{ToolVersion.Name} {ToolVersion.Version}",
    };

    /// <summary>SHA-256 of what the numbers depend on: neither names, devices and threads nor how the sweep is cut and where it runs; of files their contents, of the tool its version.</summary>
    private string Hash()
    {
        JsonObject json = ToJson();
        json["version"] = ToolVersion.Version; // its defaults and its arithmetic
        foreach (string key in (string[])["name", "device", "threads", "shardRealizations", "savePrecoders"])
        {
            json.Remove(key);
        }

        foreach (JsonNode? file in json["channels"] as JsonArray ?? [])
        {
            file!.AsObject().Remove("file");
        }

        foreach (JsonObject precoder in json["precoders"]!.AsArray().OfType<JsonObject>())
        {
            precoder.Select(p => p.Key).Where(IsWeights).ToList().ForEach(key => precoder.Remove(key));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    /// <summary>Whether a setting names a file of weights.</summary>
    public static bool IsWeights(string key) => key.Equals(nameof(UnfoldedProjectedGradientOptions.Weights), StringComparison.OrdinalIgnoreCase);

    private JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["seed"] = Seed };
        Drops.AddTo(json);
        Add("realizations", RealizationCount);
        Add("normalize", Format.Kebab(Normalization.ToString()));
        Add("snrDb", double.IsNaN(SnrDb[0]) ? null : Array(SnrDb));
        Add("snrRule", SnrRule is { } rule ? Format.Kebab(rule.ToString()) : null);
        Add("power", PowerWatts is null ? null : Array(PowerWatts));
        Add("antennaLimitDb", AntennaLimitDb);
        Add("noise", NoiseWatts);
        Add("csiNmseDb", CsiNmseDb);
        Add("csiError", CsiNmseDb is null ? null : Format.Kebab(CsiError.ToString()));
        Add("serving", Streams.Serving?.ToString());
        Add("streams", Streams.Streams);
        Add("maxStreams", Streams.MaxStreams);
        json["precoders"] = new JsonArray([.. Precoders.Select(OfPrecoder)]);
        json["metrics"] = new JsonArray([.. Metrics.Select(m => JsonValue.Create(m.Name))]);
        Add("certificate", Certificate);
        Add("savePrecoders", SavesPrecoders);
        json["precision"] = Format.Kebab(Precision.ToString());
        json["device"] = new JsonArray([.. Devices.Select(d => JsonValue.Create(d))]);
        Add("threads", ThreadCount);
        Add("shardRealizations", ShardRealizationCount);
        return json;

        void Add(string key, JsonNode? value)
        {
            if (value is not null)
            {
                json[key] = value;
            }
        }

        static JsonArray Array(IEnumerable<double> numbers) => [.. numbers.Select(n => JsonValue.Create(n))];
    }

    private static JsonNode OfPrecoder(SweepPrecoder precoder)
    {
        var json = new JsonObject { ["name"] = precoder.Entry.Name };
        PrecoderOptions options = precoder.Choice.Create()[0].Options;
        if (precoder.Label != precoder.Entry.Name)
        {
            json["label"] = precoder.Label;
        }

        if (!precoder.Entry.IsClosedForm()) // written out, so that another version with other defaults does not continue with them
        {
            json["iterations"] = precoder.Choice.Iterations ?? options.MaxIterations;
            json["tolerance"] = precoder.Choice.Tolerance ?? options.Tolerance;
            json["starts"] = precoder.Starts ?? string.Join(',', options.Starts);
        }

        if (options is UnfoldedProjectedGradientOptions { Weights: var weights })
        {
            json[WeightsHash] = weights.Hash;
        }

        foreach (var (key, value) in precoder.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            json[key] = value;
        }

        return json;
    }
}
