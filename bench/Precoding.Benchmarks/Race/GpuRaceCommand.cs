using System.CommandLine;
using System.Globalization;
using Precoding.Benchmarks.Peers;
using Precoding.Cpu.Simd;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Race;

/// <summary>gpu-race: the iterative precoders on a GPU, with PyTorch beside them and targets.</summary>
internal static class GpuRaceCommand
{
    private const int ExitDone = 0;
    private const int ExitPeerFailed = 1;
    private const int ExitNoDevice = 3;

    private static readonly ChannelShape Paper = new(1, 256, 3, 512), Small = new(1, 24, 3, 64);

    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "cuda, cuda:I, opencl or opencl:I.", HelpName = "name", DefaultValueFactory = _ => "cuda" };
        var small = new Option<bool>("--small") { Description = $"K = {Small.UserCount}, M = {Small.AntennaCount} instead of the paper's scale; targets do not apply." };
        var batches = new Option<int[]>("--batches") { Description = "Realizations at a time; 1 16 64 256, or 1 16 with --small.", HelpName = "n", AllowMultipleArgumentsPerToken = true };
        var only = new Option<string[]>("--only") { Description = $"Precoders to run: {string.Join(", ", GpuRace.Precoders)}.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        var teraflops = new Option<double?>("--peak-tflops") { Description = "The device's peak in single precision, to give shares of.", HelpName = "n" };
        var terabytes = new Option<double?>("--peak-tbps") { Description = "The memory's peak in terabytes a second, to give shares of.", HelpName = "n" };
        var save = new Option<string?>("--out") { Description = "Folder for JSON and markdown, named by date, device and commit; both grow precoder by precoder.", HelpName = "folder" };
        var python = new Option<string?>("--python") { Description = $"Python with PyTorch; else what {PythonPeer.Variable} names, else python3.", HelpName = "file" };
        var peer = new Option<string?>("--peer") { Description = "Script of the PyTorch peer; bench/peers/coherent_torch.py of this checkout when left out.", HelpName = "file" };
        only.AcceptOnlyFromAmong(GpuRace.Precoders);
        batches.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>() is { } counts && counts.Any(count => count < 1))
            {
                result.AddError("--batches must be at least 1.");
            }
        });
        var command = new Command("gpu-race", "Times iterations and whole solves on a GPU for several sizes of batch, beside counted operations and bytes and beside PyTorch.")
        {
            device, small, batches, only, teraflops, terabytes, save, python, peer,
        };
        command.SetAction(parsed =>
        {
            bool isSmall = parsed.GetValue(small);
            int[] counts = parsed.GetValue(batches) is { Length: > 0 } some ? some : isSmall ? [1, 16] : [1, 16, 64, Targets.GpuBatch];
            string[] precoders = parsed.GetValue(only) is { Length: > 0 } named ? named : GpuRace.Precoders;
            string script = parsed.GetValue(peer) ?? Path.Combine(Machine.Repository ?? string.Empty, "bench", "peers", "coherent_torch.py");
            PythonPeer? torch = PythonPeer.FindTorch(parsed.GetValue(python), script, out string missing);
            return Run(parsed.GetValue(device)!, isSmall, counts, precoders, new GpuPeaks(parsed.GetValue(teraflops), parsed.GetValue(terabytes)), parsed.GetValue(save), torch, missing);
        });
        return command;
    }

    private static int Run(string name, bool isSmall, IReadOnlyList<int> batches, IEnumerable<string> precoders, GpuPeaks peaks, string? folder, PythonPeer? torch, string missing)
    {
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("precoding-gpu-race-");
        try
        {
            using IDevice device = BenchmarkDevice.Open(name);
            Console.Error.WriteLine("gpu-race: channels");
            var race = new GpuRace(device, isSmall ? Small : Paper, batches, !isSmall, peaks);
            string channelFile = Path.Combine(temporary.FullName, "channels.npz");
            ChannelFile.Write(channelFile, race.Raw);
            RaceReport report = Describe(device, race.Raw.Shape);
            if (torch is null)
            {
                report.Skipped.Add(missing);
            }

            (double Products, double Stream) rates = race.MeasureRates();
            foreach (string precoder in precoders)
            {
                race.Run(precoder, rates, torch, channelFile, report);
                Save(report, folder, device);
            }

            Console.Out.Write(RaceText.ToMarkdown(report));
            return report.Failures.Count == 0 ? ExitDone : ExitPeerFailed;
        }
        catch (Exception error) when (error is DeviceException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"gpu-race: {error.Message}");
            return ExitNoDevice;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static RaceReport Describe(IDevice device, ChannelShape shape) => new()
    {
        Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Commit = Machine.Commit,
        Processor = Machine.Processor,
        CoreCount = Environment.ProcessorCount,
        VectorBits = SimdLevel.Bits,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        LoadAverage = Machine.LoadAverage,
        Device = $"{device.Info.Id}, {device.Info.Name}, {device.Info.Details}",
        Channels = $"generated, {shape}, over and over; mean gain 1, {Drops.SnrDb} dB, single precision",
    };

    private static void Save(RaceReport report, string? folder, IDevice device)
    {
        if (folder is not null)
        {
            string name = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{report.Date}-{Machine.AsFileNamePart(device.Info.Name)}-{report.Commit}");
            File.WriteAllText(name + ".json", RaceText.ToJson(report));
            File.WriteAllText(name + ".md", RaceText.ToMarkdown(report));
        }
    }
}
