using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

/// <summary>What a run directory keeps, and what it makes of damage.</summary>
[TestFixture]
public class ShardStoreTests : DirectoryTest
{
    /// <summary>Many at the same instant: one is first, and its bytes stay.</summary>
    [Test]
    public void OfManyWritersOneIsFirst()
    {
        for (int round = 0; round < 20; round++)
        {
            string path = PathOf($"once {round}");
            using var together = new Barrier(8);
            bool[] first = new bool[8];
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                first[i] = WriteOnceFile.Publish(path, stream => stream.Write(Encoding.ASCII.GetBytes($"writer {i}")));
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            Assert.That(first.Count(f => f), Is.EqualTo(1));
            Assert.That(File.ReadAllText(path), Is.EqualTo($"writer {Array.IndexOf(first, true)}"));
        }

        Assert.That(Directory.EnumerateFiles(DirectoryPath, ".*"), Is.Empty, "temporary files");
    }

    [Test]
    public void WhatFailsLeavesNothing()
    {
        Assert.That(() => WriteOnceFile.Publish(PathOf("x"), _ => throw new InvalidOperationException("no")), Throws.InvalidOperationException);
        Assert.That(Directory.EnumerateFileSystemEntries(DirectoryPath), Is.Empty);
    }

    /// <summary>The device that is always full.</summary>
    [Test]
    [Platform("Linux", Reason = "has /dev/full")]
    public void AFullDiskIsNamed() => Assert.That(
        () => AtomicFile.WriteThen(PathOf("x"), temporary =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[1 << 20]);
            full.Flush(flushToDisk: true);
        }, (_, _) => { }),
        Throws.InstanceOf<IOException>().With.Message.Contains("the disk is full"));

    [Test]
    public void AShardComesBackAsItWas()
    {
        ShardStore store = Create();
        ShardResult result = Result(store, 1);
        Assert.That(store.Publish(result), Is.True);
        ShardResult back = store.Read(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((back.Shard, back.PlanHash, back.Origin), Is.EqualTo((result.Shard, result.PlanHash, result.Origin)));
            Assert.That(back.Rows, Is.EqualTo(result.Rows));
            Assert.That(back.Timings, Is.EqualTo(result.Timings));
            Assert.That(store.Missing(), Is.EqualTo(new[] { 0, 2 }));
            Assert.That(store.Publish(result with { Rows = [] }), Is.False, "the second copy");
            Assert.That(store.Read(1).Rows, Is.EqualTo(result.Rows));
        }
    }

    /// <summary>Every byte changed, and every length cut: refused, each of them.</summary>
    [Test]
    public void NoDamageGoesUnseen()
    {
        ShardStore store = Create();
        store.Publish(Result(store, 1));
        string path = store.PathOf(1);
        byte[] bytes = File.ReadAllBytes(path);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x20;
            File.WriteAllBytes(path, changed);
            Assert.That(() => store.Read(1), Throws.TypeOf<FileFormatException>(), $"byte {i}");
            File.WriteAllBytes(path, bytes[..i]);
            Assert.That(() => store.Read(1), Throws.TypeOf<FileFormatException>(), $"{i} bytes");
        }

        Assert.That(store.SetDamagedAside(), Is.EqualTo(new[] { 1 }));
        Assert.That(store.Missing(), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(path + ".damaged", Does.Exist);
    }

    [Test]
    public void ShardsOfOtherPlansAreRefused()
    {
        ShardStore store = Create();
        store.Publish(Result(store, 1) with { PlanHash = "other" });
        store.Publish(Result(store, 0));
        File.Copy(store.PathOf(0), store.PathOf(2));
        Assert.That(() => store.Read(1), Throws.TypeOf<FileFormatException>().With.Message.Contains("plan other"));
        Assert.That(() => store.Read(2), Throws.TypeOf<FileFormatException>().With.Message.Contains("shard 0"));
        Assert.That(store.SetDamagedAside(), Is.EqualTo(new[] { 1, 2 }));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[1]")]
    [TestCase("{\"planHash\":\"00ff\",\"index\":1,\"units\":[{\"snr\":0,\"precoder\":0,\"results\":\"x\",\"timings\":\"\"}]}")]
    public void ACheckpointThatCannotBeReadIsNone(string text)
    {
        ShardStore store = Create();
        File.WriteAllText(PathOf("checkpoints/000001.json"), text);
        Assert.That(store.ReadCheckpoint(1), Is.Empty);
    }

    /// <summary>Its numbers become those of a shard, whose hash would then be of the damage.</summary>
    [Test]
    public void ADamagedCheckpointIsNone()
    {
        ShardStore store = Create();
        ShardResult result = Result(store, 1);
        store.WriteCheckpoint(1, [new SweepUnitResult(new SweepUnit(0, 0), result.Rows, result.Timings)]);
        Assert.That(store.ReadCheckpoint(1).Single().Rows, Is.EqualTo(result.Rows));
        string path = PathOf("checkpoints/000001.json"), text = File.ReadAllText(path);
        foreach (var (old, changed) in new[] { ("sumRate,1,", "sumRate,7,"), ("\"snr\":0", "\"snr\":1"), ("\"snr\":0", "\"snr\":0.5"), ("\"index\":1", "\"index\":1.5") })
        {
            Assert.That(text, Does.Contain(old));
            File.WriteAllText(path, text.Replace(old, changed, StringComparison.Ordinal));
            Assert.That(store.ReadCheckpoint(1), Is.Empty, changed);
        }
    }

    /// <summary>What merge said of the devices, of whichever shards.</summary>
    [Test]
    public void AReportNamesEveryDevice()
    {
        ShardStore store = Create();
        foreach (int index in store.Missing())
        {
            store.Publish(Result(store, index) with { Origin = new ShardOrigin($"device-{index}", "host", $"0.{index}") });
        }

        SweepMerge.Merge(store);
        string merged = File.ReadAllText(PathOf("report.html"));
        File.Delete(PathOf("report.html"));
        SweepMerge.Report(store);
        Assert.That(File.ReadAllText(PathOf("report.html")), Is.EqualTo(merged).And.Contain("device-1"));
        File.Delete(PathOf("results.sqlite"));
        SweepMerge.Report(store);
        Assert.That(PathOf("results.sqlite"), Does.Exist, "a merge that was ended before its end");
    }

    [TestCase("{\"format\":1,\"tool\":\"t\",\"name\":\"n\",\"planHash\":\"0\",\"realizations\":2147483647,\"shardRealizations\":1,\"units\":1,\"plan\":{}}", "no manifest")]
    [TestCase("", "no manifest")]
    [TestCase("{\"format\":1}", "no manifest")]
    [TestCase("{\"format\":2}", "a manifest of format 2")]
    public void AManifestThatIsNoneIsRefused(string text, string expected)
    {
        File.WriteAllText(PathOf("manifest.json"), text);
        Assert.That(() => ShardStore.Open(DirectoryPath), Throws.TypeOf<FileFormatException>().With.Message.Contains(expected).And.Message.Contains("manifest.json"));
    }

    [Test]
    public void AnotherSweepIsRefused()
    {
        Create();
        Assert.That(
            () => ShardStore.Create(DirectoryPath, Manifest() with { PlanHash = "11", Plan = new JsonObject { ["seed"] = 2 } }),
            Throws.TypeOf<ValidationException>().With.Message.Contains("'seed' is 1 there, 2 here"));
        Assert.That(() => ShardStore.Open(PathOf("shards")), Throws.TypeOf<ValidationException>().With.Message.Contains("no run directory"));
    }

    /// <summary>Cut otherwise, the sweep goes on as it was begun.</summary>
    [Test]
    public void TheFirstManifestHolds()
    {
        Create();
        Assert.That(ShardStore.Create(DirectoryPath, Manifest() with { ShardRealizationCount = 1 }).Manifest.ShardCount, Is.EqualTo(3));
    }

    [TestCase(new int[0], ExpectedResult = "")]
    [TestCase(new[] { 4 }, ExpectedResult = "4")]
    [TestCase(new[] { 0, 1, 2, 5, 7, 8 }, ExpectedResult = "0 to 2, 5, 7 to 8")]
    [TestCase(new[] { 0, 2, 4, 6, 8, 10, 12, 14, 16 }, ExpectedResult = "0, 2, 4, 6, 8, 10, 12, 14 and more")]
    public string RangesAreForPeople(int[] numbers) => SweepMerge.Ranges(numbers);

    private static SweepManifest Manifest() => new()
    {
        Name = "fake", PlanHash = "00ff", Plan = new JsonObject { ["seed"] = 1 }, RealizationCount = 8, ShardRealizationCount = 3, UnitCount = 1, Tool = "test",
    };

    private static ShardResult Result(ShardStore store, int index)
    {
        SweepShard shard = store.Manifest.Shard(index);
        int[] drops = [.. Enumerable.Range(shard.First, shard.Count)];
        return ShardResult.Of(store.Manifest.PlanHash, shard, new ShardOrigin("cpu: an \"odd\" name", "host", "0.1"),
        [
            new SweepUnitResult(
                new SweepUnit(0, 0), [.. drops.Select(r => new SweepRow(r, double.NaN, "a, \"b\"", "sumRate", r / 3.0, "converged"))],
                [.. drops.Select(r => new SweepTiming(r, double.NaN, "a, \"b\"", 0.1, "cpu", index))]),
        ]);
    }

    private ShardStore Create() => ShardStore.Create(DirectoryPath, Manifest());
}
