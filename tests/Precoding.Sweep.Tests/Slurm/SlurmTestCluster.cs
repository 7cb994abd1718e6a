using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Sweep.Tests;

/// <summary>
/// A Slurm cluster of four nodes on this machine's loopback: munged, slurmctld and four slurmd with key, sockets, ports, state and logs of their own, as the user
/// who runs the tests. Nothing of the system's configuration is read or written; several clusters do not meet.
/// </summary>
internal sealed class SlurmTestCluster : IAsyncDisposable
{
    public const int NodeCount = 4, MaxArraySize = 6;

    /// <summary>Nodes 3 and 4, which no test kills: for tests that run beside those that kill 1 and 2, the nodes a task of the default partition begins on.</summary>
    public const string SteadyPartition = "steady";

    /// <summary>For anything that should happen at once, on a machine that does other things too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>What a launch may take, on a machine that does other things too; a requeued task waits as long, and a second.</summary>
    public const int CredentialSeconds = 12;

    private const string NodeVariable = "BEAMPRECODING_TEST_NODE";

    private readonly string _directory = Directory.CreateTempSubdirectory("slurm-").FullName; // short: sockets' paths hold 108 bytes
    private readonly Process?[] _nodes = new Process?[NodeCount];
    private readonly List<Process> _started = [];
    private Process? _controller;

    private SlurmTestCluster()
    {
        Environment = new Dictionary<string, string> { ["SLURM_CONF"] = PathOf("slurm.conf") };
        Client = new SlurmCluster { Environment = Environment, RetryInterval = TimeSpan.FromSeconds(0.5), Retrying = line => TestContext.Progress.WriteLine(line) };
    }

    /// <summary>What a process needs to use this cluster.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    public SlurmCluster Client { get; }

    /// <summary>Why there can be no cluster here; null when there can.</summary>
    public static string? Missing()
    {
        string[] paths = [.. (System.Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'), "/usr/sbin", "/usr/bin"];
        string[] missing = [.. new[] { "munged", "slurmctld", "slurmd", "sbatch" }.Where(name => !paths.Any(p => File.Exists(Path.Combine(p, name))))];
        return missing.Length == 0 ? null : $"needs {string.Join(", ", missing)}; Debian and Ubuntu: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge";
    }

    /// <summary>A running cluster; a test without its programs is skipped.</summary>
    public static async Task<SlurmTestCluster> Start()
    {
        if (Missing() is { } reason)
        {
            Assert.Ignore(reason);
        }

        var cluster = new SlurmTestCluster();
        try
        {
            await cluster.StartDaemons();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public static string Node(int number) => string.Create(CultureInfo.InvariantCulture, $"n{number}");

    /// <summary>Waits for <paramref name="condition"/>; fails with what was awaited, and the daemons' last words.</summary>
    public async Task Until(string what, Func<bool> condition, TimeSpan? patience = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > (patience ?? Patience))
            {
                Assert.Fail($"waited {watch.Elapsed.TotalSeconds:0} s until {what}.\n{Output("squeue", "--array", "--states=all")}\n{Output("sinfo", "--Node")}\n{LastWords()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>What one of Slurm's commands prints, errors too.</summary>
    public string Output(string command, params string[] arguments)
    {
        using Process process = Launch(command, arguments, new Dictionary<string, string>(), PathOf("output"), captures: true);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return output;
    }

    /// <summary>Kills a node's slurmd; with its tasks as a power cut does, without them as a crash of slurmd.</summary>
    public void KillNode(int number, bool withTasks)
    {
        Kill(_nodes[number - 1]!);
        if (withTasks)
        {
            foreach (Process process in ProcessesOf($"{NodeVariable}={Node(number)}", $"SLURMD_NODENAME={Node(number)}"))
            {
                Kill(process);
            }
        }
    }

    /// <summary>Starts a node again and waits until it takes tasks.</summary>
    public async Task StartNode(int number)
    {
        _nodes[number - 1] = Daemon("slurmd", Node(number), "-D", "-N", Node(number));
        await Until($"{Node(number)} is up", () => Output("sinfo", "--noheader", "--partition=main", $"--nodes={Node(number)}", "--format=%T").Trim() is "idle" or "mixed" or "allocated");
    }

    /// <summary>Kills the controller without warning.</summary>
    public void KillController() => Kill(_controller!);

    public async Task StartController()
    {
        _controller = Daemon("slurmctld", "slurmctld", "-D");
        await Until("the controller answers", () => Output("scontrol", "ping").Contains("is UP", StringComparison.Ordinal));
    }

    /// <summary>Processes of this cluster's jobs: of those whose environment has all of <paramref name="entries"/>.</summary>
    public int CountTasks(params string[] entries) => ProcessesOf([.. entries]).Count;

    /// <summary>Signals the batch scripts among such processes (bash); what they run is theirs to tell.</summary>
    /// <returns>How many there were.</returns>
    public int Signal(string signal, params string[] entries)
    {
        List<Process> scripts = [.. ProcessesOf([.. entries]).Where(p => p.ProcessName == "bash")];
        foreach (Process script in scripts)
        {
            using Process kill = Process.Start("kill", [$"-{signal}", $"{script.Id}"]);
            kill.WaitForExit();
        }

        return scripts.Count;
    }

    public async ValueTask DisposeAsync()
    {
        List<Process> left;
        while ((left = ProcessesOf()).Count > 0) // a daemon may have begun another
        {
            left.ForEach(Kill);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        _started.ForEach(p => p.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
            process.WaitForExit(Patience);
        }
        catch (InvalidOperationException)
        {
            // it ended by itself
        }
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private async Task StartDaemons()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101); // munged wants its socket reachable
        foreach (string name in new[] { "state", "logs", "spool/n1", "spool/n2", "spool/n3", "spool/n4" })
        {
            Directory.CreateDirectory(PathOf(name));
        }

        byte[] key = new byte[128];
        System.Security.Cryptography.RandomNumberGenerator.Fill(key);
        await File.WriteAllBytesAsync(PathOf("munge.key"), key);
        File.SetUnixFileMode(PathOf("munge.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(PathOf("slurm.conf"), Configuration(FreePorts(NodeCount + 1)));
        await File.WriteAllTextAsync(PathOf("gres.conf"), "NodeName=n[1-4] Name=gpu File=/dev/null\n"); // a GPU to ask for, of no use

        Daemon("munged", "munged", "--foreground", "--force", $"--key-file={PathOf("munge.key")}", $"--socket={PathOf("munge.socket")}", $"--pid-file={PathOf("munged.pid")}",
            $"--log-file={PathOf("logs/munged")}", $"--seed-file={PathOf("munge.seed")}", "--num-threads=2");
        await Until("munged listens", () => File.Exists(PathOf("munge.socket")));
        await StartController();
        await Task.WhenAll(Enumerable.Range(1, NodeCount).Select(StartNode));
    }

    /// <summary>The first of consecutive ports that are free, below those the system gives to connections.</summary>
    private static int FreePorts(int count)
    {
        while (true)
        {
            int first = Random.Shared.Next(12000, 32000);
            var listeners = new List<TcpListener>();
            try
            {
                for (int port = first; port < first + count; port++)
                {
                    var listener = new TcpListener(IPAddress.Loopback, port);
                    listeners.Add(listener);
                    listener.Start();
                }

                return first;
            }
            catch (SocketException)
            {
                // taken: elsewhere
            }
            finally
            {
                listeners.ForEach(l => l.Dispose());
            }
        }
    }

    private string Configuration(int port) => $"""
        ClusterName=beamprecoding
        SlurmctldHost=localhost(127.0.0.1)
        SlurmctldPort={port}
        SlurmUser={System.Environment.UserName}
        SlurmdUser={System.Environment.UserName}
        CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
        AuthType=auth/munge
        CredType=cred/munge
        # a requeued task waits for its credential to expire: 120 s where nothing is said
        AuthInfo=socket={PathOf("munge.socket")},cred_expire={CredentialSeconds}
        StateSaveLocation={PathOf("state")}
        SlurmdSpoolDir={PathOf("spool")}/%n
        SlurmctldPidFile={PathOf("slurmctld.pid")}
        SlurmdPidFile={_directory}/%n.pid
        SlurmctldLogFile={PathOf("logs/slurmctld.log")}
        SlurmdLogFile={PathOf("logs")}/%n.log
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SwitchType=switch/none
        MpiDefault=none
        MailProg=/bin/true
        SelectType=select/cons_tres
        SelectTypeParameters=CR_CPU_Memory
        DefMemPerCPU=1
        SchedulerType=sched/builtin
        SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
        MaxArraySize={MaxArraySize}
        KillWait=3
        MessageTimeout=5
        SlurmctldTimeout=10
        SlurmdTimeout=5
        ReturnToService=2
        GresTypes=gpu
        SlurmdParameters=config_overrides
        NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[{port + 1}-{port + 2}] CPUs=8 RealMemory=1000 Gres=gpu:1 Weight=1
        NodeName=n[3-4] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[{port + 3}-{port + 4}] CPUs=8 RealMemory=1000 Gres=gpu:1 Weight=2
        PartitionName=main Nodes=n[1-4] Default=YES MaxTime=60
        PartitionName={SteadyPartition} Nodes=n[3-4] MaxTime=60

        """;

    private Process Daemon(string command, string name, params string[] arguments)
    {
        Process process = Launch(command, arguments, new Dictionary<string, string> { [NodeVariable] = name }, PathOf($"logs/{name}.out"), captures: false);
        _started.Add(process);
        return process;
    }

    /// <summary>A shell becomes the command, so that a daemon holds none of the test run's pipes.</summary>
    private Process Launch(string command, string[] arguments, Dictionary<string, string> environment, string output, bool captures)
    {
        string script = captures ? """shift; exec "$@" </dev/null""" : """exec >>"$1" 2>&1 </dev/null; shift; exec "$@" """;
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "sh", output, command, .. arguments]) { RedirectStandardOutput = captures, RedirectStandardError = captures };
        start.Environment["PATH"] = $"{System.Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/bin";
        foreach (var (key, value) in Environment.Concat(environment))
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Processes of this cluster whose environment has one of <paramref name="entries"/>, or any where none are given.</summary>
    private List<Process> ProcessesOf(params string[] entries)
    {
        var found = new List<Process>();
        foreach (Process process in Process.GetProcesses())
        {
            try
            {
                string[] environment = File.ReadAllText($"/proc/{process.Id}/environ").Split('\0');
                if (environment.Contains($"SLURM_CONF={PathOf("slurm.conf")}") && (entries.Length == 0 || environment.Intersect(entries).Any()))
                {
                    found.Add(process);
                    continue;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // it ended, or is another user's
            }

            process.Dispose();
        }

        return found;
    }

    private string LastWords() => string.Join('\n', Directory.GetFiles(PathOf("logs")).Order().Select(path => $"{Path.GetFileName(path)}:\n{string.Join('\n', File.ReadLines(path).TakeLast(12))}"));
}
