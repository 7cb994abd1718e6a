namespace Precoding.Simulation;

/// <summary>
/// Clusters and rays of a link, [38.901 §7.5 steps 4 to 11] for an urban macro link without line of sight.
/// </summary>
/// <remarks>
/// Arrival angles are drawn for users that move only: the user's antenna is omnidirectional and alone, and at rest they cannot change the result. The same is true of
/// the cross-polarisation ratio, which is left out: both antennas are vertically polarised, and it scales only the terms that they do not receive [38.901 (7.5-22)].
/// The few nanoseconds between the sub-clusters of the two strongest clusters count beside the carrier only: at it they turn phases that are uniform anyway.
/// </remarks>
internal static class RayGenerator
{
    private const double RadiansPerDegree = Math.PI / 180;
    private const int Clusters = UrbanMacroTable.ClusterCount, Rays = UrbanMacroTable.RaysPerCluster;

    // Numbers of the draws within the streams of a link: each use has a range of its own.
    private const uint DelayDraw = 0, ShadowingDraw = 20, AngleDraw = 40, AzimuthSignDraw = 60, ZenithSignDraw = 80, ArrivalAngleDraw = 100, ArrivalAzimuthSignDraw = 120, ArrivalZenithSignDraw = 140;
    private const uint PhaseDraw = 0, CouplingDraw = 400, ArrivalAzimuthCouplingDraw = 800, ArrivalZenithCouplingDraw = 1200;

    /// <param name="link">Streams of random numbers: cluster draws and ray draws of this link.</param>
    /// <param name="largeScale">N(0, 1) variables of the link, in the table's order.</param>
    public static void Generate(
        in LinkStreams link, in LinkGeometry geometry, ReadOnlySpan<double> largeScale, double userHeight, double accessPointHeight, double frequencyHz, LinkRays rays)
    {
        LinkSpreads spreads = LinkSpreads.Of(geometry, largeScale, userHeight, frequencyHz);
        rays.DistanceWavelengths = geometry.Distance3dMetres * frequencyHz / BlockMotion.SpeedOfLight;
        rays.PathLossDb = UrbanMacroPathLoss.NonLineOfSightDb(geometry.Distance2dMetres, accessPointHeight, userHeight, frequencyHz);
        DrawClusters(link.Clusters, spreads.DelaySeconds, rays);
        DrawRays(link, geometry, spreads, frequencyHz, rays);
    }

    /// <summary>
    /// Step 7 at the user and ν = (v/λ) cos of the angle between where a ray comes from and where the user goes, [38.901 (7.5-22)]; after <see cref="Generate"/>, and in draws of its own. The user moves level.
    /// </summary>
    /// <param name="headingDeg">Azimuth that the user goes to.</param>
    public static void GenerateDoppler(
        in LinkStreams link, in LinkGeometry geometry, ReadOnlySpan<double> largeScale, double frequencyHz, double speedMetresPerSecond, double headingDeg, LinkRays rays)
    {
        var (azimuthSpread, zenithSpread) = LinkSpreads.OfArrival(largeScale, frequencyHz);
        double largest = speedMetresPerSecond * frequencyHz / BlockMotion.SpeedOfLight, strongest = rays.ClusterPower.Max();
        Span<int> azimuthCoupling = stackalloc int[Rays], zenithCoupling = stackalloc int[Rays];
        for (int n = 0; n < Clusters; n++)
        {
            double logPower = -Math.Log(rays.ClusterPower[n] / strongest);
            var (azimuthNormal, zenithNormal) = link.Clusters.NormalPair(ArrivalAngleDraw + (uint)n);
            double azimuth = (Sign(link.Clusters, ArrivalAzimuthSignDraw, n) * 2 * (azimuthSpread / 1.4) * Math.Sqrt(logPower) / UrbanMacroTable.AzimuthScaling)
                + (azimuthNormal * azimuthSpread / 7) + geometry.AzimuthDeg + 180; // [38.901 (7.5-9), (7.5-11)]: the straight line, seen from its other end
            double zenith = (Sign(link.Clusters, ArrivalZenithSignDraw, n) * zenithSpread * logPower / UrbanMacroTable.ZenithScaling)
                + (zenithNormal * zenithSpread / 7) + 180 - geometry.ZenithDeg; // [38.901 (7.5-14), (7.5-16)]
            Shuffle(link.Rays, ArrivalAzimuthCouplingDraw + (uint)(n * Rays), azimuthCoupling);
            Shuffle(link.Rays, ArrivalZenithCouplingDraw + (uint)(n * Rays), zenithCoupling);
            for (int m = 0; m < Rays; m++)
            {
                double rayAzimuth = azimuth + (UrbanMacroTable.ClusterArrivalAzimuthSpreadDeg * UrbanMacroTable.RayOffsets[azimuthCoupling[m]]); // [38.901 (7.5-13)]
                double rayZenith = WrapZenith(zenith + (UrbanMacroTable.ClusterArrivalZenithSpreadDeg * UrbanMacroTable.RayOffsets[zenithCoupling[m]])); // [38.901 (7.5-18)]
                rays.DopplerHz[(n * Rays) + m] = largest * Math.Sin(rayZenith * RadiansPerDegree) * Math.Cos((rayAzimuth - headingDeg) * RadiansPerDegree);
            }
        }
    }

    /// <summary>Steps 5 and 6: τ'_n = −r_τ DS ln X_n, sorted; P'_n = exp(−τ_n (r_τ − 1)/(r_τ DS)) 10^(−Z_n/10), normalised.</summary>
    private static void DrawClusters(CounterRandom random, double delaySpread, LinkRays rays)
    {
        const double Scaling = UrbanMacroTable.DelayScaling;
        double[] delay = rays.ClusterDelay, power = rays.ClusterPower;
        for (int n = 0; n < Clusters; n++)
        {
            delay[n] = -Scaling * delaySpread * Math.Log(random.Uniform(DelayDraw + (uint)n)); // [38.901 (7.5-1)]
        }

        Array.Sort(delay);
        double first = delay[0], sum = 0;
        for (int n = 0; n < Clusters; n++)
        {
            delay[n] -= first; // [38.901 (7.5-2)]
            double shadowing = UrbanMacroTable.ClusterShadowingDb * random.Normal(ShadowingDraw + (uint)n);
            power[n] = Math.Exp(-delay[n] * (Scaling - 1) / (Scaling * delaySpread)) * Math.Pow(10, -shadowing / 10); // [38.901 (7.5-5)]
            sum += power[n];
        }

        for (int n = 0; n < Clusters; n++)
        {
            power[n] /= sum; // [38.901 (7.5-6)]
        }
    }

    /// <summary>Steps 7 to 11: angles, coupling, phases and coefficients.</summary>
    private static void DrawRays(in LinkStreams link, in LinkGeometry geometry, in LinkSpreads spreads, double frequencyHz, LinkRays rays)
    {
        double strongest = 0, second = 0;
        foreach (double power in rays.ClusterPower)
        {
            (strongest, second) = power > strongest ? (power, strongest) : (strongest, Math.Max(second, power));
        }

        double weakest = strongest * Math.Pow(10, UrbanMacroTable.WeakestClusterDb / 10);
        double linkGainDb = spreads.ShadowGainDb - rays.PathLossDb;
        Span<int> coupling = stackalloc int[Rays];
        for (int n = 0; n < Clusters; n++)
        {
            double logPower = -Math.Log(rays.ClusterPower[n] / strongest);
            double rayPower = rays.ClusterPower[n] < weakest ? 0 : rays.ClusterPower[n] / Rays;
            var (azimuthNormal, zenithNormal) = link.Clusters.NormalPair(AngleDraw + (uint)n);
            double azimuth = (Sign(link.Clusters, AzimuthSignDraw, n) * 2 * (spreads.AzimuthDeg / 1.4) * Math.Sqrt(logPower) / UrbanMacroTable.AzimuthScaling)
                + (azimuthNormal * spreads.AzimuthDeg / 7) + geometry.AzimuthDeg; // [38.901 (7.5-9), (7.5-11)]
            double zenith = (Sign(link.Clusters, ZenithSignDraw, n) * spreads.ZenithDeg * logPower / UrbanMacroTable.ZenithScaling)
                + (zenithNormal * spreads.ZenithDeg / 7) + geometry.ZenithDeg + spreads.ZenithOffsetDeg; // [38.901 (7.5-14), (7.5-19)]
            double delayCycles = frequencyHz * rays.ClusterDelay[n];
            double subCluster = rays.ClusterPower[n] >= second ? UrbanMacroTable.ClusterDelaySpread(frequencyHz / 1e9) : 0; // [38.901 (7.5-26)]
            Shuffle(link.Rays, CouplingDraw + (uint)(n * Rays), coupling); // step 8
            for (int m = 0; m < Rays; m++)
            {
                int ray = (n * Rays) + m;
                double fromBroadside = WrapAzimuth(azimuth + (UrbanMacroTable.ClusterAzimuthSpreadDeg * UrbanMacroTable.RayOffsets[m]) - geometry.BroadsideDeg);
                double rayZenith = WrapZenith(zenith + (spreads.ClusterZenithDeg * UrbanMacroTable.RayOffsets[coupling[m]])); // [38.901 (7.5-20)]
                rays.Power[ray] = rayPower;
                rays.Delay[ray] = rays.ClusterDelay[n] + (subCluster * UrbanMacroTable.SubClusterDelay[UrbanMacroTable.SubCluster[m]]);
                rays.AzimuthDeg[ray] = fromBroadside;
                rays.Cosine[ray] = -Math.Sin(rayZenith * RadiansPerDegree) * Math.Sin(fromBroadside * RadiansPerDegree); // axis: right of broadside
                double elementGainDb = ElementPattern.GainDb(fromBroadside, rayZenith);
                rays.ElementGain[ray] = Math.Pow(10, elementGainDb / 10);
                double amplitude = rayPower == 0 ? 0 : Math.Sqrt(rayPower) * Math.Pow(10, (linkGainDb + elementGainDb) / 20);

                // step 10's phase and the delay's at the carrier; conjugated as a whole, because a batch holds h and y = hᴴp
                double cycles = link.Rays.Uniform(PhaseDraw + (uint)ray) - delayCycles;
                var (sin, cos) = Math.SinCos(-2 * Math.PI * (cycles - Math.Round(cycles)));
                rays.Coefficient[ray] = new ComplexF((float)(amplitude * cos), (float)(amplitude * sin));
            }
        }
    }

    private static int Sign(CounterRandom random, uint draw, int n) => random.Uniform(draw + (uint)n) < 0.5 ? -1 : 1;

    /// <summary>A uniformly random order of 0…19 (Fisher–Yates).</summary>
    private static void Shuffle(CounterRandom random, uint draw, Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
        {
            int j = (int)(random.Uniform(draw + (uint)i) * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
    }

    private static double WrapAzimuth(double degrees) => degrees - (360 * Math.Round(degrees / 360));

    /// <summary>Zenith in 0…180: angles beyond 180 are mirrored, θ → 360 − θ [38.901 §7.5 step 7].</summary>
    private static double WrapZenith(double degrees) => Math.Abs(WrapAzimuth(degrees));
}

/// <summary>Random streams of one link.</summary>
internal readonly record struct LinkStreams(CounterRandom Clusters, CounterRandom Rays)
{
    public static LinkStreams Of(ulong seed, int realization, int user, int accessPoint) => new(
        new CounterRandom(seed, RandomPurpose.Cluster, realization, user, accessPoint),
        new CounterRandom(seed, RandomPurpose.Ray, realization, user, accessPoint));
}

/// <summary>Large-scale parameters of a link in their units [38.901 §7.5 step 4].</summary>
/// <param name="ShadowGainDb">Positive means more received power, the sign of [38.901 Table 7.5-6 note 2].</param>
/// <param name="ClusterZenithDeg">(3/8) 10^μ_lgZSD, the zenith spread within a cluster.</param>
internal readonly record struct LinkSpreads(
    double ShadowGainDb, double DelaySeconds, double AzimuthDeg, double ZenithDeg, double ClusterZenithDeg, double ZenithOffsetDeg)
{
    public static LinkSpreads Of(in LinkGeometry geometry, ReadOnlySpan<double> normals, double userHeight, double frequencyHz)
    {
        double frequencyGHz = frequencyHz / 1e9;
        var zenith = UrbanMacroTable.LgZenithSpreadOfDeparture(geometry.Distance2dMetres, userHeight);
        return new LinkSpreads(
            UrbanMacroTable.ShadowFadingDb * Normal(normals, LargeScaleParameter.ShadowFading),
            PowerOfTen(UrbanMacroTable.LgDelaySpread(frequencyGHz), Normal(normals, LargeScaleParameter.DelaySpread)),
            Math.Min(
                PowerOfTen(UrbanMacroTable.LgAzimuthSpreadOfDeparture(frequencyGHz), Normal(normals, LargeScaleParameter.AzimuthSpreadOfDeparture)),
                UrbanMacroTable.LargestAzimuthSpreadDeg),
            Math.Min(PowerOfTen(zenith, Normal(normals, LargeScaleParameter.ZenithSpreadOfDeparture)), UrbanMacroTable.LargestZenithSpreadDeg),
            3.0 / 8 * Math.Pow(10, zenith.Mean),
            UrbanMacroTable.ZenithOffsetDeg(frequencyGHz, geometry.Distance2dMetres, userHeight));
    }

    /// <summary>ASA and ZSA, degrees.</summary>
    public static (double AzimuthDeg, double ZenithDeg) OfArrival(ReadOnlySpan<double> normals, double frequencyHz)
    {
        double frequencyGHz = frequencyHz / 1e9;
        return (
            Math.Min(PowerOfTen(UrbanMacroTable.LgAzimuthSpreadOfArrival(frequencyGHz), Normal(normals, LargeScaleParameter.AzimuthSpreadOfArrival)), UrbanMacroTable.LargestAzimuthSpreadDeg),
            Math.Min(PowerOfTen(UrbanMacroTable.LgZenithSpreadOfArrival(frequencyGHz), Normal(normals, LargeScaleParameter.ZenithSpreadOfArrival)), UrbanMacroTable.LargestZenithSpreadDeg));
    }

    private static double Normal(ReadOnlySpan<double> normals, LargeScaleParameter parameter) => normals[Array.IndexOf(UrbanMacroTable.Order, parameter)];

    private static double PowerOfTen((double Mean, double Deviation) lg, double normal) => Math.Pow(10, lg.Mean + (lg.Deviation * normal));
}
