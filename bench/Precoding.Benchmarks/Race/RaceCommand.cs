using System.CommandLine;
using System.Globalization;
using Precoding.Benchmarks.Peers;
using Precoding.Cpu.Simd;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Race;

/// <summary>race: ours and its peers in turns in one run, with targets.</summary>
internal static class RaceCommand
{
    public const int ExitBadCommandLine = 2;

    private const int ExitDone = 0;
    private const int ExitPeerFailed = 1;
    private const int ExitBadInput = 3;

    private static readonly string[] Sections =
        [KernelRace.Gemm, KernelRace.Cholesky, KernelRace.Gram, KernelRace.Eigen, SolverRace.Solve, SolverRace.Batch, SolverRace.Scaling, RooflineRace.Gather, RooflineRace.Roofline,
            StreamRace.Solve, StreamRace.Antennas, StreamRace.Progress];

    public static Command Create()
    {
        var channels = new Option<string?>("--channels") { Description = $"Channel file to solve (its first realization); else what {Drops.Variable} names, else a generated drop.", HelpName = "file" };
        var json = new Option<string?>("--json") { Description = "Also write the result as JSON.", HelpName = "file" };
        var save = new Option<bool>("--save") { Description = "Also write JSON and markdown to bench/results, named by date, machine and commit." };
        var only = new Option<string[]>("--only") { Description = $"Sections to run: {string.Join(", ", Sections)}.", HelpName = "section", AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int>("--rounds") { Description = "Rounds per row; a round is a turn of each side.", HelpName = "n", DefaultValueFactory = _ => 5 };
        var python = new Option<string?>("--python") { Description = $"Python with numpy and scipy; else what {PythonPeer.Variable} names, else python3.", HelpName = "file" };
        var peer = new Option<string?>("--peer") { Description = "Script of the numpy peer of the coherent solves; bench/peers/coherent.py of this checkout when left out.", HelpName = "file" };
        only.AcceptOnlyFromAmong(Sections);
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--rounds must be at least 1.");
            }
        });
        var command = new Command("race", "Races the engine against OpenBLAS and numpy, in turns within one run, because machines that are shared drift.") { channels, json, save, only, rounds, python, peer };
        command.SetAction(parsed => Run(
            parsed.GetValue(channels), parsed.GetValue(json), parsed.GetValue(save), parsed.GetValue(only) is { Length: > 0 } some ? some : Sections,
            parsed.GetValue(rounds), parsed.GetValue(python), parsed.GetValue(peer)));
        return command;
    }

    private static int Run(string? channelFile, string? json, bool save, IReadOnlyCollection<string> sections, int rounds, string? python, string? peerScript)
    {
        if (save && Machine.Repository is null)
        {
            Console.Error.WriteLine("race: --save writes to bench/results of a checkout, but neither the current folder nor this program is in one. Give --json FILE instead.");
            return ExitBadInput;
        }

        using var temporary = new TemporaryFolder();
        try
        {
            if (channelFile is not null)
            {
                Environment.SetEnvironmentVariable(Drops.Variable, channelFile);
            }

            Console.Error.WriteLine("race: channels");
            RaceReport report = Describe(sections);
            RaceKernels(report, sections, rounds);
            RaceSolvers(report, sections, rounds, temporary.FullName, python, peerScript);
            RaceStreams(report, sections, rounds, temporary.FullName, python);
            Write(report, json, save);
            return report.Failures.Count == 0 ? ExitDone : ExitPeerFailed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ValidationException or FileFormatException)
        {
            Console.Error.WriteLine($"race: {error.Message}");
            return ExitBadInput;
        }
    }

    private static RaceReport Describe(IReadOnlyCollection<string> sections) => new()
    {
        Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Commit = Machine.Commit,
        Processor = Machine.Processor,
        CoreCount = Environment.ProcessorCount,
        VectorBits = SimdLevel.Bits,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        LoadAverage = Machine.LoadAverage,
        OpenBlas = OpenBlas.IsAvailable ? OpenBlas.Config : null,
        OpenBlasCore = OpenBlas.IsAvailable ? OpenBlas.CoreName : null,
        Channels = sections.All(s => s is StreamRace.Solve or StreamRace.Antennas or StreamRace.Progress) ? $"generated cell-free drops, {StreamDrops.SizeOf(StreamDrop.CellFree)} unless said"
            : $"{(Drops.FileOfVariable() is null ? "generated" : "from a file")}, {Drops.Raw(Drop.Paper).Shape}, mean gain 1, {Drops.SnrDb} dB; generated cell-free drops, {StreamDrops.SizeOf(StreamDrop.CellFree)} unless said",
    };

    private static void RaceKernels(RaceReport report, IReadOnlyCollection<string> sections, int rounds)
    {
        string[] kernels = [.. sections.Intersect([KernelRace.Gemm, KernelRace.Cholesky, KernelRace.Gram, KernelRace.Eigen])];
        if (kernels.Length > 0 && !OpenBlas.IsAvailable)
        {
            report.Skipped.Add($"Skipped {string.Join(", ", kernels)}: {OpenBlas.Missing}");
            return;
        }

        Add(report, sections, KernelRace.Gemm, () => KernelRace.RunGemm(ThreadCounts, 2 * rounds));
        Add(report, sections, KernelRace.Cholesky, () => KernelRace.RunCholesky(ThreadCounts, 2 * rounds));
        Add(report, sections, KernelRace.Gram, () => KernelRace.RunGram(ThreadCounts, 2 * rounds));
        Add(report, sections, KernelRace.Eigen, () => KernelRace.RunEigen(ThreadCounts, 2 * rounds));
    }

    private static void RaceSolvers(
        RaceReport report, IReadOnlyCollection<string> sections, int rounds, string temporary, string? python, string? peerScript)
    {
        string[] peers = [.. sections.Intersect([SolverRace.Solve, SolverRace.Batch])];
        if (peers.Length > 0)
        {
            string script = peerScript ?? Path.Combine(Machine.Repository ?? string.Empty, "bench", "peers", "coherent.py");
            if (PythonPeer.Find(python, script, out string missing) is { } peer)
            {
                RaceAgainstPeer(report, peers, rounds, temporary, peer);
            }
            else
            {
                report.Skipped.Add($"Skipped {string.Join(", ", peers)}: {missing}");
            }
        }

        if (ThreadCounts.Length > 1)
        {
            Add(report, sections, SolverRace.Scaling, () => SolverRace.RunScaling(ThreadCounts[^1], rounds));
        }

        Add(report, sections, RooflineRace.Gather, () => RooflineRace.RunGather(ThreadCounts, rounds));
        Add(report, sections, RooflineRace.Roofline, () => RooflineRace.RunRoofline(Drops.Of(Drop.Paper), ThreadCounts, rounds));
    }

    private static void RaceStreams(RaceReport report, IReadOnlyCollection<string> sections, int rounds, string temporary, string? python)
    {
        if (sections.Contains(StreamRace.Solve))
        {
            Console.Error.WriteLine($"race: {StreamRace.Solve}, against numpy");
            string script = Path.Combine(Machine.Repository ?? string.Empty, "bench", "peers", "noncoherent.py");
            if (PythonPeer.Find(python, script, out string missing) is { } peer)
            {
                ChannelBatch channels = StreamDrops.Of(StreamDrop.CellFree);
                string file = Path.Combine(temporary, $"{StreamDrop.CellFree}.npz");
                ChannelFile.Write(file, channels);
                StreamRace.RunAgainstPeer(channels, file, peer, ThreadCounts, rounds, report);
            }
            else
            {
                report.Skipped.Add($"Skipped {StreamRace.Solve} against numpy: {missing}");
            }
        }

        Add(report, sections, StreamRace.Solve, () => StreamRace.RunMethods(StreamDrops.Of(StreamDrop.CellFree), ThreadCounts, rounds));
        Add(report, sections, StreamRace.Antennas, () => StreamRace.RunAntennas(rounds));
        Add(report, sections, StreamRace.Progress, () => StreamRace.RunProgress(rounds));
    }

    private static void RaceAgainstPeer(
        RaceReport report, IReadOnlyCollection<string> sections, int rounds, string temporary, PythonPeer peer)
    {
        if (sections.Contains(SolverRace.Solve))
        {
            Console.Error.WriteLine($"race: {SolverRace.Solve}");
            string file = Drops.FileOfVariable() ?? WriteRaw(Drop.Paper);
            foreach (int threads in ThreadCounts)
            {
                SolverRace.RunAgainstPeer(SolverRace.Solve, Drops.Of(Drop.Paper), file, peer, threads, rounds, Targets.WholeSolve, report);
            }
        }

        if (sections.Contains(SolverRace.Batch))
        {
            Console.Error.WriteLine($"race: {SolverRace.Batch}");
            string file = WriteRaw(Drop.SmallBatch);
            foreach (int threads in ThreadCounts)
            {
                SolverRace.RunAgainstPeer(SolverRace.Batch, Drops.Of(Drop.SmallBatch), file, peer, threads, rounds, _ => Targets.SmallBatch, report);
            }
        }

        string WriteRaw(Drop drop)
        {
            string file = Path.Combine(temporary, $"{drop}.npz");
            ChannelFile.Write(file, Drops.Raw(drop));
            return file;
        }
    }

    /// <summary>One, and two where there are two.</summary>
    private static int[] ThreadCounts { get; } = Environment.ProcessorCount > 1 ? [1, 2] : [1];

    private static void Add(RaceReport report, IReadOnlyCollection<string> sections, string section, Func<IEnumerable<RaceRow>> run)
    {
        if (!sections.Contains(section))
        {
            return;
        }

        Console.Error.WriteLine($"race: {section}");
        try
        {
            foreach (RaceRow row in run())
            {
                report.Rows.Add(row);
            }
        }
        catch (PeerException error)
        {
            report.Failures.Add(error.Message);
        }
    }

    private static void Write(RaceReport report, string? json, bool save)
    {
        string markdown = RaceText.ToMarkdown(report);
        Console.Out.Write(markdown);
        if (json is not null)
        {
            File.WriteAllText(json, RaceText.ToJson(report));
        }

        if (save && report.Failures.Count > 0)
        {
            Console.Error.WriteLine("race: not written to bench/results, because a peer failed.");
        }
        else if (save)
        {
            string folder = Path.Combine(Machine.Repository!, "bench", "results");
            string name = $"{report.Date}-{Machine.FileNamePart}-{report.Commit}";
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, $"{name}.json"), RaceText.ToJson(report));
            File.WriteAllText(Path.Combine(folder, $"{name}.md"), markdown);
            Console.Error.WriteLine($"race: written to bench/results/{name}.json and .md");
        }
    }
}
