using System.Globalization;
using Precoding.Cli.Output;

namespace Precoding.Cli.Solving;

/// <summary>
/// Noise and transmit powers: what the command line says goes before what the file says. An SNR gives the budgets P_l = 10^(snr/10)·σ², or, under an
/// <see cref="SnrRule"/>, scales the channels of each realization.
/// </summary>
internal static class LinkBudget
{
    /// <summary>The batch under the network with the noise and budgets that hold.</summary>
    /// <param name="fileHasPower">Whether the budgets of the batch's network came from the file.</param>
    /// <param name="antennaLimitDb">Limit of every antenna over its share of its access point's budget; null for none.</param>
    /// <param name="rule">What <paramref name="snrDb"/> is an average of; null for the budgets.</param>
    public static ChannelBatch Apply(ChannelBatch channels, bool fileHasPower, double? snrDb, IReadOnlyList<double>? power, double? noise, SnrRule? rule = null, double? antennaLimitDb = null, IReadOnlyList<double>? weights = null)
    {
        Network network = channels.Network;
        int L = channels.Shape.AccessPointCount;
        if (noise is { } common)
        {
            network = network with { NoisePowerWatts = common, Users = [.. network.Users.Select(u => u with { NoisePowerWatts = null })] };
        }

        if (weights is not null && weights.Count != network.Users.Count)
        {
            throw new UsageException($"--weights has {weights.Count} values, the channels have {network.Users.Count} users; give one for each.");
        }

        network = weights is null ? network : network.WithWeights(weights);
        if (snrDb is { } decibels && rule is null)
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
        else if (!fileHasPower && snrDb is null)
        {
            throw new UsageException(
                "No transmit power: the channel file has no power[accessPoint]. Give --snr-db X (each access point sends 10^(X/10) times the noise; for precoders of streams the average SNR of --snr-rule) or --power P1,P2,… in watts.");
        }

        network = antennaLimitDb is { } limit ? network.WithAntennaPowerLimit(Math.Pow(10, limit / 10)) : network;
        network.Validate();
        ChannelBatch result = channels.WithNetwork(network);
        return rule is { } average && snrDb is { } target ? result.ScaleToSnr(average, target) : result;
    }

    /// <summary>Power and noise, for people; what the channels were scaled to where a rule says so.</summary>
    public static string Describe(Network network, SnrRule? rule, double? snrDb) => rule is { } average && snrDb is { } target
        ? $"{DescribePower(network)}, noise {DescribeNoise(network)}; channels of each realization scaled to {Text(target)} dB, {Format.Kebab(average.ToString())}"
        : Describe(network);

    public static string Describe(Network network)
    {
        double[] powers = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)];
        double[] noises = NoisePowers(network);
        string text = $"{DescribePower(network)}, noise {DescribeNoise(network)}";
        return noises.Length == 1 ? $"{text} ({string.Join(", ", powers.Distinct().Select(p => Decibels(p / noises[0])))} dB)" : text;
    }

    private static string DescribePower(Network network)
    {
        double[] powers = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)];
        double[] limits = [.. network.AccessPoints.SelectMany(a => a.AntennaPowerLimitsWatts ?? []).Distinct()];
        string antennas = limits.Length == 0 ? string.Empty : $", at most {Text(limits.Min())}{(limits.Length == 1 ? "" : $" to {Text(limits.Max())}")} W per antenna";
        return $"{(powers.Distinct().Count() == 1 ? $"{Text(powers[0])} W per access point" : $"{string.Join(", ", powers.Select(Text))} W")}{antennas}";
    }

    private static string DescribeNoise(Network network)
    {
        double[] noises = NoisePowers(network);
        return noises.Length == 1 ? $"{Text(noises[0])} W" : $"{Text(noises.Min())} to {Text(noises.Max())} W";
    }

    private static double[] NoisePowers(Network network) => [.. Enumerable.Range(0, network.Users.Count).Select(network.NoisePowerOf).Distinct()];

    private static double CommonNoise(Network network)
    {
        double[] noises = NoisePowers(network);
        return noises.Length == 1 ? noises[0] : throw new UsageException(
            $"--snr-db needs one noise power for all users; the channel file has values from {Text(noises.Min())} to {Text(noises.Max())} W. Give --noise, or --power instead of --snr-db.");
    }

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Decibels(double ratio) => (10 * Math.Log10(ratio)).ToString("0.##", CultureInfo.InvariantCulture);
}
