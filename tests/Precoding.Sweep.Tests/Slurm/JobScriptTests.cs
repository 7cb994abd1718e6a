using System.Diagnostics;
using NUnit.Framework;
using Precoding.Simulation;
using Precoding.Testing;

namespace Precoding.Sweep.Tests;

/// <summary>job.sh by itself, with a squeue that says what a test wants and a scontrol that writes down what it is asked.</summary>
[Platform(Exclude = "Win")]
public sealed class JobScriptTests : DirectoryTest
{
    [TestCase("exit 0", "RUNNING 0 None", ExpectedResult = "0")]
    [TestCase("exit 1", "RUNNING 0 None", ExpectedResult = "1", Description = "a solver failed; the rest is written")]
    [TestCase("exit 4", "RUNNING 0 None", ExpectedResult = "4")]
    [TestCase("exit 130", "RUNNING 0 None", ExpectedResult = "130 requeue 7_1")]
    [TestCase("exit 130", "COMPLETING 0 TimeLimit", ExpectedResult = "130 requeue 7_1", Description = "the checkpoint was late")]
    [TestCase("exit 130", "COMPLETING 0 None", ExpectedResult = "130", Description = "scancel")]
    [TestCase("exit 130", "RUNNING 1 None", ExpectedResult = "130", Description = "begun again elsewhere")]
    [TestCase("exit 130", "PENDING 1 BeginTime", ExpectedResult = "130", Description = "requeued by the controller")]
    [TestCase("touch cancelled; exit 130", "RUNNING 0 None", ExpectedResult = "130")]
    [TestCase("exit 143", "RUNNING 0 None", ExpectedResult = "143", Description = "TERM that was not the script's")]
    public string ExitCodeAndRequeue(string tool, string queue) => RunJob(tool, queue, signals: 0);

    [TestCase("trap 'sleep 0.3; exit 130' TERM; touch ready; while :; do sleep 0.05; done", ExpectedResult = "130 requeue 7_1")]
    [TestCase("touch ready; exec sleep 60", ExpectedResult = "130 requeue 7_1", Description = "dies of TERM, as a tool that does not listen yet")]
    [TestCase("trap 'exit 0' TERM; touch ready; while :; do sleep 0.05; done", ExpectedResult = "0", Description = "finishes instead")]
    public string Term(string tool) => RunJob(tool, "RUNNING 0 None", signals: 1);

    [Test]
    public void SecondTerm_DoesNotHideTheExitCode() => Assert.That(
        RunJob("n=0; trap 'n=$((n+1)); [ $n -lt 2 ] || exit 130' TERM; touch ready; while :; do sleep 0.05; done", "COMPLETING 0 TimeLimit", signals: 2), Is.EqualTo("130 requeue 7_1"));

    [Test]
    public void CancelledBeforeItBegins_RunsNothing()
    {
        File.WriteAllText(PathOf("cancelled"), string.Empty);
        Assert.That(RunJob("touch begun; exit 0", "RUNNING 0 None", signals: 0), Is.EqualTo("130"));
        Assert.That(File.Exists(PathOf("begun")), Is.False);
    }

    [Test]
    public void LineThatIsMissing_IsAnError() => Assert.That(RunJob("exit 0", "RUNNING 0 None", signals: 0, lines: "5\n"), Is.EqualTo("4"));

    [Test]
    public void ToolGetsItsShardAsTheLastWord() =>
        Assert.That(RunJob("[ \"$*\" = '--manifest a b --index 12' ]; exit", "RUNNING 0 None", signals: 0), Is.EqualTo("0"));

    /// <returns>The exit code, and what scontrol was asked.</returns>
    private string RunJob(string tool, string queue, int signals, string lines = "5\n12\n")
    {
        using (Stream resource = typeof(SlurmCluster).Assembly.GetManifestResourceStream("slurm/job.sh")!)
        using (FileStream file = File.Create(PathOf("job.sh")))
        {
            resource.CopyTo(file);
        }

        File.WriteAllText(PathOf("indexes.txt"), lines);
        Script("squeue", $"echo '{queue}'");
        Script("scontrol", "echo \"$@\" >asked");
        Script("tool", tool);
        var start = new ProcessStartInfo("bash", ["job.sh", "indexes.txt", "cancelled", PathOf("tool"), "--manifest", "a b", "--index"]) { WorkingDirectory = DirectoryPath };
        start.Environment["PATH"] = $"{DirectoryPath}:{Environment.GetEnvironmentVariable("PATH")}";
        (start.Environment["SLURM_ARRAY_JOB_ID"], start.Environment["SLURM_ARRAY_TASK_ID"]) = ("7", "1");
        using Process process = Process.Start(start)!;
        var watch = Stopwatch.StartNew();
        for (int sent = 0; sent < signals; sent++)
        {
            while ((sent == 0 && !File.Exists(PathOf("ready"))) && watch.Elapsed < TimeSpan.FromSeconds(30))
            {
                Thread.Sleep(20);
            }

            using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            kill.WaitForExit();
            Thread.Sleep(300); // two signals at once are one
        }

        Assert.That(process.WaitForExit(TimeSpan.FromSeconds(30)), "job.sh ends");
        return File.Exists(PathOf("asked")) ? $"{process.ExitCode} {File.ReadAllText(PathOf("asked")).Trim()}" : $"{process.ExitCode}";
    }

    private void Script(string name, string text)
    {
        File.WriteAllText(PathOf(name), $"#!/usr/bin/env bash\n{text}\n");
        File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
