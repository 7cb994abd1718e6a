using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Precoding.Cli.Output;

/// <summary>The --json object and the meta text of written files.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Tool, version, device, precision, seed, options: how a result came about.</summary>
    public static JsonObject Provenance(DeviceInfo device, Precision precision, ulong seed, JsonObject options) => new()
    {
        ["tool"] = ToolVersion.Name,
        ["version"] = ToolVersion.Version,
        ["device"] = device.Id,
        ["deviceName"] = device.Name,
        ["precision"] = precision.ToString().ToLowerInvariant(),
        ["seed"] = seed,
        ["options"] = options,
    };

    public static JsonArray Precoders(IReadOnlyList<PrecodingResult> results, SumRateBounds? bounds, int? blocks = null) => [.. results.Select(result => Precoder(result, bounds, blocks))];

    /// <summary>The bounds of <see cref="SumRateCertificate"/>, or null where none were asked for.</summary>
    public static JsonObject? Certificate(SumRateBounds? bounds) => bounds is null ? null : new JsonObject
    {
        ["realizations"] = new JsonArray([.. Enumerable.Range(0, bounds.Status.Length).Select(r => new JsonObject
        {
            ["upperBoundBitPerSecondPerHertz"] = Number(bounds.UpperBound[r]),
            ["iterations"] = bounds.Iterations[r],
            ["status"] = Format.Kebab(bounds.Status[r].ToString()),
        })]),
        ["seconds"] = bounds.Seconds,
    };

    public static string ToText(JsonNode node) => node.ToJsonString(Indented);

    private static JsonObject Precoder(PrecodingResult result, SumRateBounds? bounds, int? blocks) => new()
    {
        ["name"] = result.PrecoderName,
        ["realizations"] = new JsonArray([.. Enumerable.Range(0, result.Status.Length).Select(r => Realization(result, r, bounds))]),
        ["sequences"] = blocks is { } count ? Sequences(SequenceSummary.Of(result, count)) : null,
        ["timings"] = new JsonObject
        {
            ["secondsSetup"] = result.Timings.Setup,
            ["secondsUpload"] = result.Timings.Upload,
            ["secondsSolve"] = result.Timings.Solve,
            ["secondsDownload"] = result.Timings.Download,
        },
    };

    private static JsonArray Sequences(IReadOnlyList<SequenceSummary> sequences) => [.. sequences.Select(sequence => new JsonObject
    {
        ["meanRatesBitPerSecondPerHertz"] = Numbers(sequence.MeanRates),
        ["geometricMeanBitPerSecondPerHertz"] = Number(sequence.GeometricMean),
        ["fifthPercentileBitPerSecondPerHertz"] = Number(sequence.FifthPercentile),
        ["meanIterationsAfterFirst"] = Number(sequence.IterationsAfterFirst),
    })];

    private static JsonObject Realization(PrecodingResult result, int realization, SumRateBounds? bounds) => new()
    {
        ["sumRateBitPerSecondPerHertz"] = Number(result.WeightedSumRate[realization]),
        ["designedSumRateBitPerSecondPerHertz"] = result.DesignedSumRate.IsEmpty ? null : Number(result.DesignedSumRate[realization]),
        ["upperBoundBitPerSecondPerHertz"] = bounds is null ? null : Number(bounds.UpperBound[realization]),
        ["shareOfUpperBound"] = bounds is null ? null : Number(bounds.ShareOf(result, realization)),
        ["ratesBitPerSecondPerHertz"] = Numbers(result.Rates(realization)),
        ["weights"] = result.HasOwnWeights ? Numbers([.. Enumerable.Range(0, result.Network.Users.Count).Select(k => result.Weight(realization, k))]) : null,
        ["iterations"] = result.Iterations[realization],
        ["streams"] = result.Precoders.SentStreamCount(realization),
        ["interaction"] = Interaction(result, realization),
        ["optimality"] = Optimality(result, realization),
        ["status"] = Format.Kebab(result.Status[realization].ToString()),
        ["start"] = result.Start(realization),
        ["accessPointPower"] = Numbers(result.AccessPointPower(realization)),
        ["worstPowerExcess"] = Number(result.WorstPowerExcess(realization)),
        ["secondsSolve"] = Number(result.SecondsSolve[realization]),
    };

    /// <summary>What access points and central unit exchange; bits where a word length was chosen.</summary>
    private static JsonObject? Interaction(PrecodingResult result, int realization) => result.Interaction(realization) is not { } interaction ? null : new JsonObject
    {
        ["complexUp"] = interaction.ComplexUp,
        ["complexDown"] = interaction.ComplexDown,
        ["realUp"] = interaction.RealUp,
        ["realDown"] = interaction.RealDown,
        ["wordBits"] = result.FronthaulBits,
        ["bitsUp"] = result.FronthaulBits is { } up ? interaction.BitsUp(up) : null,
        ["bitsDown"] = result.FronthaulBits is { } down ? interaction.BitsDown(down) : null,
    };

    /// <summary>What is left to gain, for methods that bound it.</summary>
    private static JsonObject? Optimality(PrecodingResult result, int realization) => result.Certificate(realization) is not { } certificate ? null : new JsonObject
    {
        ["gapBitPerSecondPerHertz"] = Number(certificate.Gap),
        ["stationarityBitPerSecondPerHertz"] = Number(certificate.Stationarity),
        ["passes"] = certificate.PassCount,
    };

    private static JsonArray Numbers(ReadOnlySpan<double> values) => [.. values.ToArray().Select(Number)];

    /// <summary>JSON has no NaN: null stands for it.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
