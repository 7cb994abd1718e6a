using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>Where the realizations of a sweep come from; number r is the same whichever others are asked for.</summary>
internal abstract class SweepDrops
{
    /// <summary>Of one realization.</summary>
    public abstract ChannelShape Shape { get; }

    /// <summary>As many as there are; null for as many as one likes.</summary>
    public abstract int? Available { get; }

    /// <summary>Budgets come with the channels.</summary>
    public abstract bool HavePower { get; }

    /// <summary>Realizations first … first + count − 1, in one batch or, where they lie in several files, in several.</summary>
    public abstract IEnumerable<ChannelFileContent> Read(int first, int count);

    public abstract void AddTo(JsonObject plan);
}

/// <summary>Made by a scenario.</summary>
/// <param name="shape">Of one realization.</param>
/// <param name="serving">Of cell-free drops.</param>
internal sealed class GeneratedDrops(string scenario, ChannelShape shape, double gainSpreadDb, ServingChoice serving, ulong seed, int? threadCount) : SweepDrops
{
    public override ChannelShape Shape => shape;

    public override int? Available => null;

    public override bool HavePower => false;

    public override IEnumerable<ChannelFileContent> Read(int first, int count)
    {
        ChannelShape drops = shape with { RealizationCount = count };
        switch (scenario)
        {
            case GeneratedDrop.UrbanMacro:
                return [Content(GeneratedDrop.UrbanMacroChannels(drops, seed, threadCount, first)) with { UserPositions = PaperScenario.UserPositionTable(shape.UserCount, seed, first, count) }];
            case GeneratedDrop.CellFree:
                var (channels, accessPoints, users) = GeneratedDrop.CellFreeChannels(drops, seed, serving, first);
                return [Content(channels) with { Serving = channels.Serving, AccessPointPositions = accessPoints, UserPositions = users }];
            default:
                return [Content(GeneratedDrop.IndependentChannels(drops, seed, gainSpreadDb, first))];
        }
    }

    public override void AddTo(JsonObject plan)
    {
        var json = new JsonObject
        {
            ["name"] = scenario, ["users"] = shape.UserCount, ["accessPoints"] = shape.AccessPointCount, ["antennas"] = shape.AntennaCount,
        };
        if (scenario != GeneratedDrop.UrbanMacro)
        {
            json["userAntennas"] = shape.UserAntennaCount;
        }

        if (scenario == GeneratedDrop.Independent)
        {
            json["gainSpreadDb"] = gainSpreadDb;
        }

        if (scenario == GeneratedDrop.CellFree)
        {
            json["serving"] = serving.ToString();
        }

        plan["scenario"] = json;
    }

    private static ChannelFileContent Content(ChannelBatch channels) => new() { Channels = channels, AssumedAxes = string.Empty };
}

/// <summary>A file of a plan.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Hash">SHA-256 of its contents, hexadecimal.</param>
/// <param name="Shape">Of all its realizations.</param>
internal sealed record RecordedFile(string Path, string Hash, ChannelShape Shape, bool HasPower);

/// <summary>Read from files, one after the other.</summary>
internal sealed class RecordedDrops(IReadOnlyList<RecordedFile> files, ChannelFileOptions options) : SweepDrops
{
    private readonly Lock gate = new();
    private RecordedFile? last;
    private ChannelFileContent? content;

    public override ChannelShape Shape => files[0].Shape with { RealizationCount = 1 };

    public override int? Available => checked(files.Sum(f => f.Shape.RealizationCount));

    public override bool HavePower => files.All(f => f.HasPower);

    /// <summary>Looks at a file for the first time.</summary>
    public static RecordedFile Look(string path, ChannelFileOptions options)
    {
        ChannelFileContent content = ChannelFile.Read(path, options);
        return new RecordedFile(Path.GetFullPath(path), HashOf(path), content.Channels.Shape, content.PowerWatts is not null);
    }

    public override IEnumerable<ChannelFileContent> Read(int first, int count)
    {
        int begin = 0;
        foreach (RecordedFile file in files)
        {
            int end = begin + file.Shape.RealizationCount, from = Math.Max(first, begin), to = Math.Min(first + count, end);
            if (from < to)
            {
                yield return Slice(Load(file), from - begin, to - from, begin);
            }

            begin = end;
        }
    }

    public override void AddTo(JsonObject plan)
    {
        plan["channels"] = new JsonArray([.. files.Select(f => new JsonObject
        {
            ["file"] = f.Path, ["sha256"] = f.Hash, ["realizations"] = f.Shape.RealizationCount, ["users"] = f.Shape.UserCount, ["accessPoints"] = f.Shape.AccessPointCount,
            ["antennas"] = f.Shape.AntennaCount, ["userAntennas"] = f.Shape.UserAntennaCount, ["hasPower"] = f.HasPower,
        })]);
        plan["channelsName"] = options.Name;
        if (options.Axes is { } axes)
        {
            plan["axes"] = axes;
        }

        if (options.DownlinkGain)
        {
            plan["downlinkGain"] = true;
        }
    }

    /// <summary>The file, read once for all shards in a row that are of it; workers share it.</summary>
    private ChannelFileContent Load(RecordedFile file)
    {
        lock (gate)
        {
            if (last != file || content is null)
            {
                if (!File.Exists(file.Path))
                {
                    throw new ValidationException($"{file.Path} does not exist; the sweep began with this channel file. Put it back.");
                }

                if (HashOf(file.Path) is var hash && hash != file.Hash)
                {
                    throw new ValidationException($"{file.Path} has changed since the sweep began: its SHA-256 is {hash[..12]}…, the manifest says {file.Hash[..12]}…. Put the old file back, or sweep into another directory.");
                }

                (content, last) = (ChannelFile.Read(file.Path, options), file);
            }

            return content;
        }
    }

    private static ChannelFileContent Slice(ChannelFileContent whole, int first, int count, int firstOfFile)
    {
        ChannelBatch channels = whole.Channels.Slice(first, count).StartingAt(firstOfFile + first);
        return whole with
        {
            Channels = channels,
            Serving = whole.Serving?.Slice(first, count),
            AccessPointPositions = Rows(whole.AccessPointPositions, first, count),
            UserPositions = Rows(whole.UserPositions, first, count),
        };
    }

    /// <summary>Rows of a table of positions; one row holds for all.</summary>
    private static Position[,]? Rows(Position[,]? table, int first, int count)
    {
        if (table is null || table.GetLength(0) == 1)
        {
            return table;
        }

        var rows = new Position[count, table.GetLength(1)];
        for (int r = 0; r < count; r++)
        {
            for (int i = 0; i < rows.GetLength(1); i++)
            {
                rows[r, i] = table[first + r, i];
            }
        }

        return rows;
    }

    private static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
