namespace Precoding.Simulation;

/// <summary>Statistics of one link that do not depend on the number of antennas.</summary>
/// <param name="PathLossDb">Without shadow fading and element gain.</param>
/// <param name="CouplingLossDb">−10 lg Σ_p |coefficient_p|²: with shadow fading and element gain.</param>
/// <param name="AzimuthSpreadDeg">Rms azimuth spread of departure.</param>
/// <param name="WeightedAzimuthSpreadDeg">The same with powers weighted by the element gain.</param>
/// <param name="DelaySpreadSeconds">Rms delay spread.</param>
/// <param name="SortedClusterPower">Descending, sum 1, [cluster].</param>
internal sealed record LinkStatistics(
    double PathLossDb, double CouplingLossDb, double AzimuthSpreadDeg, double WeightedAzimuthSpreadDeg, double DelaySpreadSeconds, double[] SortedClusterPower)
{
    public static LinkStatistics Of(LinkRays rays)
    {
        double gain = rays.Coefficient.Sum(c => ((double)c.Real * c.Real) + ((double)c.Imaginary * c.Imaginary));
        return new LinkStatistics(
            rays.PathLossDb,
            -10 * Math.Log10(gain),
            AzimuthSpread(rays, _ => 1),
            AzimuthSpread(rays, ray => rays.ElementGain[ray]),
            DelaySpread(rays),
            [.. rays.ClusterPower.OrderDescending()]);
    }

    /// <summary>Rms of the azimuths about their mean direction, wrapped to ±180°, weighted with the powers.</summary>
    private static double AzimuthSpread(LinkRays rays, Func<int, double> weight)
    {
        double sin = 0, cos = 0, sum = 0;
        for (int ray = 0; ray < rays.Power.Length; ray++)
        {
            double power = rays.Power[ray] * weight(ray);
            var (s, c) = Math.SinCos(rays.AzimuthDeg[ray] * Math.PI / 180);
            (sin, cos, sum) = (sin + (power * s), cos + (power * c), sum + power);
        }

        double direction = Math.Atan2(sin, cos) * 180 / Math.PI;
        double first = 0, second = 0;
        for (int ray = 0; ray < rays.Power.Length; ray++)
        {
            double share = rays.Power[ray] * weight(ray) / sum;
            double deviation = Math.IEEERemainder(rays.AzimuthDeg[ray] - direction, 360);
            (first, second) = (first + (share * deviation), second + (share * deviation * deviation));
        }

        return Math.Sqrt(Math.Max(0, second - (first * first)));
    }

    private static double DelaySpread(LinkRays rays)
    {
        double first = 0, second = 0;
        for (int n = 0; n < rays.ClusterPower.Length; n++)
        {
            double delay = rays.ClusterDelay[n];
            (first, second) = (first + (rays.ClusterPower[n] * delay), second + (rays.ClusterPower[n] * delay * delay));
        }

        return Math.Sqrt(Math.Max(0, second - (first * first)));
    }
}
