using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>The scenarios that drop and demo generate.</summary>
internal static class GeneratedDrop
{
    public const string UrbanMacro = "uma-nlos";
    public const string Independent = "iid";

    /// <summary>The urban macro scenario's sizes in [BSP].</summary>
    public static readonly ChannelShape PaperScale = new(1, UserCount: 256, AccessPointCount: 3, AntennaCount: 512);

    public static ChannelBatch UrbanMacroChannels(ChannelShape shape, ulong seed, int? threadCount = null, bool keepPaths = false) =>
        PaperScenario.CreateModel(shape.UserCount, seed, keepPaths, threadCount).Generate(UrbanMacroNetwork(shape, seed), shape.RealizationCount, seed);

    public static CalibrationReport CalibrateUrbanMacro(ChannelShape shape, ulong seed, int? threadCount = null) =>
        PaperScenario.CreateModel(shape.UserCount, seed, keepPaths: false, threadCount).Calibrate(UrbanMacroNetwork(shape, seed), shape.RealizationCount, seed);

    public static ChannelBatch IndependentChannels(ChannelShape shape, ulong seed, double userGainSpreadDb) =>
        new IndependentRayleighChannelModel { UserGainSpreadDb = userGainSpreadDb }.Generate(
            Network.WithoutGeometry(shape, [.. Enumerable.Repeat(1.0, shape.AccessPointCount)]), shape.RealizationCount, seed);

    private static Network UrbanMacroNetwork(ChannelShape shape, ulong seed) =>
        PaperScenario.CreateNetwork(shape.UserCount, shape.AntennaCount, shape.AccessPointCount, seed);
}
