namespace Precoding.Simulation.Tests.MonteCarlo;

/// <summary>A sweep of drawn numbers with failures, values that are not finite, rows that are missing, and labels that need quotes.</summary>
internal static class SampleSweep
{
    public const string Baseline = "wmmse(tolerance=1e-3,start=rzf)", Quoted = "bsp \"fine\" ×2, é 𝄞", Plain = "rzf", MinimumRate = "minimumRate";

    public static readonly string[] Precoders = [Baseline, Quoted, Plain], Metrics = [SweepSummary.SumRate, MinimumRate];
    public static readonly double[] SnrsDb = [-5.5, 10, 20];

    /// <summary>Drop 3 has no baseline at 10 dB; on every seventh <see cref="Quoted"/> failed or diverged, with values; on every fifth the minimum rate of rzf is not finite.</summary>
    public static IEnumerable<SweepRow> Rows(int realizationCount) =>
        from r in Enumerable.Range(0, realizationCount)
        from s in Enumerable.Range(0, SnrsDb.Length)
        from p in Enumerable.Range(0, Precoders.Length)
        from m in Enumerable.Range(0, Metrics.Length)
        where (r, s, p) != (3, 1, 0)
        select new SweepRow(r, SnrsDb[s], Precoders[p], Metrics[m], Value(r, s, p, m), p == 1 && r % 7 == 2 ? "diverged" : "converged");

    public static IEnumerable<SweepTiming> Timings(int realizationCount) =>
        from r in Enumerable.Range(0, realizationCount)
        from s in Enumerable.Range(0, SnrsDb.Length)
        from p in Enumerable.Range(0, Precoders.Length)
        select new SweepTiming(r, SnrsDb[s], Precoders[p], (1 + p) * 1e-3 * (1 + (0.1 * s)), r % 2 == 0 ? "cuda:0, 139 GiB" : "simd", r / 4);

    private static double Value(int r, int s, int p, int m) => (r % 5, p, m) switch
    {
        (4, 2, 1) => double.NaN,
        (3, 2, 1) => double.NegativeInfinity,
        _ => 10 + (5 * s) - (1.5 * p * m) + new CounterRandom(3, RandomPurpose.IndependentFading, r).Normal((uint)s) + (0.4 * new CounterRandom(4, RandomPurpose.IndependentFading, r).Normal((uint)((s * 6) + (p * 2) + m))),
    };
}
