using Precoding.Simulation;

namespace Precoding.Benchmarks.Budget;

/// <summary>Drops that precoders are compared on, gains as they came.</summary>
/// <param name="Name">As tables spell it.</param>
internal sealed record BudgetDrops(string Name, ChannelBatch Channels)
{
    private const ulong Seed = 11;
    private const double SpreadDb = 12;

    /// <summary>One realization, normalised, 1 W of noise and the budget of the SNR at every access point.</summary>
    public ChannelBatch Prepare(int realization, Normalization normalization, double snrDb)
    {
        Network network = Channels.Network with { NoisePowerWatts = 1, Users = [.. Channels.Network.Users.Select(u => u with { NoisePowerWatts = null })] };
        return Channels.Slice(realization, 1).Normalize(normalization).WithNetwork(network.WithPowerBudget(Math.Pow(10, snrDb / 10)));
    }

    public static BudgetDrops Read(string file) => new(Path.GetFileNameWithoutExtension(file), ChannelFile.Read(file).Channels);

    /// <summary>Three access points, urban macro without line of sight, and independent Rayleigh fading with gains over 12 dB.</summary>
    public static IEnumerable<BudgetDrops> Generate(int antennas, double load, int drops)
    {
        int users = Math.Max(1, (int)Math.Round(load * antennas));
        Network network = PaperScenario.CreateNetwork(users, antennas, 3, Seed);
        yield return new($"uma-nlos K={users} M={antennas}", PaperScenario.CreateModel(users, Seed, keepPaths: false).Generate(network, drops, Seed));
        yield return new($"rayleigh K={users} M={antennas}", new IndependentRayleighChannelModel { UserGainSpreadDb = SpreadDb }.Generate(network, drops, Seed));
    }
}
