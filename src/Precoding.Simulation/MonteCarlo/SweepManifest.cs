using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Precoding.Simulation;

/// <summary>
/// What a run directory is of: the plan with every default written out, the hash of what its numbers depend on, and how it is cut into shards. Written once; every
/// engine works from it alone.
/// </summary>
public sealed record SweepManifest
{
    public const string FileName = "manifest.json";

    /// <summary>A shard is a file, and who looks for what is missing looks at all of them.</summary>
    public const int MostShards = 1_000_000;

    private const int Format = 1;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Name { get; init; }

    /// <summary>SHA-256 of what the numbers depend on, hexadecimal; it keys shards and checkpoints.</summary>
    public required string PlanHash { get; init; }

    /// <summary>The plan, complete; what it means is its reader's business.</summary>
    public required JsonObject Plan { get; init; }

    /// <summary>Realizations of the whole sweep.</summary>
    public required int RealizationCount { get; init; }

    /// <summary>Realizations of a shard; the last may have fewer.</summary>
    public required int ShardRealizationCount { get; init; }

    /// <summary>Units of a shard: SNRs times precoders.</summary>
    public required int UnitCount { get; init; }

    /// <summary>Tool and version that made the run directory.</summary>
    public required string Tool { get; init; }

    public int ShardCount => (int)ShardCountOf(RealizationCount, ShardRealizationCount);

    public static long ShardCountOf(int realizations, int shardRealizations) => ((long)realizations + shardRealizations - 1) / shardRealizations;

    public SweepShard Shard(int index)
    {
        if (index < 0 || index >= ShardCount)
        {
            throw new ValidationException($"Shard {index} is not in the sweep '{Name}'; it has shards 0 to {ShardCount - 1}.");
        }

        int first = index * ShardRealizationCount;
        return new SweepShard(index, first, Math.Min(ShardRealizationCount, RealizationCount - first));
    }

    /// <summary>Writes it unless there is one already.</summary>
    /// <returns>Whether this one is there now.</returns>
    public bool Publish(string directory) => WriteOnceFile.Publish(Path.Combine(directory, FileName), stream => stream.Write(Encoding.UTF8.GetBytes(ToJson().ToJsonString(Indented) + "\n")));

    /// <param name="path">Of the file.</param>
    public static SweepManifest Read(string path)
    {
        try
        {
            JsonNode json = JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new JsonException("null");
            int format = json["format"]!.GetValue<int>();
            if (format != Format)
            {
                throw new FileFormatException(path, 1, 1, $"a manifest of format {format}", $"format {Format}", "Use the version that made the run directory, or sweep into another directory.");
            }

            var manifest = new SweepManifest
            {
                Name = json["name"]!.GetValue<string>(),
                PlanHash = json["planHash"]!.GetValue<string>(),
                Plan = json["plan"]!.AsObject(),
                RealizationCount = json["realizations"]!.GetValue<int>(),
                ShardRealizationCount = json["shardRealizations"]!.GetValue<int>(),
                UnitCount = json["units"]!.GetValue<int>(),
                Tool = json["tool"]!.GetValue<string>(),
            };
            return manifest is { RealizationCount: >= 1, ShardRealizationCount: >= 1, UnitCount: >= 1, ShardCount: <= MostShards } ? manifest : throw new JsonException("counts");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            int line = error is JsonException { LineNumber: { } number } ? (int)number + 1 : 1;
            throw new FileFormatException(path, line, 1, "no manifest", "what sweep writes", "Sweep into another directory.");
        }
    }

    private JsonObject ToJson() => new()
    {
        ["format"] = Format,
        ["tool"] = Tool,
        ["name"] = Name,
        ["planHash"] = PlanHash,
        ["realizations"] = RealizationCount,
        ["shardRealizations"] = ShardRealizationCount,
        ["shards"] = ShardCount,
        ["units"] = UnitCount,
        ["plan"] = Plan.DeepClone(),
    };
}
