using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Precoding.Simulation;

/// <summary>
/// The durable part of a run directory: manifest.json, shards/NNNNNN.shard (written once), checkpoints/NNNNNN.json (finished units of unfinished shards), the mark
/// "cancelled". Any number of processes on any number of machines may work on it: whoever publishes a shard first is right, and others computed the same numbers.
/// </summary>
public sealed class ShardStore
{
    private const string CancelledName = "cancelled";
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(24); // a temporary file this old has no writer

    private ShardStore(string directory, SweepManifest manifest) => (Directory, Manifest) = (directory, manifest);

    /// <summary>Full path.</summary>
    public string Directory { get; }

    public SweepManifest Manifest { get; }

    private string Shards => Path.Combine(Directory, "shards");

    private string Checkpoints => Path.Combine(Directory, "checkpoints");

    /// <summary>Makes the directory one of this sweep, or finds that it is.</summary>
    /// <exception cref="ValidationException">It is one of another sweep.</exception>
    public static ShardStore Create(string directory, SweepManifest manifest)
    {
        System.IO.Directory.CreateDirectory(directory);
        if (!manifest.Publish(directory))
        {
            ShardStore there = Open(directory);
            return there.Manifest.PlanHash == manifest.PlanHash ? there : throw new ValidationException(
                $"{there.Directory} holds another sweep, '{there.Manifest.Name}': {Difference(there.Manifest.Plan, manifest.Plan) ?? $"it was begun by {there.Manifest.Tool}, this is {manifest.Tool}"}. Sweep into another --run-dir.");
        }

        return Open(directory);
    }

    /// <summary>The directory of a sweep that was begun.</summary>
    public static ShardStore Open(string directory)
    {
        string full = Path.GetFullPath(directory), manifest = Path.Combine(full, SweepManifest.FileName);
        if (!File.Exists(manifest))
        {
            throw new ValidationException($"{full} is no run directory: it has no {SweepManifest.FileName}. Give the --run-dir of a sweep.");
        }

        var store = new ShardStore(full, SweepManifest.Read(manifest));
        System.IO.Directory.CreateDirectory(store.Shards);
        System.IO.Directory.CreateDirectory(store.Checkpoints);
        return store;
    }

    public string PathOf(int shard) => Path.Combine(Shards, string.Create(CultureInfo.InvariantCulture, $"{shard:D6}.shard"));

    /// <summary>Where the precoders of a unit go.</summary>
    public string PrecodersPathOf(int shard, string unit) => Path.Combine(Shards, string.Create(CultureInfo.InvariantCulture, $"{shard:D6}.{unit}.npz"));

    public bool Has(int shard) => File.Exists(PathOf(shard));

    /// <summary>Shards without results, ascending.</summary>
    public IReadOnlyList<int> Missing()
    {
        HashSet<string> there = NamesIn(Shards, "*.shard");
        return [.. Enumerable.Range(0, Manifest.ShardCount).Where(index => !there.Contains(Path.GetFileName(PathOf(index))))];
    }

    /// <summary>Shards in work: checkpoint written, result not.</summary>
    public IReadOnlyList<int> Begun()
    {
        HashSet<string> there = NamesIn(Checkpoints, "*.json");
        return there.Count == 0 ? [] : [.. Missing().Where(index => there.Contains(Path.GetFileName(CheckpointPathOf(index))))];
    }

    /// <summary>Names what does not verify *.damaged, so that it is computed again, and deletes temporary files that nobody writes any more.</summary>
    /// <returns>The shards set aside.</returns>
    public IReadOnlyList<int> SetDamagedAside()
    {
        foreach (string path in new[] { Directory, Shards, Checkpoints }.SelectMany(d => System.IO.Directory.EnumerateFiles(d, ".*.tmp")))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > AbandonedAfter)
            {
                File.Delete(path);
            }
        }

        var damaged = new List<int>();
        foreach (int index in Enumerable.Range(0, Manifest.ShardCount).Except(Missing()))
        {
            try
            {
                Read(index);
            }
            catch (FileFormatException)
            {
                File.Move(PathOf(index), $"{PathOf(index)}.damaged", overwrite: true);
                damaged.Add(index);
            }
        }

        return damaged;
    }

    /// <summary>The results of a shard, verified.</summary>
    /// <exception cref="FileFormatException">Damaged, or of another plan.</exception>
    public ShardResult Read(int shard)
    {
        string path = PathOf(shard);
        ShardResult result = ShardResult.Read(path);
        return result.PlanHash == Manifest.PlanHash && result.Shard == Manifest.Shard(shard) ? result : throw new FileFormatException(
            path, 1, 1, $"shard {result.Shard.Index} of plan {result.PlanHash}", $"shard {shard} of plan {Manifest.PlanHash}", "Resume the sweep: it is set aside and computed again.");
    }

    /// <returns>Whether this result was the first.</returns>
    public bool Publish(ShardResult result)
    {
        bool isFirst = WriteOnceFile.Publish(PathOf(result.Shard.Index), result.Write);
        File.Delete(CheckpointPathOf(result.Shard.Index));
        return isFirst;
    }

    /// <summary>Puts the finished units of a shard in the place of those noted before.</summary>
    public void WriteCheckpoint(int shard, IReadOnlyList<SweepUnitResult> units)
    {
        if (Has(shard))
        {
            return; // somebody else was faster
        }

        var finished = new JsonArray([.. units.Select(unit => new JsonObject
        {
            ["snr"] = unit.Unit.Snr,
            ["precoder"] = unit.Unit.Precoder,
            ["results"] = Text(writer => SweepCsv.WriteResults(writer, unit.Rows)),
            ["timings"] = Text(writer => SweepCsv.WriteTimings(writer, unit.Timings)),
        })]);
        var json = new JsonObject { ["planHash"] = Manifest.PlanHash, ["index"] = shard, ["sha256"] = HashOf(finished), ["units"] = finished };
        AtomicFile.Write(CheckpointPathOf(shard), stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString())));

        static string Text(Action<TextWriter> write)
        {
            var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            write(text);
            return text.ToString();
        }
    }

    /// <summary>Finished units of a shard; none where there is no undamaged checkpoint of this plan: it only saves time.</summary>
    public IReadOnlyList<SweepUnitResult> ReadCheckpoint(int shard)
    {
        string path = CheckpointPathOf(shard);
        try
        {
            JsonNode json = JsonNode.Parse(File.ReadAllBytes(path))!;
            return json["planHash"]!.GetValue<string>() != Manifest.PlanHash || json["index"]!.GetValue<int>() != shard || json["sha256"]!.GetValue<string>() != HashOf(json["units"]!) ? [] :
            [
                .. json["units"]!.AsArray().Select(unit => new SweepUnitResult(
                    new SweepUnit(unit!["snr"]!.GetValue<int>(), unit["precoder"]!.GetValue<int>()),
                    [.. SweepCsv.ReadResults(new StringReader(unit["results"]!.GetValue<string>()), path)],
                    [.. SweepCsv.ReadTimings(new StringReader(unit["timings"]!.GetValue<string>()), path)])),
            ];
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException or NullReferenceException or FormatException or FileFormatException)
        {
            return [];
        }
    }

    /// <summary>Whether somebody asked that nothing more be computed; runners look now and then.</summary>
    public bool IsCancelled => File.Exists(Path.Combine(Directory, CancelledName));

    public void Cancel() => File.WriteAllText(Path.Combine(Directory, CancelledName), string.Empty);

    public void Uncancel() => File.Delete(Path.Combine(Directory, CancelledName));

    /// <summary>One listing, not a question a file.</summary>
    private static HashSet<string> NamesIn(string directory, string pattern) =>
        new(System.IO.Directory.EnumerateFiles(directory, pattern).Select(path => Path.GetFileName(path)), StringComparer.Ordinal);

    private string CheckpointPathOf(int shard) => Path.Combine(Checkpoints, string.Create(CultureInfo.InvariantCulture, $"{shard:D6}.json"));

    private static string HashOf(JsonNode units) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(units.ToJsonString())));

    /// <summary>"snrDb is [0] there, [10] here", the first that differs; null where none does.</summary>
    public static string? Difference(JsonObject there, JsonObject here)
    {
        foreach (string key in there.Select(p => p.Key).Union(here.Select(p => p.Key)))
        {
            if (!JsonNode.DeepEquals(there[key], here[key]))
            {
                return $"'{key}' is {Value(there[key])} there, {Value(here[key])} here";
            }
        }

        return null;

        static string Value(JsonNode? node) => node is null ? "absent" : node.ToJsonString();
    }
}
