using System.CommandLine;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;

namespace Precoding.Cli.Verbs;

/// <summary>demo: every coherent precoder on a generated drop, a table and a picture.</summary>
internal static class DemoVerb
{
    private const double SnrDb = 20; // [BSP §V]
    private static readonly ChannelShape SmallScale = new(1, UserCount: 16, AccessPointCount: 3, AntennaCount: 32);

    public static Command Create(Terminal terminal)
    {
        var paper = new Option<bool>("--paper") { Description = "The paper's scale: 3 access points of 512 antennas, 256 users. Takes about ten seconds on two cores." };
        var svg = OptionValues.Text("--svg", "file", "Write the picture as .svg too.");
        Option<string> seed = OptionValues.Seed(), device = OptionValues.Device();
        Option<string?> threads = OptionValues.Threads();
        var command = new Command("demo", "Generates a drop, runs every coherent precoder on it and shows a table and a picture.") { paper, svg, seed, device, threads };
        command.SetAction((parsed, cancellationToken) =>
        {
            string? picture = parsed.GetValue(svg);
            OutputFile.Require("--svg", picture, ".svg");
            ulong number = OptionValues.ParseSeed(parsed.GetValue(seed)!);
            int? threadCount = OptionValues.Count("--threads", parsed.GetValue(threads));
            ChannelShape shape = parsed.GetValue(paper) ? GeneratedDrop.PaperScale : SmallScale;
            return Task.Run(() => Run(shape, number, parsed.GetValue(device)!, threadCount, picture, terminal, cancellationToken), CancellationToken.None);
        });
        Examples.AddTo(command, "beamprecoding demo --svg demo.svg", "beamprecoding demo --paper");
        return command;
    }

    private static int Run(ChannelShape shape, ulong seed, string deviceText, int? threadCount, string? svg, Terminal terminal, CancellationToken cancellationToken)
    {
        using IDevice device = DeviceChoice.Open(deviceText, null, threadCount);
        var progress = new ProgressLine(terminal, quiet: false);
        progress.Begin("generating channels");
        ChannelBatch generated = GeneratedDrop.UrbanMacroChannels(shape, seed, threadCount);
        progress.End();
        cancellationToken.ThrowIfCancellationRequested();
        ChannelBatch channels = LinkBudget.Apply(generated.Normalize(Normalization.Mean), fileHasPower: false, SnrDb, power: null, noise: 1);

        terminal.Out.WriteLine(
            $"drop      urban macro without line of sight (3GPP TR 38.901), {shape.AccessPointCount} access points of {shape.AntennaCount} antennas, {shape.UserCount} users, seed {seed}");
        terminal.Out.WriteLine($"power     {LinkBudget.Describe(channels.Network)}, mean user gain 1 per antenna");
        terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, deviceText)}");
        terminal.Out.WriteLine();
        IReadOnlyList<IPrecoder> precoders = new PrecoderChoice { Entries = PrecoderFamily.SingleAntenna, Seed = seed }.Create();
        Comparison comparison = Comparison.Run(channels, precoders, device, warmStart: null, progress, cancellationToken);
        ResultTable.Write(terminal.Out, comparison.Results);
        terminal.Out.WriteLine();
        ConvergenceChart chart = ConvergenceChart.Of(comparison.Results, realization: 0);
        TextChart.Write(terminal.Out, chart);
        if (svg is not null)
        {
            string title = $"Sum rate, {shape.AccessPointCount} × {shape.AntennaCount} antennas, {shape.UserCount} users, {SnrDb} dB";
            OutputFile.Write(svg, path => File.WriteAllText(path, SvgChart.Draw(chart, title)));
            terminal.Out.WriteLine();
            terminal.Out.WriteLine($"picture   {svg}");
        }

        comparison.WriteProblems(terminal.Error);
        return comparison.ExitCode;
    }
}
