using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

/// <summary>Shards over workers, checkpoints and the mark that cancels, with workers that compute nothing.</summary>
[TestFixture]
public class LocalSweepTests : DirectoryTest
{
    private const int Units = 4;

    [Test]
    public void EveryShardIsComputedOnce([Values(1, 3)] int workerCount)
    {
        ShardStore store = Create(shards: 20);
        FakeWorker[] workers = [.. Enumerable.Range(0, workerCount).Select(_ => new FakeWorker(TimeSpan.FromMilliseconds(1)))];
        var told = new ConcurrentQueue<SweepProgress>();
        new LocalSweep(store).Run(store.Missing(), workers, told.Enqueue, CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(workers.SelectMany(w => w.Computed).Order(), Is.EqualTo(Enumerable.Range(0, 20)));
            Assert.That(store.Missing(), Is.Empty);
            Assert.That(told.Last(), Is.EqualTo(new SweepProgress(20, 20, 80, 80, told.Last().TimeLeft)));
            Assert.That(Directory.EnumerateFiles(PathOf("checkpoints")), Is.Empty);
        }
    }

    [TestCase(0, new[] { 1.0, 1 }, new[] { double.NaN, 0 }, ExpectedResult = false, Description = "nothing left")]
    [TestCase(1, new[] { 0.0, 1 }, new[] { double.NaN, 0 }, ExpectedResult = true, Description = "not measured")]
    [TestCase(1, new[] { 5.0, 0 }, new[] { double.NaN, 0 }, ExpectedResult = true, Description = "the other is not measured")]
    [TestCase(1, new[] { 5.0, 1 }, new[] { double.NaN, double.NaN }, ExpectedResult = true, Description = "the other has left")]
    [TestCase(4, new[] { 5.0, 1 }, new[] { double.NaN, 0 }, ExpectedResult = false, Description = "the other ends at 5")]
    [TestCase(5, new[] { 5.0, 1 }, new[] { double.NaN, 0 }, ExpectedResult = true, Description = "the other ends at 6")]
    [TestCase(5, new[] { 5.0, 1, 1 }, new[] { double.NaN, 0, 0.5 }, ExpectedResult = false, Description = "two others end at 3.5")]
    public bool AWorkerBeginsWhatTheOthersWouldNotEndBefore(int left, double[] seconds, double[] inHand) => LocalSweep.ShouldBegin(0, left, seconds, inHand);

    /// <summary>How many are left does not matter to a worker that ends in time.</summary>
    [Test]
    public void BeginningTakesNoLoopOverWhatIsLeft()
    {
        long began = Stopwatch.GetTimestamp();
        Assert.That(LocalSweep.ShouldBegin(0, 500_000_000, [5, 1, 1], [double.NaN, 0, 0.5]), Is.True);
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(1)));
    }

    /// <summary>Runs on other machines take shards of the same list.</summary>
    [Test]
    public void WhatOthersPublishedMeanwhileIsNotComputed()
    {
        ShardStore store = Create(shards: 3);
        IReadOnlyList<int> missing = store.Missing();
        new LocalSweep(store).Run([1], [new FakeWorker(TimeSpan.Zero)], null, CancellationToken.None);
        var worker = new FakeWorker(TimeSpan.Zero);
        SweepProgress told = default;
        new LocalSweep(store).Run(missing, [worker], progress => told = progress, CancellationToken.None);
        Assert.That(worker.Computed, Is.EqualTo(new[] { 0, 2 }));
        Assert.That((told.ShardsDone, told.UnitsDone), Is.EqualTo((3, 3 * (long)Units)));
    }

    [Test]
    public void WhatIsFinishedOfAShardIsNotComputedAgain()
    {
        ShardStore store = Create(shards: 2);
        var failing = new FakeWorker(TimeSpan.Zero) { FailsAfter = 3 };
        Assert.That(() => new LocalSweep(store).Run([1], [failing], null, CancellationToken.None), Throws.InvalidOperationException.With.Message.EqualTo("broken"));
        Assert.That(store.Begun(), Is.EqualTo(new[] { 1 }));
        Assert.That(store.ReadCheckpoint(1).Select(u => u.Unit), Is.EqualTo(new[] { new SweepUnit(0, 0), new SweepUnit(0, 1), new SweepUnit(1, 0) }));
        var worker = new FakeWorker(TimeSpan.Zero);
        new LocalSweep(store).Run([1], [worker], null, CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(worker.UnitCount, Is.EqualTo(1));
            Assert.That(store.Begun(), Is.Empty);
            Assert.That(store.Read(1).Rows.Select(r => (r.Realization, r.SnrDb, r.Precoder)), Is.EqualTo(new[] { (3, 0.0, "p0"), (3, 0, "p1"), (3, 1, "p0"), (3, 1, "p1"), (4, 0, "p0"), (4, 0, "p1"), (4, 1, "p0"), (4, 1, "p1"), (5, 0, "p0"), (5, 0, "p1"), (5, 1, "p0"), (5, 1, "p1") }));
        }
    }

    [Test]
    public void AFailureOfOneEndsAllAndLosesNothing()
    {
        ShardStore store = Create(shards: 50);
        FakeWorker[] workers = [new(TimeSpan.FromMilliseconds(1)), new(TimeSpan.FromMilliseconds(1)) { FailsAfter = 10 }];
        Assert.That(() => new LocalSweep(store).Run(store.Missing(), workers, null, CancellationToken.None), Throws.InvalidOperationException);
        int done = 50 - store.Missing().Count;
        Assert.That(done, Is.EqualTo(workers.Sum(w => w.Computed.Count)).And.LessThan(50).And.GreaterThan(0));
    }

    [Test]
    public void TheMarkEndsASweep()
    {
        ShardStore store = Create(shards: 2);
        var worker = new FakeWorker(TimeSpan.FromMinutes(10));
        long began = Stopwatch.GetTimestamp();
        store.Cancel();
        Assert.That(() => new LocalSweep(store).Run(store.Missing(), [worker], null, CancellationToken.None), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromMinutes(5)));
        store.Uncancel();
        Assert.That(store.IsCancelled, Is.False);
    }

    private ShardStore Create(int shards) => ShardStore.Create(DirectoryPath, new SweepManifest
    {
        Name = "fake", PlanHash = "00ff", Plan = new JsonObject { ["seed"] = 1 }, RealizationCount = 3 * shards, ShardRealizationCount = 3, UnitCount = Units, Tool = "test",
    });

    private sealed class FakeWorker(TimeSpan perShard) : IShardWorker
    {
        public List<int> Computed { get; } = [];

        public int UnitCount { get; private set; }

        public int? FailsAfter { get; init; }

        public ShardOrigin Origin { get; } = new("fake", "here", "0");

        public void Compute(SweepShard shard, IReadOnlySet<SweepUnit> finished, Action<SweepUnitResult> report, CancellationToken stop)
        {
            if (stop.WaitHandle.WaitOne(perShard))
            {
                throw new OperationCanceledException(stop);
            }

            for (int i = 0; i < Units; i++)
            {
                var unit = new SweepUnit(i / 2, i % 2);
                if (finished.Contains(unit))
                {
                    continue;
                }

                if (UnitCount++ >= FailsAfter)
                {
                    throw new InvalidOperationException("broken");
                }

                int[] drops = [.. Enumerable.Range(shard.First, shard.Count)];
                report(new SweepUnitResult(
                    unit, [.. drops.Select(r => new SweepRow(r, unit.Snr, $"p{unit.Precoder}", "sumRate", r + unit.Snr, "converged"))],
                    [.. drops.Select(r => new SweepTiming(r, unit.Snr, $"p{unit.Precoder}", 1, "fake", shard.Index))]));
            }

            Computed.Add(shard.Index);
        }

        public void Dispose()
        {
        }
    }
}
