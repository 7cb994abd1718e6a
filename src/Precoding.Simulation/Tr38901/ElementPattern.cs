namespace Precoding.Simulation;

/// <summary>Radiation pattern of one antenna element [38.901 Table 7.3-1]: 8 dBi, 65° half-power width both ways, 30 dB floor.</summary>
internal static class ElementPattern
{
    private const double MaximumGainDb = 8, WidthDeg = 65, FloorDb = 30;

    /// <summary>Power gain, dB: 8 − min(min(12 (φ/65)², 30) + min(12 ((θ − 90)/65)², 30), 30).</summary>
    /// <param name="azimuthDeg">φ from broadside, −180…180.</param>
    /// <param name="zenithDeg">θ from the vertical, 0…180.</param>
    public static double GainDb(double azimuthDeg, double zenithDeg)
    {
        double horizontal = Math.Min(12 * (azimuthDeg / WidthDeg) * (azimuthDeg / WidthDeg), FloorDb);
        double elevation = (zenithDeg - 90) / WidthDeg;
        double vertical = Math.Min(12 * elevation * elevation, FloorDb);
        return MaximumGainDb - Math.Min(horizontal + vertical, FloorDb);
    }
}
