namespace Precoding.Simulation;

/// <summary>What a sweep says of one precoder at one SNR by one metric.</summary>
/// <param name="Mean">Over drops with a value.</param>
/// <param name="FailedCount">Drops on which the solver failed or diverged; their values are in no mean.</param>
/// <param name="NotFiniteCount">Other drops whose value is not a finite number; in no mean either.</param>
/// <param name="OverBaseline">Null for the baseline, and where no drop has values of both.</param>
/// <param name="Sample">Of the sum rate: values of all drops, or of at most <see cref="SweepSummary.SampleBound"/>, ascending. None of other metrics.</param>
public sealed record SweepCell(
    double SnrDb, string Precoder, string Metric, Estimate Mean, int FailedCount, int NotFiniteCount, PairedDifference? OverBaseline, IReadOnlyList<double> Sample);

/// <summary>A precoder less the baseline, on the drops that have values of both.</summary>
/// <param name="BaselineMean">Of the baseline, on these drops.</param>
/// <param name="ShareAbove">Of these drops, where the precoder's value is the higher one.</param>
public sealed record PairedDifference(Estimate Difference, double BaselineMean, double ShareAbove);

/// <summary>Time per drop. No interval: drops of a batch share its time, so that they are not independent.</summary>
public sealed record SweepTime(double SnrDb, string Precoder, double MeanSeconds, int Count);

/// <summary>Time per drop on one device, over all SNRs.</summary>
public sealed record SweepDeviceTime(string Precoder, string Device, double MeanSeconds, int Count);

/// <summary>Means and paired differences of a sweep, in one pass over its rows; memory does not grow with the number of drops.</summary>
public sealed class SweepSummary
{
    /// <summary>The metric whose distribution over drops is kept.</summary>
    public const string SumRate = "sumRate";

    /// <summary>Most values that a sample has.</summary>
    public const int SampleBound = 2000;

    private readonly Dictionary<(double SnrDb, string Precoder, string Metric), SweepCell> cells;

    private SweepSummary(string baseline, int realizationCount, IReadOnlyList<SweepCell> cells, IReadOnlyList<SweepTime> times, IReadOnlyList<SweepDeviceTime> deviceTimes)
    {
        (Baseline, RealizationCount, Cells, Times, DeviceTimes) = (baseline, realizationCount, cells, times, deviceTimes);
        (SnrsDb, Precoders, Metrics) = ([.. cells.Select(c => c.SnrDb).Distinct().Order()], [.. cells.Select(c => c.Precoder).Distinct()], [.. cells.Select(c => c.Metric).Distinct()]);
        this.cells = cells.ToDictionary(cell => (cell.SnrDb, cell.Precoder, cell.Metric));
    }

    /// <summary>What the others are compared with: the precoder of the first row.</summary>
    public string Baseline { get; }

    /// <summary>Drops with any row.</summary>
    public int RealizationCount { get; }

    /// <summary>In the order of their first rows.</summary>
    public IReadOnlyList<SweepCell> Cells { get; }

    /// <summary>In the order of their first rows.</summary>
    public IReadOnlyList<SweepTime> Times { get; }

    /// <summary>In the order of their first rows.</summary>
    public IReadOnlyList<SweepDeviceTime> DeviceTimes { get; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<double> SnrsDb { get; }

    public IReadOnlyList<string> Precoders { get; }

    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Null where there is no row of it.</summary>
    public SweepCell? Find(double snrDb, string precoder, string metric) => cells.GetValueOrDefault((snrDb, precoder, metric));

    /// <param name="rows">By realization, ascending.</param>
    /// <param name="timings">In any order.</param>
    /// <param name="baseline">Null: the precoder of the first row, which is the first of the plan.</param>
    public static SweepSummary Of(IEnumerable<SweepRow> rows, IEnumerable<SweepTiming> timings, string? baseline = null)
    {
        var cells = new OrderedDictionary<(double SnrDb, string Precoder, string Metric), Accumulator>();
        var drop = new List<(Accumulator Cell, SweepRow Row)>();
        int realizationCount = 0, last = -1;
        foreach (SweepRow row in rows)
        {
            baseline ??= row.Precoder;
            if (row.Realization != last)
            {
                CompleteDrop(drop);
                last = row.Realization > last ? row.Realization : throw new ValidationException($"Results: realization {row.Realization} stands behind {last}; rows are ordered by realization. Merge the shards again.");
                realizationCount++;
            }

            Accumulator cell = CellOf(cells, (row.SnrDb, row.Precoder, row.Metric), baseline);
            cell.Add(row);
            drop.Add((cell, row));
        }

        CompleteDrop(drop);
        (IReadOnlyList<SweepTime> times, IReadOnlyList<SweepDeviceTime> deviceTimes) = TimesOf(timings);
        return new SweepSummary(baseline ?? "", realizationCount, [.. cells.Where(pair => pair.Value.HasRows).Select(pair => pair.Value.Result(pair.Key))], times, deviceTimes);
    }

    private static Accumulator CellOf(OrderedDictionary<(double SnrDb, string Precoder, string Metric), Accumulator> cells, (double SnrDb, string Precoder, string Metric) key, string baseline)
    {
        if (!cells.TryGetValue(key, out Accumulator? cell))
        {
            cell = new Accumulator(key.Precoder == baseline ? null : CellOf(cells, key with { Precoder = baseline }, baseline), hasSample: key.Metric == SumRate);
            cells.Add(key, cell);
        }

        return cell;
    }

    /// <summary>Compares on a drop all of whose rows were added.</summary>
    private static void CompleteDrop(List<(Accumulator Cell, SweepRow Row)> drop)
    {
        foreach ((Accumulator cell, SweepRow row) in drop)
        {
            cell.Compare(row);
        }

        drop.Clear();
    }

    private static (IReadOnlyList<SweepTime> Times, IReadOnlyList<SweepDeviceTime> DeviceTimes) TimesOf(IEnumerable<SweepTiming> timings)
    {
        var times = new OrderedDictionary<(double SnrDb, string Precoder), RunningEstimate>();
        var deviceTimes = new OrderedDictionary<(string Precoder, string Device), RunningEstimate>();
        foreach (SweepTiming timing in timings)
        {
            Add(times, (timing.SnrDb, timing.Precoder), timing.Seconds);
            Add(deviceTimes, (timing.Precoder, timing.Device), timing.Seconds);
        }

        return (
            [.. times.Select(t => new SweepTime(t.Key.SnrDb, t.Key.Precoder, t.Value.Estimate.Mean, t.Value.Estimate.Count))],
            [.. deviceTimes.Select(t => new SweepDeviceTime(t.Key.Precoder, t.Key.Device, t.Value.Estimate.Mean, t.Value.Estimate.Count))]);

        static void Add<TKey>(OrderedDictionary<TKey, RunningEstimate> estimates, TKey key, double seconds)
            where TKey : notnull
        {
            if (!estimates.TryGetValue(key, out RunningEstimate? estimate))
            {
                estimates.Add(key, estimate = new RunningEstimate());
            }

            estimate.Add(seconds);
        }
    }

    /// <summary>Sums over the drops so far.</summary>
    /// <param name="baseline">The same SNR and metric of the baseline; null for its own.</param>
    private sealed class Accumulator(Accumulator? baseline, bool hasSample)
    {
        private readonly RunningEstimate mean = new(), difference = new(), baselineMean = new();
        private readonly DropSample sample = new(SampleBound);
        private SweepRow? row; // of the drop at hand, or of an earlier one
        private int failedCount, notFiniteCount, aboveCount;

        /// <summary>A baseline without any is only there for others to look at.</summary>
        public bool HasRows => row is not null;

        public void Add(SweepRow added)
        {
            if (row?.Realization == added.Realization)
            {
                throw new ValidationException($"Results: realization {added.Realization}, {added.SnrDb} dB, {added.Precoder}, {added.Metric} is there twice; each is counted once. Merge the shards again.");
            }

            row = added;
            failedCount += added.IsFailed ? 1 : 0;
            notFiniteCount += !added.IsFailed && !added.HasValue ? 1 : 0;
            if (added.HasValue)
            {
                mean.Add(added.Value);
                if (hasSample)
                {
                    sample.Add(added.Realization, added.Value);
                }
            }
        }

        public void Compare(SweepRow own)
        {
            if (baseline?.row is { HasValue: true } other && other.Realization == own.Realization && own.HasValue)
            {
                difference.Add(own.Value - other.Value);
                baselineMean.Add(other.Value);
                aboveCount += own.Value > other.Value ? 1 : 0;
            }
        }

        public SweepCell Result((double SnrDb, string Precoder, string Metric) key)
        {
            Estimate over = difference.Estimate;
            return new SweepCell(
                key.SnrDb, key.Precoder, key.Metric, mean.Estimate, failedCount, notFiniteCount,
                over.Count == 0 ? null : new PairedDifference(over, baselineMean.Estimate.Mean, (double)aboveCount / over.Count), sample.Ascending());
        }
    }
}
