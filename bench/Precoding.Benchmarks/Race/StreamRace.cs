using System.Diagnostics;
using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Race;

/// <summary>Methods of streams on cell-free drops: against numpy, by the antennas, and two methods at equal times.</summary>
internal static class StreamRace
{
    public const string Solve = "streams";
    public const string Antennas = "antennas";
    public const string Progress = "progress";

    /// <summary>Mean sum rates that differ by more are not of the same algorithm.</summary>
    private const double LargestRateDifference = 1e-3;

    private const string Raced = "ncjt-rwmmse";

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    /// <summary>A peer this slow has had enough rounds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>From here on an iteration of ncjt-wmmse takes long enough to be timed by itself.</summary>
    private const int SlowAntennaCount = 256;

    private static readonly int[] AntennaCounts = [16, 32, 64, 128, 256, 512];

    private static readonly CellFreeSize[] Sizes = [new(4, 8, 64, 4, 2, 1, 15), new(4, 8, 64, 4, 2, 2, 15), new(6, 12, 32, 2, 3, 1, 20), new(4, 5, 8, 2, 3, 1, 20)];

    /// <summary>Whole solves of ncjt-rwmmse against the batched peer and the one that solves a drop at a time.</summary>
    /// <param name="channelFile">The file that <paramref name="channels"/> are in, for the peer.</param>
    public static void RunAgainstPeer(ChannelBatch channels, string channelFile, PythonPeer peer, IReadOnlyList<int> threadCounts, int rounds, RaceReport report)
    {
        foreach (int threads in threadCounts)
        {
            foreach (bool oneAtATime in (bool[])[false, true])
            {
                string what = $"{Batched(channels)}{{0}}, {KernelRace.Threads(threads)}, numpy {(oneAtATime ? "a drop at a time" : "batched")}{(threads > 1 ? $", {threads} processes" : string.Empty)}";
                try
                {
                    report.Rows.Add(AgainstPeer(what, channels, channelFile, peer, threads, oneAtATime, rounds, report));
                }
                catch (PeerException error)
                {
                    report.Failures.Add($"{Solve}, {KernelRace.Threads(threads)}, {error.Message}");
                }
            }
        }
    }

    /// <summary>Seconds and drops a second of whole solves.</summary>
    public static IEnumerable<RaceRow> RunMethods(ChannelBatch channels, IReadOnlyList<int> threadCounts, int rounds)
    {
        foreach (string precoder in (string[])["local-ezf", Raced, "ncjt-cg", "ncjt-lsa", "cjt-wmmse"])
        {
            foreach (int threads in threadCounts)
            {
                using var contestant = new Contestant(precoder, channels, threads);
                double seconds = Enumerable.Range(0, rounds).Min(_ => Duel.LeastSeconds(contestant.Solve, Turn)), count = channels.Shape.RealizationCount;
                string name = $"{Batched(channels)}{contestant.Description}, {KernelRace.Threads(threads)}";
                if (precoder == Raced && threads > 1)
                {
                    yield return new RaceRow(Solve, name, "s", seconds, null, ScoreKind.AtMost, seconds, null, Targets.StreamSeconds);
                }

                yield return new RaceRow(Solve, name, "drops/s", count / seconds, null, ScoreKind.AtLeast, count / seconds, null, Target: null);
            }
        }
    }

    /// <summary>An iteration by one thread of ncjt-rwmmse, as theirs one of ncjt-wmmse, and whole solves less their iterations, for more and more antennas; 8 drops.</summary>
    public static IEnumerable<RaceRow> RunAntennas(int rounds)
    {
        const int count = 8;
        foreach (int M in AntennaCounts)
        {
            ChannelBatch channels = StreamDrops.Generate(new CellFreeSize(3, 4, M, 2, 2, 1, 15), count);
            using var ours = new IterationTime(Raced, channels, 1, 50);
            using var theirs = new IterationTime("ncjt-wmmse", channels, 1, M >= SlowAntennaCount ? 3 : 6);
            for (int round = 0; round < (M >= 2 * SlowAntennaCount ? 1 : rounds); round++)
            {
                ours.Measure(Turn);
                theirs.Measure(M >= SlowAntennaCount ? null : Turn);
            }

            string name = $"M = {M}, a drop of {count}";
            yield return Row($"{name}: an iteration of ncjt-rwmmse, ncjt-wmmse", ours.Seconds, theirs.Seconds);
            yield return Row($"{name}: the rest of a solve of ncjt-rwmmse", ours.Rest, null);

            static RaceRow Row(string name, double ours, double? theirs) => new(
                Antennas, name, "µs", ours * 1e6 / count, theirs * 1e6 / count, theirs is null ? ScoreKind.AtMost : ScoreKind.TimesFaster, theirs / ours ?? ours * 1e6 / count, null, Target: null);
        }
    }

    /// <summary>Mean rate of ncjt-cg, and as theirs that of ncjt-rwmmse, after equal times of whole solves of 100 drops by one thread, from the same Local EZF.</summary>
    public static IEnumerable<RaceRow> RunProgress(int rounds)
    {
        foreach (CellFreeSize size in Sizes)
        {
            ChannelBatch channels = StreamDrops.Generate(size, 100);
            using var cg = new TimeLine("ncjt-cg", channels, size.Streams, [1, 8, 30], longest: 200);
            using var rwmmse = new TimeLine(Raced, channels, size.Streams, [1, 40], longest: 200);
            for (int round = 0; round < rounds; round++)
            {
                cg.Measure();
                rwmmse.Measure();
            }

            int level = 0;
            var rows = new List<RaceRow>();
            foreach (int n in (int[])[1, 2, 3, 5, 10, 15, 20, 30, 50, 100, 200])
            {
                double seconds = rwmmse.SecondsOf(n);
                int iterations = cg.IterationsIn(seconds);
                double ours = cg.RateOf(iterations), theirs = rwmmse.RateOf(n);
                level = ours >= theirs * (1 - 1e-6) ? level : rows.Count + 1;
                rows.Add(new RaceRow(
                    Progress, FormattableString.Invariant($"{size}: {seconds * 10:F3} ms a drop: {iterations} of ncjt-cg, {n} of ncjt-rwmmse"), "bit/s/Hz", ours, theirs, ScoreKind.AtLeast, ours / theirs, null, Target: null));
            }

            foreach (RaceRow row in rows)
            {
                yield return row;
            }

            if (level < rows.Count)
            {
                yield return rows[level] with { Name = rows[level].Name.Replace($"{size}:", $"{size}: ncjt-cg at least level from", StringComparison.Ordinal) };
            }
        }
    }

    private static RaceRow AgainstPeer(string what, ChannelBatch channels, string channelFile, PythonPeer peer, int threads, bool oneAtATime, int rounds, RaceReport report)
    {
        using var ours = new Contestant(Raced, channels, threads);
        var duel = new Duel();
        PeerReport? theirs = null;
        long began = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds && (round == 0 || Stopwatch.GetElapsedTime(began) < Patience); round++)
        {
            theirs = peer.RunStreams(channelFile, Raced, Workload.IterationsOf(Raced), oneAtATime ? 1 : 2, threads, oneAtATime);
            duel.Add(Duel.LeastSeconds(ours.Solve, Turn), theirs.Seconds.Min());
        }

        (report.Numpy, report.Scipy, report.PeerBlas, report.PeerCore) = (theirs!.Numpy, theirs.Scipy ?? report.Scipy, SolverRace.WithoutPath(theirs.Blas), theirs.CoreType);
        double difference = SolverRace.RateDifference(ours.SumRates, theirs.SumRate, Raced, LargestRateDifference);
        return new RaceRow(
            Solve, string.Format(System.Globalization.CultureInfo.InvariantCulture, what, ours.Description), "ms", duel.Ours * 1e3, duel.Theirs * 1e3, ScoreKind.TimesFaster, duel.Ratio, duel.MedianRatio, Targets.StreamsAgainstNumpy, difference);
    }

    private static string Batched(ChannelBatch channels) => $"{channels.Shape.RealizationCount} cell-free drops: ";

    /// <summary>What more iterations take longer than few, by one thread.</summary>
    private sealed class IterationTime(string precoder, ChannelBatch channels, int few, int many) : IDisposable
    {
        private readonly Contestant shorter = new(precoder, channels, 1, few), longer = new(precoder, channels, 1, many);
        private double least = double.PositiveInfinity, most = double.PositiveInfinity;

        /// <summary>Of an iteration of all drops.</summary>
        public double Seconds => (most - least) / (many - few);

        /// <summary>Of whole solves less their iterations.</summary>
        public double Rest => Math.Max(0, least - (few * Seconds));

        /// <param name="turn">Null: one call.</param>
        public void Measure(TimeSpan? turn)
        {
            least = Math.Min(least, Time(shorter));
            most = Math.Min(most, Time(longer));

            double Time(Contestant contestant)
            {
                if (turn is { } several)
                {
                    return Duel.LeastSeconds(contestant.Solve, several);
                }

                long start = Stopwatch.GetTimestamp();
                contestant.Solve();
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        public void Dispose()
        {
            shorter.Dispose();
            longer.Dispose();
        }
    }

    /// <summary>Times of whole solves to some numbers of iterations, by one thread, on straight lines in between and beyond; and rates.</summary>
    private sealed class TimeLine(string precoder, ChannelBatch channels, int streams, int[] counts, int longest) : IDisposable
    {
        private readonly Contestant[] contestants = [.. counts.Select(n => new Contestant(precoder, channels, 1, n, streams))];
        private readonly double[] seconds = [.. counts.Select(_ => double.PositiveInfinity)];
        private readonly IReadOnlyList<double> rates = RatesOf(precoder, channels, streams, longest);

        public void Measure()
        {
            for (int i = 0; i < counts.Length; i++)
            {
                seconds[i] = Math.Min(seconds[i], Duel.LeastSeconds(contestants[i].Solve, TimeSpan.Zero));
            }
        }

        public double RateOf(int iterations) => rates[Math.Min(iterations, rates.Count - 1)];

        public double SecondsOf(int iterations)
        {
            int i = Array.FindIndex(counts, c => c >= iterations);
            i = i < 0 ? counts.Length - 1 : Math.Max(1, i);
            return seconds[i - 1] + ((seconds[i] - seconds[i - 1]) * (iterations - counts[i - 1]) / (counts[i] - counts[i - 1]));
        }

        /// <summary>Most iterations that are done by then; 0 is the start.</summary>
        public int IterationsIn(double time) => Enumerable.Range(0, longest + 1).Last(n => n == 0 || SecondsOf(n) <= time);

        public void Dispose() => Array.ForEach(contestants, contestant => contestant.Dispose());

        private static IReadOnlyList<double> RatesOf(string precoder, ChannelBatch channels, int streams, int iterations)
        {
            using var contestant = new Contestant(precoder, channels, 1, iterations, streams);
            return contestant.MeanBestRates;
        }
    }
}
