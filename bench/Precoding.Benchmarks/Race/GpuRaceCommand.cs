using System.CommandLine;
using System.Globalization;
using Precoding.Benchmarks.Peers;
using Precoding.Cpu.Simd;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Race;

/// <summary>gpu-race: the iterative precoders and methods of streams on a GPU, with PyTorch beside them and targets.</summary>
internal static class GpuRaceCommand
{
    private const int ExitDone = 0;
    private const int ExitPeerFailed = 1;
    private const int ExitNoDevice = 3;

    private const string Coherent = "coherent", Streams = "streams";

    /// <summary>Different drops: enough for 64 MB of channels, and for kernels on a processor.</summary>
    private const int DropCount = 1000, SmallDropCount = 64;

    private static readonly string[] AllPrecoders = [.. GpuRace.Precoders, .. GpuStreamRace.Precoders];

    private static readonly ChannelShape Paper = new(1, 256, 3, 512), Small = new(1, 24, 3, 64);

    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "cuda, cuda:I, opencl or opencl:I.", HelpName = "name", DefaultValueFactory = _ => "cuda" };
        var small = new Option<bool>("--small") { Description = $"K = {Small.UserCount}, M = {Small.AntennaCount} instead of the paper's scale, and drops of {GpuStreamRace.SmallSize}; targets do not apply." };
        var parts = new Option<string[]>("--part") { Description = $"{Coherent}: one-antenna users; {Streams}: cell-free drops. Both when left out.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        var batches = new Option<int[]>("--batches") { Description = "Realizations at a time, coherent; 1 16 64 256, or 1 16 with --small.", HelpName = "n", AllowMultipleArgumentsPerToken = true };
        var dropBatches = new Option<int[]>("--drops") { Description = $"Cell-free drops at a time; 1000 {Targets.GpuStreamBatch}, or 16 64 with --small.", HelpName = "n", AllowMultipleArgumentsPerToken = true };
        var only = new Option<string[]>("--only") { Description = $"Precoders to run: {string.Join(", ", AllPrecoders)}.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        var doubleTeraflops = new Option<double?>("--peak-double-tflops") { Description = "Likewise in double precision, which methods of streams compute in.", HelpName = "n" };
        var teraflops = new Option<double?>("--peak-tflops") { Description = "The device's peak in single precision, to give shares of.", HelpName = "n" };
        var terabytes = new Option<double?>("--peak-tbps") { Description = "The memory's peak in terabytes a second, to give shares of.", HelpName = "n" };
        var save = new Option<string?>("--out") { Description = "Folder for JSON and markdown, named by date, device and commit; both grow precoder by precoder.", HelpName = "folder" };
        var python = new Option<string?>("--python") { Description = $"Python with PyTorch; else what {PythonPeer.Variable} names, else python3.", HelpName = "file" };
        var peers = new Option<string?>("--peers") { Description = "Folder of the PyTorch peers; bench/peers of this checkout when left out.", HelpName = "folder" };
        only.AcceptOnlyFromAmong(AllPrecoders);
        parts.AcceptOnlyFromAmong(Coherent, Streams);
        foreach (Option<int[]> sizes in (Option<int[]>[])[batches, dropBatches])
        {
            sizes.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int[]>() is { } counts && counts.Any(count => count < 1))
                {
                    result.AddError($"{sizes.Name} must be at least 1.");
                }
            });
        }

        var command = new Command("gpu-race", "Times iterations and whole solves on a GPU for several sizes of batch, beside counted operations and bytes and beside PyTorch.")
        {
            device, parts, small, batches, dropBatches, only, teraflops, doubleTeraflops, terabytes, save, python, peers,
        };
        command.SetAction(parsed =>
        {
            bool isSmall = parsed.GetValue(small);
            string[] chosen = parsed.GetValue(parts) is { Length: > 0 } some ? some : [Coherent, Streams];
            string[] precoders = parsed.GetValue(only) is { Length: > 0 } named ? named : AllPrecoders;
            var peaks = new GpuPeaks(parsed.GetValue(teraflops), parsed.GetValue(doubleTeraflops), parsed.GetValue(terabytes));
            string folder = parsed.GetValue(peers) ?? Path.Combine(Machine.Repository ?? string.Empty, "bench", "peers");
            var race = new Race(parsed.GetValue(device)!, isSmall, peaks, parsed.GetValue(save), parsed.GetValue(python), folder);
            int code = ExitDone;
            if (chosen.Contains(Coherent) && GpuRace.Precoders.Intersect(precoders).ToArray() is { Length: > 0 } coherent)
            {
                code = Math.Max(code, RunCoherent(race, Sizes(batches, isSmall ? [1, 16] : [1, 16, 64, Targets.GpuBatch]), coherent));
            }

            if (code != ExitNoDevice && chosen.Contains(Streams) && GpuStreamRace.Precoders.Intersect(precoders).ToArray() is { Length: > 0 } ofStreams)
            {
                code = Math.Max(code, RunStreams(race, Sizes(dropBatches, isSmall ? [16, 64] : [1000, Targets.GpuStreamBatch]), ofStreams));
            }

            return code;

            int[] Sizes(Option<int[]> sizes, int[] otherwise) => parsed.GetValue(sizes) is { Length: > 0 } given ? given : otherwise;
        });
        return command;
    }

    private static int RunCoherent(Race race, IReadOnlyList<int> batches, IReadOnlyList<string> precoders) => Run(race, "coherent_torch.py", (device, folder, peer, missing) =>
    {
        var gpuRace = new GpuRace(device, race.IsSmall ? Small : Paper, batches, !race.IsSmall, race.Peaks);
        string channelFile = Path.Combine(folder, "channels.npz");
        ChannelFile.Write(channelFile, gpuRace.Raw);
        RaceReport report = Describe(device, $"generated, {gpuRace.Raw.Shape}, over and over; mean gain 1, {Drops.SnrDb} dB, single precision");
        AddMissing(report, missing);
        (double Products, double Stream) rates = gpuRace.MeasureRates();
        foreach (string precoder in precoders)
        {
            gpuRace.Run(precoder, rates, peer, channelFile, report);
            Save(report, race.Folder, device, string.Empty);
        }

        return report;
    });

    private static int RunStreams(Race race, IReadOnlyList<int> batches, IReadOnlyList<string> precoders) => Run(race, "noncoherent_torch.py", (device, folder, peer, missing) =>
    {
        CellFreeSize size = race.IsSmall ? GpuStreamRace.SmallSize : GpuStreamRace.FullSize;
        var streamRace = new GpuStreamRace(device, size, race.IsSmall ? SmallDropCount : DropCount, batches, !race.IsSmall, race.Peaks);
        string channelFile = Path.Combine(folder, "drops.npz");
        ChannelFile.Write(channelFile, streamRace.Drawn);
        RaceReport report = Describe(device, $"{streamRace.Drawn.Shape.RealizationCount} cell-free drops, over and over: {size}, single precision");
        AddMissing(report, missing);
        foreach (string precoder in precoders)
        {
            streamRace.Run(precoder, peer, channelFile, report);
            Save(report, race.Folder, device, $"-{Streams}");
        }

        return report;
    });

    /// <param name="run">Device, temporary folder, peer and what is missing of it, to the report.</param>
    private static int Run(Race race, string script, Func<IDevice, string, PythonPeer?, string, RaceReport> run)
    {
        using var temporary = new TemporaryFolder();
        try
        {
            using IDevice device = BenchmarkDevice.Open(race.Device);
            PythonPeer? peer = PythonPeer.FindTorch(race.Python, Path.Combine(race.Peers, script), out string missing);
            Console.Error.WriteLine("gpu-race: channels");
            RaceReport report = run(device, temporary.FullName, peer, missing);
            Console.Out.Write(RaceText.ToMarkdown(report));
            return report.Failures.Count == 0 ? ExitDone : ExitPeerFailed;
        }
        catch (Exception error) when (error is DeviceException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"gpu-race: {error.Message}");
            return ExitNoDevice;
        }
    }

    private static void AddMissing(RaceReport report, string missing)
    {
        if (missing.Length > 0)
        {
            report.Skipped.Add(missing);
        }
    }

    private static RaceReport Describe(IDevice device, string channels) => new()
    {
        Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Commit = Machine.Commit,
        Processor = Machine.Processor,
        CoreCount = Environment.ProcessorCount,
        VectorBits = SimdLevel.Bits,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        LoadAverage = Machine.LoadAverage,
        Device = $"{device.Info.Id}, {device.Info.Name}, {device.Info.Details}",
        Channels = channels,
    };

    /// <param name="ending">Of the files' names.</param>
    private static void Save(RaceReport report, string? folder, IDevice device, string ending)
    {
        if (folder is not null)
        {
            string name = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{report.Date}-{Machine.AsFileNamePart(device.Info.Name)}-{report.Commit}{ending}");
            File.WriteAllText(name + ".json", RaceText.ToJson(report));
            File.WriteAllText(name + ".md", RaceText.ToMarkdown(report));
        }
    }

    /// <param name="Device">As the command line names it.</param>
    /// <param name="IsSmall">Sizes for a processor.</param>
    /// <param name="Peaks">Of the device.</param>
    /// <param name="Folder">For the reports; null without.</param>
    /// <param name="Python">Interpreter; null to look for one.</param>
    /// <param name="Peers">Folder of the peers' scripts.</param>
    private sealed record Race(string Device, bool IsSmall, GpuPeaks Peaks, string? Folder, string? Python, string Peers);
}
