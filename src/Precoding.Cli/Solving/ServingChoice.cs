using System.Globalization;
using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>How serving sets come about.</summary>
internal enum ServingRule
{
    /// <summary>As the channel file says.</summary>
    File,

    /// <summary>Every access point serves every user.</summary>
    All,

    /// <summary>The L nearest access points serve a user.</summary>
    Nearest,

    /// <summary>The L access points of the largest gain serve a user.</summary>
    Strongest,
}

/// <summary>--serving: a rule, with L where it has one.</summary>
internal sealed record ServingChoice(ServingRule Rule, int Count = 0)
{
    /// <summary>Reads nearest:2, strongest:2, all, and file where the verb has one.</summary>
    public static ServingChoice Parse(string text, bool hasFile)
    {
        string[] parts = text.ToLowerInvariant().Split(':', 2);
        int count = 0;
        bool counted = parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1;
        return (parts[0], parts.Length, counted) switch
        {
            ("file", 1, _) when hasFile => new(ServingRule.File),
            ("all", 1, _) => new(ServingRule.All),
            ("nearest", 2, true) => new(ServingRule.Nearest, count),
            ("strongest", 2, true) => new(ServingRule.Strongest, count),
            _ => throw new UsageException($"--serving is '{text}'; expected {(hasFile ? "file, " : "")}all, nearest:L or strongest:L, with L from 1."),
        };
    }

    public override string ToString() => Rule switch
    {
        ServingRule.Nearest => $"nearest:{Count}",
        ServingRule.Strongest => $"strongest:{Count}",
        ServingRule.All => "all",
        _ => "file",
    };

    /// <summary>The map for the channels of a file, gains as they are in it.</summary>
    public ServingMap MapOf(ChannelFileContent file)
    {
        switch (Rule)
        {
            case ServingRule.File:
                return file.Serving ?? throw new ValidationException("--serving file: the channel file has no serving[accessPoint, user]. Give --serving all, nearest:L or strongest:L.");
            case ServingRule.Nearest:
                return file.AccessPointPositions is { } accessPoints && file.UserPositions is { } users && AreApart(accessPoints, users)
                    ? MapOf(file.Channels, accessPoints, users)
                    : throw new ValidationException(
                        $"--serving {this}: the channel file has no positions; expected userPosition[user, 3] and accessPointPosition[accessPoint, 3] in metres. " +
                        $"Give --serving strongest:{Count}, which goes by gains.");
            default:
                return MapOf(file.Channels, null, null);
        }
    }

    /// <summary>The map for channels whose positions are known, [realization, number].</summary>
    public ServingMap MapOf(ChannelBatch channels, Position[,]? accessPoints, Position[,]? users)
    {
        ChannelShape shape = channels.Shape;
        if (Count > shape.AccessPointCount)
        {
            throw new UsageException($"--serving {this}: the channels have {shape.AccessPointCount} access points; give L from 1 to {shape.AccessPointCount}.");
        }

        return Rule switch
        {
            ServingRule.Nearest => ServingMap.Nearest(accessPoints!, users!, Count),
            ServingRule.Strongest => ServingMap.Strongest(channels, Count),
            _ => ServingMap.All(shape.AccessPointCount, shape.UserCount),
        };
    }

    /// <summary>"2 of 4 access points per user", for people.</summary>
    public static string Describe(ServingMap map)
    {
        int[] counts = [.. Enumerable.Range(0, map.RealizationCount * map.UserCount).Select(i => map.ServerCount(i / map.UserCount, i % map.UserCount))];
        string count = counts.Min() == counts.Max() ? $"{counts[0]}" : $"{counts.Min()} to {counts.Max()}";
        return $"{count} of {map.AccessPointCount} access points per user";
    }

    /// <summary>Files of channels without geometry have everything at the origin.</summary>
    private static bool AreApart(Position[,] accessPoints, Position[,] users) => accessPoints.Cast<Position>().Concat(users.Cast<Position>()).Distinct().Skip(1).Any();
}
