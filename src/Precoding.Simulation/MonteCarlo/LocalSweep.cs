using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Precoding.Simulation;

/// <summary>Computes the units of shards on one device.</summary>
public interface IShardWorker : IDisposable
{
    ShardOrigin Origin { get; }

    /// <summary>The shard, less the units that a checkpoint holds.</summary>
    /// <param name="finished">Units computed before; they are left out.</param>
    /// <param name="report">Told of every unit when it is finished.</param>
    /// <exception cref="OperationCanceledException">Asked to stop; the unit in hand is given up.</exception>
    void Compute(SweepShard shard, IReadOnlySet<SweepUnit> finished, Action<SweepUnitResult> report, CancellationToken stop);
}

/// <summary>How far a sweep is.</summary>
/// <param name="UnitsDone">Units of this run and of checkpoints; of shards that were there before, all.</param>
/// <param name="TimeLeft">Null until something is measured.</param>
public readonly record struct SweepProgress(int ShardsDone, int ShardCount, long UnitsDone, long UnitCount, TimeSpan? TimeLeft);

/// <summary>
/// Computes missing shards of a run directory, each worker one at a time. A worker that would still be busy with a shard when the others have done all that is left does not
/// begin it, so a slow device beside fast ones does not make everybody wait.
/// </summary>
public sealed class LocalSweep(ShardStore store)
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(5); // what a crash may cost
    private static readonly TimeSpan CancelInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly long began = Stopwatch.GetTimestamp();
    private Queue<int> waiting = new();
    private double[] secondsPerShard = [];
    private int[] shardInHand = [];
    private long[] shardBegan = [];
    private int shardsDone;
    private long unitsDone, unitsBefore;

    /// <summary>Computes these shards.</summary>
    /// <param name="workers">Each on a device of its own; they stay the caller's.</param>
    /// <exception cref="OperationCanceledException">Stopped, or cancelled by the mark in the directory; checkpoints are written.</exception>
    public void Run(IReadOnlyList<int> shards, IReadOnlyList<IShardWorker> workers, Action<SweepProgress>? progress, CancellationToken cancellationToken)
    {
        waiting = new Queue<int>(shards);
        secondsPerShard = new double[workers.Count];
        shardInHand = [.. Enumerable.Repeat(-1, workers.Count)];
        shardBegan = new long[workers.Count];
        shardsDone = store.Manifest.ShardCount - shards.Count;
        unitsBefore = unitsDone = (long)shardsDone * store.Manifest.UnitCount;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = new Timer(_ => StopWhenCancelled(stop), null, CancelInterval, CancelInterval);
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = [.. workers.Select((worker, i) => new Thread(() =>
        {
            try
            {
                Work(worker, i, progress, stop.Token);
            }
            catch (Exception error)
            {
                lock (gate)
                {
                    failure = failure is null or { SourceException: OperationCanceledException } ? ExceptionDispatchInfo.Capture(error) : failure;
                }

                stop.Cancel();
            }
        }) { Name = $"sweep-{i}" })];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        failure?.Throw();
    }

    /// <summary>Whether worker <paramref name="i"/> should begin one of so many shards that are left: not if the others end them before it ends one.</summary>
    /// <param name="secondsPerShard">Measured, [worker]; 0 where nothing was.</param>
    /// <param name="secondsInHand">How long each worker has been at its shard, [worker]; NaN for one without.</param>
    internal static bool ShouldBegin(int i, int left, IReadOnlyList<double> secondsPerShard, IReadOnlyList<double> secondsInHand)
    {
        if (left == 0)
        {
            return false;
        }

        int[] others = [.. Enumerable.Range(0, secondsPerShard.Count).Where(j => j != i && secondsPerShard[j] > 0 && !double.IsNaN(secondsInHand[j]))];
        if (secondsPerShard[i] == 0 || others.Length == 0)
        {
            return true;
        }

        // the others take them in turn, each when it is free
        double[] free = [.. others.Select(j => Math.Max(0, secondsPerShard[j] - secondsInHand[j]))];
        for (int shard = 0; shard < left && free.Max() <= secondsPerShard[i]; shard++)
        {
            int next = Array.IndexOf(free, free.Min());
            free[next] += secondsPerShard[others[next]];
        }

        return free.Max() > secondsPerShard[i];
    }

    private void Work(IShardWorker worker, int i, Action<SweepProgress>? progress, CancellationToken stop)
    {
        while (Next(i) is { } index)
        {
            stop.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            bool isWhole = RunShard(store, index, worker, () => Tell(progress, 1), count => TellOfFound(progress, count), stop);
            lock (gate)
            {
                shardInHand[i] = -1;
                shardsDone++;
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                secondsPerShard[i] = secondsPerShard[i] == 0 || !isWhole ? Math.Max(secondsPerShard[i], seconds) : (secondsPerShard[i] + seconds) / 2;
            }

            Tell(progress, 0);
        }
    }

    /// <summary>Computes one shard from its checkpoint on and publishes it.</summary>
    /// <returns>Whether it was computed from the beginning.</returns>
    public static bool RunShard(ShardStore store, int index, IShardWorker worker, CancellationToken stop) => RunShard(store, index, worker, () => { }, _ => { }, stop);

    private static bool RunShard(ShardStore store, int index, IShardWorker worker, Action unitDone, Action<int> unitsFound, CancellationToken stop)
    {
        if (store.Has(index))
        {
            unitsFound(store.Manifest.UnitCount); // somebody else was faster
            return false;
        }

        SweepShard shard = store.Manifest.Shard(index);
        var units = new List<SweepUnitResult>(store.ReadCheckpoint(index));
        int found = units.Count, noted = units.Count;
        long lastNote = Stopwatch.GetTimestamp();
        unitsFound(found);
        try
        {
            worker.Compute(shard, units.Select(u => u.Unit).ToHashSet(), unit =>
            {
                units.Add(unit);
                unitDone();
                if (Stopwatch.GetElapsedTime(lastNote) > CheckpointInterval && units.Count < store.Manifest.UnitCount)
                {
                    Note();
                }
            }, stop);
        }
        finally
        {
            if (units.Count > noted && units.Count < store.Manifest.UnitCount)
            {
                Note(); // stopped or failed
            }
        }

        store.Publish(ShardResult.Of(store.Manifest.PlanHash, shard, worker.Origin, [.. units.OrderBy(u => u.Unit.Snr).ThenBy(u => u.Unit.Precoder)]));
        return found == 0;

        void Note()
        {
            store.WriteCheckpoint(index, units);
            (lastNote, noted) = (Stopwatch.GetTimestamp(), units.Count);
        }
    }

    private int? Next(int i)
    {
        lock (gate)
        {
            double[] inHand = [.. shardInHand.Select((shard, j) => shard < 0 ? double.NaN : Stopwatch.GetElapsedTime(shardBegan[j]).TotalSeconds)];
            if (!ShouldBegin(i, waiting.Count, secondsPerShard, inHand))
            {
                return null;
            }

            (shardInHand[i], shardBegan[i]) = (waiting.Dequeue(), Stopwatch.GetTimestamp());
            return shardInHand[i];
        }
    }

    private void Tell(Action<SweepProgress>? progress, int units)
    {
        lock (gate)
        {
            unitsDone += units;
            long all = (long)store.Manifest.ShardCount * store.Manifest.UnitCount, here = unitsDone - unitsBefore;
            TimeSpan? left = here > 0 ? Stopwatch.GetElapsedTime(began) * ((double)(all - unitsDone) / here) : null;
            progress?.Invoke(new SweepProgress(shardsDone, store.Manifest.ShardCount, unitsDone, all, left));
        }
    }

    /// <summary>What a checkpoint holds says nothing of how fast this run is.</summary>
    private void TellOfFound(Action<SweepProgress>? progress, int units)
    {
        lock (gate)
        {
            unitsBefore += units;
        }

        Tell(progress, units);
    }

    private void StopWhenCancelled(CancellationTokenSource stop)
    {
        if (store.IsCancelled)
        {
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // the run ended in this moment
            }
        }
    }
}
