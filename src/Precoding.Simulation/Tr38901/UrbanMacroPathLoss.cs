namespace Precoding.Simulation;

/// <summary>Path loss of the urban macro scenario [38.901 Table 7.4.1-1]; distances and heights in metres, frequency in hertz, loss in dB.</summary>
public static class UrbanMacroPathLoss
{
    private const double SpeedOfLight = 3e8; // the table's own value
    private const double EnvironmentHeightMetres = 1; // h_E of users below 13 m [38.901 Table 7.4.1-1 note 1]

    /// <summary>Breakpoint distance d'_BP = 4 (h_BS − h_E)(h_UT − h_E) f/c.</summary>
    public static double BreakpointMetres(double accessPointHeight, double userHeight, double frequencyHz) =>
        4 * (accessPointHeight - EnvironmentHeightMetres) * (userHeight - EnvironmentHeightMetres) * frequencyHz / SpeedOfLight;

    /// <summary>
    /// With line of sight: 28 + 22 lg d₃ + 20 lg f up to the breakpoint, 28 + 40 lg d₃ + 20 lg f − 9 lg(d'_BP² + (h_BS − h_UT)²) beyond.
    /// </summary>
    public static double LineOfSightDb(double distance2d, double accessPointHeight, double userHeight, double frequencyHz)
    {
        double lgDistance = Math.Log10(Distance3d(distance2d, accessPointHeight, userHeight));
        double frequencyTerm = 20 * Math.Log10(frequencyHz / 1e9);
        double breakpoint = BreakpointMetres(accessPointHeight, userHeight, frequencyHz);
        double height = accessPointHeight - userHeight;
        return distance2d <= breakpoint
            ? 28 + (22 * lgDistance) + frequencyTerm
            : 28 + (40 * lgDistance) + frequencyTerm - (9 * Math.Log10((breakpoint * breakpoint) + (height * height)));
    }

    /// <summary>Without: max(line of sight, 13.54 + 39.08 lg d₃ + 20 lg f − 0.6 (h_UT − 1.5)).</summary>
    public static double NonLineOfSightDb(double distance2d, double accessPointHeight, double userHeight, double frequencyHz)
    {
        double loss = 13.54 + (39.08 * Math.Log10(Distance3d(distance2d, accessPointHeight, userHeight))) +
            (20 * Math.Log10(frequencyHz / 1e9)) - (0.6 * (userHeight - 1.5));
        return Math.Max(LineOfSightDb(distance2d, accessPointHeight, userHeight, frequencyHz), loss);
    }

    private static double Distance3d(double distance2d, double accessPointHeight, double userHeight) =>
        Math.Sqrt((distance2d * distance2d) + ((accessPointHeight - userHeight) * (accessPointHeight - userHeight)));
}
