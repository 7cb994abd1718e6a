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
            "beamprecoding solve --channels drop.npz --snr-db 20 --precoder bsp-hamiltonian --set fine-factor=1 --set damping=0.5 --trace trace.csv",
            "beamprecoding solve --channels drop.npz --normalize mean --snr-db 20 --precoder rzf,wmmse,reduced-cg --certificate",
            "beamprecoding solve --channels drop.npz --snr-db 20 --csi-nmse-db -10 --precoder rzf,reduced-cg",
            "beamprecoding solve --channels walk.npz --normalize mean --snr-db 20 --blocks 40 --iterations 5 --proportional-fair 20",
            "beamprecoding solve --channels cell-free.npz --snr-db 15 --precoder local-ezf,ncjt-rwmmse,ncjt-lsa,cjt-wmmse --streams average --max-streams 4");
        return command;
    }

    private static int Run(SolveRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        request.Precoders.Create(); // what does not fit is said before a large file is read
        ChannelFileContent file = ChannelFile.Read(
            request.Channels, new ChannelFileOptions { Name = request.ChannelsName, Axes = request.Axes, DownlinkGain = request.DownlinkGain });
        SolveProblem problem = SolveProblem.Of(request, file);
        request = problem.Request;
        (ChannelBatch channels, StreamSetup? streams, IReadOnlyList<IPrecoder> precoders) = (problem.Channels, problem.Streams, problem.Precoders);
        PrecoderBatch? warmStart = request.WarmStart is { } path ? WarmStartFile.Read(path, channels.Shape) : null;
        using IDevice device = DeviceChoice.Open(request.Device, request.Precision, request.ThreadCount);
        if (!request.Json && !request.Quiet)
        {
            WriteHeading(terminal, request, file, channels, streams, device);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var progress = new ProgressLine(terminal, request.Json || request.Quiet);
        SumRateBounds? bounds = request.Certificate ? Bound(channels, device, progress, cancellationToken) : null;
        Comparison comparison = Comparison.Run(problem.KnownChannels, precoders, device, warmStart, progress, cancellationToken);
        if (request.CsiNmseDb is not null)
        {
            comparison = comparison with { Results = [.. comparison.Results.Select(result => result.EvaluatedOn(channels, device))] };
        }

        Report(terminal, request, channels, streams, precoders, device, comparison, bounds);
        return comparison.ExitCode;
    }

    /// <summary>On the true channels, before the precoders: a device that cannot compute it says so while there is nothing to lose.</summary>
    private static SumRateBounds Bound(ChannelBatch channels, IDevice device, ProgressLine progress, CancellationToken cancellationToken)
    {
        progress.Begin("certificate");
        try
        {
            return new SumRateCertificate().Bound(channels, device, progress, cancellationToken);
        }
        finally
        {
            progress.End();
        }
    }

    private static void WriteHeading(
        Terminal terminal, SolveRequest request, ChannelFileContent file, ChannelBatch channels, StreamSetup? streams, IDevice device)
    {
        terminal.Out.WriteLine($"channels  {file.AssumedAxes}; normalize {Format.Kebab(request.Normalization.ToString())}");
        if (request.CsiNmseDb is { } nmse)
        {
            terminal.Out.WriteLine($"csi       estimates with an error of {Format.Number(nmse, "0.##")} dB, independent over {(request.CsiError == EstimateError.Beams ? "beams" : "antennas")}; rates are those on the true channels");
        }

        terminal.Out.WriteLine($"power     {LinkBudget.Describe(channels.Network, request.SnrRule, request.SnrDb)}");
        if (streams is not null)
        {
            string others = request.Precoders.HaveSingleAntenna && !streams.Serving.ServesAll
                ? $"; all for {request.Precoders.Entries.Where(e => !e.HasStreams()).Names()}"
                : string.Empty;
            terminal.Out.WriteLine($"serving   {streams.DescribeServing()}{others}");
            terminal.Out.WriteLine($"streams   {streams.DescribeStreams(channels, request.Precoders.Entries)}");
        }

        if (request.Precoders.Blocks is { } blocks)
        {
            terminal.Out.WriteLine($"blocks    {SequenceSummary.Describe(request.Precoders, channels.Shape.RealizationCount / blocks)}");
        }

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
                $"note: no user could receive more than {Format.Number(best, "F0")} dB of signal over noise, so rates will be near 0; did you mean {(streams is null ? "--normalize mean" : "--snr-db X")}, or a smaller --noise?");
        }
    }

    private static void Report(
        Terminal terminal, SolveRequest request, ChannelBatch channels, StreamSetup? streams, IReadOnlyList<IPrecoder> precoders, IDevice device, Comparison comparison, SumRateBounds? bounds)
    {
        JsonObject report = ResultJson.Provenance(device.Info, device.Precision, request.Precoders.Seed, RequestJson.Of(request, channels.Network, streams, precoders));
        string meta = report.ToJsonString();
        if (request.Json)
        {
            report["precoders"] = ResultJson.Precoders(comparison.Results, bounds, request.Precoders.Blocks);
            report["certificate"] = ResultJson.Certificate(bounds);
            report["failures"] = new JsonArray([.. comparison.Failures.Select(f => new JsonObject { ["name"] = f.Name, ["error"] = f.Reason })]);
            terminal.Out.WriteLine(ResultJson.ToText(report));
        }
        else if (!request.Quiet)
        {
            ResultTable.Write(terminal.Out, comparison.Results, bounds, request.Precoders.Blocks);
        }

        if (request.Out is { } archive)
        {
            ResultArchive.Write(archive, comparison.Results, isOfSeveral: precoders.Count > 1, bounds, meta);
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
