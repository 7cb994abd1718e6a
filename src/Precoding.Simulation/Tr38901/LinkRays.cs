namespace Precoding.Simulation;

/// <summary>Clusters and rays of one link; scratch of one thread, written by <see cref="RayGenerator"/>. Dropped clusters keep their rays with coefficient 0.</summary>
internal sealed class LinkRays
{
    /// <summary>P_n, sum 1 over all clusters, before the weakest are dropped, [cluster].</summary>
    public double[] ClusterPower { get; } = new double[UrbanMacroTable.ClusterCount];

    /// <summary>τ_n, seconds after the first, ascending, [cluster].</summary>
    public double[] ClusterDelay { get; } = new double[UrbanMacroTable.ClusterCount];

    /// <summary>τ of the ray: its cluster's, later by that of its sub-cluster in the two strongest, seconds, [ray].</summary>
    public double[] Delay { get; } = new double[UrbanMacroTable.RayCount];

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

    /// <summary>ν, by how many hertz the user's motion shifts the ray; 0 for users at rest, [ray].</summary>
    public double[] DopplerHz { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary><see cref="Coefficient"/> at the frequency and time that <see cref="TurnTo"/> was given, [ray].</summary>
    public ComplexF[] TurnedCoefficient { get; } = new ComplexF[UrbanMacroTable.RayCount];

    /// <summary>Likewise the phase from antenna to antenna over −π: the cosine times frequency over carrier, a turn less where that is beyond ±1, [ray].</summary>
    public double[] TurnedCosine { get; } = new double[UrbanMacroTable.RayCount];

    /// <summary>Length of the straight line to the user in wavelengths of the carrier.</summary>
    public double DistanceWavelengths { get; set; }

    /// <summary>Carrier frequency, hertz.</summary>
    public double CarrierHz { get; private set; }

    /// <summary>Frequency over carrier of the last <see cref="TurnTo"/>.</summary>
    public double FrequencyRatio { get; private set; } = 1;

    /// <summary>The rays at another frequency and time: exp(j2π(νt − Δτ)) for y, conjugated as the coefficients are.</summary>
    public void TurnTo(double offsetHz, double carrierHz, double seconds = 0)
    {
        (CarrierHz, FrequencyRatio) = (carrierHz, 1 + (offsetHz / carrierHz));
        if (offsetHz == 0 && seconds == 0)
        {
            Coefficient.CopyTo(TurnedCoefficient);
            Cosine.CopyTo(TurnedCosine);
            return;
        }

        for (int ray = 0; ray < Coefficient.Length; ray++)
        {
            double cycles = (offsetHz * Delay[ray]) - (DopplerHz[ray] * seconds);
            var (sin, cos) = Math.SinCos(2 * Math.PI * (cycles - Math.Round(cycles)));
            ComplexF at = Coefficient[ray];
            TurnedCoefficient[ray] = new ComplexF((float)((at.Real * cos) - (at.Imaginary * sin)), (float)((at.Real * sin) + (at.Imaginary * cos)));
            TurnedCosine[ray] = Math.IEEERemainder(Cosine[ray] * FrequencyRatio, 2);
        }
    }

    /// <summary>The turned rays as <see cref="Engines.IArrayOps.ArrayResponses"/> takes them: Re c, Im c, Re w, Im w with w = exp(−jπ cosine), [ray, 4].</summary>
    public void WriteTurned(Span<double> rays)
    {
        for (int ray = 0; ray < TurnedCoefficient.Length; ray++)
        {
            Span<double> to = rays.Slice(4 * ray, 4);
            (to[0], to[1]) = (TurnedCoefficient[ray].Real, TurnedCoefficient[ray].Imaginary);
            (to[3], to[2]) = Math.SinCos(-Math.PI * TurnedCosine[ray]);
        }
    }

    /// <summary>Path loss without shadow fading, dB.</summary>
    public double PathLossDb { get; set; }
}
