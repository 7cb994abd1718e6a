using System.Diagnostics;
using Precoding.Benchmarks.Peers;
using Precoding.Cpu;

namespace Precoding.Benchmarks.Race;

/// <summary>Whole solves: against the numpy peer, a process per turn, and one thread against two in this process.</summary>
internal static class SolverRace
{
    public const string Solve = "solve";
    public const string Batch = "batch";
    public const string Scaling = "threads";

    /// <summary>
    /// Sum rates, in the mean over realizations, that differ by more are not of the same algorithm. Single realizations say less: 50 steps of a Hamiltonian
    /// flow amplify rounding, and at K = 24 this engine's own single and double precision end up to 9 % apart, their means 0.04 %.
    /// </summary>
    private const double LargestRateDifference = 1e-2;

    private const int PeerRepeats = 2;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ScalingTurn = TimeSpan.FromMilliseconds(150);

    /// <summary>A peer this slow has had enough rounds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] RacedPrecoders = ["reduced-cg", "reduced-hamiltonian", "bsp-hamiltonian", "wmmse"];

    /// <param name="channelFile">The file that <paramref name="channels"/> are from, for the peer.</param>
    public static void RunAgainstPeer(string section, ChannelBatch channels, string channelFile, PythonPeer peer, int threads, int rounds, Func<string, double> target, RaceReport report)
    {
        foreach (string precoder in RacedPrecoders)
        {
            try
            {
                foreach (RaceRow row in RunAgainstPeer(section, precoder, channels, channelFile, peer, threads, rounds, target(precoder), report))
                {
                    report.Rows.Add(row);
                }
            }
            catch (PeerException error)
            {
                report.Failures.Add($"{section}, {KernelRace.Threads(threads)}, {error.Message}");
            }
        }
    }

    /// <summary>Every precoder for single-antenna users at the paper's scale, then those that iterate on the batch of small drops.</summary>
    public static IEnumerable<RaceRow> RunScaling(int threads, int rounds) =>
        RunScaling(Drops.Of(Drop.Paper), PrecoderCatalog.Entries.Where(e => e.DefaultOptions is CoherentOptions).Select(e => e.Name), threads, rounds)
            .Concat(RunScaling(Drops.Of(Drop.SmallBatch), RacedPrecoders, threads, rounds));

    private static IEnumerable<RaceRow> RunScaling(ChannelBatch channels, IEnumerable<string> precoders, int threads, int rounds)
    {
        foreach (string precoder in precoders)
        {
            using var many = new Contestant(precoder, channels, threads);
            using var one = new Contestant(precoder, channels, threadCount: 1);
            Duel duel = Duel.Run(many.Solve, one.Solve, rounds, ScalingTurn);
            yield return new RaceRow(
                Scaling, $"{Batched(channels)}{many.Description}, {threads} threads against 1", "ms", duel.Ours * 1e3, duel.Theirs * 1e3, ScoreKind.TimesFaster, duel.Ratio, duel.MedianRatio, Targets.TwoThreads);
        }
    }

    private static List<RaceRow> RunAgainstPeer(
        string section, string precoder, ChannelBatch channels, string channelFile, PythonPeer peer, int threads, int rounds, double target, RaceReport report)
    {
        using var ours = new Contestant(precoder, channels, threads);
        Duel whole = new(), iterations = new();
        PeerReport? theirs = null;
        long began = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds && (round == 0 || Stopwatch.GetElapsedTime(began) < Patience); round++)
        {
            theirs = peer.Run(channelFile, precoder, Workload.IterationsOf(precoder), PeerRepeats, threads, channels.Shape.RealizationCount);
            ours.Forget();
            double seconds = Duel.LeastSeconds(ours.Solve, Turn);
            whole.Add(seconds, theirs.Seconds.Min());
            if (theirs.IterateSeconds.Length > 0)
            {
                iterations.Add(ours.LeastIterating, theirs.IterateSeconds.Min());
            }
        }

        (report.Numpy, report.Scipy, report.PeerBlas, report.PeerCore) = (theirs!.Numpy, theirs.Scipy, WithoutPath(theirs.Blas), theirs.CoreType);
        double difference = RateDifference(ours.SumRates, theirs.SumRate, precoder);
        string name = $"{Batched(channels)}{ours.Description}, {KernelRace.Threads(threads)}";
        List<RaceRow> rows =
        [
            new RaceRow(section, name, "ms", whole.Ours * 1e3, whole.Theirs * 1e3, ScoreKind.TimesFaster, whole.Ratio, whole.MedianRatio, target, difference),
        ];
        if (theirs.IterateSeconds.Length > 0)
        {
            rows.Add(new RaceRow(
                section, $"{name}, iterations alone", "ms", iterations.Ours * 1e3, iterations.Theirs * 1e3, ScoreKind.TimesFaster, iterations.Ratio, iterations.MedianRatio, Target: null));
        }

        return rows;
    }

    /// <summary>How names of rows begin.</summary>
    private static string Batched(ChannelBatch channels) =>
        channels.Shape.RealizationCount > 1 ? $"{channels.Shape.RealizationCount} drops of K = {channels.Shape.UserCount}: " : string.Empty;

    public static string? WithoutPath(string? blas) => Path.IsPathRooted(blas) ? Path.GetFileName(blas) : blas;

    /// <summary>Relative difference of the mean sum rates; fails where that is not the same algorithm.</summary>
    public static double RateDifference(IReadOnlyList<double> ours, IReadOnlyList<double> theirs, string precoder, double largest = LargestRateDifference)
    {
        if (ours.Count != theirs.Count)
        {
            throw new PeerException($"{precoder}: the peer returned {theirs.Count} sum rates, expected {ours.Count}.");
        }

        double difference = Math.Abs(ours.Average() - theirs.Average()) / Math.Abs(theirs.Average());
        return difference <= largest ? difference
            : throw new PeerException($"{precoder}: mean sum rates differ by {difference:E1} from the peer's, expected at most {largest:E0}: not the same algorithm.");
    }
}
