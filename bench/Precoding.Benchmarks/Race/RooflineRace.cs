using Precoding.Benchmarks.Ops;
using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Race;

/// <summary>Rates that nobody else is timed for: gathered products, and the iterations of reduced-cg beside their roofline.</summary>
internal static class RooflineRace
{
    public const string Gather = "gather";
    public const string Roofline = "roofline";

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(60);

    /// <summary>The beam steps as <see cref="Drops"/> has them.</summary>
    public static IEnumerable<RaceRow> RunGather(IReadOnlyList<int> threadCounts, int rounds) =>
        from threads in threadCounts
        from step in (StepBenchmark[])[new CouplingsBenchmarks { Drop = Drop.Paper, ThreadCount = threads }, new GradientBenchmarks { Drop = Drop.Paper, ThreadCount = threads }]
        select RunStep(step, rounds);

    /// <summary>Operations that an iteration executes, 8·(L + 4/3)·K³ [coherent.md §8] without the refreshes of images, at the device's own rate of products and at OpenBLAS's.</summary>
    public static IEnumerable<RaceRow> RunRoofline(ChannelBatch channels, IReadOnlyList<int> threadCounts, int rounds)
    {
        const string precoder = "reduced-cg";
        int K = channels.Shape.UserCount, L = channels.Shape.AccessPointCount, iterations = Workload.IterationsOf(precoder);
        double flops = iterations * 8 * (L + (4.0 / 3)) * Math.Pow(K, 3);
        foreach (int threads in threadCounts)
        {
            using var contestant = new Contestant(precoder, channels, threads);
            using var products = new DisposableStep(new RefreshImagesBenchmarks { Drop = Drop.Paper, ThreadCount = threads });
            double productSeconds = double.PositiveInfinity;
            for (int round = 0; round < rounds; round++)
            {
                productSeconds = Math.Min(productSeconds, Duel.LeastSeconds(products.Step.Simd, Turn));
                Duel.LeastSeconds(contestant.Solve, Turn);
            }

            double milliseconds = contestant.LeastIterating * 1e3;
            yield return Row("the device's products", products.Step.FlopsPerCall!.Value / productSeconds);
            if (OpenBlas.IsAvailable)
            {
                yield return Row("OpenBLAS's products", KernelRace.OpenBlasRate(K, threads, rounds));
            }

            RaceRow Row(string whose, double rate)
            {
                double roofline = flops / rate * 1e3;
                return new RaceRow(
                    Roofline, $"{contestant.Description}, {KernelRace.Threads(threads)}, roofline of {whose} at {rate / 1e9:F0} GFLOP/s", "ms", milliseconds, roofline, ScoreKind.Share, roofline / milliseconds, null, Targets.RooflineShare);
            }
        }
    }

    private static RaceRow RunStep(StepBenchmark benchmark, int rounds)
    {
        using var step = new DisposableStep(benchmark);
        double seconds = Enumerable.Range(0, rounds).Min(_ => Duel.LeastSeconds(benchmark.Simd, Turn));
        double rate = benchmark.FlopsPerCall!.Value / seconds / 1e9, perCore = rate / benchmark.ThreadCount;
        string name = $"gathered {benchmark.GetType().Name.Replace("Benchmarks", string.Empty, StringComparison.Ordinal).ToLowerInvariant()}, {KernelRace.Threads(benchmark.ThreadCount)}";
        return new RaceRow(Gather, name, "GFLOP/s", rate, null, ScoreKind.GigaflopsPerCore, perCore, null, Targets.GatheredGigaflopsPerCore);
    }

    private sealed class DisposableStep : IDisposable
    {
        public DisposableStep(StepBenchmark step)
        {
            Step = step;
            step.Open();
        }

        public StepBenchmark Step { get; }

        public void Dispose() => Step.Close();
    }
}
