using System.Numerics;

namespace Precoding;

/// <summary>How gains are scaled before solving. g_k = Σ_l ‖h_{k,l}‖²/M (mean over the receive antennas).</summary>
public enum Normalization
{
    /// <summary>Gains as they came.</summary>
    None,

    /// <summary>One factor per realization so that the mean of g_k over the users is 1.</summary>
    Mean,

    /// <summary>One factor per realization so that the median of g_k over the users is 1.</summary>
    Median,

    /// <summary>Every user scaled so that g_k = 1.</summary>
    User,

    /// <summary>Every link scaled so that ‖h_{k,l}‖² = M.</summary>
    Link,
}

public static class ChannelNormalization
{
    /// <summary>A scaled copy; a realization is scaled by its own gains only, or by the mean of those of its sequence.</summary>
    /// <param name="blocksPerSequence">B: realizations s·B … s·B + B − 1 are one channel at different times, and are scaled alike.</param>
    public static ChannelBatch Normalize(this ChannelBatch channels, Normalization normalization, int blocksPerSequence = 1)
    {
        if (normalization == Normalization.None)
        {
            return channels;
        }

        ChannelShape shape = channels.Shape;
        double[,,] linkGain = OverBlocks(LinkGains(channels), blocksPerSequence);
        var scale = new double[shape.RealizationCount, shape.UserCount, shape.AccessPointCount];
        for (int realization = 0; realization < shape.RealizationCount; realization++)
        {
            var userGain = new double[shape.UserCount];
            for (int user = 0; user < shape.UserCount; user++)
            {
                for (int accessPoint = 0; accessPoint < shape.AccessPointCount; accessPoint++)
                {
                    userGain[user] += linkGain[realization, user, accessPoint];
                }
            }

            double common = normalization switch
            {
                Normalization.Mean => userGain.Average(),
                Normalization.Median => Median(userGain),
                _ => 1,
            };
            if (!(common > 0))
            {
                throw new ValidationException(
                    $"Normalize: the {normalization.ToString().ToLowerInvariant()} channel gain of realization {realization} is {common}; it must be positive. " +
                    "Use another normalization or remove users without any channel.");
            }

            for (int user = 0; user < shape.UserCount; user++)
            {
                for (int accessPoint = 0; accessPoint < shape.AccessPointCount; accessPoint++)
                {
                    double gain = normalization switch
                    {
                        Normalization.User => userGain[user],
                        Normalization.Link => linkGain[realization, user, accessPoint],
                        _ => common,
                    };
                    scale[realization, user, accessPoint] = gain > 0 ? 1 / Math.Sqrt(gain) : 1; // a zero link stays zero
                }
            }
        }

        return channels.Scaled((realization, user, accessPoint) => scale[realization, user, accessPoint]);
    }

    /// <summary>Every gain the mean over its sequence.</summary>
    private static double[,,] OverBlocks(double[,,] gains, int blocks)
    {
        int realizations = gains.GetLength(0);
        if (blocks < 1 || realizations % blocks != 0)
        {
            throw new ValidationException($"Normalize: {realizations} realizations are no whole number of sequences of {blocks} blocks.");
        }

        for (int first = 0; blocks > 1 && first < realizations; first += blocks)
        {
            for (int link = 0; link < gains.GetLength(1) * gains.GetLength(2); link++)
            {
                (int k, int l) = (link / gains.GetLength(2), link % gains.GetLength(2));
                double mean = Enumerable.Range(first, blocks).Average(r => gains[r, k, l]);
                for (int r = first; r < first + blocks; r++)
                {
                    gains[r, k, l] = mean;
                }
            }
        }

        return gains;
    }

    /// <summary>‖h_{k,l}‖²/M, mean over the receive antennas: [realization, user, accessPoint].</summary>
    public static double[,,] LinkGains(ChannelBatch channels)
    {
        ChannelShape shape = channels.Shape;
        var gains = new double[shape.RealizationCount, shape.UserCount, shape.AccessPointCount];
        var link = new Complex[shape.AntennaCount];
        for (int realization = 0; realization < shape.RealizationCount; realization++)
        {
            for (int user = 0; user < shape.UserCount; user++)
            {
                for (int accessPoint = 0; accessPoint < shape.AccessPointCount; accessPoint++)
                {
                    double sum = 0;
                    for (int userAntenna = 0; userAntenna < shape.UserAntennaCount; userAntenna++)
                    {
                        channels.CopyLink(realization, user, accessPoint, link, userAntenna);
                        foreach (Complex h in link)
                        {
                            sum += (h.Real * h.Real) + (h.Imaginary * h.Imaginary);
                        }
                    }

                    gains[realization, user, accessPoint] = sum / ((double)shape.AntennaCount * shape.UserAntennaCount);
                }
            }
        }

        return gains;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
