using System.CommandLine;
using Precoding.Cli.Output;
using Precoding.Cli.Sweeps;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>sweep: drops × SNR × precoders into a run directory, and what is done with one.</summary>
internal static class SweepVerb
{
    public static Command Create(Terminal terminal)
    {
        var plan = new Argument<string>("plan") { Description = "The study, .yaml or .json: scenario or channels, realizations, snrDb, precoders and more; docs/sweeps.md has every key.", HelpName = "PLAN" };
        var directory = new Option<string?>("--run-dir") { Description = "Where everything goes: manifest, shards, results. By default PLAN.run beside the plan. With shards of the same plan in it the sweep goes on.", HelpName = "dir" };
        var set = new Option<string[]>("--set") { Description = "A value in the place of the plan's, repeatable: snrDb=[0,10], scenario.users=64, precoders.wmmse.iterations=50.", HelpName = "key=value" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check the plan and estimate time and memory from a few iterations on the first drops; write nothing." };
        Option<bool> quiet = OptionValues.Quiet();
        var engine = new EngineOptions(mayBeSlurm: false);
        var command = new Command("sweep", "Computes a Monte Carlo study, drops × SNR × precoders, that survives interruption and goes on where it was, on this machine or a Slurm cluster.")
        {
            plan, directory, set, dryRun, quiet,
        };
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                string path = parsed.GetValue(plan)!;
                EngineChoice chosen = engine.Read(parsed);
                SweepPlan study = SweepPlanReader.Read(path, parsed.GetValue(set) ?? []);
                var run = new SweepRun(terminal, parsed.GetValue(quiet), cancellationToken);
                return parsed.GetValue(dryRun)
                    ? run.Estimate(study)
                    : run.Begin(study, path, parsed.GetValue(directory) ?? Path.ChangeExtension(path, ".run"), chosen);
            },
            CancellationToken.None));
        foreach (Command part in (Command[])[Status(terminal), Resume(terminal), Cancel(terminal), Merge(terminal), Report(terminal)])
        {
            command.Subcommands.Add(part);
        }

        Examples.AddTo(
            command,
            "beamprecoding sweep plan.yaml --dry-run",
            "beamprecoding sweep plan.yaml --run-dir study --set realizations=1000 --set snrDb=[0,10,20]",
            "beamprecoding sweep plan.yaml --run-dir /shared/study --engine slurm --partition gpu --gres gpu:1 --time 2:00:00",
            "beamprecoding sweep status study",
            "beamprecoding sweep resume study");
        return command;
    }

    private static Command Status(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        Command command = OfDirectory("status", "Says how far a sweep is.", (parsed, directory, _) => SweepRun.TellStatus(terminal, directory, parsed.GetValue(json)));
        command.Options.Add(json);
        Examples.AddTo(command, "beamprecoding sweep status study", "beamprecoding sweep status study --json");
        return command;
    }

    private static Command Resume(Terminal terminal)
    {
        Option<bool> quiet = OptionValues.Quiet();
        var engine = new EngineOptions(mayBeSlurm: true);
        Command command = OfDirectory(
            "resume", "Computes what a sweep lacks, and nothing else; damaged shards are set aside and computed again.",
            (parsed, directory, cancellationToken) => new SweepRun(terminal, parsed.GetValue(quiet), cancellationToken).Resume(directory, engine.Read(parsed)));
        command.Options.Add(quiet);
        engine.AddTo(command);
        Examples.AddTo(command, "beamprecoding sweep resume study", "beamprecoding sweep resume /shared/study --engine slurm --time 4:00:00");
        return command;
    }

    private static Command Cancel(Terminal terminal)
    {
        Command command = OfDirectory(
            "cancel", "Ends whatever computes a sweep, wherever it runs; what is finished stays, and resume goes on from there.",
            (_, directory, _) => SweepRun.Cancel(terminal, directory));
        Examples.AddTo(command, "beamprecoding sweep cancel study");
        return command;
    }

    private static Command Merge(Terminal terminal) => OfResults(
        "merge", "Verifies all shards and writes results.csv, timings.csv, results.sqlite, summary.csv and report.html; says what lacks where shards do.",
        terminal, (run, directory) => run.Merge(directory));

    private static Command Report(Terminal terminal) => OfResults(
        "report", "Means with 95 % intervals and paired differences on common drops, as a table, summary.csv and report.html.", terminal, (run, directory) => run.Report(directory));

    private static Command OfResults(string name, string description, Terminal terminal, Func<SweepRun, string, int> tell)
    {
        Option<bool> quiet = OptionValues.Quiet();
        Command command = OfDirectory(name, description, (parsed, directory, cancellationToken) => tell(new SweepRun(terminal, parsed.GetValue(quiet), cancellationToken), directory));
        command.Options.Add(quiet);
        Examples.AddTo(command, $"beamprecoding sweep {name} study");
        return command;
    }

    private static Command OfDirectory(string name, string description, Func<ParseResult, string, CancellationToken, int> run)
    {
        var directory = new Argument<string>("directory") { Description = "The --run-dir of the sweep.", HelpName = "DIR" };
        var command = new Command(name, description) { directory };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => run(parsed, parsed.GetValue(directory)!, cancellationToken), CancellationToken.None));
        return command;
    }
}
