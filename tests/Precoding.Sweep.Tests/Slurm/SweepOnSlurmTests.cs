using System.Globalization;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Sweep.Tests;

/// <summary>The tool itself on four nodes: whatever happens to it, the merged results are those of the same plan computed here, to the byte.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SweepOnSlurmTests : SlurmTest
{
    private const int Shards = 8; // more than an array holds

    private string Directory => In("sweep");

    [Test]
    public async Task ASweepOfSeveralArraysGivesTheBytesOfALocalOne()
    {
        byte[] expected = await Here(iterations: 200);
        ToolResult begun = await Slurm("sweep", In("plan.yaml"), "--run-dir", Directory, "--engine", "slurm", "--partition", SlurmTestCluster.SteadyPartition, "--gres", "gpu:0", "--slurm-arg=--comment=ours");
        Assert.That(begun.ExitCode, Is.Zero, begun.ToString());
        await Cluster.Until("it is merged", () => File.Exists(Path.Combine(Directory, "report.html")), 2 * SlurmTestCluster.Patience);
        ToolResult status = await Slurm("sweep", "status", Directory);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(Directory, "results.csv")), Is.EqualTo(expected));
            Assert.That(begun.Out, Does.Contain($"{Shards} shards submitted"));
            Assert.That(status.Out, Does.Contain($"done      {Shards} of {Shards} shards"));
            Assert.That(System.IO.Directory.GetFiles(Path.Combine(Directory, "slurm/logs"), "*_*.log"), Has.Length.EqualTo(Shards), "a log a task");
        }
    }

    /// <summary>A task is told to stop, another copy of a shard runs elsewhere, a result is damaged, and a shard's results vanish.</summary>
    [Test]
    public async Task WhateverHappensNothingIsLostOrCountedTwice()
    {
        byte[] expected = await Here(iterations: 80_000); // seconds a shard
        ToolResult begun = await Slurm("sweep", In("plan.yaml"), "--run-dir", Directory, "--engine", "slurm", "--partition", SlurmTestCluster.SteadyPartition, "--tasks-at-once", "2");
        Assert.That(begun.ExitCode, Is.Zero, begun.ToString());
        SlurmJobs jobs = JobsOf(Directory, "unused");
        long array = jobs.Submissions()[0].JobId;
        await Cluster.Until("a task is at work", () => Cluster.CountTasks($"SLURM_ARRAY_JOB_ID={array}", "SLURM_ARRAY_TASK_ID=0") >= 2);
        Task<ToolResult> copying = Slurm("shard", "run", "--manifest", Path.Combine(Directory, "manifest.json"), "--index", "0"); // beside the task
        string log = Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"slurm/logs/{array}_2.log"));
        await Cluster.Until("the script of shard 2 listens", () => File.Exists(log) && File.ReadAllText(log).Contains("shard 2, run 0", StringComparison.Ordinal));
        await Cluster.Until("its script is signalled", () => Cluster.Signal("TERM", $"SLURM_ARRAY_JOB_ID={array}", "SLURM_ARRAY_TASK_ID=2") > 0); // as Slurm does before a time limit
        ToolResult copy = await copying; // not before: while it is waited for, shard 2 may come and go
        Assert.That(copy.ExitCode, Is.Zero, copy.ToString());
        await Cluster.Until("all tasks have ended", () => jobs.Tasks().Count == 0, 3 * SlurmTestCluster.Patience);

        string damaged = Path.Combine(Directory, "shards/000001.shard");
        await File.AppendAllTextAsync(damaged, "x");
        File.Delete(Path.Combine(Directory, "shards/000005.shard"));
        File.Delete(Path.Combine(Directory, "results.csv"));
        int[] missing = [.. ShardStore.Open(Directory).Missing()];
        ToolResult lacking = await Slurm("sweep", "merge", Directory);
        ToolResult resumed = await Slurm("sweep", "resume", Directory, "--partition", SlurmTestCluster.SteadyPartition);
        await Cluster.Until("it is merged", () => File.Exists(Path.Combine(Directory, "results.csv")), 2 * SlurmTestCluster.Patience);
        SlurmSubmission[] submissions = [.. jobs.Submissions().Where(s => !s.IsMerge)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((lacking.ExitCode, lacking.Error), Is.EqualTo((1, lacking.Error)));
            Assert.That(lacking.Error, Does.Contain("5"));
            Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
            Assert.That(submissions[^1].Shards, Is.EqualTo(missing.Append(1).Order()), "what is missing, and nothing else");
            Assert.That(missing, Does.Contain(5).And.Not.Contain(1));
            Assert.That(LogOf(Directory, array, 0), Does.Contain("shard 0, run 0"));
            Assert.That(LogOf(Directory, array, 2), Does.Contain("exit code 130").And.Contain("requeued").And.Contain("shard 2, run 1"));
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(Directory, "results.csv")), Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task CancelEndsEveryTaskAndResumeGoesOn()
    {
        byte[] expected = await Here(iterations: 20_000);
        await Slurm("sweep", In("plan.yaml"), "--run-dir", Directory, "--engine", "slurm", "--partition", SlurmTestCluster.SteadyPartition, "--tasks-at-once", "2");
        SlurmJobs jobs = JobsOf(Directory, "unused");
        long array = jobs.Submissions()[0].JobId;
        await Cluster.Until("a task is at work", () => Cluster.CountTasks($"SLURM_ARRAY_JOB_ID={array}") >= 2);
        ToolResult cancelled = await Slurm("sweep", "cancel", Directory);
        await Cluster.Until("the queue is empty", () => jobs.Tasks().Count == 0);
        await Cluster.Until("no process is left", () => Cluster.CountTasks($"SLURM_ARRAY_JOB_ID={array}") == 0);
        ToolResult status = await Slurm("sweep", "status", Directory);
        ToolResult resumed = await Slurm("sweep", "resume", Directory, "--partition", SlurmTestCluster.SteadyPartition);
        await Cluster.Until("it is merged", () => File.Exists(Path.Combine(Directory, "results.csv")), 2 * SlurmTestCluster.Patience);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cancelled.ExitCode, Is.Zero, cancelled.ToString());
            Assert.That(status.Out, Does.Contain("nothing waits or runs").And.Contain("cancelled"));
            Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(Directory, "results.csv")), Is.EqualTo(expected));
        }
    }

    /// <summary>A begun sweep moves: what a cluster did not finish is finished here.</summary>
    [Test]
    public async Task ASweepMovesFromTheClusterToThisMachine()
    {
        byte[] expected = await Here(iterations: 200);
        await Slurm("sweep", In("plan.yaml"), "--run-dir", Directory, "--engine", "slurm", "--partition", SlurmTestCluster.SteadyPartition, "--tasks-at-once", "1");
        SlurmJobs jobs = JobsOf(Directory, "unused");
        await Cluster.Until("a shard is there", () => System.IO.Directory.GetFiles(Path.Combine(Directory, "shards"), "*.shard").Length > 0);
        await Slurm("sweep", "cancel", Directory);
        await Cluster.Until("the queue is empty", () => jobs.Tasks().Count == 0);
        ToolResult here = await BuiltTool.Run(null, "sweep", "resume", Directory, "--engine", "local", "--quiet");
        Assert.That(here.ExitCode, Is.Zero, here.ToString());
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(Directory, "results.csv")), Is.EqualTo(expected));
    }

    [Test]
    public async Task WithoutSlurmThereIsARemedy()
    {
        await WritePlan(200);
        ToolResult result = await BuiltTool.Run(
            new Dictionary<string, string> { ["PATH"] = Path.GetDirectoryName(Environment.ProcessPath)! }, "sweep", In("plan.yaml"), "--run-dir", Directory, "--engine", "slurm");
        Assert.That(result.ExitCode, Is.EqualTo(4), result.ToString());
        Assert.That(result.Error, Does.Contain("sbatch").Or.Contain("scontrol"));
    }

    /// <summary>results.csv of the plan computed on this machine by itself.</summary>
    private async Task<byte[]> Here(int iterations)
    {
        await WritePlan(iterations);
        ToolResult result = await BuiltTool.Run(null, "sweep", In("plan.yaml"), "--run-dir", In("here"), "--quiet");
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        return await File.ReadAllBytesAsync(In("here/results.csv"));
    }

    private Task WritePlan(int iterations) => File.WriteAllTextAsync(In("plan.yaml"), string.Create(CultureInfo.InvariantCulture, $$"""
        name: on slurm
        seed: 11
        scenario: { name: iid, users: 8, antennas: 16, accessPoints: 2 }
        realizations: {{2 * Shards}}
        snrDb: [0, 20]
        precoders: [rzf, { name: wmmse, iterations: {{iterations}}, patience: 100000 }]
        device: cpu
        threads: 1
        shardRealizations: 2
        """));

    private static Task<ToolResult> Slurm(params string[] arguments) => BuiltTool.Run(Cluster.Environment, arguments);

    private static string LogOf(string directory, long array, int task) =>
        File.ReadAllText(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"slurm/logs/{array}_{task}.log")));

    [TearDown]
    public async Task EndSweep()
    {
        if (System.IO.Directory.Exists(Path.Combine(Directory, "slurm")))
        {
            SlurmJobs jobs = JobsOf(Directory, "unused");
            await File.WriteAllTextAsync(jobs.CancelledMarker, string.Empty);
            jobs.Cancel();
            long[] ids = [.. jobs.Submissions().Select(s => s.JobId)];
            await Cluster.Until("the queue has nothing of this sweep", () => Cluster.Client.Queue(ids).Count == 0);
        }
    }
}
