using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Precoding.Simulation;

/// <summary>Where and by what something was computed.</summary>
/// <param name="Device">As in "cpu:0: …, 16 lanes".</param>
public sealed record ShardOrigin(string Device, string Host, string Version);

/// <summary>
/// The numbers of one shard as one text file: a line "# " with JSON, the rows of results and of timings as CSV, and a last line with the SHA-256 of all that.
/// </summary>
public sealed record ShardResult
{
    private const int Format = 1;
    private const string HashPrefix = "# sha256 ";

    public required string PlanHash { get; init; }

    public required SweepShard Shard { get; init; }

    public required ShardOrigin Origin { get; init; }

    /// <summary>By realization, then SNR, precoder and metric in the plan's order.</summary>
    public required IReadOnlyList<SweepRow> Rows { get; init; }

    public required IReadOnlyList<SweepTiming> Timings { get; init; }

    /// <param name="units">All units of the shard, in the plan's order.</param>
    public static ShardResult Of(string planHash, SweepShard shard, ShardOrigin origin, IReadOnlyList<SweepUnitResult> units) => new()
    {
        PlanHash = planHash,
        Shard = shard,
        Origin = origin,
        Rows = [.. units.SelectMany(u => u.Rows).OrderBy(row => row.Realization)], // stable: units stay in order within a realization
        Timings = [.. units.SelectMany(u => u.Timings).OrderBy(timing => timing.Realization)],
    };

    public void Write(Stream stream)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var header = new JsonObject
        {
            ["format"] = Format,
            ["planHash"] = PlanHash,
            ["index"] = Shard.Index,
            ["firstRealization"] = Shard.First,
            ["realizations"] = Shard.Count,
            ["device"] = Origin.Device,
            ["host"] = Origin.Host,
            ["version"] = Origin.Version,
            ["resultRows"] = Rows.Count,
            ["timingRows"] = Timings.Count,
        };
        text.WriteLine($"# {header.ToJsonString()}");
        SweepCsv.WriteResults(text, Rows);
        SweepCsv.WriteTimings(text, Timings);
        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        stream.Write(body);
        stream.Write(Encoding.UTF8.GetBytes($"{HashPrefix}{Convert.ToHexStringLower(SHA256.HashData(body))}\n"));
    }

    /// <summary>Reads a file that is complete and undamaged.</summary>
    /// <exception cref="FileFormatException">It is not.</exception>
    public static ShardResult Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int bodyLength = bytes.Length < 2 ? 0 : bytes.AsSpan(0, bytes.Length - 1).LastIndexOf((byte)'\n') + 1;
        string last = Encoding.UTF8.GetString(bytes.AsSpan(bodyLength));
        if (last != $"{HashPrefix}{Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, bodyLength)))}\n")
        {
            throw Damaged(path, "contents that do not fit their hash", "what was written");
        }

        string body = Encoding.UTF8.GetString(bytes.AsSpan(0, bodyLength));
        int end = body.IndexOf('\n', StringComparison.Ordinal);
        try
        {
            JsonNode header = JsonNode.Parse(body.AsSpan(2, end - 2).ToString())!;
            if (header["format"]!.GetValue<int>() != Format)
            {
                throw Damaged(path, $"format {header["format"]}", $"format {Format}");
            }

            string[] lines = body[(end + 1)..].Split('\n');
            int rows = header["resultRows"]!.GetValue<int>() + 1; // with the line of the names
            return new ShardResult
            {
                PlanHash = header["planHash"]!.GetValue<string>(),
                Shard = new SweepShard(header["index"]!.GetValue<int>(), header["firstRealization"]!.GetValue<int>(), header["realizations"]!.GetValue<int>()),
                Origin = new ShardOrigin(header["device"]!.GetValue<string>(), header["host"]!.GetValue<string>(), header["version"]!.GetValue<string>()),
                Rows = [.. SweepCsv.ReadResults(Part(lines[..rows]), path)],
                Timings = [.. SweepCsv.ReadTimings(Part(lines[rows..]), path)],
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or ArgumentOutOfRangeException)
        {
            throw Damaged(path, "no shard", "what shard run writes");
        }

        static StringReader Part(string[] lines) => new(string.Concat(lines.Select(line => line.Length == 0 ? string.Empty : line + '\n')));
    }

    private static FileFormatException Damaged(string path, string got, string expected) => new(path, 1, 1, got, expected, "Resume the sweep: what is damaged is set aside and computed again.");
}
