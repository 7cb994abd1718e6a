namespace Precoding.Simulation;

/// <summary>Constants of the urban macro scenario without line of sight, [38.901 v16.1.0]; the one owner of each number.</summary>
internal static class UrbanMacroTable
{
    public const int ClusterCount = 20; // [38.901 Table 7.5-6]
    public const int RaysPerCluster = 20;
    /// <summary>Sub-cluster of a ray in the two strongest clusters, and what each comes later in units of c_DS, [38.901 Table 7.5-5].</summary>
    public static readonly int[] SubCluster = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 0, 0];
    public static readonly double[] SubClusterDelay = [0, 1.28, 2.56];

    public const int RayCount = ClusterCount * RaysPerCluster;
    public const double DelayScaling = 2.3; // r_τ
    public const double ClusterShadowingDb = 3; // ζ
    public const double ClusterAzimuthSpreadDeg = 2; // c_ASD
    public const double ClusterArrivalAzimuthSpreadDeg = 15; // c_ASA
    public const double ClusterArrivalZenithSpreadDeg = 7; // c_ZSA
    public const double ShadowFadingDb = 6; // σ_SF
    public const double DelayCorrelationMetres = 40; // DS
    public const double CorrelationMetres = 50; // every other large-scale parameter
    public const double WeakestClusterDb = -25; // [38.901 §7.5 step 6]
    public const double LargestAzimuthSpreadDeg = 104; // [38.901 §7.5 step 4]
    public const double LargestZenithSpreadDeg = 52;
    public const double AzimuthScaling = 1.289; // C_φ of 20 clusters, [38.901 Table 7.5-2]
    public const double ZenithScaling = 1.178; // C_θ of 20 clusters, [38.901 Table 7.5-4]

    private const double LowestFrequencyGHz = 6; // [38.901 Table 7.5-6 note 6]: 6 GHz is used below 6 GHz

    /// <summary>α_m, positive half; the negative half is its mirror [38.901 Table 7.5-3].</summary>
    private static readonly double[] RayOffsetMagnitudes = [0.0447, 0.1413, 0.2492, 0.3715, 0.5129, 0.6797, 0.8844, 1.1481, 1.5195, 2.1551];

    /// <summary>Ray offset angles of unit rms spread, [ray].</summary>
    public static readonly double[] RayOffsets = [.. RayOffsetMagnitudes.SelectMany(a => new[] { a, -a })];

    /// <summary>Order of the large-scale parameters, that of [38.901 §7.5 step 4] without the K-factor, which only links with line of sight have.</summary>
    public static readonly LargeScaleParameter[] Order =
    [
        LargeScaleParameter.ShadowFading, LargeScaleParameter.DelaySpread, LargeScaleParameter.AzimuthSpreadOfDeparture,
        LargeScaleParameter.AzimuthSpreadOfArrival, LargeScaleParameter.ZenithSpreadOfDeparture, LargeScaleParameter.ZenithSpreadOfArrival,
    ];

    /// <summary>Cross-correlations, [parameter, parameter] in <see cref="Order"/>; the lower half, mirrored [38.901 Table 7.5-6].</summary>
    private static readonly double[][] LowerCorrelations =
    [
        [1], //                              SF
        [-0.4, 1], //                        DS
        [-0.6, 0.4, 1], //                   ASD
        [0, 0.6, 0.4, 1], //                 ASA
        [0, -0.5, 0.5, 0, 1], //             ZSD
        [-0.4, 0, -0.1, 0, 0, 1], //         ZSA
    ];

    /// <summary>Cross-correlation of parameters i and j of <see cref="Order"/>.</summary>
    public static double Correlation(int i, int j) => LowerCorrelations[Math.Max(i, j)][Math.Min(i, j)];

    /// <summary>Mean and standard deviation of lg DS, DS in seconds.</summary>
    /// <summary>c_DS, seconds.</summary>
    public static double ClusterDelaySpread(double frequencyGHz) => 1e-9 * Math.Max(0.25, 6.5622 - (3.4084 * Math.Log10(frequencyGHz)));

    public static (double Mean, double Deviation) LgDelaySpread(double frequencyGHz) => (-6.28 - (0.204 * LgFrequency(frequencyGHz)), 0.39);

    /// <summary>Mean and standard deviation of lg ASD, ASD in degrees.</summary>
    public static (double Mean, double Deviation) LgAzimuthSpreadOfDeparture(double frequencyGHz) => (1.5 - (0.1144 * LgFrequency(frequencyGHz)), 0.28);

    /// <summary>Mean and standard deviation of lg ASA, ASA in degrees.</summary>
    public static (double Mean, double Deviation) LgAzimuthSpreadOfArrival(double frequencyGHz) => (2.08 - (0.27 * LgFrequency(frequencyGHz)), 0.11);

    /// <summary>Mean and standard deviation of lg ZSA, ZSA in degrees.</summary>
    public static (double Mean, double Deviation) LgZenithSpreadOfArrival(double frequencyGHz) => (1.512 - (0.3236 * LgFrequency(frequencyGHz)), 0.16);

    /// <summary>Mean and standard deviation of lg ZSD, ZSD in degrees [38.901 Table 7.5-7].</summary>
    public static (double Mean, double Deviation) LgZenithSpreadOfDeparture(double distance2dMetres, double userHeightMetres) =>
        (Math.Max(-0.5, (-2.1 * distance2dMetres / 1000) - (0.01 * (userHeightMetres - 1.5)) + 0.9), 0.49);

    /// <summary>μ_offset,ZOD, degrees: e(f) − 10^(a(f) lg max(25, d) + c(f) − 0.07 (h − 1.5)) [38.901 Table 7.5-7].</summary>
    public static double ZenithOffsetDeg(double frequencyGHz, double distance2dMetres, double userHeightMetres)
    {
        double lg = LgFrequency(frequencyGHz);
        double exponent = (((0.208 * lg) - 0.782) * Math.Log10(Math.Max(25, distance2dMetres))) + (-0.13 * lg) + 2.03 - (0.07 * (userHeightMetres - 1.5));
        return (7.66 * lg) - 5.96 - Math.Pow(10, exponent);
    }

    private static double LgFrequency(double frequencyGHz) => Math.Log10(Math.Max(LowestFrequencyGHz, frequencyGHz));
}

/// <summary>Large-scale parameters of a link.</summary>
internal enum LargeScaleParameter
{
    ShadowFading,
    DelaySpread,
    AzimuthSpreadOfDeparture,
    AzimuthSpreadOfArrival,
    ZenithSpreadOfDeparture,
    ZenithSpreadOfArrival,
}
