using System.CommandLine;
using System.Text.Json.Nodes;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>drop: generates channel realizations into a file.</summary>
internal static class DropVerb
{
    private const int LargestCount = ushort.MaxValue;
    private const int ComplexBytes = 8; // drops are in single precision

    public static Command Create(Terminal terminal)
    {
        var scenario = new Option<string>("--scenario")
        {
            Description = "uma-nlos: urban macro without line of sight, 3GPP TR 38.901; rayleigh-cell-free: access points and users anywhere in a square of 500 m, Rayleigh fading with path loss; iid: independent Rayleigh fading.", HelpName = "name", DefaultValueFactory = _ => GeneratedDrop.UrbanMacro,
        };
        var users = OptionValues.Text("--users", "k", "Users; by default 256 for uma-nlos, 8 for rayleigh-cell-free, 16 for iid.");
        var accessPoints = OptionValues.Text("--access-points", "l", "Access points; by default 4 for rayleigh-cell-free, 3 for the others.");
        var antennas = OptionValues.Text("--antennas", "m", "Antennas per access point; by default 512 for uma-nlos, 64 for rayleigh-cell-free, 32 for iid.");
        var userAntennas = OptionValues.Text("--user-antennas", "n", "Antennas per user; by default 4 for rayleigh-cell-free, 1 for iid. uma-nlos has 1.");
        var serving = OptionValues.Text("--serving", "rule", "rayleigh-cell-free only: which access points serve a user in each drop, nearest:L, strongest:L or all; by default nearest:2.");
        var spread = OptionValues.Text("--gain-spread-db", "x", "iid only: standard deviation of the users' gains in dB; by default 0.");
        var realizations = OptionValues.Text("--realizations", "r", "Independent drops; by default 1.");
        Option<string> seed = OptionValues.Seed();
        Option<string?> threads = OptionValues.Threads();
        threads.Description = "Threads of the uma-nlos generator; one per core when left out. Results do not depend on it.";
        var device = OptionValues.Text("--device", "device", $"uma-nlos only: where the rays of every link become its channel, {DeviceChoice.Expected}; by default cpu. Channels are the same bits on all but the reference.");
        var paths = new Option<bool>("--paths") { Description = "uma-nlos only: keep path coefficients and cosines in the file (400 paths a link)." };
        var spherical = new Option<bool>("--spherical") { Description = "uma-nlos only: spherical wavefronts, for long arrays; slower." };
        var subcarriers = OptionValues.Text("--subcarriers", "s", "uma-nlos only: frequencies of each drop, evenly over --bandwidth-mhz around the carrier; each is a realization of the file, drop after drop. By default the carrier alone.");
        var bandwidth = OptionValues.Text("--bandwidth-mhz", "x", "With --subcarriers: what they cover.");
        var output = new Option<string>("--out") { Description = "Channel file to write, .npz, .mat (MATLAB level 5) or .csv (channels only, a line each).", HelpName = "file", Required = true };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command("drop", "Generates channel realizations and reports their statistics.")
        {
            scenario, users, accessPoints, antennas, userAntennas, serving, spread, realizations, seed, device, threads, paths, spherical, subcarriers, bandwidth, output, quiet,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new Request
            {
                Scenario = parsed.GetValue(scenario)!,
                Users = OptionValues.Count("--users", parsed.GetValue(users)),
                AccessPoints = OptionValues.Count("--access-points", parsed.GetValue(accessPoints)),
                Antennas = OptionValues.Count("--antennas", parsed.GetValue(antennas)),
                UserAntennas = OptionValues.Count("--user-antennas", parsed.GetValue(userAntennas)),
                Serving = parsed.GetValue(serving) is { } rule ? ServingChoice.Parse(rule, hasFile: false) : null,
                Realizations = OptionValues.Count("--realizations", parsed.GetValue(realizations)) ?? 1,
                GainSpreadDb = OptionValues.Number("--gain-spread-db", parsed.GetValue(spread), n => n >= 0, "a number from 0"),
                Seed = OptionValues.ParseSeed(parsed.GetValue(seed)!),
                Threads = OptionValues.Count("--threads", parsed.GetValue(threads)),
                Device = parsed.GetValue(device),
                KeepPaths = parsed.GetValue(paths),
                Spherical = parsed.GetValue(spherical),
                Subcarriers = OptionValues.Count("--subcarriers", parsed.GetValue(subcarriers)),
                BandwidthMHz = OptionValues.Number("--bandwidth-mhz", parsed.GetValue(bandwidth), n => n > 0, "a positive number"),
                Out = parsed.GetValue(output)!,
                Quiet = parsed.GetValue(quiet),
            };
            return Task.Run(() => Run(request, terminal, cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);
        });
        Examples.AddTo(
            command,
            "beamprecoding drop --out paper.npz",
            "beamprecoding drop --scenario uma-nlos --users 24 --antennas 64 --realizations 10 --seed 3 --out small.npz",
            "beamprecoding drop --users 24 --antennas 64 --subcarriers 16 --bandwidth-mhz 100 --out wideband.npz",
            "beamprecoding drop --scenario rayleigh-cell-free --realizations 20 --serving nearest:2 --out cell-free.npz",
            "beamprecoding drop --scenario iid --users 8 --access-points 2 --antennas 16 --gain-spread-db 12 --out iid.mat");
        return command;
    }

    private static int Run(Request request, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Require("--out", request.Out, ".npz", ".mat", ".csv");
        ChannelShape unless = request.Scenario switch
        {
            GeneratedDrop.UrbanMacro => GeneratedDrop.PaperScale,
            GeneratedDrop.CellFree => GeneratedDrop.CellFreeScale,
            GeneratedDrop.Independent => GeneratedDrop.IndependentScale,
            _ => throw new UsageException($"--scenario: '{request.Scenario}' is not in this version; it has {GeneratedDrop.Scenarios}."),
        };

        if (request.Users > LargestCount || request.AccessPoints > LargestCount)
        {
            throw new UsageException($"--users and --access-points can be at most {LargestCount}; the random streams are numbered with 16 bits.");
        }

        if (request.IsTable && (request.KeepPaths || request.Serving is not null))
        {
            throw new UsageException($"{(request.KeepPaths ? "--paths" : "--serving")} has no effect on '{request.Out}': a .csv file has the channels only. Leave it out, or give a name ending in .npz or .mat.");
        }

        if (request.Misplaced() is { } misplaced)
        {
            throw new UsageException($"{misplaced} has no effect on --scenario {request.Scenario}; leave it out.");
        }

        request.RequireConsistent();
        ChannelShape shape = request.ShapeOr(unless);
        if (request.IsMatlab && (long)shape.RealizationCount * (request.Subcarriers ?? 1) * shape.CoefficientsPerRealization > int.MaxValue / ComplexBytes)
        {
            throw new UsageException($"--out is '{request.Out}'; H {shape} needs more than the 2 GiB that a MATLAB level 5 file has for an array. Give a name ending in .npz, or fewer --realizations.");
        }

        (ChannelBatch channels, ChannelFileExtras extras, CalibrationReport? calibration) = Generate(request, shape);
        cancellationToken.ThrowIfCancellationRequested();
        JsonObject meta = request.ToJson(shape);
        meta["calibration"] = calibration is null ? null : ToJson(calibration);
        OutputFile.Write(request.Out, path => ChannelFile.Write(path, channels, extras with { MetaJson = meta.ToJsonString() }));
        if (request.Quiet)
        {
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"{request.Out}: H {channels.Shape}, scenario {request.Scenario}, seed {request.Seed}");
        if (request.IsTable)
        {
            terminal.Out.WriteLine("A .csv file has the channels only: no powers, weights, positions or serving sets.");
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

    private static (ChannelBatch Channels, ChannelFileExtras Extras, CalibrationReport? Calibration) Generate(Request request, ChannelShape shape)
    {
        switch (request.Scenario)
        {
            case GeneratedDrop.UrbanMacro:
                using (IDevice? device = request.Device is { } name ? DeviceChoice.Open(name, precision: null, threadCount: null) : null)
                {
                    return (
                        GeneratedDrop.UrbanMacroChannels(shape, request.Seed, out CalibrationReport report, device, request.Threads, request.KeepPaths, request.Spherical, request.FrequencyOffsetsHz),
                        new ChannelFileExtras { UserPositions = Repeated(PaperScenario.UserPositionTable(shape.UserCount, request.Seed, 0, shape.RealizationCount), request.Subcarriers ?? 1) },
                        report);
                }

            case GeneratedDrop.CellFree:
                var (channels, accessPoints, users) = GeneratedDrop.CellFreeChannels(shape, request.Seed, request.ServingOrDefault);
                return (channels, new ChannelFileExtras { AccessPointPositions = accessPoints, UserPositions = users, Serving = channels.Serving, WritesNoise = false }, null);
            default:
                return (GeneratedDrop.IndependentChannels(shape, request.Seed, request.GainSpreadDb ?? 0), new ChannelFileExtras(), null);
        }
    }

    /// <summary>Rows of a table so many times each.</summary>
    private static Position[,] Repeated(Position[,] positions, int times)
    {
        var repeated = new Position[positions.GetLength(0) * times, positions.GetLength(1)];
        for (int r = 0; r < repeated.GetLength(0); r++)
        {
            for (int k = 0; k < repeated.GetLength(1); k++)
            {
                repeated[r, k] = positions[r / times, k];
            }
        }

        return repeated;
    }

    private static JsonArray ToJson(CalibrationReport calibration) => [.. calibration.Rows.Select(row => new JsonObject
    {
        ["quantity"] = row.Name,
        ["percentiles"] = new JsonArray([.. row.Percentiles.Select(value => JsonValue.Create(value))]),
        ["reference"] = new JsonArray([.. row.Reference.Select(value => JsonValue.Create(value))]),
        ["kolmogorovSmirnovDistance"] = row.Distance,
    })];

    private sealed record Request
    {
        public required string Scenario { get; init; }

        public int? Users { get; init; }

        public int? AccessPoints { get; init; }

        public int? Antennas { get; init; }

        public int? UserAntennas { get; init; }

        public ServingChoice? Serving { get; init; }

        public ServingChoice ServingOrDefault => Serving ?? new ServingChoice(ServingRule.Nearest, 2);

        public int Realizations { get; init; }

        public double? GainSpreadDb { get; init; }

        public ulong Seed { get; init; }

        public int? Threads { get; init; }

        public string? Device { get; init; }

        public bool KeepPaths { get; init; }

        public bool Spherical { get; init; }

        public int? Subcarriers { get; init; }

        public double? BandwidthMHz { get; init; }

        /// <summary>(s − (S − 1)/2)·bandwidth/S.</summary>
        public IReadOnlyList<double>? FrequencyOffsetsHz => Subcarriers is not { } count ? null
            : [.. Enumerable.Range(0, count).Select(s => (s - ((count - 1) / 2.0)) * 1e6 * BandwidthMHz!.Value / count)];

        public required string Out { get; init; }

        public bool Quiet { get; init; }

        public ChannelShape ShapeOr(ChannelShape unless) => new(
            Realizations, Users ?? unless.UserCount, AccessPoints ?? unless.AccessPointCount, Antennas ?? unless.AntennaCount, UserAntennas ?? unless.UserAntennaCount);

        /// <summary>An option that means nothing to the scenario, or null.</summary>
        public string? Misplaced() =>
            GainSpreadDb is not null && Scenario != GeneratedDrop.Independent ? "--gain-spread-db"
            : Spherical && Scenario != GeneratedDrop.UrbanMacro ? "--spherical"
            : Subcarriers is not null && Scenario != GeneratedDrop.UrbanMacro ? "--subcarriers"
            : BandwidthMHz is not null && Scenario != GeneratedDrop.UrbanMacro ? "--bandwidth-mhz"
            : KeepPaths && Scenario != GeneratedDrop.UrbanMacro ? "--paths"
            : Threads is not null && Scenario != GeneratedDrop.UrbanMacro ? "--threads"
            : Device is not null && Scenario != GeneratedDrop.UrbanMacro ? "--device"
            : UserAntennas > 1 && Scenario == GeneratedDrop.UrbanMacro ? "--user-antennas"
            : Serving is not null && Scenario != GeneratedDrop.CellFree ? "--serving"
            : null;

        public bool IsMatlab => Path.GetExtension(Out).Equals(".mat", StringComparison.OrdinalIgnoreCase);

        public bool IsTable => Path.GetExtension(Out).Equals(".csv", StringComparison.OrdinalIgnoreCase);

        public void RequireConsistent()
        {
            if (Spherical && KeepPaths)
            {
                throw new UsageException("--paths are of plane waves, which --spherical are not; give one of them.");
            }

            if (Spherical && Device is not null)
            {
                throw new UsageException("--device has no effect on --spherical, whose channels are formed on the processor; leave it out.");
            }

            if (Subcarriers is null != BandwidthMHz is null)
            {
                throw new UsageException("--subcarriers and --bandwidth-mhz go together; give both, or neither.");
            }
        }

        public JsonObject ToJson(ChannelShape shape) => new()
        {
            ["tool"] = ToolVersion.Name,
            ["version"] = ToolVersion.Version,
            ["scenario"] = Scenario,
            ["seed"] = Seed,
            ["realizations"] = shape.RealizationCount,
            ["users"] = shape.UserCount,
            ["accessPoints"] = shape.AccessPointCount,
            ["antennas"] = shape.AntennaCount,
            ["userAntennas"] = shape.UserAntennaCount,
            ["gainSpreadDb"] = GainSpreadDb,
            ["sphericalWavefronts"] = Scenario == GeneratedDrop.UrbanMacro ? Spherical : null,
            ["subcarriers"] = Subcarriers,
            ["bandwidthMHz"] = BandwidthMHz,
            ["serving"] = Scenario == GeneratedDrop.CellFree ? ServingOrDefault.ToString() : null,
        };
    }
}
