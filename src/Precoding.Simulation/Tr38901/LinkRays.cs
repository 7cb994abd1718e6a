namespace Precoding.Simulation;

/// <summary>Clusters and rays of one link; scratch of one thread, written by <see cref="RayGenerator"/>. Dropped clusters keep their rays with coefficient 0.</summary>
internal sealed class LinkRays
{
    /// <summary>P_n, sum 1 over all clusters, before the weakest are dropped, [cluster].</summary>
    public double[] ClusterPower { get; } = new double[UrbanMacroTable.ClusterCount];

    /// <summary>τ_n, seconds after the first, ascending, [cluster].</summary>
    public double[] ClusterDelay { get; } = new double[UrbanMacroTable.ClusterCount];

    /// <summary>Share of the link's power without path loss and element gain, 0 where dropped, [ray].</summary>
    public double[] Power { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary>Element power gain towards the ray, linear, [ray].</summary>
    public double[] ElementGain { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary>Azimuth of departure from broadside, degrees, −180…180, [ray].</summary>
    public double[] AzimuthDeg { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary>Cosine of the angle to the array axis, [ray].</summary>
    public double[] Cosine { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary>Coefficient with path loss, shadow fading and element gain, rounded to single, [ray].</summary>
    public ComplexF[] Coefficient { get; } = new ComplexF[UrbanMacroTable.RayCount];

    /// <summary>Path loss without shadow fading, dB.</summary>
    public double PathLossDb { get; set; }
}
