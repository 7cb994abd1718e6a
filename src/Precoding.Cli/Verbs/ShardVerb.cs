using System.CommandLine;
using Precoding.Cli.Output;
using Precoding.Cli.Sweeps;

namespace Precoding.Cli.Verbs;

/// <summary>shard: what every engine of sweeps calls.</summary>
internal static class ShardVerb
{
    public static Command Create(Terminal terminal)
    {
        var manifest = new Option<string>("--manifest") { Description = "manifest.json of the run directory.", HelpName = "file", Required = true };
        var index = new Option<string>("--index") { Description = "Number of the shard, from 0.", HelpName = "i", Required = true };
        var run = new Command("run", "Computes one shard of a sweep and publishes it once, from its checkpoint on where there is one. Exit code 130: asked to stop, and a checkpoint is written.") { manifest, index };
        run.SetAction((parsed, cancellationToken) => Task.Run(
            () => new SweepRun(terminal, quiet: true, cancellationToken).RunShard(parsed.GetValue(manifest)!, OptionValues.Index("--index", parsed.GetValue(index)!)), CancellationToken.None));
        Examples.AddTo(run, "beamprecoding shard run --manifest study/manifest.json --index 12");
        var command = new Command("shard", "Computes parts of sweeps; what an engine calls.") { run };
        Examples.AddTo(command, "beamprecoding shard run --manifest study/manifest.json --index 12");
        return command;
    }
}
