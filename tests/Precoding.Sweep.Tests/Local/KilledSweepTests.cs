using System.Diagnostics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Sweep.Tests;

/// <summary>Sweeps on this machine that are killed without warning.</summary>
public sealed class KilledSweepTests : DirectoryTest
{
    private const int Kills = 20;

    /// <summary>Units of some 30 ms and of up to half a second, so that kills meet every state of a shard.</summary>
    private const string Plan = """
        name: killed
        seed: 11
        scenario: { name: iid, users: 8, antennas: 16, accessPoints: 2 }
        realizations: 48
        snrDb: [0, 20]
        precoders: [rzf, { name: wmmse, iterations: 1500, patience: 100000 }, { name: reduced-cg, iterations: 300, starts: "rzf,random:2", patience: 100000 }]
        device: cpu
        shardRealizations: 2
        """;

    /// <summary>kill -9 at random moments, then resume: the merged results are those of a sweep that nobody disturbed, to the byte.</summary>
    [Test]
    public async Task KilledTwentyTimes_TheResultsAreThoseOfAnUndisturbedSweep()
    {
        string plan = PathOf("plan.yaml");
        await File.WriteAllTextAsync(plan, Plan);
        ToolResult undisturbed = await BuiltTool.Run(null, "sweep", plan, "--run-dir", PathOf("undisturbed"), "--quiet");
        Assert.That(undisturbed.ExitCode, Is.Zero, undisturbed.ToString());
        byte[] expected = await File.ReadAllBytesAsync(PathOf("undisturbed/results.csv"));

        var random = new Random(5);
        int kills = 0, runs = 0, atWork = 0, finished = 0;
        string directory = PathOf("run 0");
        while (kills < Kills)
        {
            using Process process = BuiltTool.Start(null, "sweep", plan, "--run-dir", directory, "--quiet");
            bool ended = process.WaitForExit(TimeSpan.FromMilliseconds(random.Next(100, 1500)));
            if (!ended)
            {
                process.Kill();
                await process.WaitForExitAsync();
                kills++;
                atWork += File.Exists(Path.Combine(directory, "manifest.json")) ? 1 : 0;
                continue;
            }

            Assert.That(process.ExitCode, Is.Zero, await process.StandardError.ReadToEndAsync());
            await RequireSame();
            directory = PathOf($"run {++runs}");
        }

        ToolResult last = await BuiltTool.Run(null, "sweep", "resume", directory, "--quiet");
        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        await RequireSame();
        Assert.That(atWork, Is.GreaterThan(Kills / 4), "kills while the sweep was at work");
        TestContext.Out.WriteLine($"{kills} kills, {atWork} of them at work, in {finished} sweeps");

        async Task RequireSame()
        {
            finished++;
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(directory, "results.csv")), Is.EqualTo(expected), $"after {kills} kills");
        }
    }

    /// <summary>TERM ends a sweep in good order, and what is finished of the shard in hand is noted.</summary>
    [Test]
    [Platform("Linux,MacOsX", Reason = "signals")]
    public async Task TermLeavesACheckpoint()
    {
        string plan = PathOf("plan.yaml"), checkpoint = PathOf("run/checkpoints/000000.json");
        await File.WriteAllTextAsync(plan, Plan.Replace("1500, patience: 100000", "1000000, patience: 1000000000", StringComparison.Ordinal));
        string error = string.Empty;
        for (int seconds = 1; seconds <= 64 && !File.Exists(checkpoint); seconds *= 2) // until a unit is finished before the signal
        {
            using Process sweep = BuiltTool.Start(null, "sweep", plan, "--run-dir", PathOf("run"), "--quiet");
            await Until(() => File.Exists(PathOf("run/manifest.json"))); // listens to signals by then
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            using Process kill = Process.Start("kill", ["-TERM", $"{sweep.Id}"]);
            await sweep.WaitForExitAsync();
            error = await sweep.StandardError.ReadToEndAsync();
            Assert.That(sweep.ExitCode, Is.EqualTo(130), error);
        }

        Assert.That(checkpoint, Does.Exist);
        Assert.That(error, Does.Contain("interrupted; 0 of 24 shards are done").And.Contain("sweep resume"));
    }

    private static async Task Until(Func<bool> condition)
    {
        long began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromMinutes(2)));
            await Task.Delay(20);
        }
    }
}
