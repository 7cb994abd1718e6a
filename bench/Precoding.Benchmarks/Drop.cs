using Precoding.Simulation;

namespace Precoding.Benchmarks;

/// <summary>Sizes that benchmarks run at; names are for ever.</summary>
public enum Drop
{
    /// <summary>One realization, K = 256, M = 512, L = 3: [BSP]'s own.</summary>
    Paper,

    /// <summary>A batch of 64 realizations, K = 24, M = 64, L = 3.</summary>
    SmallBatch,

    /// <summary>Two realizations of K = 5, M = 8, L = 2: for tests of the benchmarks.</summary>
    Tiny,
}

/// <summary>Channels of the drops: urban macro, mean gain 1, 20 dB over a noise power of 1 W.</summary>
public static class Drops
{
    /// <summary>Environment variable naming a channel file, or a folder with <see cref="FileInFolder"/>, to take <see cref="Drop.Paper"/> from.</summary>
    public const string Variable = "BEAMPRECODING_DATA";

    public const double SnrDb = 20;

    private const string FileInFolder = "quadriga_uma_paper_1.npz";
    private const ulong Seed = 1;

    private static readonly Lazy<ChannelBatch> Paper = new(() => FileOfVariable() is { } file ? Read(file).Slice(0, 1) : Generate(new(1, 256, 3, 512)));
    private static readonly Lazy<ChannelBatch> SmallBatch = new(() => Generate(new(64, 24, 3, 64)));
    private static readonly Lazy<ChannelBatch> Tiny = new(() => Generate(new(2, 5, 2, 8)));

    /// <summary>As they came: gains not normalised, no budget.</summary>
    public static ChannelBatch Raw(Drop drop) => drop switch
    {
        Drop.Paper => Paper.Value,
        Drop.SmallBatch => SmallBatch.Value,
        _ => Tiny.Value,
    };

    public static ChannelBatch Of(Drop drop) => Prepare(Raw(drop));

    /// <summary>Mean gain 1, noise 1 W and the budget of <see cref="SnrDb"/> at every access point.</summary>
    public static ChannelBatch Prepare(ChannelBatch channels)
    {
        Network network = channels.Network with { NoisePowerWatts = 1, Users = [.. channels.Network.Users.Select(u => u with { NoisePowerWatts = null })] };
        return channels.Normalize(Normalization.Mean).WithNetwork(network.WithPowerBudget(Math.Pow(10, SnrDb / 10)));
    }

    /// <summary>So many realizations, those at hand over and over, in single precision.</summary>
    public static ChannelBatch Repeat(ChannelBatch distinct, int count)
    {
        ChannelShape shape = distinct.Shape;
        int size = checked((int)shape.CoefficientsPerRealization), period = shape.RealizationCount;
        ComplexF[] some = distinct.Precision == Precision.Single ? distinct.AsSingle().ToArray() : [.. distinct.AsDouble().ToArray().Select(c => (ComplexF)c)];
        var all = new ComplexF[checked(count * size)];
        for (int r = 0; r < count; r++)
        {
            some.AsSpan(r % period * size, size).CopyTo(all.AsSpan(r * size));
        }

        ServingMap serving = distinct.Serving.RealizationCount == 1 ? distinct.Serving
            : ServingMap.Create(count, shape.AccessPointCount, shape.UserCount, (r, l, k) => distinct.Serving[r % period, l, k]);
        return ChannelBatch.FromArray(distinct.Network, shape with { RealizationCount = count }, all).WithServing(serving);
    }

    public static ChannelBatch Read(string file) => ChannelFile.Read(file).Channels;

    /// <summary>The file that <see cref="Variable"/> names, null when it is not set.</summary>
    public static string? FileOfVariable()
    {
        string? path = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(path) ? null : Directory.Exists(path) ? Path.Combine(path, FileInFolder) : path;
    }

    public static ChannelBatch Generate(ChannelShape shape) => PaperScenario.CreateModel(shape.UserCount, Seed, keepPaths: false).Generate(
        PaperScenario.CreateNetwork(shape.UserCount, shape.AntennaCount, shape.AccessPointCount, Seed), shape.RealizationCount, Seed);
}
