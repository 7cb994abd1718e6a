using System.CommandLine;
using Precoding.Cli.Sweeps;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>--engine, and what Slurm is told of the jobs.</summary>
/// <param name="mayBeSlurm">Whether a sweep without --engine may be one of Slurm.</param>
internal sealed class EngineOptions(bool mayBeSlurm)
{
    private readonly Option<string?> engine = OptionValues.Text("--engine", "name", "local: all devices of the plan on this machine (default); slurm: an array of jobs over the shards. resume takes the engine that was used before.");
    private readonly Option<string?> partition = OptionValues.Text("--partition", "name", "Slurm partition.");
    private readonly Option<string?> gres = OptionValues.Text("--gres", "list", "Generic resources of a task, such as gpu:1.");
    private readonly Option<string?> time = OptionValues.Text("--time", "limit", "Time limit of a task, such as 2:00:00. Before it is reached the task writes its checkpoint and is queued again.");
    private readonly Option<string?> cpus = OptionValues.Text("--cpus-per-task", "n", "Cores of a task.");
    private readonly Option<string?> memory = OptionValues.Text("--mem", "size", "Memory of a task, such as 8G.");
    private readonly Option<string?> account = OptionValues.Text("--account", "name", "Slurm account.");
    private readonly Option<string?> qos = OptionValues.Text("--qos", "name", "Slurm quality of service.");
    private readonly Option<string?> atOnce = OptionValues.Text("--tasks-at-once", "n", "Tasks of an array that run at once.");
    private readonly Option<string?> signal = OptionValues.Text("--signal-seconds", "s", "Seconds before the time limit at which a task is told to write its checkpoint; 90 when left out.");
    private readonly Option<string[]> extra = new("--slurm-arg") { Description = "A further option of sbatch in one word, repeatable, such as --slurm-arg=--constraint=a100.", HelpName = "option" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[engine, .. OfSlurm])
        {
            command.Options.Add(option);
        }
    }

    public EngineChoice Read(ParseResult parsed)
    {
        bool? onSlurm = parsed.GetValue(engine) switch
        {
            null => null,
            "local" => false,
            "slurm" => true,
            var other => throw new UsageException($"--engine is '{other}'; expected local or slurm."),
        };
        if (onSlurm != true && OfSlurm.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle && (onSlurm == false || !mayBeSlurm))
        {
            throw new UsageException($"{idle.Name} has no effect on --engine local; leave it out, or give --engine slurm.");
        }

        var options = new SlurmOptions
        {
            Partition = parsed.GetValue(partition),
            Gres = parsed.GetValue(gres),
            Time = parsed.GetValue(time),
            CpusPerTask = OptionValues.Count("--cpus-per-task", parsed.GetValue(cpus)),
            Memory = parsed.GetValue(memory),
            Account = parsed.GetValue(account),
            Qos = parsed.GetValue(qos),
            ArrayTasksAtOnce = OptionValues.Count("--tasks-at-once", parsed.GetValue(atOnce)),
            ExtraArguments = parsed.GetValue(extra) ?? [],
        };
        options = OptionValues.Count("--signal-seconds", parsed.GetValue(signal)) is { } seconds ? options with { SignalSeconds = seconds } : options;
        options.Validate();
        return new EngineChoice(onSlurm, options);
    }

    private Option[] OfSlurm => [partition, gres, time, cpus, memory, account, qos, atOnce, signal, extra];
}
