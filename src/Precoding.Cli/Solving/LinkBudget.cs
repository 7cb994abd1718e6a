using System.Globalization;

namespace Precoding.Cli.Solving;

/// <summary>Noise and transmit powers: what the command line says goes before what the file says. P_l = 10^(snr/10)·σ².</summary>
internal static class LinkBudget
{
    /// <summary>The batch under the network with the noise and budgets that hold.</summary>
    /// <param name="fileHasPower">Whether the budgets of the batch's network came from the file.</param>
    public static ChannelBatch Apply(ChannelBatch channels, bool fileHasPower, double? snrDb, IReadOnlyList<double>? power, double? noise)
    {
        Network network = channels.Network;
        int L = channels.Shape.AccessPointCount;
        if (noise is { } common)
        {
            network = network with { NoisePowerWatts = common, Users = [.. network.Users.Select(u => u with { NoisePowerWatts = null })] };
        }

        if (snrDb is { } decibels)
        {
            network = network.WithPowerBudget(Math.Pow(10, decibels / 10) * CommonNoise(network));
        }
        else if (power is not null)
        {
            if (power.Count != 1 && power.Count != L)
            {
                throw new UsageException($"--power has {power.Count} values, the channels have {L} access points; give {L} values in watts, or one for all.");
            }

            network = network with { AccessPoints = [.. network.AccessPoints.Select((a, l) => a with { PowerBudgetWatts = power[power.Count == 1 ? 0 : l] })] };
        }
        else if (!fileHasPower)
        {
            throw new UsageException(
                "No transmit power: the channel file has no power[accessPoint]. Give --snr-db X (each access point sends 10^(X/10) times the noise) or --power P1,P2,… in watts.");
        }

        network.Validate();
        return channels.WithNetwork(network);
    }

    public static string Describe(Network network)
    {
        double[] powers = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)];
        double[] noises = [.. Enumerable.Range(0, network.Users.Count).Select(network.NoisePowerOf)];
        string power = powers.Distinct().Count() == 1 ? $"{Text(powers[0])} W per access point" : $"{string.Join(", ", powers.Select(Text))} W";
        return noises.Distinct().Count() == 1
            ? $"{power}, noise {Text(noises[0])} W ({string.Join(", ", powers.Distinct().Select(p => Decibels(p / noises[0])))} dB)"
            : $"{power}, noise {Text(noises.Min())} to {Text(noises.Max())} W";
    }

    private static double CommonNoise(Network network)
    {
        double[] noises = [.. Enumerable.Range(0, network.Users.Count).Select(network.NoisePowerOf).Distinct()];
        return noises.Length == 1 ? noises[0] : throw new UsageException(
            $"--snr-db needs one noise power for all users; the channel file has values from {Text(noises.Min())} to {Text(noises.Max())} W. Give --noise, or --power instead of --snr-db.");
    }

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Decibels(double ratio) => (10 * Math.Log10(ratio)).ToString("0.##", CultureInfo.InvariantCulture);
}
