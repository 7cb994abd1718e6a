using System.CommandLine;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>drop: generates channel realizations into a file.</summary>
internal static class DropVerb
{
    private const int ComplexBytes = 8; // drops are in single precision

    public static Command Create(Terminal terminal)
    {
        var options = new DropOptions();
        var command = new Command("drop", "Generates channel realizations and reports their statistics.");
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            DropRequest request = options.Read(parsed);
            return Task.Run(() => Run(request, terminal, cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);
        });
        Examples.AddTo(
            command,
            "beamprecoding drop --out paper.npz",
            "beamprecoding drop --scenario uma-nlos --users 24 --antennas 64 --realizations 10 --seed 3 --out small.npz",
            "beamprecoding drop --users 24 --antennas 64 --subcarriers 16 --bandwidth-mhz 100 --out wideband.npz",
            "beamprecoding drop --users 24 --antennas 64 --blocks 40 --block-ms 1 --speed-kmh 3 --out walk.npz",
            "beamprecoding drop --scenario rayleigh-cell-free --realizations 20 --serving nearest:2 --out cell-free.npz",
            "beamprecoding drop --scenario iid --users 8 --access-points 2 --antennas 16 --gain-spread-db 12 --out iid.mat");
        return command;
    }

    private static int Run(DropRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Require("--out", request.Out, ".npz", ".mat", ".csv");
        ChannelShape shape = request.Shape();
        if (request.IsMatlab && (long)shape.RealizationCount * request.RealizationsPerDrop * shape.CoefficientsPerRealization > int.MaxValue / ComplexBytes)
        {
            throw new UsageException($"--out is '{request.Out}'; H {shape} needs more than the 2 GiB that a MATLAB level 5 file has for an array. Give a name ending in .npz, or fewer --realizations.");
        }

        (ChannelBatch channels, ChannelFileExtras extras, CalibrationReport? calibration) = DropChannels.Generate(request);
        cancellationToken.ThrowIfCancellationRequested();
        OutputFile.Write(request.Out, path => ChannelFile.Write(path, channels, extras));
        if (request.Quiet)
        {
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"{request.Out}: H {channels.Shape}, scenario {request.Scenario}, seed {request.Seed}");
        if (request.IsTable)
        {
            terminal.Out.WriteLine("A .csv file has the channels only: no powers, weights, positions or serving sets.");
        }

        if (request.Blocks is { } blocks)
        {
            terminal.Out.WriteLine($"Realization r·{blocks} + t is drop r after {Format.Number(request.BlockMs!.Value, "0.###")}·t ms, users at {Format.Number(request.SpeedKmh!.Value, "0.###")} km/h; solve takes it as sequences with --blocks {blocks}.");
        }

        if (calibration is not null)
        {
            if (request.Subcarriers is { } count)
            {
                terminal.Out.WriteLine($"Realization r·{count} + s is drop r at subcarrier s, {Format.Number(request.FrequencyOffsetsHz![0] / 1e6, "0.###")} to {Format.Number(request.FrequencyOffsetsHz[^1] / 1e6, "0.###")} MHz beside the carrier.");
            }

            terminal.Out.WriteLine("Gains include path loss, so solve needs --normalize (mean, median, user or link) or real powers and noise.");
            terminal.Out.WriteLine();
            terminal.Out.Write(calibration.ToString());
        }
        else if (request.Scenario == GeneratedDrop.CellFree)
        {
            if (!request.IsTable)
            {
                terminal.Out.WriteLine($"serving {request.ServingOrDefault}: {ServingChoice.Describe(channels.Serving)}; positions of every realization are in the file");
            }

            terminal.Out.WriteLine("Gains include path loss, so solve needs --snr-db, or real powers and noise.");
        }

        return ExitCode.Done;
    }
}
