using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Precoding.Simulation;

/// <summary>
/// A Slurm cluster, through sbatch, squeue, scancel and scontrol. What a controller that restarts refuses is asked again for <see cref="Patience"/>; what Slurm
/// refuses otherwise is an <see cref="EnvironmentException"/> that says what was run, what it said and what helps.
/// </summary>
public sealed class SlurmCluster
{
    private const string UnknownJob = "Invalid job id specified";

    /// <summary>What Slurm's commands say while a controller restarts or is busy.</summary>
    private static readonly string[] Passing =
    [
        "Unable to contact slurm controller", "Socket timed out", "Connection refused", "Connection reset", "Connection timed out", "Zero Bytes were transmitted",
        "Transport endpoint is not connected", "temporarily unable to accept job", "backup controller in standby mode", "Communication connection failure",
    ];

    /// <summary>What Slurm says, and what helps.</summary>
    private static readonly (string Said, string Remedy)[] Remedies =
    [
        ("invalid partition", "sinfo lists this cluster's partitions."),
        ("Invalid generic resource", "sinfo --format=\"%P %G\" lists each partition's generic resources."),
        ("Invalid account", "sacctmgr show associations user=$USER lists your accounts."),
        ("Invalid qos", "sacctmgr show qos lists what there is."),
        ("Invalid feature", "sinfo --format=\"%P %f\" lists each partition's features."),
        ("accounting/QOS policy", "A limit of jobs, size or time of this account or QOS: larger shards make fewer jobs, and sacctmgr show qos tells the limits."),
        ("time limit", "sinfo --format=\"%P %l\" lists each partition's longest time."),
        ("Invalid job array", "The array is larger than the cluster's MaxArraySize, which scontrol show config tells."),
        ("Requested node configuration", "No node has what one task asks for: ask for fewer processors, less memory or fewer generic resources."),
        ("configuration source", NoCluster),
        ("configuration file", NoCluster),
        ("munge", "Slurm's authentication does not answer on this machine: is munged running?"),
    ];

    private const string NoCluster = "Slurm's commands are here, but no cluster: run this on a login node, or set SLURM_CONF to the cluster's slurm.conf.";

    private const string NoAnswer = "scontrol ping tells the controller's state. Run this again later; nothing that was computed is lost.";

    /// <summary>Where the commands are; null for the search path.</summary>
    public string? CommandDirectory { get; init; }

    /// <summary>Added to the commands' environment, and so to the jobs': SLURM_CONF.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How long one command may take; Slurm's look 60 s for a configuration that is not there.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a controller that does not answer is asked again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Between two attempts.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Hears of every attempt that failed and is made again.</summary>
    public Action<string>? Retrying { get; init; }

    /// <summary>As <c>22.05.8</c>.</summary>
    public string Version() => Configuration("SLURM_VERSION");

    /// <summary>Array indexes run from 0 to one less than this.</summary>
    public int MaxArraySize() => int.Parse(Configuration("MaxArraySize"), CultureInfo.InvariantCulture);

    /// <summary>Submits an array of <paramref name="count"/> tasks, indexes from 0, that may be requeued and hear TERM before their time limit.</summary>
    /// <param name="script">Job script and its arguments.</param>
    /// <param name="jobName">Of this submission alone: by it a submission is found again whose reply was lost.</param>
    /// <param name="logPattern">Log file of a task, by sbatch's pattern (%A array, %a index), from the working directory. Its directory must exist.</param>
    /// <returns>The array's job id.</returns>
    public long SubmitArray(IReadOnlyList<string> script, string jobName, int count, string logPattern, SlurmOptions options, string workingDirectory)
    {
        string throttle = options.ArrayTasksAtOnce is { } atOnce ? string.Create(CultureInfo.InvariantCulture, $"%{atOnce}") : string.Empty;
        return Submit(
            [$"--array=0-{count - 1}{throttle}", string.Create(CultureInfo.InvariantCulture, $"--signal=B:TERM@{options.SignalSeconds}")], script, jobName, logPattern, options, workingDirectory);
    }

    /// <summary>Submits a job that begins when all of <paramref name="jobIds"/> have ended, however they ended; a task that is requeued has not.</summary>
    public long SubmitAfter(IReadOnlyCollection<long> jobIds, IReadOnlyList<string> script, string jobName, string logPattern, SlurmOptions options, string workingDirectory) =>
        Submit(jobIds.Count == 0 ? [] : [$"--dependency=afterany:{Join(':', jobIds)}"], script, jobName, logPattern, options, workingDirectory);

    /// <summary>What the queue knows of jobs and of each task of arrays, and nothing of those it has forgotten.</summary>
    public IReadOnlyList<SlurmTask> Queue(IReadOnlyCollection<long> jobIds)
    {
        string[] lines = jobIds.Count == 0 ? [] : ReadLines(["--array", $"--jobs={Join(',', jobIds)}", "--format=%F|%K|%T|%r|%L|%N|%j"]);
        return
        [
            .. from line in lines
               let fields = line.Split('|')
               where fields.Length == 7 && fields[0].All(char.IsAsciiDigit)
               let timeLeft = fields[4].Contains(':', StringComparison.Ordinal) ? SlurmOptions.ParseTime(fields[4]) : null // or UNLIMITED, INVALID, NOT_SET
               select new SlurmTask(long.Parse(fields[0], CultureInfo.InvariantCulture), ParseIndex(fields[1]), fields[2], fields[3], timeLeft, fields[5].Trim(), fields[6].Trim()),
        ];
    }

    /// <summary>The job of this name and working directory, of any state, that was submitted last; null when the queue knows none.</summary>
    public long? Find(string jobName, string workingDirectory) =>
        ReadLines(["--states=all", $"--name={jobName}", "--format=%F|%Z"])
            .Select(line => line.Split('|', 2))
            .Where(fields => fields.Length == 2 && fields[1] == workingDirectory && fields[0].All(char.IsAsciiDigit))
            .Select(fields => (long?)long.Parse(fields[0], CultureInfo.InvariantCulture))
            .Max();

    /// <summary>Cancels all that runs or waits; jobs that ended or are not known are no error.</summary>
    public void Cancel(IReadOnlyCollection<long> jobIds)
    {
        if (jobIds.Count > 0)
        {
            Run("scancel", [.. jobIds.Select(id => id.ToString(CultureInfo.InvariantCulture))], forgives: UnknownJob);
        }
    }

    private static string Join(char separator, IEnumerable<long> jobIds) => string.Join(separator, jobIds.Select(id => id.ToString(CultureInfo.InvariantCulture)));

    private long Submit(string[] kind, IReadOnlyList<string> script, string jobName, string logPattern, SlurmOptions options, string workingDirectory)
    {
        options.Validate();
        string log = Path.Combine(workingDirectory.Replace("%", "%%", StringComparison.Ordinal), logPattern); // the directory too is read as a pattern
        string[] arguments =
        [
            "--parsable", $"--job-name={jobName}", $"--chdir={workingDirectory}", $"--output={log}", "--open-mode=append", "--requeue", .. kind, .. options.ToArguments(), .. script,
        ];

        // A reply that was lost is no submission that was lost: the queue tells. 'id' or 'id;cluster'
        string reply = Run("sbatch", arguments, beforeRetry: () => Find(jobName, workingDirectory)?.ToString(CultureInfo.InvariantCulture));
        return long.TryParse(reply.Trim().Split(';')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? id
            : throw new EnvironmentException($"{Describe("sbatch", arguments)} printed '{reply.Trim()}'; expected a job id. Does a wrapper stand before sbatch here?");
    }

    private string[] ReadLines(IReadOnlyList<string> arguments) => Run("squeue", ["--noheader", .. arguments], forgives: UnknownJob).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static int? ParseIndex(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;

    private string Configuration(string key)
    {
        string[] arguments = ["show", "config"];
        foreach (string line in Run("scontrol", arguments).Split('\n'))
        {
            string[] pair = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length == 2 && pair[0] == key)
            {
                return pair[1];
            }
        }

        throw new EnvironmentException($"{Describe("scontrol", arguments)} does not tell {key}; is this Slurm 20.11 or later?");
    }

    /// <summary>Runs a command until it succeeds, is refused for good, or <see cref="Patience"/> ends.</summary>
    /// <param name="forgives">What it may say and fail.</param>
    /// <param name="beforeRetry">May find that the attempt succeeded: what it returns stands for the command's output.</param>
    private string Run(string command, IReadOnlyList<string> arguments, string? forgives = null, Func<string?>? beforeRetry = null)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            (int? exitCode, string output, string error) = RunOnce(command, arguments);
            bool isForgiven = forgives is not null && error.Contains(forgives, StringComparison.Ordinal);
            if (exitCode == 0 || isForgiven)
            {
                return output;
            }

            string said = exitCode is null ? $"did not end within {CommandTimeout.TotalSeconds:0} s" : $"said '{(error + output).Trim().ReplaceLineEndings(" ")}' (exit code {exitCode})";
            bool passes = exitCode is null || Passing.Any(p => error.Contains(p, StringComparison.OrdinalIgnoreCase));
            if (!passes || watch.Elapsed + RetryInterval > Patience)
            {
                string waited = passes ? $", for {watch.Elapsed.TotalSeconds:0} s" : string.Empty;
                throw new EnvironmentException($"{Describe(command, arguments)} {said}{waited}. {Remedy(said, passes)}");
            }

            Retrying?.Invoke($"{command} {said}; trying again.");
            Thread.Sleep(RetryInterval);
            if (beforeRetry?.Invoke() is { } found)
            {
                return found;
            }
        }
    }

    /// <returns>No exit code when it was killed after <see cref="CommandTimeout"/>.</returns>
    private (int? ExitCode, string Output, string Error) RunOnce(string command, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(CommandDirectory is null ? command : Path.Combine(CommandDirectory, command), arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("SQUEUE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name); // a user's own format or filter
        }

        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new EnvironmentException(
                $"{start.FileName} cannot be run: {error.Message}. Run this where Slurm's commands are, on a login node of the cluster (Debian: the package slurm-client), or use the engine 'local'.", error);
        }

        using (process)
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), said = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(CommandTimeout))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return (null, string.Empty, string.Empty);
            }

            return (process.ExitCode, output.Result, said.Result);
        }
    }

    private static string Remedy(string said, bool passes) =>
        passes ? NoAnswer
        : Remedies.FirstOrDefault(r => said.Contains(r.Said, StringComparison.OrdinalIgnoreCase)).Remedy ?? "The site's administrators know what it means; what the site wants besides can be passed as further options of sbatch.";

    /// <summary>The command as a shell would take it.</summary>
    private static string Describe(string command, IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Prepend(command).Select(a => a.Length > 0 && a.All(c => char.IsAsciiLetterOrDigit(c) || "-_=./,:%@+".Contains(c, StringComparison.Ordinal)) ? a : $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
}
