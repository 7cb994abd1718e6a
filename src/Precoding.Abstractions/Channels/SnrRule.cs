namespace Precoding;

/// <summary>
/// What "average received SNR of all users without beamforming" means for a realization; g_k = Σ_l P_l ‖H_{k,l}‖²/(N·M) is what user k receives per antenna
/// when every access point sends its budget evenly in all directions. [NCJT VI-A] has the words; the formulas are ours. [noncoherent.md §10]
/// </summary>
public enum SnrRule
{
    /// <summary>Mean over the users of 10 lg g_k/σ_k².</summary>
    GeometricIsotropic,

    /// <summary>10 lg of the mean over the users of g_k/σ_k², which the user nearest to an access point dominates.</summary>
    LinearIsotropic,

    /// <summary>As <see cref="GeometricIsotropic"/> with M·g_k, every antenna at the power of its access point: 10 lg M dB stricter.</summary>
    GeometricFrobenius,
}

public static class SnrScaling
{
    /// <summary>
    /// A copy whose every realization has that average SNR under the budgets and noise of its network: the channels of a realization are multiplied by one
    /// number, since (H, σ²) → (cH, c²σ²) changes no rate and a network has one noise power for all realizations. Users without any channel do not count; a
    /// realization without any channel stays as it is.
    /// </summary>
    public static ChannelBatch ScaleToSnr(this ChannelBatch channels, SnrRule rule, double snrDb)
    {
        double target = Math.Pow(10, snrDb / 10);
        if (!(target > 0) || !double.IsFinite(target))
        {
            throw new ValidationException($"ScaleToSnr: {snrDb} dB is no SNR; expected a finite number of decibels.");
        }

        ChannelShape shape = channels.Shape;
        double[,,] gains = ChannelNormalization.LinkGains(channels);
        var scale = new double[shape.RealizationCount];
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            double[] received = [.. Enumerable.Range(0, shape.UserCount).Select(k => ReceivedSnr(channels, gains, r, k)).Where(snr => snr > 0)];
            scale[r] = received.Length == 0 ? 1 : Math.Sqrt(target / Average(received, rule, shape.AntennaCount));
        }

        return channels.Scaled((r, _, _) => scale[r]);
    }

    /// <summary>g_k/σ_k².</summary>
    private static double ReceivedSnr(ChannelBatch channels, double[,,] gains, int realization, int user)
    {
        double sum = 0;
        for (int l = 0; l < channels.Shape.AccessPointCount; l++)
        {
            sum += channels.Network.AccessPoints[l].PowerBudgetWatts * gains[realization, user, l];
        }

        return sum / channels.Network.NoisePowerOf(user);
    }

    private static double Average(double[] received, SnrRule rule, int M) => rule switch
    {
        SnrRule.LinearIsotropic => received.Average(),
        SnrRule.GeometricIsotropic => Math.Exp(received.Average(Math.Log)),
        _ => M * Math.Exp(received.Average(Math.Log)),
    };
}
