using System.Text.Json.Nodes;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>What the verbs of sweeps do with a plan or a run directory.</summary>
internal sealed class SweepRun(Terminal terminal, bool quiet, CancellationToken cancellationToken)
{
    /// <summary>Begins a sweep, or goes on with it where the directory has shards of the same plan.</summary>
    /// <param name="path">Of the plan, which is kept with the results.</param>
    public int Begin(SweepPlan plan, string path, string directory, EngineChoice engine)
    {
        SweepManifest manifest = plan.ToManifest();
        ShardStore store = Guarded(directory, () => ShardStore.Create(directory, manifest));
        if (ShardStore.Difference(store.Manifest.Plan, manifest.Plan) is { } difference)
        {
            terminal.Error.WriteLine($"note: {store.Directory} goes on as it was begun: {difference}.");
        }

        Guarded(directory, () => WriteOnceFile.Publish(Path.Combine(store.Directory, $"plan{Path.GetExtension(path)}"), stream => stream.Write(File.ReadAllBytes(path))));
        return Compute(store, engine);
    }

    /// <summary>Checks a plan and says what it will cost.</summary>
    public int Estimate(SweepPlan plan)
    {
        SweepManifest manifest = plan.ToManifest();
        IReadOnlyList<IDevice> devices = DeviceChoice.OpenSeveral(plan.Devices, plan.Precision, plan.ThreadCount);
        try
        {
            terminal.Out.WriteLine($"sweep     {plan.Name}, {plan.RealizationCount} realizations of {plan.Drops.Shape with { RealizationCount = 1 }} × {plan.SnrDb.Count} SNRs × {plan.Precoders.Count} precoders");
            terminal.Out.WriteLine($"shards    {manifest.ShardCount} of {manifest.ShardRealizationCount} realizations, {manifest.UnitCount} units each");
            foreach (IDevice device in devices)
            {
                terminal.Out.WriteLine();
                terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, string.Empty)}");
                SweepEstimate.Write(terminal.Out, plan, device, cancellationToken);
            }
        }
        finally
        {
            foreach (IDevice device in devices)
            {
                device.Dispose();
            }
        }

        return ExitCode.Done;
    }

    public int Resume(string directory, EngineChoice engine) => Compute(Guarded(directory, () => ShardStore.Open(directory)), engine);

    /// <summary>One shard, on the plan's first device.</summary>
    public int RunShard(string manifest, int index)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
        ShardStore store = Guarded(directory, () => ShardStore.Open(directory));
        store.Manifest.Shard(index);
        if (store.Has(index))
        {
            terminal.Error.WriteLine($"shard {index} is there already");
            return ExitCode.Done;
        }

        SweepPlan plan = SweepPlanReader.Of(store.Manifest);
        string device = plan.Devices[0] == DeviceChoice.All ? "auto" : plan.Devices[0];
        using var worker = new ShardComputation(plan, DeviceChoice.OpenSeveral([device], plan.Precision, plan.ThreadCount)[0], store);
        try
        {
            Guarded(directory, () => new LocalSweep(store).Run([index], [worker], progress: null, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine($"shard {index}: asked to stop; {store.ReadCheckpoint(index).Count} of {store.Manifest.UnitCount} units are in its checkpoint");
            return ExitCode.Interrupted;
        }

        return ExitCode.Done;
    }

    public int Merge(string directory)
    {
        ShardStore store = Guarded(directory, () => ShardStore.Open(directory));
        IReadOnlyList<int> missing = store.Missing();
        if (missing.Count > 0)
        {
            terminal.Error.WriteLine($"{ToolVersion.Name}: {missing.Count} of {store.Manifest.ShardCount} shards of {store.Directory} lack: {SweepMerge.Ranges(missing)}. Nothing was merged; {ToolVersion.Name} sweep resume computes them.");
            return ExitCode.SolverFailed;
        }

        return Tell(store, Guarded(directory, () => SweepMerge.Merge(store)));
    }

    public int Report(string directory)
    {
        ShardStore store = Guarded(directory, () => ShardStore.Open(directory));
        return Tell(store, Guarded(directory, () => SweepMerge.Report(store)));
    }

    public static int Cancel(Terminal terminal, string directory)
    {
        ShardStore store = Guarded(directory, () => ShardStore.Open(directory));
        Guarded(directory, store.Cancel);
        if (IsOnSlurm(store))
        {
            Guarded(directory, JobsOf(store, terminal).Cancel);
        }

        terminal.Out.WriteLine($"{store.Directory}: told everybody to stop; {Done(store, store.Missing())} are done");
        return ExitCode.Done;
    }

    public static int TellStatus(Terminal terminal, string directory, bool json)
    {
        ShardStore store = Guarded(directory, () => ShardStore.Open(directory));
        IReadOnlyList<int> missing = store.Missing(), begun = store.Begun();
        IReadOnlyList<(int Shard, SlurmTask Task)> tasks = IsOnSlurm(store) && missing.Count > 0 ? Guarded(directory, JobsOf(store, terminal).Tasks) : [];
        string[] states = [.. tasks.GroupBy(t => t.Task.State).Select(g => $"{g.Count()} {g.Key.ToLowerInvariant()}")];
        if (json)
        {
            terminal.Out.WriteLine(ResultJson.ToText(new JsonObject
            {
                ["name"] = store.Manifest.Name,
                ["planHash"] = store.Manifest.PlanHash,
                ["realizations"] = store.Manifest.RealizationCount,
                ["shards"] = store.Manifest.ShardCount,
                ["done"] = store.Manifest.ShardCount - missing.Count,
                ["begun"] = new JsonArray([.. begun.Select(i => JsonValue.Create(i))]),
                ["missing"] = new JsonArray([.. missing.Select(i => JsonValue.Create(i))]),
                ["cancelled"] = store.IsCancelled,
                ["slurm"] = new JsonArray([.. tasks.Select(t => new JsonObject { ["shard"] = t.Shard, ["job"] = t.Task.JobId, ["state"] = t.Task.State, ["nodes"] = t.Task.Nodes, ["reason"] = t.Task.Reason })]),
                ["merged"] = File.Exists(Path.Combine(store.Directory, SweepMerge.ResultsName)),
            }));
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"sweep     {store.Manifest.Name}, {store.Manifest.RealizationCount} realizations in {store.Manifest.ShardCount} shards of {store.Manifest.ShardRealizationCount}");
        terminal.Out.WriteLine($"done      {Done(store, missing)}");
        if (missing.Count > 0)
        {
            terminal.Out.WriteLine($"lacking   {SweepMerge.Ranges(missing)}");
        }

        if (begun.Count > 0)
        {
            terminal.Out.WriteLine($"begun     {SweepMerge.Ranges(begun)}, with checkpoints");
        }

        if (IsOnSlurm(store) && missing.Count > 0)
        {
            terminal.Out.WriteLine($"slurm     {(states.Length == 0 ? $"nothing waits or runs; {ToolVersion.Name} sweep resume {store.Directory} submits what lacks; logs are in slurm/logs" : string.Join(", ", states))}");
        }

        foreach (string obstacle in tasks.Select(t => t.Task.Obstacle).OfType<string>().Distinct())
        {
            terminal.Out.WriteLine($"waiting   for ever: {obstacle}");
        }

        if (store.IsCancelled)
        {
            terminal.Out.WriteLine("cancelled; resume goes on");
        }

        return ExitCode.Done;
    }

    private int Compute(ShardStore store, EngineChoice engine)
    {
        SweepPlan plan = SweepPlanReader.Of(store.Manifest);
        bool onSlurm = engine.OnSlurm ?? IsOnSlurm(store);
        using FileStream? held = onSlurm ? null : Guarded(store.Directory, () => Hold(store));
        Guarded(store.Directory, store.Uncancel); // of the holder alone: another would undo what the first is told
        IReadOnlyList<int> damaged = Guarded(store.Directory, store.SetDamagedAside);
        if (damaged.Count > 0)
        {
            terminal.Error.WriteLine($"note: shards {SweepMerge.Ranges(damaged)} were damaged; they are set aside and computed again.");
        }

        return onSlurm ? RunOnSlurm(store, plan, engine.Slurm) : RunHere(store, plan);
    }

    /// <summary>Submits what neither is there nor waits or runs, and a job that merges when all of it has ended.</summary>
    private int RunOnSlurm(ShardStore store, SweepPlan plan, SlurmOptions options)
    {
        SlurmJobs jobs = JobsOf(store, terminal);
        int[] queued = [.. Guarded(store.Directory, jobs.Tasks).Where(t => !t.Task.IsEnding).Select(t => t.Shard)]; // what a cancel still ends counts as lacking
        IReadOnlyList<int> missing = store.Missing();
        int[] lacking = [.. missing.Except(queued)];
        if (lacking.Length > 0)
        {
            string[] tool = Command();
            Guarded(store.Directory, () => jobs.Submit(lacking, [.. tool, "shard", "run", "--manifest", Path.Combine(store.Directory, SweepManifest.FileName), "--index"], options));
            Guarded(store.Directory, () => jobs.SubmitMerge([.. tool, "sweep", "merge", store.Directory], options));
        }

        if (missing.Count == 0)
        {
            return Tell(store, Guarded(store.Directory, () => SweepMerge.Merge(store)));
        }

        if (!quiet)
        {
            terminal.Out.WriteLine($"sweep     {store.Manifest.Name}, {plan.RealizationCount} realizations in {store.Manifest.ShardCount} shards, {store.Manifest.ShardCount - missing.Count} of them done");
            terminal.Out.WriteLine($"slurm     {lacking.Length} shards submitted, {queued.Length} waiting or running before; a last job merges");
            terminal.Out.WriteLine($"next      {ToolVersion.Name} sweep status {store.Directory}");
        }

        return ExitCode.Done;
    }

    private static string Done(ShardStore store, IReadOnlyList<int> missing) => $"{store.Manifest.ShardCount - missing.Count} of {store.Manifest.ShardCount} shards";

    private static bool IsOnSlurm(ShardStore store) => Directory.Exists(Path.Combine(store.Directory, "slurm"));

    private static SlurmJobs JobsOf(ShardStore store, Terminal terminal) => new(
        store.Directory, $"sweep-{store.Manifest.PlanHash[..8]}", new SlurmCluster { Retrying = problem => terminal.Error.WriteLine($"note: {problem}") });

    /// <summary>The words that start this tool.</summary>
    private static string[] Command()
    {
        string process = Environment.ProcessPath!, tool = typeof(SweepRun).Assembly.Location;
        return tool.Length > 0 && Path.GetFileNameWithoutExtension(process) != ToolVersion.Name ? [process, tool] : [process];
    }

    private int RunHere(ShardStore store, SweepPlan plan)
    {
        IReadOnlyList<int> missing = store.Missing();
        if (missing.Count > 0)
        {
            IReadOnlyList<IDevice> devices = DeviceChoice.OpenSeveral(plan.Devices, plan.Precision, plan.ThreadCount);
            ShardComputation[] workers = [.. devices.Select(device => new ShardComputation(plan, device, store))];
            var progress = new ProgressLine(terminal, quiet);
            try
            {
                WriteHeading(store, devices, missing.Count);
                progress.Begin(store.Manifest.Name);
                Guarded(store.Directory, () => new LocalSweep(store).Run(missing, workers, progress.Report, cancellationToken));
            }
            catch (OperationCanceledException)
            {
                progress.End();
                terminal.Error.WriteLine($"{ToolVersion.Name}: interrupted; {Done(store, store.Missing())} are done and what was finished of others is noted. Go on with: {ToolVersion.Name} sweep resume {store.Directory}");
                return ExitCode.Interrupted;
            }
            finally
            {
                progress.End();
                Array.ForEach(workers, worker => worker.Dispose());
            }
        }

        return Tell(store, Guarded(store.Directory, () => SweepMerge.Merge(store)));
    }

    private void WriteHeading(ShardStore store, IReadOnlyList<IDevice> devices, int missing)
    {
        if (!quiet)
        {
            terminal.Out.WriteLine($"sweep     {store.Manifest.Name}, {store.Manifest.RealizationCount} realizations in {store.Manifest.ShardCount} shards{(missing < store.Manifest.ShardCount ? $", {store.Manifest.ShardCount - missing} of them done" : "")}");
            foreach (IDevice device in devices)
            {
                terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, string.Empty)}");
            }
        }
    }

    /// <summary>The table of means and where everything is; exit code 1 where solvers failed.</summary>
    private int Tell(ShardStore store, SweepSummary summary)
    {
        long failed = summary.Cells.Sum(cell => (long)cell.FailedCount);
        if (!quiet)
        {
            SweepTable.Write(terminal.Out, summary);
            terminal.Out.WriteLine();
            terminal.Out.WriteLine($"results   {Path.Combine(store.Directory, SweepMerge.ResultsName)}, {SweepMerge.DatabaseName}, {SweepMerge.ReportName}");
        }

        if (failed > 0)
        {
            terminal.Error.WriteLine($"{ToolVersion.Name}: {failed} values are of solvers that diverged; they are in {SweepMerge.ResultsName} with that status and in no mean. Try precision: double.");
        }

        return failed > 0 ? ExitCode.SolverFailed : ExitCode.Done;
    }

    /// <summary>One sweep at a time in a directory on this machine; elsewhere others may work on it.</summary>
    private static FileStream Hold(ShardStore store)
    {
        string path = Path.Combine(store.Directory, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new EnvironmentException($"{store.Directory}: another sweep is at work there. Wait for it, or end it with {ToolVersion.Name} sweep cancel {store.Directory}", error);
        }
    }

    private static void Guarded(string directory, Action action) => OutputFile.Write(directory, _ => action());

    /// <summary>What the system refuses in the directory is no fault of the plan: exit code 4.</summary>
    private static T Guarded<T>(string directory, Func<T> action)
    {
        T result = default!;
        OutputFile.Write(directory, _ => result = action());
        return result;
    }
}
