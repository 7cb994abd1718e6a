using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Precoding.Simulation;

/// <summary>One job that was submitted: an array over shards, or the job that merges.</summary>
/// <param name="Number">Counts the directory's submissions from 1.</param>
/// <param name="Name">The job's, of this submission alone.</param>
/// <param name="Shards">Shard index of each array task; empty for a merge.</param>
public sealed record SlurmSubmission(int Number, string Name, long JobId, DateTimeOffset Time, bool IsMerge, IReadOnlyList<int> Shards);

/// <summary>
/// What a run directory gave to Slurm, in its subdirectory <c>slurm</c>: job.sh and merge.sh; indexes-N.txt, a submission's shard indexes, one a line, that array
/// tasks pick theirs from; submission-N.json, its job id; logs/ARRAY_TASK.log. A record of what was asked for, not of what was done: that are the result files.
/// </summary>
/// <param name="directory">The run directory, on a file system that all nodes see.</param>
/// <param name="jobName">Of this sweep; a submission's number is appended.</param>
public sealed class SlurmJobs(string directory, string jobName, SlurmCluster cluster)
{
    private const string ShardLogs = "slurm/logs/%A_%a.log", MergeLogs = "slurm/logs/%j.log";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>While it exists no task begins a shard, and none is requeued. Written before <see cref="Cancel"/>.</summary>
    public string CancelledMarker => Path.Combine(_directory, "cancelled");

    private string SlurmDirectory => Path.Combine(_directory, "slurm");

    /// <summary>By number. A submission between whose acceptance and record this process was killed is looked for in the queue, and recorded.</summary>
    public IReadOnlyList<SlurmSubmission> Submissions()
    {
        var submissions = new List<SlurmSubmission>();
        for (int number = 1; File.Exists(IndexList(number)); number++)
        {
            if (!File.Exists(Record(number)))
            {
                if (cluster.Find(Name(number), _directory) is not { } found)
                {
                    continue; // refused
                }

                WriteRecord(number, found, isMerge: new FileInfo(IndexList(number)).Length == 0);
            }

            SubmissionRecord record = JsonSerializer.Deserialize<SubmissionRecord>(File.ReadAllText(Record(number)), Json)!;
            int[] shards = [.. File.ReadLines(IndexList(number)).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
            submissions.Add(new SlurmSubmission(number, record.Name, record.JobId, record.Time, record.IsMerge, shards));
        }

        return submissions;
    }

    /// <summary>The shards' tasks that run or wait.</summary>
    public IReadOnlyList<(int Shard, SlurmTask Task)> Tasks()
    {
        Dictionary<long, SlurmSubmission> arrays = Submissions().Where(s => !s.IsMerge).GroupBy(s => s.JobId).ToDictionary(g => g.Key, g => g.Last());
        return
        [
            .. from task in cluster.Queue(arrays.Keys)
               where task.IsLive && task.ArrayIndex is not null && task.Name == arrays[task.JobId].Name
               select (arrays[task.JobId].Shards[task.ArrayIndex!.Value], task),
        ];
    }

    /// <summary>Submits shards as arrays of at most the cluster's MaxArraySize.</summary>
    /// <param name="command">Words of the command that computes a shard; the shard's index is appended as the last.</param>
    public IReadOnlyList<SlurmSubmission> Submit(IReadOnlyList<int> shards, IReadOnlyList<string> command, SlurmOptions options)
    {
        options.Validate();
        var submissions = new List<SlurmSubmission>();
        int[][] arrays = shards.Count == 0 ? [] : [.. shards.Chunk(cluster.MaxArraySize())];
        string script = WriteScript("job.sh");
        foreach (int[] array in arrays)
        {
            int number = Claim(array);
            try
            {
                long jobId = cluster.SubmitArray([script, IndexList(number), CancelledMarker, .. command], Name(number), array.Length, ShardLogs, options, _directory);
                submissions.Add(new SlurmSubmission(number, Name(number), jobId, WriteRecord(number, jobId, isMerge: false), IsMerge: false, array));
            }
            catch (EnvironmentException error) when (submissions.Count > 0)
            {
                throw new EnvironmentException($"{submissions.Count} of {arrays.Length} arrays were submitted and go on; resume submits the rest. {error.Message}", error);
            }
        }

        return submissions;
    }

    /// <summary>Submits the job that merges once all arrays have ended, in place of earlier ones that still wait.</summary>
    /// <param name="command">Words of the command that merges.</param>
    public SlurmSubmission SubmitMerge(IReadOnlyList<string> command, SlurmOptions options)
    {
        ILookup<bool, SlurmSubmission> earlier = Submissions().ToLookup(s => s.IsMerge);
        cluster.Cancel(Live(earlier[true]));
        int number = Claim([]);
        long jobId = cluster.SubmitAfter(Live(earlier[false]), [WriteScript("merge.sh"), .. command], Name(number), MergeLogs, options, _directory);
        return new SlurmSubmission(number, Name(number), jobId, WriteRecord(number, jobId, isMerge: true), IsMerge: true, []);
    }

    /// <summary>Ends all that runs or waits. Tasks hear TERM and write checkpoints.</summary>
    public void Cancel() => cluster.Cancel(Live(Submissions()));

    private long[] Live(IEnumerable<SlurmSubmission> submissions)
    {
        HashSet<(long, string)> ours = [.. submissions.Select(s => (s.JobId, s.Name))];
        return [.. cluster.Queue([.. ours.Select(s => s.Item1)]).Where(t => t.IsLive && ours.Contains((t.JobId, t.Name))).Select(t => t.JobId).Distinct()];
    }

    private string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{jobName}-{number}");

    private string IndexList(int number) => Path.Combine(SlurmDirectory, string.Create(CultureInfo.InvariantCulture, $"indexes-{number}.txt"));

    private string Record(int number) => Path.Combine(SlurmDirectory, string.Create(CultureInfo.InvariantCulture, $"submission-{number}.json"));

    /// <summary>Takes the next number by writing its index list; of two processes each gets its own.</summary>
    private int Claim(int[] shards)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(shards.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s}\n"))));
        int number = 1;
        while (!WriteOnceFile.Publish(IndexList(number), stream => stream.Write(text)))
        {
            number++;
        }

        return number;
    }

    private DateTimeOffset WriteRecord(int number, long jobId, bool isMerge)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        AtomicFile.Write(Record(number), stream => JsonSerializer.Serialize(stream, new SubmissionRecord(Name(number), jobId, now, isMerge), Json));
        return now;
    }

    private string WriteScript(string name)
    {
        Directory.CreateDirectory(Path.Combine(SlurmDirectory, "logs")); // Slurm does not create it
        using Stream resource = typeof(SlurmJobs).Assembly.GetManifestResourceStream($"slurm/{name}")!;
        string path = Path.Combine(SlurmDirectory, name);
        AtomicFile.Write(path, resource.CopyTo);
        return path;
    }

    private sealed record SubmissionRecord(string Name, long JobId, DateTimeOffset Time, bool IsMerge);
}
