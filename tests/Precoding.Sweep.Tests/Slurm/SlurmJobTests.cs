using System.Diagnostics;
using NUnit.Framework;
using Precoding.Simulation;

[assembly: LevelOfParallelism(8)] // tests wait for Slurm, not for a processor

namespace Precoding.Sweep.Tests;

/// <summary>Arrays of shards on four nodes, through everything that ends a task before its work does.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SlurmJobTests : SlurmTest
{
    [Test]
    public async Task EveryShardIsComputedOnce_InArraysOfAtMostMaxArraySize()
    {
        int[] shards = [.. Enumerable.Range(0, 14).Select(i => 7 * i + 3)];
        Go();
        IReadOnlyList<SlurmSubmission> submissions = Jobs.Submit(shards, Tool, Steady);
        Assert.That(submissions.Select(s => s.Shards.Count), Is.EqualTo(new[] { SlurmTestCluster.MaxArraySize, SlurmTestCluster.MaxArraySize, 2 }));
        await Cluster.Until("all shards are there", () => shards.All(s => Result(s) is not null));
        await Cluster.Until("the queue is empty", () => Jobs.Tasks().Count == 0);
        Assert.Multiple(() =>
        {
            Assert.That(shards.Select(Result), Is.EqualTo(shards.Select(s => $"shard {s} from 0")));
            Assert.That(shards.Select(s => StartsOf(s).Length), Is.All.EqualTo(1));
            Assert.That(LogOf(submissions[1], task: 2), Does.Contain($"shard {shards[8]}, run 0"), "one log a task, in the run directory");
            Assert.That(Jobs.Submissions().SelectMany(s => s.Shards), Is.EqualTo(shards), "the record");
        });
    }

    [Test]
    public async Task TimeLimit_LeadsToACheckpointAndARequeueOfThatTaskAlone_AndTheMergeWaits()
    {
        // a minute is the shortest limit, too short for SlurmOptions.Time: TERM comes within 30 s, when the controller next looks at limits
        SlurmSubmission array = Jobs.Submit([0, 1], Tool, Steady with { SignalSeconds = 29, ExtraArguments = ["--time=1"] })[0];
        SlurmSubmission merge = Jobs.SubmitMerge(["/bin/sh", "-c", "cd \"$0\" && cat result.* >merged.tmp && mv merged.tmp merged", Run], Steady);
        Go(shard: 1);
        await Cluster.Until("shard 1 is there", () => Result(1) is not null);
        await Cluster.Until("shard 0 has a checkpoint and begins again", () => File.Exists(In("checkpoint.0")) && StartsOf(0).Length == 2);
        Assert.That(Cluster.Client.Queue([merge.JobId]).Single().State, Is.EqualTo("PENDING"), "a merge before the last shard");
        string checkpoint = (await File.ReadAllTextAsync(In("checkpoint.0"))).Trim();
        Go();
        await Cluster.Until("it is merged", () => File.Exists(In("merged")));
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllLines(In("merged")), Is.EqualTo(new[] { $"shard 0 from {checkpoint}", "shard 1 from 0" }));
            Assert.That(int.Parse(checkpoint), Is.Positive, "work before the signal");
            Assert.That(StartsOf(1), Has.Length.EqualTo(1), "the other task of the array");
            Assert.That(LogOf(array, task: 0), Does.Contain("shard 0, run 0").And.Contain("exit code 130").And.Contain("requeued").And.Contain("shard 0, run 1"));
        });
    }

    [Test]
    public async Task LostNode_ItsTaskRunsElsewhere()
    {
        SlurmSubmission array = Jobs.Submit([5], Tool, new SlurmOptions { ExtraArguments = ["--exclude=n2,n4"] })[0];
        await Cluster.Until("shard 5 has begun", () => StartsOf(5).Length == 1);
        Cluster.KillNode(1, withTasks: true);
        Assert.That(Cluster.CountTasks("SLURMD_NODENAME=n1"), Is.Zero);
        await Cluster.Until("shard 5 has begun elsewhere", () => StartsOf(5).Length == 2);
        Go();
        await Cluster.Until("shard 5 is there", () => Result(5) is not null);
        await Cluster.StartNode(1);
        Assert.Multiple(() =>
        {
            Assert.That(StartsOf(5), Is.EquivalentTo(new[] { "n1", "n3" }));
            Assert.That(LogOf(array, task: 0), Does.Contain("run 1"), "the log is appended to");
        });
    }

    [Test]
    public async Task TwoCopiesOfATask_OneResult()
    {
        SlurmSubmission array = Jobs.Submit([6], Tool, new SlurmOptions { ExtraArguments = ["--exclude=n1,n3"] })[0];
        await Cluster.Until("shard 6 has begun", () => StartsOf(6).Length == 1);
        Cluster.KillNode(2, withTasks: false);
        await Cluster.Until("a second copy has begun", () => StartsOf(6).Length == 2);
        Assert.That(Cluster.CountTasks("SLURMD_NODENAME=n2"), Is.Positive, "the first copy still runs");
        Go();
        await Cluster.Until("both copies have ended", () => LogOf(array, task: 0).Split("exit code 0").Length == 3);
        await Cluster.StartNode(2);
        Assert.Multiple(() =>
        {
            Assert.That(StartsOf(6), Is.EquivalentTo(new[] { "n2", "n4" }));
            Assert.That(Result(6), Is.EqualTo("shard 6 from 0"));
            Assert.That(LogOf(array, task: 0).Split("shard 6 is there already"), Has.Length.EqualTo(2), "one of two is refused");
        });
    }

    [TestCase(true)]
    [TestCase(false, Description = "a user's own scancel")]
    public async Task Cancel_LeavesNothingRunningAndNothingRequeued(bool isOurs)
    {
        SlurmSubmission array = Jobs.Submit([0, 1, 2, 3], Tool, Steady with { ArrayTasksAtOnce = 2 })[0];
        await Cluster.Until("two tasks run", () => StartsOf(0).Length + StartsOf(1).Length == 2);
        Assert.That(Jobs.Tasks().Count(t => t.Task.State == "RUNNING"), Is.EqualTo(2), "%2");
        string entry = $"SLURM_ARRAY_JOB_ID={array.JobId}";
        Assert.That(Cluster.CountTasks(entry), Is.AtLeast(4), "two scripts and two tools");
        if (isOurs)
        {
            await File.WriteAllTextAsync(Jobs.CancelledMarker, string.Empty);
            Jobs.Cancel();
        }
        else
        {
            Cluster.Output("scancel", $"{array.JobId}");
        }

        await Cluster.Until("the queue is empty", () => Jobs.Tasks().Count == 0);
        await Task.Delay(TimeSpan.FromSeconds(SlurmTestCluster.CredentialSeconds + 3)); // when a requeued task would have begun
        Assert.Multiple(() =>
        {
            Assert.That(Jobs.Tasks(), Is.Empty);
            Assert.That(Cluster.CountTasks(entry), Is.Zero);
            Assert.That(new[] { 0, 1, 2, 3 }.Select(s => File.Exists(In($"checkpoint.{s}"))), Is.EqualTo(new[] { true, true, false, false }));
            Assert.That(new[] { 0, 1, 2, 3 }.Select(s => StartsOf(s).Length), Is.EqualTo(new[] { 1, 1, 0, 0 }));
        });
    }

    [Test, NonParallelizable]
    public async Task RestartOfTheController_LosesNoTask_AndTheClientWaitsForIt()
    {
        int heard = 0;
        var client = new SlurmCluster { Environment = Cluster.Environment, RetryInterval = TimeSpan.FromSeconds(0.3), Retrying = _ => heard++ };
        SlurmSubmission array = Jobs.Submit([0, 1, 2], Tool, Steady)[0];
        await Cluster.Until("three tasks run", () => Enumerable.Range(0, 3).All(s => StartsOf(s).Length == 1));
        await Task.Delay(TimeSpan.FromSeconds(6)); // the controller saves what changed within 5 s; what it has not saved it would begin again
        Cluster.KillController();
        Task<IReadOnlyList<SlurmTask>> queue = Task.Run(() => client.Queue([array.JobId]));
        await Cluster.Until("the client was refused", () => Volatile.Read(ref heard) > 0);
        Go(shard: 1); // ends while there is no controller
        await Cluster.Until("shard 1 is there", () => Result(1) is not null);
        await Cluster.StartController();
        Assert.That((await queue).Select(t => t.ArrayIndex), Is.SupersetOf(new[] { 0, 2 }));
        Go();
        await Cluster.Until("all shards are there", () => Enumerable.Range(0, 3).All(s => Result(s) is not null));
        await Cluster.Until("the queue is empty", () => Jobs.Tasks().Count == 0);
        Assert.That(Enumerable.Range(0, 3).Select(s => StartsOf(s).Length), Is.All.EqualTo(1));
    }
}
