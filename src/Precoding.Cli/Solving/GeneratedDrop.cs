using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>The scenarios that drop and demo generate.</summary>
internal static class GeneratedDrop
{
    public const string UrbanMacro = "uma-nlos";
    public const string Independent = "iid";
    public const string CellFree = "rayleigh-cell-free";

    /// <summary>All scenarios, for people.</summary>
    public const string Scenarios = $"{UrbanMacro}, {CellFree} and {Independent}";

    /// <summary>The urban macro scenario's sizes in [BSP].</summary>
    public static readonly ChannelShape PaperScale = new(1, UserCount: 256, AccessPointCount: 3, AntennaCount: 512);

    /// <summary>The cell-free scenario's sizes, fitted to the rates that [NCJT] prints; its own are not known.</summary>
    public static readonly ChannelShape CellFreeScale = new(1, UserCount: 8, AccessPointCount: 4, AntennaCount: 64, UserAntennaCount: 4);

    public static readonly ChannelShape IndependentScale = new(1, UserCount: 16, AccessPointCount: 3, AntennaCount: 32);

    /// <summary>Independent drops in a square with their serving sets, and where everything is, [realization, number].</summary>
    public static (ChannelBatch Channels, Position[,] AccessPoints, Position[,] Users) CellFreeChannels(ChannelShape shape, ulong seed, ServingChoice serving, int first = 0, BlockMotion? motion = null)
    {
        Network network = CellFreeRayleighChannelModel.CreateNetwork(shape.AccessPointCount, shape.AntennaCount, shape.UserCount, shape.UserAntennaCount, seed);
        ChannelBatch channels = new CellFreeRayleighChannelModel { DropSideMetres = CellFreeRayleighChannelModel.DefaultSideMetres, Motion = motion }.Generate(network, shape.RealizationCount, seed, first);
        int blocks = motion?.BlockCount ?? 1;
        Position[,] accessPoints = Repeated(CellFreeRayleighChannelModel.AccessPointPositionTable(shape.AccessPointCount, seed, first, shape.RealizationCount), blocks);
        Position[,] users = Repeated(CellFreeRayleighChannelModel.UserPositionTable(shape.UserCount, seed, first, shape.RealizationCount), blocks);
        return (channels.WithServing(serving.MapOf(channels, accessPoints, users)), accessPoints, users);
    }

    /// <param name="shape">Of the drops; with several frequencies or blocks there are as many realizations of each.</param>
    /// <param name="device">Where channels are formed; null for the processor.</param>
    public static ChannelBatch UrbanMacroChannels(
        ChannelShape shape, ulong seed, out CalibrationReport report, IDevice? device = null, int? threadCount = null, bool keepPaths = false,
        bool sphericalWavefronts = false, IReadOnlyList<double>? frequencyOffsetsHz = null, BlockMotion? motion = null) =>
        new Tr38901ChannelModel(PaperScenario.OptionsFor(shape.UserCount, seed) with
        {
            Device = device, KeepPaths = keepPaths, ThreadCount = threadCount, SphericalWavefronts = sphericalWavefronts, FrequencyOffsetsHz = frequencyOffsetsHz, Motion = motion,
        }).Generate(UrbanMacroNetwork(shape, seed), shape.RealizationCount, seed, out report);

    public static ChannelBatch UrbanMacroChannels(ChannelShape shape, ulong seed, int? threadCount = null, int first = 0) =>
        PaperScenario.CreateModel(shape.UserCount, seed, keepPaths: false, threadCount).Generate(UrbanMacroNetwork(shape, seed), shape.RealizationCount, seed, first);

    public static ChannelBatch IndependentChannels(ChannelShape shape, ulong seed, double userGainSpreadDb, int first = 0, BlockMotion? motion = null) =>
        new IndependentRayleighChannelModel { UserGainSpreadDb = userGainSpreadDb, Motion = motion }.Generate(
            Network.WithoutGeometry(shape, [.. Enumerable.Repeat(1.0, shape.AccessPointCount)]), shape.RealizationCount, seed, first);

    /// <summary>Rows of a table so many times each.</summary>
    public static Position[,] Repeated(Position[,] positions, int times)
    {
        var repeated = new Position[positions.GetLength(0) * times, positions.GetLength(1)];
        for (int r = 0; r < repeated.GetLength(0); r++)
        {
            for (int k = 0; k < repeated.GetLength(1); k++)
            {
                repeated[r, k] = positions[r / times, k];
            }
        }

        return repeated;
    }

    private static Network UrbanMacroNetwork(ChannelShape shape, ulong seed) =>
        PaperScenario.CreateNetwork(shape.UserCount, shape.AntennaCount, shape.AccessPointCount, seed);
}
