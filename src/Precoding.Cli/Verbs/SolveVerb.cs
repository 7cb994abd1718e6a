using System.CommandLine;
using System.Text.Json.Nodes;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>solve: precoders for a channel file.</summary>
internal static class SolveVerb
{
    private const double FaintLinkDb = -30; // best user at full power below this received SNR: the units are probably not what the user thinks

    public static Command Create(Terminal terminal)
    {
        var options = new SolveOptions();
        var command = new Command("solve", "Precoders for the channels of a file, with their rates.");
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Run(options.Read(parsed), terminal, cancellationToken), CancellationToken.None));
        Examples.AddTo(
            command,
            "beamprecoding solve --channels drop.npz --normalize mean --snr-db 20",
            "beamprecoding solve --channels H.npy --axes user,accessPoint,antenna --power 10,10,20 --precoder mrt,rzf,wmmse,reduced-cg --out precoders.npz",
            "beamprecoding solve --channels drop.npz --snr-db 20 --starts mrt,rzf,wmmse:3,random:8 --iterations 100 --json",
            "beamprecoding solve --channels drop.npz --snr-db 20 --precoder bsp-hamiltonian --set fine-factor=1 --set damping=0.5 --trace trace.csv");
        return command;
    }

    private static int Run(SolveRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPrecoder> precoders = request.Precoders.Create();
        ChannelFileContent file = ChannelFile.Read(
            request.Channels, new ChannelFileOptions { Name = request.ChannelsName, Axes = request.Axes, DownlinkGain = request.DownlinkGain });
        ChannelBatch channels = LinkBudget.Apply(file.Channels.Normalize(request.Normalization), file.PowerWatts is not null, request.SnrDb, request.PowerWatts, request.NoiseWatts);
        PrecoderBatch? warmStart = request.WarmStart is { } path ? WarmStartFile.Read(path, channels.Shape) : null;
        using IDevice device = DeviceChoice.Open(request.Device, request.Precision, request.ThreadCount);
        if (!request.Json && !request.Quiet)
        {
            WriteHeading(terminal, request, file, channels, device);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Comparison comparison = Comparison.Run(channels, precoders, device, warmStart, new ProgressLine(terminal, request.Json || request.Quiet), cancellationToken);
        Report(terminal, request, channels, precoders, device, comparison);
        return comparison.ExitCode;
    }

    private static void WriteHeading(Terminal terminal, SolveRequest request, ChannelFileContent file, ChannelBatch channels, IDevice device)
    {
        terminal.Out.WriteLine($"channels  {file.AssumedAxes}; normalize {Format.Kebab(request.Normalization.ToString())}");
        terminal.Out.WriteLine($"power     {LinkBudget.Describe(channels.Network)}");
        terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, request.Device)}");
        terminal.Out.WriteLine();
        double best = BestReceivedSnrDb(channels);
        if (double.IsNegativeInfinity(best))
        {
            terminal.Error.WriteLine("note: every channel is zero, so every rate will be 0.");
        }
        else if (best < FaintLinkDb)
        {
            terminal.Error.WriteLine(
                $"note: no user could receive more than {Format.Number(best, "F0")} dB of signal over noise, so rates will be near 0; did you mean --normalize mean, or a smaller --noise?");
        }
    }

    private static void Report(
        Terminal terminal, SolveRequest request, ChannelBatch channels, IReadOnlyList<IPrecoder> precoders, IDevice device, Comparison comparison)
    {
        JsonObject report = ResultJson.Provenance(device.Info, device.Precision, request.Precoders.Seed, RequestJson.Of(request, channels.Network, precoders));
        string meta = report.ToJsonString();
        if (request.Json)
        {
            report["precoders"] = ResultJson.Precoders(comparison.Results);
            report["failures"] = new JsonArray([.. comparison.Failures.Select(f => new JsonObject { ["name"] = f.Name, ["error"] = f.Reason })]);
            terminal.Out.WriteLine(ResultJson.ToText(report));
        }
        else if (!request.Quiet)
        {
            ResultTable.Write(terminal.Out, comparison.Results);
        }

        if (request.Out is { } archive)
        {
            ResultArchive.Write(archive, comparison.Results, meta);
        }

        if (request.Trace is { } trace)
        {
            TraceCsv.Write(trace, comparison.Results);
        }

        comparison.WriteProblems(terminal.Error, isWritten: (request.Out ?? request.Trace) is not null);
    }

    /// <summary>The best user's signal over noise if every access point spent its whole budget on it, dB.</summary>
    private static double BestReceivedSnrDb(ChannelBatch channels)
    {
        double[,,] gains = ChannelNormalization.LinkGains(channels);
        ChannelShape shape = channels.Shape;
        double best = 0;
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            for (int k = 0; k < shape.UserCount; k++)
            {
                double amplitude = 0;
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    amplitude += Math.Sqrt(gains[r, k, l] * shape.AntennaCount * channels.Network.AccessPoints[l].PowerBudgetWatts);
                }

                best = Math.Max(best, amplitude * amplitude / channels.Network.NoisePowerOf(k));
            }
        }

        return 10 * Math.Log10(best);
    }
}
