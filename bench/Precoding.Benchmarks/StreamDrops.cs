using Precoding.Simulation;

namespace Precoding.Benchmarks;

/// <summary>Batches of cell-free drops that the methods of streams are timed at; names are for ever.</summary>
public enum StreamDrop
{
    /// <summary>1000 drops of L = 4, K = 8, M = 64, N = 4, two access points to a user, 15 dB.</summary>
    CellFree,

    /// <summary>64 drops of that size.</summary>
    CellFreeSmall,

    /// <summary>16 384 drops of that size, a thousand over and over.</summary>
    CellFreeLarge,

    /// <summary>Three drops of L = 3, K = 4, M = 8, N = 2: for tests of the benchmarks.</summary>
    Tiny,
}

/// <summary>Sizes of a cell-free drop.</summary>
/// <param name="L">Access points.</param>
/// <param name="K">Users.</param>
/// <param name="M">Antennas of an access point.</param>
/// <param name="N">Antennas of a user.</param>
/// <param name="Serving">Access points nearest to a user that serve it.</param>
/// <param name="Streams">From each of them.</param>
/// <param name="SnrDb">Mean over the users, in decibels.</param>
internal readonly record struct CellFreeSize(int L, int K, int M, int N, int Serving, int Streams, double SnrDb)
{
    public override string ToString() => FormattableString.Invariant($"L = {L}, K = {K}, M = {M}, N = {N}, {Serving} serve with {Streams}, {SnrDb:F0} dB");
}

/// <summary>Channels of cell-free drops: Rayleigh, every realization a drop of its own, noise and budgets of 1 W.</summary>
internal static class StreamDrops
{
    private const ulong Seed = 1;

    private static readonly Dictionary<StreamDrop, Lazy<ChannelBatch>> Batches = Enum.GetValues<StreamDrop>().ToDictionary(drop => drop, drop => new Lazy<ChannelBatch>(() =>
        drop == StreamDrop.CellFreeLarge ? Drops.Repeat(Of(StreamDrop.CellFree), CountOf(drop)) : Generate(SizeOf(drop), CountOf(drop))));

    public static ChannelBatch Of(StreamDrop drop) => Batches[drop].Value;

    public static int CountOf(StreamDrop drop) => drop switch
    {
        StreamDrop.CellFree => 1000,
        StreamDrop.CellFreeSmall => 64,
        StreamDrop.CellFreeLarge => 16_384,
        _ => 3,
    };

    public static CellFreeSize SizeOf(StreamDrop drop) => drop == StreamDrop.Tiny ? new(3, 4, 8, 2, 2, 1, 15) : new(4, 8, 64, 4, 2, 1, 15);

    /// <summary>Whether steps and solves of so many drops are for this device: small batches for kernels on a processor, large ones for GPUs.</summary>
    public static bool Suits(StreamDrop drop, string device) => drop switch
    {
        StreamDrop.CellFree => device == BenchmarkDevice.Cpu || BenchmarkDevice.IsGpu(device),
        StreamDrop.CellFreeSmall => !BenchmarkDevice.IsGpu(device),
        StreamDrop.CellFreeLarge => BenchmarkDevice.IsGpu(device),
        _ => true,
    };

    public static ChannelBatch Generate(CellFreeSize size, int count)
    {
        Network network = CellFreeRayleighChannelModel.CreateNetwork(size.L, size.M, size.K, size.N, Seed) with { NoisePowerWatts = 1 };
        var model = new CellFreeRayleighChannelModel { DropSideMetres = CellFreeRayleighChannelModel.DefaultSideMetres };
        Position[,] accessPoints = CellFreeRayleighChannelModel.AccessPointPositionTable(size.L, Seed, 0, count), users = CellFreeRayleighChannelModel.UserPositionTable(size.K, Seed, 0, count);
        return model.Generate(network, count, Seed).WithServing(ServingMap.Nearest(accessPoints, users, size.Serving)).ScaleToSnr(SnrRule.GeometricIsotropic, size.SnrDb);
    }
}
