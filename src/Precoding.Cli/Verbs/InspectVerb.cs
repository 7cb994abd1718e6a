using System.CommandLine;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>inspect: what is in a channel file, and what solve would make of it.</summary>
internal static class InspectVerb
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "Channel file, .npz, .npy, .mat (MATLAB level 5) or .csv." };
        var name = new Option<string>("--channels-name") { Description = "Array of an .npz or .mat file that holds the channels.", HelpName = "name", DefaultValueFactory = _ => "H" };
        var axes = OptionValues.Text("--axes", "names", "Axes of the array, outermost first, such as user,accessPoint,antenna; by default by rank, or as the other arrays of the file tell.");
        var downlinkGain = new Option<bool>("--downlink-gain") { Description = "The entries are those of y = h p, as a gain from the access point to the user, not of y = hᴴp: they are conjugated. Rows of H (with an axis userAntenna) are of y = H p either way." };
        Option<string> device = OptionValues.Device();
        Option<string?> threads = OptionValues.Threads();
        var command = new Command("inspect", "Shape, axes, gains, condition and beam support of a channel file; what solve would assume.") { file, name, axes, downlinkGain, device, threads };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                ChannelFile.Read(parsed.GetValue(file)!, new ChannelFileOptions { Name = parsed.GetValue(name)!, Axes = parsed.GetValue(axes), DownlinkGain = parsed.GetValue(downlinkGain) }),
                () => DeviceChoice.Open(parsed.GetValue(device)!, null, OptionValues.Count("--threads", parsed.GetValue(threads))),
                terminal.Out),
            CancellationToken.None).WaitAsync(cancellationToken));
        Examples.AddTo(command, "beamprecoding inspect drop.npz", "beamprecoding inspect H.npy --axes user,accessPoint,antenna", "beamprecoding inspect H.mat --downlink-gain");
        return command;
    }

    private static int Run(ChannelFileContent file, Func<IDevice> openDevice, TextWriter output)
    {
        ChannelBatch channels = file.Channels;
        output.WriteLine($"channels   {file.AssumedAxes}");
        output.WriteLine($"read as    {channels.Shape}, {(channels.Precision == Precision.Single ? "complex64" : "complex128")}");
        output.WriteLine();
        WriteGains(ChannelNormalization.LinkGains(channels), output);
        output.WriteLine();
        if (channels.Shape.UserAntennaCount == 1)
        {
            WriteCondition(channels, output);
            using IDevice device = openDevice();
            var options = new BeamStructuredHamiltonianOptions();
            output.WriteLine(
                $"beams      realization 0: support ratio {Format.Number(ChannelInspection.SupportRatio(channels, 0, device, options.FineFactor, options.PursuitResidual), "F3")} beams per antenna and link " +
                $"(pursuit, fine factor {options.FineFactor}, residual {Format.Number(options.PursuitResidual, "G")})");
            output.WriteLine();
        }

        WriteAssumptions(file, output);
        return ExitCode.Done;
    }

    private static void WriteGains(double[,,] gains, TextWriter output)
    {
        var table = new TextTable(("gains", "dB", false), ("p5", "", true), ("p25", "", true), ("p50", "", true), ("p75", "", true), ("p95", "", true));
        Row("link, ‖h‖²/M", ChannelInspection.LinkGainsDb(gains));
        Row("user, Σ over access points", ChannelInspection.UserGainsDb(gains));
        Row("strongest / second access point", ChannelInspection.StrongestOverSecondDb(gains));
        table.Write(output);
        int zeros = gains.Cast<double>().Count(g => g == 0);
        if (zeros > 0)
        {
            output.WriteLine($"{zeros} of {gains.Length} links are zero and left out above");
        }

        void Row(string name, double[] sorted)
        {
            if (sorted.Length > 0)
            {
                table.Add([name, .. ChannelInspection.Percentiles(sorted).Select(p => Format.Number(p, "F1"))]);
            }
        }
    }

    private static void WriteCondition(ChannelBatch channels, TextWriter output)
    {
        double[] values = ChannelInspection.SingularValues(channels, 0);
        string spread = values[^1] > 1e-7 * values[0] // below, rounding of the squares hides them
            ? $"a spread of {Format.Number(20 * Math.Log10(values[0] / values[^1]), "F1")} dB"
            : "the smallest are 0 to rounding: users cannot all be told apart";
        output.WriteLine(
            $"condition  realization 0, users scaled to norm 1: {values.Length} singular values from {Format.Number(values[0], "G3")} to {Format.Number(values[^1], "G3")}, {spread}");
    }

    private static void WriteAssumptions(ChannelFileContent file, TextWriter output)
    {
        Network network = file.Channels.Network;
        output.WriteLine("solve would assume");
        output.WriteLine(file.PowerWatts is { } power
            ? $"  power    {string.Join(", ", power.Select(p => Format.Number(p, "G6")))} W from the file, unless --snr-db or --power says otherwise"
            : "  power    nothing: the file has none, give --snr-db or --power");
        output.WriteLine($"  noise    {(file.NoiseWatts is { } noise ? $"{Range(noise)} W from the file, unless --noise says otherwise" : "1 W, unless --noise says otherwise")}");
        output.WriteLine($"  weights  {(file.Weights is { } weights ? $"{Range(weights)} from the file" : "1 for every user")}");
        output.WriteLine("  gains    as they are, unless --normalize says otherwise");
        if (file.Channels.Shape.UserAntennaCount > 1 || file.Serving is not null || file.Streams is not null || network.Users.Any(u => u.MaxStreams > 1))
        {
            WriteStreams(file, output);
        }

        static string Range(IReadOnlyList<double> values) => values.Min() == values.Max()
            ? Format.Number(values[0], "G6")
            : $"{Format.Number(values.Min(), "G6")} to {Format.Number(values.Max(), "G6")}";
    }

    /// <summary>What concerns precoders of streams.</summary>
    private static void WriteStreams(ChannelFileContent file, TextWriter output)
    {
        int N = file.Channels.Shape.UserAntennaCount;
        StreamSetup streams = new StreamChoice().For(file);
        output.WriteLine($"  serving  {streams.DescribeServing()}, unless --serving says otherwise");
        output.WriteLine($"  streams  {streams.DescribeStreams(file.Channels, PrecoderCatalog.Entries)}, unless --streams and --max-streams say otherwise");
        output.WriteLine(N > 1
            ? $"  but      users have {N} antennas: choose a precoder of streams, such as ncjt-rwmmse or cjt-wmmse"
            : "  but      serving and streams are for precoders of streams; the others serve every user from every access point with one stream");
    }
}
