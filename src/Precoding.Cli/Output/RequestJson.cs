using System.Globalization;
using System.Text.Json.Nodes;
using Precoding.Cli.Solving;
using Precoding.Cli.Verbs;

namespace Precoding.Cli.Output;

/// <summary>The options object of --json and meta: what was asked, and every precoder's options as they were used.</summary>
internal static class RequestJson
{
    public static JsonObject Of(SolveRequest request, Network network, StreamSetup? streams, IReadOnlyList<IPrecoder> precoders) => new()
    {
        ["channels"] = request.Channels,
        ["channelsName"] = request.ChannelsName,
        ["axes"] = request.Axes,
        ["downlinkGain"] = request.DownlinkGain,
        ["normalize"] = Format.Kebab(request.Normalization.ToString()),
        ["snrDb"] = request.SnrDb,
        ["snrRule"] = request.SnrRule is { } rule ? Format.Kebab(rule.ToString()) : null,
        ["csiNmseDb"] = request.CsiNmseDb,
        ["csiError"] = request.CsiNmseDb is null ? null : Format.Kebab(request.CsiError.ToString()),
        ["serving"] = streams?.Choice.ToString(),
        ["powerBudgetWatts"] = new JsonArray([.. network.AccessPoints.Select(a => JsonValue.Create(a.PowerBudgetWatts))]),
        ["antennaLimitDb"] = request.AntennaLimitDb,
        ["noisePowerWatts"] = Noise(network),
        ["weights"] = request.Weights is { } weights ? new JsonArray([.. weights.Select(w => JsonValue.Create(w))]) : null,
        ["blocks"] = request.Precoders.Blocks,
        ["blockStarts"] = request.Precoders is { Blocks: not null, Starts: { } starts } ? new JsonArray([.. starts.Select(s => JsonValue.Create(s.ToString()))]) : null,
        ["proportionalFair"] = request.Precoders.FairnessWindow,
        ["device"] = request.Device,
        ["threads"] = request.ThreadCount,
        ["warmStart"] = request.WarmStart,
        ["certificate"] = request.Certificate,
        ["precoders"] = new JsonObject([.. precoders.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)OptionsOf(p.Options)))]),
    };

    /// <summary>One number where all users have the same noise power.</summary>
    private static JsonNode Noise(Network network)
    {
        double[] noise = [.. Enumerable.Range(0, network.Users.Count).Select(network.NoisePowerOf)];
        return noise.Distinct().Count() == 1 ? JsonValue.Create(noise[0]) : new JsonArray([.. noise.Select(n => JsonValue.Create(n))]);
    }

    /// <summary>Every option by its name.</summary>
    public static JsonObject OptionsOf(PrecoderOptions options)
    {
        var json = new JsonObject();
        bool iterates = options is not (ClosedFormOptions or LocalEigenZeroForcingOptions);
        foreach (var property in options.GetType().GetProperties().Where(p => p.SetMethod is not null && (iterates || p.DeclaringType != typeof(PrecoderOptions))))
        {
            string unit = property.PropertyType == typeof(TimeSpan?) ? "Seconds" : string.Empty;
            json[char.ToLowerInvariant(property.Name[0]) + property.Name[1..] + unit] = property.GetValue(options) switch
            {
                null => null,
                int value => value,
                ulong value => value,
                double value => value,
                bool value => value,
                TimeSpan value => value.TotalSeconds,
                IReadOnlyList<InitialPrecoder> starts => new JsonArray([.. starts.Select(s => JsonValue.Create(s.ToString()))]),
                Enum value => Format.Kebab(value.ToString()),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture),
            };
        }

        return json;
    }
}
