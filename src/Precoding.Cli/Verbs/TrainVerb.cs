using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Precoding.Cli.Output;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>train: weights of the precoder that has learned ones.</summary>
internal static class TrainVerb
{
    private const string Trainable = "bln-pgp";

    public static Command Create(Terminal terminal)
    {
        var defaults = new TrainingOptions();
        var precoder = new Argument<string>("precoder") { Description = $"{Trainable}, the only one that learns." };
        var output = new Option<string>("--out") { Description = "File of weights to write, .json; solve takes it as --set weights=FILE.", HelpName = "file", Required = true };
        var layers = OptionValues.Text("--layers", "n", $"Layers of the network; by default {defaults.LayerCount}.");
        var epochs = OptionValues.Text("--epochs", "n", $"Passes through the drops; by default {defaults.EpochCount}.");
        var batch = OptionValues.Text("--batch", "n", $"Drops of a mini-batch; by default {defaults.BatchSize}.");
        var batches = OptionValues.Text("--batches", "n", $"Mini-batches of each of the {defaults.Shapes.Count} shapes; by default {defaults.BatchesPerShape}.");
        var rate = OptionValues.Text("--learning-rate", "x", $"Of Adam at first; by default {Format.Number(defaults.LearningRate, "0.###")}. It falls to a hundredth of that.");
        Option<string> seed = OptionValues.Seed();
        Option<bool> quiet = OptionValues.Quiet();
        var command = new Command("train", "Trains the weights of bln-pgp on generated drops, on the processor in double precision.") { precoder, output, layers, epochs, batch, batches, rate, seed, quiet };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(precoder) is var name && name != Trainable)
            {
                throw new UsageException($"train: '{name}' has nothing to learn; expected {Trainable}.");
            }

            string path = parsed.GetValue(output)!;
            OutputFile.Require("--out", path, ".json");
            var options = new TrainingOptions
            {
                LayerCount = OptionValues.Count("--layers", parsed.GetValue(layers)) ?? defaults.LayerCount,
                EpochCount = OptionValues.Count("--epochs", parsed.GetValue(epochs)) ?? defaults.EpochCount,
                BatchSize = OptionValues.Count("--batch", parsed.GetValue(batch)) ?? defaults.BatchSize,
                BatchesPerShape = OptionValues.Count("--batches", parsed.GetValue(batches)) ?? defaults.BatchesPerShape,
                LearningRate = OptionValues.Number("--learning-rate", parsed.GetValue(rate), n => n > 0, "a positive number") ?? defaults.LearningRate,
                Seed = OptionValues.ParseSeed(parsed.GetValue(seed)!),
            };
            return Task.Run(() => Run(options, path, parsed.GetValue(quiet), terminal, cancellationToken), CancellationToken.None);
        });
        Examples.AddTo(
            command, "beamprecoding train bln-pgp --out weights.json", "beamprecoding train bln-pgp --layers 5 --seed 1 --out five.json",
            "beamprecoding solve --channels drop.npz --normalize mean --snr-db 20 --precoder bln-pgp --set weights=five.json");
        return command;
    }

    private static int Run(TrainingOptions options, string path, bool quiet, Terminal terminal, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        Say($"drops     {options.Shapes.Count * options.BatchesPerShape * options.BatchSize} to train on, {options.Shapes.Count * options.BatchSize} to validate, {Format.Number(options.LowestSnrDb, "0.#")} to {Format.Number(options.HighestSnrDb, "0.#")} dB, seed {options.Seed}");
        Say("loss      mean of 1 - rate/rate of 30 iterations of reduced-cg, at the last layer");
        Say("epoch   step       loss  validation    seconds");
        var (weights, log) = UnfoldedTrainer.Train(
            options,
            entry => Say($"{entry.Epoch,5} {entry.Step,6} {(entry.Loss is { } loss ? Format.Number(loss, "F5") : "-"),10}  {Format.Number(entry.Validation, "F5"),10} {Format.Number(Stopwatch.GetElapsedTime(began).TotalSeconds, "F1"),10}"),
            cancellationToken);
        OutputFile.Write(path, file => File.WriteAllText(file, weights.ToJson(TrainingOf(options, log))));
        Say($"{path}: {weights.Layers.Count} layers, sha256 {weights.Hash}");
        return ExitCode.Done;

        void Say(string line)
        {
            if (!quiet)
            {
                terminal.Out.WriteLine(line);
            }
        }
    }

    /// <summary>How the weights came about; no times, so that equal options give equal files.</summary>
    private static JsonObject TrainingOf(TrainingOptions options, IReadOnlyList<TrainingLogEntry> log) => new()
    {
        ["version"] = ToolVersion.Version,
        ["command"] = FormattableString.Invariant(
            $"train {Trainable} --layers {options.LayerCount} --epochs {options.EpochCount} --batch {options.BatchSize} --batches {options.BatchesPerShape} --learning-rate {options.LearningRate} --seed {options.Seed}"),
        ["seed"] = options.Seed,
        ["lowestSnrDb"] = options.LowestSnrDb,
        ["highestSnrDb"] = options.HighestSnrDb,
        ["shapes"] = new JsonArray([.. options.Shapes.Select(shape => new JsonObject { ["users"] = shape.UserCount, ["accessPoints"] = shape.AccessPointCount, ["antennas"] = shape.AntennaCount })]),
        ["log"] = new JsonArray([.. log.Select(entry => new JsonObject
        {
            ["epoch"] = entry.Epoch, ["step"] = entry.Step, ["loss"] = entry.Loss, ["validation"] = entry.Validation,
        })]),
    };
}
