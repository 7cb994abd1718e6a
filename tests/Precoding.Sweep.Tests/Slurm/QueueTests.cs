using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Sweep.Tests;

/// <summary>What the tool makes of a queue, with commands of Slurm that say what a test wants.</summary>
[Platform(Exclude = "Win")]
public sealed class QueueTests : DirectoryTest
{
    private const string Plan = """
        scenario: { name: iid, users: 2, antennas: 2, accessPoints: 1 }
        realizations: 2
        snrDb: 0
        precoders: mrt
        device: cpu
        shardRealizations: 1
        """;

    private string Run => PathOf("run");

    /// <summary>Tasks that scancel ends are in the queue for a while; who takes them for waiting submits nothing, and nothing is computed.</summary>
    [TestCase("COMPLETING", "None", ExpectedResult = "0\n1\n")]
    [TestCase("COMPLETING", "TimeLimit", ExpectedResult = "", Description = "will be requeued")]
    [TestCase("PENDING", "Resources", ExpectedResult = "")]
    public async Task<string> ResumeAfterCancel(string state, string reason)
    {
        await Begin();
        Queue(state, reason, await NameOf(1));
        await Tool("sweep", "cancel", Run);
        ToolResult resumed = await Tool("sweep", "resume", Run);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        return File.Exists(PathOf("run/slurm/indexes-3.txt")) ? await File.ReadAllTextAsync(PathOf("run/slurm/indexes-3.txt")) : string.Empty;
    }

    /// <summary>A controller that begins anew gives ids anew.</summary>
    [Test]
    public async Task JobsOfOthersAreLeftAlone()
    {
        await Begin();
        Queue("RUNNING", "None", "somebody");
        ToolResult cancelled = await Tool("sweep", "cancel", Run);
        Assert.That(cancelled.ExitCode, Is.Zero, cancelled.ToString());
        Assert.That(PathOf("cancelled-jobs"), Does.Not.Exist);
        Queue("RUNNING", "None", await NameOf(1));
        await Tool("sweep", "cancel", Run);
        Assert.That(await File.ReadAllTextAsync(PathOf("cancelled-jobs")), Is.EqualTo("7\n"));
    }

    [Test]
    public async Task StatusSaysWhatWaitsForEver()
    {
        await Begin();
        Queue("PENDING", "PartitionTimeLimit", await NameOf(1));
        ToolResult status = await Tool("sweep", "status", Run);
        Assert.That(status.Out, Does.Contain("2 pending").And.Contain("its time limit exceeds the partition's"));
    }

    /// <summary>Array 7 and merge 8.</summary>
    private async Task Begin()
    {
        await File.WriteAllTextAsync(PathOf("plan.yaml"), Plan);
        File.WriteAllText(PathOf("id"), "6");
        Script("sbatch", "id=$(($(cat \"${0%/*}/id\") + 1)); echo $id >\"${0%/*}/id\"; echo $id");
        Script("squeue", "cat \"${0%/*}/queue\"");
        Script("scancel", "echo \"$@\" >>\"${0%/*}/cancelled-jobs\"");
        Script("scontrol", "echo 'MaxArraySize = 1001'");
        await File.WriteAllTextAsync(PathOf("queue"), string.Empty);
        ToolResult begun = await Tool("sweep", PathOf("plan.yaml"), "--run-dir", Run, "--engine", "slurm");
        Assert.That(begun.ExitCode, Is.Zero, begun.ToString());
    }

    private void Queue(string state, string reason, string name) => File.WriteAllText(PathOf("queue"), $"7|0|{state}|{reason}|10:00||{name}\n7|1|{state}|{reason}|10:00||{name}\n");

    private async Task<string> NameOf(int submission) =>
        System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(PathOf($"run/slurm/submission-{submission}.json")))!["name"]!.GetValue<string>();

    private Task<ToolResult> Tool(params string[] arguments) =>
        BuiltTool.Run(new Dictionary<string, string> { ["PATH"] = $"{DirectoryPath}:{Environment.GetEnvironmentVariable("PATH")}" }, arguments);

    private void Script(string name, string text)
    {
        File.WriteAllText(PathOf(name), $"#!/usr/bin/env bash\n{text}\n");
        File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
