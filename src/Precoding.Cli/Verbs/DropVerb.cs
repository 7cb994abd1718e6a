using System.CommandLine;
using System.Text.Json.Nodes;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>drop: generates channel realizations into a file.</summary>
internal static class DropVerb
{
    private const int LargestCount = ushort.MaxValue;

    public static Command Create(Terminal terminal)
    {
        var scenario = new Option<string>("--scenario")
        {
            Description = "uma-nlos: urban macro without line of sight, 3GPP TR 38.901; iid: independent Rayleigh fading.", HelpName = "name", DefaultValueFactory = _ => GeneratedDrop.UrbanMacro,
        };
        var users = OptionValues.Text("--users", "k", "Users; by default 256 for uma-nlos, 16 for iid.");
        var accessPoints = OptionValues.Text("--access-points", "l", "Access points; by default 3.");
        var antennas = OptionValues.Text("--antennas", "m", "Antennas per access point; by default 512 for uma-nlos, 32 for iid.");
        var spread = OptionValues.Text("--gain-spread-db", "x", "iid only: standard deviation of the users' gains in dB; by default 0.");
        var realizations = OptionValues.Text("--realizations", "r", "Independent drops; by default 1.");
        Option<string> seed = OptionValues.Seed();
        Option<string?> threads = OptionValues.Threads();
        threads.Description = "Threads of the uma-nlos generator; one per core when left out. Results do not depend on it.";
        var paths = new Option<bool>("--paths") { Description = "uma-nlos only: keep path coefficients and cosines in the file (400 paths a link)." };
        var output = new Option<string>("--out") { Description = "Channel file to write, .npz.", HelpName = "file", Required = true };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing but errors." };
        var command = new Command("drop", "Generates channel realizations and reports their statistics.")
        {
            scenario, users, accessPoints, antennas, spread, realizations, seed, threads, paths, output, quiet,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = new Request
            {
                Scenario = parsed.GetValue(scenario)!,
                Users = OptionValues.Count("--users", parsed.GetValue(users)),
                AccessPoints = OptionValues.Count("--access-points", parsed.GetValue(accessPoints)),
                Antennas = OptionValues.Count("--antennas", parsed.GetValue(antennas)),
                Realizations = OptionValues.Count("--realizations", parsed.GetValue(realizations)) ?? 1,
                GainSpreadDb = OptionValues.Number("--gain-spread-db", parsed.GetValue(spread), n => n >= 0, "a number from 0"),
                Seed = OptionValues.ParseSeed(parsed.GetValue(seed)!),
                Threads = OptionValues.Count("--threads", parsed.GetValue(threads)),
                KeepPaths = parsed.GetValue(paths),
                Out = parsed.GetValue(output)!,
                Quiet = parsed.GetValue(quiet),
            };
            return Task.Run(() => Run(request, terminal, cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);
        });
        Examples.AddTo(
            command,
            "beamprecoding drop --out paper.npz",
            "beamprecoding drop --scenario uma-nlos --users 24 --antennas 64 --realizations 10 --seed 3 --out small.npz",
            "beamprecoding drop --scenario iid --users 8 --access-points 2 --antennas 16 --gain-spread-db 12 --out iid.npz");
        return command;
    }

    private static int Run(Request request, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Require("--out", request.Out, ".npz");
        if (request.Scenario is not (GeneratedDrop.UrbanMacro or GeneratedDrop.Independent))
        {
            throw new UsageException($"--scenario: '{request.Scenario}' is not in this version; it has {GeneratedDrop.UrbanMacro} and {GeneratedDrop.Independent}.");
        }

        if (request.Users > LargestCount || request.AccessPoints > LargestCount)
        {
            throw new UsageException($"--users and --access-points can be at most {LargestCount}; the random streams are numbered with 16 bits.");
        }

        bool isMacro = request.Scenario == GeneratedDrop.UrbanMacro;
        string? misplaced = isMacro && request.GainSpreadDb is not null ? "--gain-spread-db"
            : !isMacro && request.KeepPaths ? "--paths"
            : !isMacro && request.Threads is not null ? "--threads"
            : null;
        if (misplaced is not null)
        {
            throw new UsageException($"{misplaced} has no effect on --scenario {request.Scenario}; leave it out.");
        }

        ChannelShape shape = request.ShapeOr(isMacro ? GeneratedDrop.PaperScale : new ChannelShape(1, 16, 3, 32));
        ChannelBatch channels = isMacro
            ? GeneratedDrop.UrbanMacroChannels(shape, request.Seed, request.Threads, request.KeepPaths)
            : GeneratedDrop.IndependentChannels(shape, request.Seed, request.GainSpreadDb ?? 0);
        cancellationToken.ThrowIfCancellationRequested();
        var extras = new ChannelFileExtras
        {
            UserPositions = isMacro ? PaperScenario.UserPositionTable(shape.UserCount, request.Seed, 0, shape.RealizationCount) : null,
            MetaJson = request.ToJson(shape).ToJsonString(),
        };
        OutputFile.Write(request.Out, path => ChannelFile.Write(path, channels, extras));
        if (request.Quiet)
        {
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"{request.Out}: H {shape}, scenario {request.Scenario}, seed {request.Seed}");
        if (isMacro)
        {
            terminal.Out.WriteLine("Gains include path loss, so solve needs --normalize (mean, median, user or link) or real powers and noise.");
            terminal.Out.WriteLine();
            terminal.Out.Write(GeneratedDrop.CalibrateUrbanMacro(shape, request.Seed, request.Threads).ToString());
        }

        return ExitCode.Done;
    }

    private sealed record Request
    {
        public required string Scenario { get; init; }

        public int? Users { get; init; }

        public int? AccessPoints { get; init; }

        public int? Antennas { get; init; }

        public int Realizations { get; init; }

        public double? GainSpreadDb { get; init; }

        public ulong Seed { get; init; }

        public int? Threads { get; init; }

        public bool KeepPaths { get; init; }

        public required string Out { get; init; }

        public bool Quiet { get; init; }

        public ChannelShape ShapeOr(ChannelShape unless) =>
            new(Realizations, Users ?? unless.UserCount, AccessPoints ?? unless.AccessPointCount, Antennas ?? unless.AntennaCount);

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
            ["gainSpreadDb"] = GainSpreadDb,
        };
    }
}
