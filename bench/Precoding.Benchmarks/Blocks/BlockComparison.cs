using Precoding.Cpu;

namespace Precoding.Benchmarks.Blocks;

/// <summary>What is generated.</summary>
internal sealed record BlockSize(int Users, int Antennas, int Drops, int Blocks, double CarrierHz, double SnrDb);

/// <summary>Starts of blocks after the first, on the sequences of one kind; means over those blocks.</summary>
/// <param name="Reached">Share of blocks in which the warm start comes within 0.1 % of what the own start has at its limit, within the same limit.</param>
/// <param name="IterationsToReach">Until it does; the limit where it does not.</param>
/// <param name="TimeToReach">Time of start and those iterations over that of the own start to its limit.</param>
/// <param name="Few">Rates relative to the own start at its limit, by number of iterations: from the own start, warm, from both.</param>
/// <param name="Settled">To the tolerance: iterations and relative rates of the same three.</param>
internal sealed record BlockComparison(
    double Reached, double IterationsToReach, double TimeToReach, IReadOnlyList<(double Own, double Warm, double Both)> Few, IReadOnlyList<(double Iterations, double Rate)> Settled)
{
    private const int SettledLimit = 1000;
    private const double Near = 0.999; // optima of different starts differ by as much

    public static BlockComparison Of(IReadOnlyList<ChannelBatch> sequences, string precoder, IReadOnlyList<int> few, int repeats)
    {
        using IDevice device = SimdDevice.Open(threadCount: 1);
        PrecoderOptions defaults = PrecoderCatalog.Find(precoder).DefaultOptions;
        IReadOnlyList<InitialPrecoder> warm = [new InitialPrecoder.WarmStart()], both = [.. warm, .. defaults.Starts];
        int limit = defaults.MaxIterations;
        Curve[] own = Curves(limit, 0, defaults.Starts, repeats), hot = Curves(limit, 0, warm, repeats);
        int[] reached = [.. own.Zip(hot, (a, b) => Array.FindIndex(b.Rates, rate => rate >= Near * a.Last))];
        double[] iterations = [.. reached.Select(i => (double)(i < 0 ? limit : i))];
        double[] time = [.. own.Select((a, i) => hot[i].SecondsTo(reached[i]) / a.SecondsTo(-1))];
        return new(
            reached.Average(i => i < 0 ? 0.0 : 1), iterations.Average(), time.Average(),
            [.. few.Select(n => (Relative(Curves(n, 0, defaults.Starts)), Relative(Curves(n, 0, warm)), Relative(Curves(n, 0, both))))],
            [.. new[] { defaults.Starts, warm, both }.Select(starts => Curves(SettledLimit, defaults.Tolerance, starts)).Select(curves => (curves.Average(c => (double)c.Rates.Length - 1), Relative(curves)))]);

        double Relative(Curve[] curves) => curves.Zip(own, (a, b) => a.Last / b.Last).Average();

        Curve[] Curves(int most, double tolerance, IReadOnlyList<InitialPrecoder> starts, int times = 1)
        {
            var solved = new BlockFading(PrecoderCatalog.Find(precoder).Create(defaults with { MaxIterations = most, Tolerance = tolerance, CheckInterval = 1 }), new() { Starts = starts });
            return [.. sequences.SelectMany(sequence => Least([.. Enumerable.Range(0, times).Select(_ => Curve.Of(solved.Solve(sequence, device)))]))];
        }
    }

    public static string Head(string precoder, IReadOnlyList<int> few) => FormattableString.Invariant($"""

        `{precoder}`; warm comes within 0.1 % of the own start's rate after its limit of {PrecoderCatalog.Find(precoder).DefaultOptions.MaxIterations} iterations; % of that rate after some iterations, own / warm / both

        | km/h | ms | J0 | reached, % | after iterations | in its time, % |{string.Concat(few.Select(n => $" {n} it. |"))} to 1e-5: iterations own / warm / both | rate, % |
        |---|---|---|---|---|---|{string.Concat(few.Select(_ => "---|"))}---|---|

        """);

    public override string ToString() => FormattableString.Invariant(
        $"{100 * Reached:F0} | {IterationsToReach:F1} | {100 * TimeToReach:F0} |{string.Concat(Few.Select(f => FormattableString.Invariant($" {100 * f.Own:F1} / {100 * f.Warm:F1} / {100 * f.Both:F1} |")))} ") +
        FormattableString.Invariant($"{Settled[0].Iterations:F0} / {Settled[1].Iterations:F0} / {Settled[2].Iterations:F0} | {100 * Settled[0].Rate:F2} / {100 * Settled[1].Rate:F2} / {100 * Settled[2].Rate:F2} |\n");

    /// <summary>The same blocks solved several times, with the least times.</summary>
    private static IEnumerable<Curve> Least(Curve[][] runs) => runs[0].Select((curve, block) => curve with
    {
        Seconds = [.. curve.Seconds.Select((_, i) => runs.Min(run => run[block].Seconds[i]))],
        StartSeconds = runs.Min(run => run[block].StartSeconds),
    });

    /// <summary>A block's iterates, point 0 the start.</summary>
    private sealed record Curve(double[] Rates, double[] Seconds, double StartSeconds)
    {
        public double Last => Rates[^1];

        /// <summary>The blocks that had one before.</summary>
        public static Curve[] Of(PrecodingResult result) =>
        [
            .. Enumerable.Range(1, result.Status.Length - 1).Select(r => new Curve(
                [.. result.Trace(r).Select(p => p.SumRate)], [.. result.Trace(r).Select(p => p.Seconds)], result.SecondsSolve[r] - result.Trace(r)[^1].Seconds)),
        ];

        /// <summary>Start and iterations to one of them; to the last for −1.</summary>
        public double SecondsTo(int iteration) => StartSeconds + Seconds[iteration < 0 ? ^1 : iteration];
    }
}
