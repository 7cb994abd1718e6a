using System.CommandLine;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>demo: every coherent precoder on a generated drop; a table, a picture and what to do next.</summary>
internal static class DemoVerb
{
    private const double SnrDb = 20; // [BSP §V]
    private const string DefaultPicture = "demo.svg";
    private static readonly ChannelShape SmallScale = new(1, UserCount: 16, AccessPointCount: 3, AntennaCount: 32);

    /// <summary>In every picture: a file with it may be written over.</summary>
    private static string Signature => $"{ToolVersion.Name} demo";

    public static Command Create(Terminal terminal)
    {
        var paper = new Option<bool>("--paper") { Description = "The paper's scale: 3 access points of 512 antennas, 256 users. Takes about a quarter of a minute on two cores." };
        var svg = OptionValues.Text("--svg", "file", $"Where the picture goes, .svg; by default {DefaultPicture} here, unless there is one of another origin.");
        Option<string> seed = OptionValues.Seed(), device = OptionValues.Device();
        Option<string?> threads = OptionValues.Threads();
        var command = new Command("demo", "Generates a drop, runs every coherent precoder on it and shows a table; convergence curves go to a picture.") { paper, svg, seed, device, threads };
        command.SetAction((parsed, cancellationToken) =>
        {
            string picture = parsed.GetValue(svg) ?? DefaultPicture;
            OutputFile.Require("--svg", picture, ".svg");
            if (parsed.GetValue(svg) is null)
            {
                RefuseOthersFiles(picture);
            }

            ulong number = OptionValues.ParseSeed(parsed.GetValue(seed)!);
            int? threadCount = OptionValues.Count("--threads", parsed.GetValue(threads));
            ChannelShape shape = parsed.GetValue(paper) ? GeneratedDrop.PaperScale : SmallScale;
            return Task.Run(() => Run(shape, number, parsed.GetValue(device)!, threadCount, picture, terminal, cancellationToken), CancellationToken.None);
        });
        Examples.AddTo(command, "beamprecoding demo", "beamprecoding demo --paper --svg paper-scale.svg", "beamprecoding demo --seed 7 --device cpu");
        return command;
    }

    private static int Run(ChannelShape shape, ulong seed, string deviceText, int? threadCount, string svg, Terminal terminal, CancellationToken cancellationToken)
    {
        using IDevice device = DeviceChoice.Open(deviceText, null, threadCount);
        var progress = new ProgressLine(terminal, quiet: false);
        progress.Begin("generating channels");
        ChannelBatch generated = GeneratedDrop.UrbanMacroChannels(shape, seed, threadCount);
        progress.End();
        cancellationToken.ThrowIfCancellationRequested();
        ChannelBatch channels = LinkBudget.Apply(generated.Normalize(Normalization.Mean), fileHasPower: false, SnrDb, power: null, noise: 1);

        string sizes = $"{shape.AccessPointCount} access points of {shape.AntennaCount} antennas, {shape.UserCount} users";
        terminal.Out.WriteLine($"drop      urban macro without line of sight (3GPP TR 38.901), {sizes}, seed {seed}");
        terminal.Out.WriteLine($"power     {LinkBudget.Describe(channels.Network)}, mean user gain 1 per antenna");
        terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, deviceText)}");
        terminal.Out.WriteLine();
        IReadOnlyList<IPrecoder> precoders = new PrecoderChoice { Entries = PrecoderFamily.SingleAntenna, Seed = seed }.Create();
        Comparison comparison = Comparison.Run(channels, precoders, device, warmStart: null, progress, cancellationToken);
        ResultTable.Write(terminal.Out, comparison.Results);
        terminal.Out.WriteLine();
        string note = $"{Signature} {ToolVersion.Version}: urban macro without line of sight (3GPP TR 38.901), seed {seed}; {device.Info.Id} in {device.Precision.ToString().ToLowerInvariant()} precision.";
        OutputFile.Write(svg, path => File.WriteAllText(path, SvgChart.Draw("Every coherent precoder on one drop", [ConvergenceChart.Of(comparison.Results, realization: 0, $"{sizes}, {SnrDb} dB")], note)));
        terminal.Out.WriteLine($"picture   {svg}: sum rate over iterations");
        terminal.Out.WriteLine($"next      the same drop as a file, and how much of what any scheme could reach the default precoder gets:");
        terminal.Out.WriteLine(
            $"          {ToolVersion.Command} drop --users {shape.UserCount} --antennas {shape.AntennaCount} --access-points {shape.AccessPointCount} --seed {seed} --out drop.npz && " +
            $"{ToolVersion.Command} solve --channels drop.npz --normalize mean --snr-db {SnrDb} --certificate");
        comparison.WriteProblems(terminal.Error);
        return comparison.ExitCode;
    }

    /// <summary>Nobody asked for the default name: only a picture of this verb is written over.</summary>
    private static void RefuseOthersFiles(string path)
    {
        if (File.Exists(path) && !File.ReadAllText(path).Contains(Signature, StringComparison.Ordinal))
        {
            throw new UsageException($"demo would write {path}, which is here and not a picture of demo. Give another name, as in --svg picture.svg.");
        }
    }
}
