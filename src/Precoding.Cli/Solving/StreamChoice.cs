using System.Globalization;
using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>--serving, --streams and --max-streams as they were given; null where they were not, and what the file says holds.</summary>
internal sealed record StreamChoice
{
    public ServingChoice? Serving { get; init; }

    /// <summary>file, average or a number.</summary>
    public string? Streams { get; init; }

    public int? MaxStreams { get; init; }

    /// <summary>Reads a number or average; null for anything else.</summary>
    public static StreamRule? ParseRule(string text) =>
        text.Equals("average", StringComparison.OrdinalIgnoreCase) ? new StreamRule.Average()
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 ? new StreamRule.PerLink(count)
        : null;

    /// <summary>Throws where --streams is nothing that can be understood, before any file is read.</summary>
    public void Validate()
    {
        if (Streams is not null and not "file" && ParseRule(Streams) is null)
        {
            throw new UsageException($"--streams is '{Streams}'; expected file, average or a number of streams from 1.");
        }
    }

    /// <summary>What holds for a file: the choice, else what the file has, else all access points with one stream each.</summary>
    public StreamSetup For(ChannelFileContent file)
    {
        ServingChoice serving = Serving ?? new ServingChoice(file.Serving is null ? ServingRule.All : ServingRule.File);
        StreamRule rule;
        if (Streams is "file" || (Streams is null && file.Streams is not null))
        {
            rule = new StreamRule.Table(file.Streams ?? throw new ValidationException(
                "--streams file: the channel file has no streams[accessPoint, user]. Give --streams N for N streams from each serving access point, or --streams average."));
        }
        else
        {
            rule = Streams is null ? new StreamRule.PerLink(1) : ParseRule(Streams)!;
        }

        return new StreamSetup(serving, serving.MapOf(file), rule, MaxStreams);
    }
}

/// <summary>Serving sets and streams of a solve.</summary>
internal sealed record StreamSetup(ServingChoice Choice, ServingMap Serving, StreamRule Streams, int? MaxStreams)
{
    public string DescribeServing() => $"{Choice}, {ServingChoice.Describe(Serving)}";

    /// <summary>Rule and limits, for people; what selects its streams by itself is named apart.</summary>
    public string DescribeStreams(ChannelBatch channels, IEnumerable<PrecoderEntry> precoders)
    {
        bool isLimited = MaxStreams is not null || channels.Network.Users.Any(u => u.MaxStreams is not null);
        int[] limits = [.. channels.Network.Users.Select(u => MaxStreams ?? u.MaxStreams ?? channels.Shape.UserAntennaCount).Distinct().Order()];
        string limit = limits.Length == 1 ? $"{limits[0]} per user" : $"{limits[0]} to {limits[^1]} per user";
        string rule = Streams switch
        {
            StreamRule.Average => $"{limit}, shared by the access points serving it",
            StreamRule.PerLink perLink => $"{perLink.Count} from each serving access point{(isLimited ? $", at most {limit}" : "")}",
            _ => $"from the file{(isLimited ? $", at most {limit}" : "")}",
        };
        PrecoderEntry[] choosers = [.. precoders.Where(e => e.DefaultOptions is StreamSelectionOptions)];
        return choosers.Length == 0 ? rule : $"{rule}; {choosers.Names()}: chosen, at most {limit}";
    }
}
