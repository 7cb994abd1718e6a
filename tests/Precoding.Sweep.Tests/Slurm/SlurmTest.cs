using System.Globalization;
using NUnit.Framework;
using Precoding.Simulation;
using Precoding.Testing;

namespace Precoding.Sweep.Tests;

/// <summary>One cluster for all tests, from the first that needs it to the last of the assembly.</summary>
[SetUpFixture]
public sealed class SharedCluster
{
    private static readonly Lazy<Task<SlurmTestCluster>> Started = new(SlurmTestCluster.Start);

    internal static Task<SlurmTestCluster> Get() => Started.Value;

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (Started.IsValueCreated && Started.Value.IsCompletedSuccessfully)
        {
            await (await Started.Value).DisposeAsync();
        }
    }
}

/// <summary>Tests on the cluster, each with a run directory whose name has what shells and sbatch's patterns take for something else.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class SlurmTest : DirectoryTest
{
    internal static SlurmTestCluster Cluster { get; private set; } = null!;

    internal SlurmJobs Jobs { get; private set; } = null!;

    /// <summary>The run directory.</summary>
    protected string Run { get; private set; } = string.Empty;

    protected static SlurmOptions Steady => new() { Partition = SlurmTestCluster.SteadyPartition };

    protected static string FakeTool => Path.Combine(TestContext.CurrentContext.TestDirectory, "Slurm", "fake-tool.sh");

    /// <summary>Words of the command, without a shard's index.</summary>
    protected string[] Tool => [FakeTool, Run];

    [OneTimeSetUp]
    public static async Task FindCluster() => Cluster = await SharedCluster.Get();

    [SetUp]
    public void CreateRun()
    {
        Run = Directory.CreateDirectory(PathOf("100%a $HOME 'run'")).FullName;
        Jobs = JobsOf(Run, Path.GetFileName(DirectoryPath).Replace(' ', '-'));
    }

    [TearDown]
    public async Task EndRun()
    {
        await File.WriteAllTextAsync(Jobs.CancelledMarker, string.Empty);
        long[] ids = [.. Jobs.Submissions().Select(s => s.JobId)];
        Cluster.Client.Cancel(ids);
        await Cluster.Until("the queue has nothing of this test", () => Cluster.Client.Queue(ids).Count == 0);
    }

    internal static SlurmJobs JobsOf(string directory, string name, SlurmCluster? client = null) => new(directory, name, client ?? Cluster.Client);

    /// <summary>Lets fake tools finish: all, or that of a shard.</summary>
    protected void Go(int? shard = null) => File.WriteAllText(In(shard is null ? "go" : $"go.{Number(shard.Value)}"), string.Empty);

    protected string In(string name) => Path.Combine(Run, name);

    protected string? Result(int shard) => File.Exists(In($"result.{Number(shard)}")) ? File.ReadAllText(In($"result.{Number(shard)}")).Trim() : null;

    /// <summary>The nodes on which a shard was begun, each as often as it was.</summary>
    protected string[] StartsOf(int shard) =>
        Directory.Exists(In("starts")) ? [.. Directory.GetFiles(In("starts"), $"{Number(shard)}.*.run").Select(path => Path.GetFileName(path).Split('.')[1])] : [];

    protected string LogOf(SlurmSubmission submission, int task) => File.ReadAllText(In($"slurm/logs/{submission.JobId.ToString(CultureInfo.InvariantCulture)}_{Number(task)}.log"));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
