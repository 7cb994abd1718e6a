using System.CommandLine;
using Precoding.Cli.Devices;
using Precoding.Cli.Solving;

namespace Precoding.Cli.Verbs;

/// <summary>The options of drop, and the request they make.</summary>
internal sealed class DropOptions
{
    private const double LargestKmh = 3600; // 1000 m/s

    private readonly Option<string> scenario = new("--scenario")
    {
        Description = "uma-nlos: urban macro without line of sight, 3GPP TR 38.901; rayleigh-cell-free: access points and users anywhere in a square of 500 m, Rayleigh fading with path loss; iid: independent Rayleigh fading.", HelpName = "name", DefaultValueFactory = _ => GeneratedDrop.UrbanMacro,
    };
    private readonly Option<string?> users = OptionValues.Text("--users", "k", "Users; by default 256 for uma-nlos, 8 for rayleigh-cell-free, 16 for iid.");
    private readonly Option<string?> accessPoints = OptionValues.Text("--access-points", "l", "Access points; by default 4 for rayleigh-cell-free, 3 for the others.");
    private readonly Option<string?> antennas = OptionValues.Text("--antennas", "m", "Antennas per access point; by default 512 for uma-nlos, 64 for rayleigh-cell-free, 32 for iid.");
    private readonly Option<string?> userAntennas = OptionValues.Text("--user-antennas", "n", "Antennas per user; by default 4 for rayleigh-cell-free, 1 for iid. uma-nlos has 1.");
    private readonly Option<string?> serving = OptionValues.Text("--serving", "rule", "rayleigh-cell-free only: which access points serve a user in each drop, nearest:L, strongest:L or all; by default nearest:2.");
    private readonly Option<string?> spread = OptionValues.Text("--gain-spread-db", "x", "iid only: standard deviation of the users' gains in dB; by default 0.");
    private readonly Option<string?> realizations = OptionValues.Text("--realizations", "r", "Independent drops; by default 1. A drop is several realizations with --blocks or --subcarriers.");
    private readonly Option<string> seed = OptionValues.Seed();
    private readonly Option<string?> threads = OptionValues.Text("--threads", "n", "Threads of the uma-nlos generator; one per core when left out. Results do not depend on it.");
    private readonly Option<string?> device = OptionValues.Text("--device", "device", $"uma-nlos only: where the rays of every link become its channel, {DeviceChoice.Expected}; by default cpu. Channels are the same bits on all but the reference.");
    private readonly Option<bool> paths = new("--paths") { Description = "uma-nlos only: keep path coefficients and cosines in the file (400 paths a link)." };
    private readonly Option<bool> spherical = new("--spherical") { Description = "uma-nlos only: spherical wavefronts, for long arrays; slower." };
    private readonly Option<string?> subcarriers = OptionValues.Text("--subcarriers", "s", "uma-nlos only: frequencies of each drop, evenly over --bandwidth-mhz around the carrier; each is a realization of the file, drop after drop. By default the carrier alone.");
    private readonly Option<string?> bandwidth = OptionValues.Text("--bandwidth-mhz", "x", "With --subcarriers: what they cover.");
    private readonly Option<string?> blocks = OptionValues.Text("--blocks", "b", "Blocks of time of each drop, whose users move; each is a realization of the file, drop after drop. By default users are at rest.");
    private readonly Option<string?> blockMs = OptionValues.Text("--block-ms", "t", "With --blocks: milliseconds from one to the next.");
    private readonly Option<string?> speed = OptionValues.Text("--speed-kmh", "v", "With --blocks: speed of every user; uma-nlos: every ray's phase turns with its Doppler, the others: first-order Gauss-Markov, J0(2π f_D t) from block to block.");
    private readonly Option<string> output = new("--out") { Description = "Channel file to write, .npz, .mat (MATLAB level 5) or .csv (channels only, a line each).", HelpName = "file", Required = true };
    private readonly Option<bool> quiet = OptionValues.Quiet();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[scenario, users, accessPoints, antennas, userAntennas, serving, spread, realizations, seed, device, threads, paths, spherical, subcarriers, bandwidth, blocks, blockMs, speed, output, quiet])
        {
            command.Options.Add(option);
        }
    }

    public DropRequest Read(ParseResult parsed) => new()
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
        Blocks = OptionValues.Count("--blocks", parsed.GetValue(blocks)),
        BlockMs = OptionValues.Number("--block-ms", parsed.GetValue(blockMs), n => n > 0, "a positive number"),
        SpeedKmh = OptionValues.Number("--speed-kmh", parsed.GetValue(speed), n => n is >= 0 and <= LargestKmh, $"a number from 0 to {LargestKmh}"),
        Out = parsed.GetValue(output)!,
        Quiet = parsed.GetValue(quiet),
    };
}
