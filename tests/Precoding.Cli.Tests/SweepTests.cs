using System.Globalization;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>sweep and shard run, in this process.</summary>
public sealed class SweepTests : CliTest
{
    private const string Small = """
        name: small
        seed: 3
        scenario: { name: uma-nlos, users: 4, antennas: 8, accessPoints: 2 }
        realizations: 7
        normalize: mean
        snrDb: [0, 10]
        precoders: [mrt, { name: reduced-cg, iterations: 7, starts: "rzf,random:1" }, { name: wmmse, iterations: 5 }]
        device: cpu
        shardRealizations: 3
        """;

    [Test]
    public async Task NumbersAreThoseOfSolve()
    {
        await Sweep("a");
        await Cli.Run("drop", "--scenario", "uma-nlos", "--users", "4", "--antennas", "8", "--access-points", "2", "--seed", "3", "--realizations", "7", "--out", PathOf("drop.npz"), "--quiet");
        CliResult solved = await Cli.Run(
            "solve", "--channels", PathOf("drop.npz"), "--normalize", "mean", "--snr-db", "10", "--precoder", "reduced-cg", "--iterations", "7", "--starts", "rzf,random:1", "--seed", "3", "--device", "cpu", "--json");
        double[] expected = [.. solved.Json["precoders"]![0]!["realizations"]!.AsArray().Select(r => r!["sumRateBitPerSecondPerHertz"]!.GetValue<double>())];
        double[] got = [.. Rows("a").Where(r => r is { Precoder: "reduced-cg", SnrDb: 10, Metric: "sumRate" }).Select(r => r.Value)];
        Assert.That(got, Is.EqualTo(expected));
    }

    [Test]
    public async Task AntennaLimitsAreThoseOfSolve()
    {
        await Sweep("a", "--set", "antennaLimitDb=-1");
        await Cli.Run("drop", "--scenario", "uma-nlos", "--users", "4", "--antennas", "8", "--access-points", "2", "--seed", "3", "--realizations", "7", "--out", PathOf("drop.npz"), "--quiet");
        CliResult solved = await Cli.Run(
            "solve", "--channels", PathOf("drop.npz"), "--normalize", "mean", "--snr-db", "10", "--precoder", "mrt", "--antenna-limit-db", "-1", "--device", "cpu", "--json");
        double[] expected = [.. solved.Json["precoders"]![0]!["realizations"]!.AsArray().Select(r => r!["sumRateBitPerSecondPerHertz"]!.GetValue<double>())];
        Assert.That(Rows("a").Where(r => r is { Precoder: "mrt", SnrDb: 10, Metric: "sumRate" }).Select(r => r.Value), Is.EqualTo(expected));
    }

    [Test]
    public async Task RowsAreInOrderAndComplete()
    {
        CliResult result = await Sweep("a");
        SweepRow[] rows = [.. Rows("a")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(rows, Has.Length.EqualTo(7 * 2 * 3 * 2));
            Assert.That(rows.Select(r => r.Realization), Is.Ordered);
            Assert.That(rows.Take(12).Select(r => (r.SnrDb, r.Precoder, r.Metric)).Distinct().Count(), Is.EqualTo(12));
            Assert.That(rows.Take(3).Select(r => $"{r.Precoder} {r.Metric}"), Is.EqualTo(new[] { "mrt sumRate", "mrt iterations", "reduced-cg sumRate" }));
            Assert.That(File.ReadLines(PathOf("a/results.csv")).First(), Is.EqualTo("realization,snrDb,precoder,metric,value,status"));
            foreach (string name in new[] { "manifest.json", "plan.yaml", "timings.csv", "results.sqlite", "summary.csv", "report.html" })
            {
                Assert.That(PathOf($"a/{name}"), Does.Exist);
            }
        }
    }

    [TestCase("shardRealizations=1")]
    [TestCase("shardRealizations=7")]
    [TestCase("threads=1")]
    public async Task BytesDoNotDependOnHowASweepIsCut(string setting)
    {
        await Sweep("a");
        CliResult other = await Sweep("b", "--set", setting);
        Assert.That(other.ExitCode, Is.Zero, other.ToString());
        Assert.That(File.ReadAllBytes(PathOf("b/results.csv")), Is.EqualTo(File.ReadAllBytes(PathOf("a/results.csv"))));
    }

    [Test]
    public async Task AnInterruptedSweepGoesOn()
    {
        await Sweep("a");
        using var stop = new CancellationTokenSource();
        string plan = WritePlan();
        Task<CliResult> interrupted = Cli.Run(["sweep", plan, "--run-dir", PathOf("b"), "--set", "precoders.wmmse.iterations=200000", "--set", "precoders.wmmse.patience=1000000"], false, stop.Token);
        while (!Directory.Exists(PathOf("b/shards")))
        {
            await Task.Delay(5);
        }

        await Task.Delay(300);
        stop.Cancel();
        CliResult first = await interrupted;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.ExitCode, Is.EqualTo(130), first.ToString());
            Assert.That(first.Error, Does.Contain("sweep resume"));
            Assert.That((await Cli.Run("sweep", "merge", PathOf("b"))).ExitCode, Is.EqualTo(1));
            Assert.That(PathOf("b/results.csv"), Does.Not.Exist);
        }
    }

    [Test]
    public async Task ACheckpointSavesWhatIsFinished()
    {
        await Sweep("a");
        await Sweep("b");
        ShardStore store = ShardStore.Open(PathOf("b"));
        ShardResult whole = store.Read(1);
        SweepUnitResult mrt = new(new SweepUnit(0, 0), [.. whole.Rows.Where(r => r is { SnrDb: 0, Precoder: "mrt" }).Select(r => r with { Value = -1 })], [.. whole.Timings.Where(t => t is { SnrDb: 0, Precoder: "mrt" })]);
        File.Delete(store.PathOf(1));
        store.WriteCheckpoint(1, [mrt]);
        CliResult status = await Cli.Run("sweep", "status", PathOf("b"), "--json");
        CliResult resumed = await Cli.Run("sweep", "resume", PathOf("b"), "--quiet");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Json["begun"]!.AsArray().Single()!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(status.Json["done"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
            SweepRow[] rows = [.. Rows("b")];
            Assert.That(rows.Where(r => r.Value == -1).Select(r => r.Realization).Distinct(), Is.EqualTo(new[] { 3, 4, 5 }), "taken from the checkpoint");
            Assert.That(rows.Where(r => r.Value != -1), Is.EqualTo(Rows("a").Where(r => r is not { SnrDb: 0, Precoder: "mrt", Realization: >= 3 and < 6 })));
        }
    }

    [Test]
    public async Task ShardsComputedOneByOneMergeToTheSame()
    {
        await Sweep("a");
        string manifest = PathOf("b/manifest.json");
        using (var stop = new CancellationTokenSource())
        {
            stop.Cancel();
            Assert.That((await Cli.Run(["sweep", WritePlan(), "--run-dir", PathOf("b")], false, stop.Token)).ExitCode, Is.EqualTo(130));
        }

        foreach (string index in new[] { "2", "0" })
        {
            CliResult shard = await Cli.Run("shard", "run", "--manifest", manifest, "--index", index);
            Assert.That(shard.ExitCode, Is.Zero, shard.ToString());
        }

        CliResult early = await Cli.Run("sweep", "merge", PathOf("b"));
        CliResult again = await Cli.Run("shard", "run", "--manifest", manifest, "--index", "2");
        CliResult outside = await Cli.Run("shard", "run", "--manifest", manifest, "--index", "3");
        await Cli.Run("shard", "run", "--manifest", manifest, "--index", "1");
        CliResult merged = await Cli.Run("sweep", "merge", PathOf("b"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((early.ExitCode, early.Error), Is.EqualTo((1, early.Error)));
            Assert.That(early.Error, Does.Contain("1 of 3 shards").And.Contain("lack: 1."));
            Assert.That((again.ExitCode, again.Error), Is.EqualTo((0, $"shard 2 is there already{Environment.NewLine}")));
            Assert.That((outside.ExitCode, outside.Error), Is.EqualTo((3, $"beamprecoding: Shard 3 is not in the sweep 'small'; it has shards 0 to 2.{Environment.NewLine}")));
            Assert.That(merged.ExitCode, Is.Zero, merged.ToString());
            Assert.That(File.ReadAllBytes(PathOf("b/results.csv")), Is.EqualTo(File.ReadAllBytes(PathOf("a/results.csv"))));
        }
    }

    [Test]
    public async Task DamagedShardsAreComputedAgain()
    {
        await Sweep("a");
        byte[] before = File.ReadAllBytes(PathOf("a/results.csv"));
        string shard = PathOf("a/shards/000001.shard");
        byte[] bytes = File.ReadAllBytes(shard);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(shard, bytes);
        CliResult merged = await Cli.Run("sweep", "merge", PathOf("a"));
        CliResult resumed = await Cli.Run("sweep", "resume", PathOf("a"), "--quiet");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(merged.ExitCode, Is.EqualTo(3), merged.ToString());
            Assert.That(merged.Error, Does.Contain("000001.shard").And.Contain("Resume"));
            Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
            Assert.That(resumed.Error, Does.Contain("shards 1 were damaged"));
            Assert.That(shard + ".damaged", Does.Exist);
            Assert.That(File.ReadAllBytes(PathOf("a/results.csv")), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task AnotherPlanIsRefusedInADirectory()
    {
        await Sweep("a");
        CliResult other = await Sweep("a", "--set", "snrDb=[0]");
        Assert.That(other.ExitCode, Is.EqualTo(3));
        Assert.That(other.Error, Does.Contain("'snrDb' is [0,10] there, [0] here"));
    }

    [Test]
    public async Task FilesAreOneSeries()
    {
        await Cli.Run("drop", "--scenario", "uma-nlos", "--users", "4", "--antennas", "8", "--access-points", "2", "--seed", "3", "--realizations", "7", "--out", PathOf("all.npz"), "--quiet");
        ChannelBatch all = ChannelFile.Read(PathOf("all.npz")).Channels;
        ChannelFile.Write(PathOf("one.npz"), all.Slice(0, 4));
        ChannelFile.Write(PathOf("two.npz"), all.Slice(4, 3));
        await Sweep("a");
        string[] fromFiles = ["--set", "scenario=", "--set", "channels=[one.npz, two.npz]"];
        string plan = PathOf("files.yaml");
        await File.WriteAllTextAsync(plan, Small.Replace("scenario: { name: uma-nlos, users: 4, antennas: 8, accessPoints: 2 }", "channels: [one.npz, two.npz]", StringComparison.Ordinal));
        CliResult result = await Cli.Run("sweep", plan, "--run-dir", PathOf("b"), "--quiet");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(File.ReadAllBytes(PathOf("b/results.csv")), Is.EqualTo(File.ReadAllBytes(PathOf("a/results.csv"))));
        }

        CliResult twice = await Cli.Run("sweep", plan, "--run-dir", PathOf("c"), "--set", "channels=[one.npz, one.npz]", "--set", "realizations=6");
        Assert.That(twice.ExitCode, Is.EqualTo(3), twice.ToString());
        Assert.That(twice.Error, Does.Contain("have the same contents"));
        File.Delete(PathOf("b/shards/000000.shard"));
        ChannelFile.Write(PathOf("one.npz"), all.Slice(1, 4));
        CliResult changed = await Cli.Run("sweep", "resume", PathOf("b"), "--quiet");
        Assert.That(changed.ExitCode, Is.EqualTo(3), changed.ToString());
        Assert.That(changed.Error, Does.Contain("one.npz has changed since the sweep began"));
        File.Delete(PathOf("one.npz"));
        CliResult absent = await Cli.Run("sweep", "resume", PathOf("b"), "--quiet");
        Assert.That(absent.ExitCode, Is.EqualTo(3), absent.ToString());
        Assert.That(absent.Error, Does.Contain("one.npz does not exist; the sweep began with this channel file"));
    }

    [Test]
    public async Task BoundsAreAboveEveryPrecoder()
    {
        CliResult result = await Sweep("a", "--set", "certificate=true", "--set", "metrics=[sumRate, userRates]");
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var rows = Rows("a").Where(r => r.Metric == "sumRate").ToLookup(r => (r.Realization, r.SnrDb));
        Assert.That(rows, Has.Count.EqualTo(14));
        foreach (var drop in rows)
        {
            Assert.That(drop.Single(r => r.Precoder == "upper-bound").Value, Is.GreaterThanOrEqualTo(drop.Where(r => r.Precoder != "upper-bound").Max(r => r.Value)));
        }

        SweepRow[] users = [.. Rows("a").Where(r => r is { Realization: 2, SnrDb: 10, Precoder: "wmmse" })];
        Assert.That(users.Where(r => r.Metric.StartsWith("userRate.", StringComparison.Ordinal)).Sum(r => r.Value), Is.EqualTo(users.Single(r => r.Metric == "sumRate").Value).Within(1e-9));
    }

    [Test]
    public async Task PrecodersAreKeptWhereAskedFor()
    {
        CliResult result = await Sweep("a", "--set", "savePrecoders=true");
        string[] files = [.. Directory.GetFiles(PathOf("a/shards"), "*.npz").Select(f => Path.GetFileName(f)).Order()];
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(files, Has.Length.EqualTo(3 * 2 * 3));
        using FileStream stream = File.OpenRead(PathOf("a/shards/000001.p2.wmmse.snr10.npz"));
        IArrayReader archive = ArrayFile.Open(stream, "x.npz");
        Assert.That(archive.Read("P").Shape, Is.EqualTo(new[] { 3, 4, 2, 8 }));
        double[] rates = archive.Read("sumRate").ToDoubles();
        Assert.That(rates, Is.EqualTo(Rows("a").Where(r => r is { Precoder: "wmmse", SnrDb: 10, Metric: "sumRate", Realization: >= 3 and < 6 }).Select(r => r.Value)));
    }

    /// <summary>SNRs that differ far behind the point, and labels longer than names of files may be.</summary>
    [Test]
    public async Task PrecodersOfEverySnrHaveAFileOfTheirOwn()
    {
        CliResult result = await Sweep("a", "--set", "savePrecoders=true", "--set", "snrDb=[0.0001, 0.0002]", "--set", $"precoders=[{{name: mrt, label: {new string('a', 200)}}}]", "--set", "shardRealizations=7");
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(Directory.GetFiles(PathOf("a/shards"), "*.npz"), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task StreamsAreSweptToo()
    {
        CliResult result = await Sweep(
            "a", "--set", "scenario={name: rayleigh-cell-free, users: 3, antennas: 8, accessPoints: 2, userAntennas: 2, serving: nearest:1}", "--set", "precoders=[local-ezf, {name: ncjt-rwmmse, iterations: 5}, ncjt-lsa]",
            "--set", "normalize=none", "--set", "realizations=3", "--set", "shardRealizations=2");
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(Rows("a").Where(r => r.Metric == "sumRate").All(r => r.Value > 0), Is.True);
    }

    [Test]
    public async Task ADryRunWritesNothing()
    {
        CliResult result = await Cli.Run("sweep", WritePlan(), "--run-dir", PathOf("a"), "--dry-run");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Contain("shards    3 of 3 realizations, 6 units each").And.Contain("time      at most").And.Contain("MiB"));
            Assert.That(PathOf("a"), Does.Not.Exist);
        }
    }

    [Test]
    public async Task CancelStopsWhateverIsAtWork()
    {
        Task<CliResult> running = Sweep("a", "--set", "precoders.wmmse.iterations=1000000", "--set", "precoders.wmmse.patience=1000000000");
        while (!File.Exists(PathOf("a/.lock")))
        {
            await Task.Delay(20);
        }

        CliResult second = await Sweep("a", "--set", "precoders.wmmse.iterations=1000000", "--set", "precoders.wmmse.patience=1000000000");
        CliResult cancel = await Cli.Run("sweep", "cancel", PathOf("a"));
        CliResult first = await running;
        CliResult status = await Cli.Run("sweep", "status", PathOf("a"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.ExitCode, second.Error), Is.EqualTo((4, second.Error)));
            Assert.That(second.Error, Does.Contain("another sweep is at work there"));
            Assert.That(cancel.ExitCode, Is.Zero);
            Assert.That(first.ExitCode, Is.EqualTo(130), first.ToString());
            Assert.That(status.Out, Does.Contain("done      0 of 3 shards").And.Contain("cancelled"));
        }
    }

    /// <summary>Who is refused leaves the mark to those it is for.</summary>
    [Test]
    public async Task WhoIsRefusedUndoesNoCancel()
    {
        await Sweep("a");
        ShardStore store = ShardStore.Open(PathOf("a"));
        store.Cancel();
        CliResult refused;
        using (new FileStream(PathOf("a/.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            refused = await Cli.Run("sweep", "resume", PathOf("a"));
        }

        Assert.That((refused.ExitCode, store.IsCancelled), Is.EqualTo((4, true)), refused.ToString());
        File.Delete(PathOf("a/.lock"));
        Directory.CreateDirectory(PathOf("a/.lock"));
        Assert.That((await Cli.Run("sweep", "resume", PathOf("a"))).ExitCode, Is.EqualTo(4), "no lock can be had there");
    }

    /// <summary>The directory may hold another's.</summary>
    [Test]
    public async Task NoPlanIsWrittenOver()
    {
        await File.WriteAllTextAsync(PathOf("plan.yml"), Small);
        Directory.CreateDirectory(PathOf("a"));
        await File.WriteAllTextAsync(PathOf("a/plan.yml"), "mine");
        CliResult result = await Cli.Run("sweep", PathOf("plan.yml"), "--run-dir", PathOf("a"), "--quiet");
        Assert.That((result.ExitCode, await File.ReadAllTextAsync(PathOf("a/plan.yml"))), Is.EqualTo((0, "mine")), result.ToString());
    }

    [Test]
    public async Task WhatIsOtherwiseThanItWasBegunIsSaid()
    {
        await Sweep("a");
        CliResult again = await Sweep("a", "--set", "savePrecoders=true");
        Assert.That(again.ExitCode, Is.Zero, again.ToString());
        Assert.That(again.Error, Does.Contain("goes on as it was begun: 'savePrecoders' is false there, true here"));
    }

    [Test]
    public async Task ReportComesFromTheResultsAlone()
    {
        await Sweep("a");
        File.Delete(PathOf("a/report.html"));
        Directory.Delete(PathOf("a/checkpoints"), recursive: true);
        CliResult report = await Cli.Run("sweep", "report", PathOf("a"));
        Assert.That(report.ExitCode, Is.Zero, report.ToString());
        Assert.That(report.Out, Does.Contain("less mrt").And.Contain("reduced-cg"));
        Assert.That(File.ReadAllText(PathOf("a/report.html")), Does.Contain("Sweep small"));
    }

    [TestCase(3, "sweep", "nowhere.yaml")]
    [TestCase(2, "sweep", "plan.txt")]
    [TestCase(3, "sweep", "status", "nowhere")]
    [TestCase(2, "sweep", "plan.yaml", "--engine", "cloud")]
    [TestCase(2, "sweep", "plan.yaml", "--partition", "gpu")]
    [TestCase(2, "sweep", "plan.yaml", "--dry-run", "--partition", "gpu")]
    [TestCase(2, "shard", "run", "--manifest", "nowhere/manifest.json", "--index", "x")]
    [TestCase(3, "shard", "run", "--manifest", "nowhere/manifest.json", "--index", "1")]
    [TestCase(2, "sweep")]
    public async Task MistakesHaveTheirExitCodes(int expected, params string[] arguments)
    {
        WritePlan();
        CliResult result = await Cli.Run([.. arguments.Select(a => a.Contains('.', StringComparison.Ordinal) || a == "nowhere" ? PathOf(a) : a)]);
        Assert.That(result.ExitCode, Is.EqualTo(expected), result.ToString());
        Assert.That(result.Error.Trim(), Is.Not.Empty);
    }

    private Task<CliResult> Sweep(string directory, params string[] options) => Cli.Run(["sweep", WritePlan(), "--run-dir", PathOf(directory), .. options]);

    private string WritePlan()
    {
        string plan = PathOf("plan.yaml");
        File.WriteAllText(plan, Small);
        return plan;
    }

    private IEnumerable<SweepRow> Rows(string directory)
    {
        using StreamReader reader = File.OpenText(PathOf($"{directory}/results.csv"));
        return [.. SweepCsv.ReadResults(reader, "results.csv")];
    }
}
