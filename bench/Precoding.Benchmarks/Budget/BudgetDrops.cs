using Precoding.Simulation;

namespace Precoding.Benchmarks.Budget;

/// <summary>Drops that precoders are compared on, gains as they came.</summary>
/// <param name="Name">As tables spell it.</param>
internal sealed record BudgetDrops(string Name, ChannelBatch Channels)
{
    private const ulong Seed = 11;
    private const double SpreadDb = 12, GoldenRatio = 1.6180339887498949;

    /// <summary>Weights of the users lie evenly over so many dB around 1, in an order of no meaning.</summary>
    public double WeightSpreadDb { get; init; }

    /// <summary>The last access point's budget is so far below the first's, those between evenly in dB.</summary>
    public double BudgetSpreadDb { get; init; }

    /// <summary>One realization, normalised, 1 W of noise and the budget of the SNR at every access point, less where budgets are spread.</summary>
    public ChannelBatch Prepare(int realization, Normalization normalization, double snrDb)
    {
        IReadOnlyList<AccessPoint> accessPoints = Channels.Network.AccessPoints;
        Network network = Channels.Network with
        {
            NoisePowerWatts = 1,
            Users = [.. Channels.Network.Users.Select((u, k) => u with { NoisePowerWatts = null, Weight = Linear(WeightSpreadDb * (Fraction((k + 1) * GoldenRatio) - 0.5)) })],
            AccessPoints = [.. accessPoints.Select((a, l) => a with { PowerBudgetWatts = Linear(snrDb - (BudgetSpreadDb * l / Math.Max(1, accessPoints.Count - 1))) })],
        };
        return Channels.Slice(realization, 1).Normalize(normalization).WithNetwork(network);
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

    private static double Linear(double db) => Math.Pow(10, db / 10);

    private static double Fraction(double value) => value - Math.Floor(value);
}
