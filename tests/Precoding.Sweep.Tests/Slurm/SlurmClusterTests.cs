using System.Globalization;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Sweep.Tests;

/// <summary>What the client says to Slurm, and what it makes of the answers.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SlurmClusterTests : SlurmTest
{
    [Test]
    public void VersionAndMaxArraySize_AreTheControllers() => Assert.Multiple(() =>
    {
        Assert.That(Cluster.Output("scontrol", "--version"), Does.Contain(Cluster.Client.Version()));
        Assert.That(Cluster.Client.MaxArraySize(), Is.EqualTo(SlurmTestCluster.MaxArraySize));
    });

    [Test]
    public void OptionsReachTheJob()
    {
        var options = new SlurmOptions
        {
            Partition = SlurmTestCluster.SteadyPartition, Gres = "gpu:1", Time = "1:30:00", CpusPerTask = 3, Memory = "64M", Account = "radio", ArrayTasksAtOnce = 2, SignalSeconds = 120,
            ExtraArguments = ["--time=40", "--hold", "--comment=two words"],
        };
        SlurmSubmission array = Jobs.Submit([8, 9, 10], Tool, options)[0];
        string job = Cluster.Output("scontrol", "show", "job", Text(array.JobId));
        Assert.Multiple(() =>
        {
            foreach (string expected in new[]
            {
                $"JobName={array.Name}", "Partition=steady", "TresPerNode=gres:gpu:1", "CPUs/Task=3", "MinMemoryNode=64M", "Account=radio", "ArrayTaskId=0-2%2", "Comment=two words",
                "TimeLimit=00:40:00", "Reason=JobHeldUser", "Requeue=1", $"WorkDir={Run}",
            })
            {
                Assert.That(job, Does.Contain(expected));
            }
        });
    }

    [Test]
    public void Queue_TellsTasks_AndForgetsJobsThatSlurmForgot()
    {
        SlurmSubmission array = Jobs.Submit([8, 9], Tool, Steady with { Time = "30", ExtraArguments = ["--hold"] })[0];
        Assert.Multiple(() =>
        {
            Assert.That(Cluster.Client.Queue([]), Is.Empty);
            Assert.That(Cluster.Client.Queue([999_999]), Is.Empty);
            Assert.That(Cluster.Client.Queue([999_999, 999_998]), Is.Empty);
            Assert.That(
                Cluster.Client.Queue([999_999, array.JobId]),
                Is.EquivalentTo(Enumerable.Range(0, 2).Select(i => new SlurmTask(array.JobId, i, "PENDING", "JobHeldUser", TimeSpan.FromMinutes(30), string.Empty, array.Name))));
            Assert.That(Jobs.Tasks().Select(t => t.Shard), Is.EqualTo(new[] { 8, 9 }));
            Assert.That(() => Cluster.Client.Cancel([999_999]), Throws.Nothing);
            Assert.That(() => Cluster.Client.Cancel([999_999, array.JobId]), Throws.Nothing);
        });
        Assert.That(Jobs.Tasks(), Is.Empty);
    }

    [TestCase("--time=61", "PartitionTimeLimit", "exceeds the partition's")]
    [TestCase("--cpus-per-task=99", "PartitionConfig", "no node of the partition")]
    [TestCase("--hold", "JobHeldUser", "scontrol release")]
    public async Task JobThatCannotBegin_IsAccepted_AndItsTaskSaysWhy(string argument, string reason, string obstacle)
    {
        Jobs.Submit([8], Tool, Steady with { ExtraArguments = [argument] });
        await Cluster.Until($"the reason is {reason}", () => Jobs.Tasks().Single().Task.Reason == reason);
        Assert.That(Jobs.Tasks().Single().Task.Obstacle, Does.Contain(obstacle));
    }

    [Test]
    public async Task SubmitAfterJobsThatSlurmForgot_RunsAtOnce()
    {
        long id = Cluster.Client.SubmitAfter([999_999], [Script("after.sh", "touch after")], "after", "after.log", Steady, Run);
        await Cluster.Until("the job has run", () => File.Exists(In("after")));
        await Cluster.Until("the queue is empty", () => Cluster.Client.Queue([id]).Count == 0);
    }

    [Test]
    public async Task LaterMerge_TakesThePlaceOfAWaitingOne()
    {
        Jobs.Submit([0], Tool, Steady);
        SlurmSubmission first = Jobs.SubmitMerge(["/bin/true"], Steady), second = Jobs.SubmitMerge(["/bin/true"], Steady);
        await Cluster.Until("one merge waits", () => Cluster.Client.Queue([first.JobId, second.JobId]).Count == 1);
        SlurmTask waiting = Cluster.Client.Queue([first.JobId, second.JobId]).Single();
        Assert.That((waiting.JobId, waiting.ArrayIndex, waiting.Reason), Is.EqualTo((second.JobId, (int?)null, "Dependency")));
    }

    [Test]
    public void SubmissionThatWasNotRecorded_IsFoundAgain_ByItsDirectoryAlone()
    {
        SlurmSubmission array = Jobs.Submit([4, 2], Tool, Steady with { ExtraArguments = ["--hold"] })[0];
        string other = Directory.CreateDirectory(PathOf("other")).FullName;
        CopyDirectory(In("slurm"), Path.Combine(other, "slurm"));
        File.Delete(Path.Combine(other, "slurm", "submission-1.json"));
        File.Delete(In("slurm/submission-1.json"));
        Assert.Multiple(() =>
        {
            Assert.That(JobsOf(other, array.Name[..^2]).Submissions(), Is.Empty, "same name, other directory");
            SlurmSubmission found = Jobs.Submissions().Single();
            Assert.That((found.JobId, found.IsMerge), Is.EqualTo((array.JobId, false)));
            Assert.That(found.Shards, Is.EqualTo(array.Shards));
            Assert.That(File.Exists(In("slurm/submission-1.json")), "recorded");
        });
    }

    [Test]
    public void LostReplyOfSbatch_SubmitsNoSecondJob()
    {
        Command("squeue", "exec squeue \"$@\"");
        Command("scontrol", "exec scontrol \"$@\"");
        Command("sbatch", "sbatch \"$@\" >/dev/null; echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1");
        var told = new List<string>();
        SlurmCluster client = Fake(told.Add);
        SlurmSubmission array = JobsOf(Run, "lost" + Guid.NewGuid().ToString("N"), client).Submit([0], Tool, Steady with { ExtraArguments = ["--hold"] })[0];
        string queued = Cluster.Output("squeue", "--noheader", $"--name={array.Name}", "--format=%F");
        Cluster.Client.Cancel([array.JobId]);
        Assert.Multiple(() =>
        {
            Assert.That(queued.Trim(), Is.EqualTo(Text(array.JobId)));
            Assert.That(told, Has.Count.EqualTo(1).And.All.Contain("Socket timed out"));
        });
    }

    [Test]
    public void UnknownPartition_IsRefusedWithWhatWasRunAndWhatHelps() => Assert.That(
        () => Jobs.Submit([0], Tool, new SlurmOptions { Partition = "nowhere" }),
        Throws.TypeOf<EnvironmentException>().With.Message.Contains("sbatch --parsable").And.Message.Contains("--partition=nowhere")
            .And.Message.Contains("invalid partition specified: nowhere").And.Message.Contains("sinfo lists"));

    [Test]
    public void ArrayThatIsTooLarge_IsRefused() => Assert.That(
        () => Cluster.Client.SubmitArray([Script("any.sh", "true")], "large", SlurmTestCluster.MaxArraySize + 1, "%A_%a.log", new SlurmOptions(), Run),
        Throws.TypeOf<EnvironmentException>().With.Message.Contains("Invalid job array specification").And.Message.Contains("MaxArraySize"));

    [Test]
    public void SecondArrayRefused_SaysThatTheFirstGoesOn()
    {
        Command("scontrol", "exec scontrol \"$@\"");
        Command("sbatch", "case \"$*\" in *indexes-2*) echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; echo 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)' >&2; exit 1;; esac; exec sbatch \"$@\"");
        Assert.That(
            () => JobsOf(Run, "second" + Guid.NewGuid().ToString("N"), Fake()).Submit([.. Enumerable.Range(0, 8)], Tool, Steady with { ExtraArguments = ["--hold"] }),
            Throws.TypeOf<EnvironmentException>().With.Message.Contains("1 of 2 arrays").And.Message.Contains("resume").And.Message.Contains("larger shards"));
    }

    [Test]
    public void NoSlurm_SaysWhereToRunThis() => Assert.That(
        () => Fake().Version(),
        Throws.TypeOf<EnvironmentException>().With.Message.Contains("scontrol cannot be run").And.Message.Contains("login node").And.Message.Contains("slurm-client"));

    [Test]
    public void ControllerThatStaysAway_IsAskedForAWhile()
    {
        Command("squeue", "echo >>\"$0.asked\"; echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
        Assert.That(
            () => Fake(patience: 0.5).Queue([1]),
            Throws.TypeOf<EnvironmentException>().With.Message.Contains("Unable to contact slurm controller (connect failure)").And.Message.Contains("scontrol ping"));
        Assert.That(File.ReadAllLines(PathOf("bin/squeue.asked")), Has.Length.AtLeast(2));
    }

    [TestCase("Unable to process configuration file")]
    [TestCase("Could not establish a configuration source")]
    public void NoConfiguration_SaysSo(string said)
    {
        Command("scontrol", $"echo 'scontrol: fatal: {said}' >&2; exit 1");
        Assert.That(() => Fake().MaxArraySize(), Throws.TypeOf<EnvironmentException>().With.Message.Contains("SLURM_CONF"));
    }

    [Test]
    public void CommandThatHangs_IsEnded()
    {
        Command("scancel", "exec sleep 1000");
        Assert.That(() => Fake(patience: 0).Cancel([1]), Throws.TypeOf<EnvironmentException>().With.Message.Contains("scancel 1 did not end within"));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>A client whose commands are those of <see cref="Command"/> alone.</summary>
    private SlurmCluster Fake(Action<string>? retrying = null, double patience = 30) => new()
    {
        CommandDirectory = PathOf("bin"), Environment = Cluster.Environment, CommandTimeout = TimeSpan.FromSeconds(patience == 0 ? 0.3 : 60),
        Patience = TimeSpan.FromSeconds(patience), RetryInterval = TimeSpan.FromSeconds(0.1), Retrying = retrying,
    };

    private void Command(string name, string text)
    {
        Directory.CreateDirectory(PathOf("bin"));
        File.Move(Script($"{name}.new", text), PathOf($"bin/{name}"));
    }

    private string Script(string name, string text)
    {
        File.WriteAllText(In(name), $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return In(name);
    }
}
