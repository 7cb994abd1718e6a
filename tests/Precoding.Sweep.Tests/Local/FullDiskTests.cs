using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Sweep.Tests;

/// <summary>A run directory on a file system that is full after some shards, in a mount namespace of the test's own.</summary>
[Platform("Linux", Reason = "mount namespaces")]
public sealed class FullDiskTests : DirectoryTest
{
    private const string Plan = """
        name: full
        seed: 11
        scenario: { name: iid, users: 8, antennas: 16, accessPoints: 2 }
        realizations: 48
        snrDb: [0, 20]
        precoders: [mrt, rzf]
        device: cpu
        shardRealizations: 2
        """;

    /// <summary>Sweeps until the disk is full, makes room, resumes.</summary>
    private const string Script = """
        set -u
        mount -t tmpfs -o size=96k none "$1" || exit 77
        dotnet "$2" sweep "$3" --run-dir "$1/run" --quiet 2>"$4/full.log"; echo $? >"$4/full.code"
        ls "$1/run/shards" | grep -c 'shard$' >"$4/full.shards"
        find "$1/run" -name '.*.tmp' >"$4/full.left"
        mount -o remount,size=8m "$1" || exit 77
        dotnet "$2" sweep resume "$1/run" --quiet 2>"$4/resume.log"; echo $? >"$4/resume.code"
        cp "$1/run/results.csv" "$4/results.csv"
        """;

    [Test]
    public async Task AFullDiskLosesNothing()
    {
        string plan = PathOf("plan.yaml"), disk = Directory.CreateDirectory(PathOf("disk")).FullName;
        await File.WriteAllTextAsync(plan, Plan);
        ToolResult elsewhere = await BuiltTool.Run(null, "sweep", plan, "--run-dir", PathOf("undisturbed"), "--quiet");
        Assert.That(elsewhere.ExitCode, Is.Zero, elsewhere.ToString());
        ToolResult script = await BuiltTool.RunCommand("unshare", "--map-root-user", "--mount", "bash", "-c", Script, "full-disk", disk, BuiltTool.Path, plan, DirectoryPath);
        if (script.ExitCode is 77 or 1 or 127 && !File.Exists(PathOf("full.code")))
        {
            Assert.Ignore($"no file system can be mounted here: {script.Error}");
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read("full.code"), Is.EqualTo("4"), Read("full.log"));
            Assert.That(Read("full.log"), Does.Contain("the disk is full").And.Contain("Free some space"));
            Assert.That(int.Parse(Read("full.shards")), Is.GreaterThan(0).And.LessThan(24));
            Assert.That(Read("full.left"), Is.Empty, "temporary files");
            Assert.That(Read("resume.code"), Is.EqualTo("0"), Read("resume.log"));
            Assert.That(await File.ReadAllBytesAsync(PathOf("results.csv")), Is.EqualTo(await File.ReadAllBytesAsync(PathOf("undisturbed/results.csv"))));
        }

        string Read(string name) => File.ReadAllText(PathOf(name)).Trim();
    }
}
