using System.CommandLine;
using System.Globalization;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>bench: a quick device and solver benchmark with the roofline.</summary>
internal static class BenchVerb
{
    private const double SnrDb = 20;

    public static Command Create(Terminal terminal)
    {
        var channels = OptionValues.Text("--channels", "file", "Channel file to time on, normalised by the mean gain; by default a generated drop at the paper's scale.");
        var iterations = OptionValues.Text("--iterations", "n", "Iterations that are timed per precoder; by default 30.");
        var precision = new Option<string?>("--precision") { Description = "single or double; single when left out (double on the reference).", HelpName = "name" };
        Option<string> device = OptionValues.Device(), seed = OptionValues.Seed();
        Option<string?> threads = OptionValues.Threads();
        var command = new Command("bench", "Times the device's complex products and an iteration of every precoder for single-antenna users, and compares the two.") { channels, iterations, precision, device, threads, seed };
        command.SetAction((parsed, cancellationToken) =>
        {
            string? precisionText = parsed.GetValue(precision);
            Precision? chosen = precisionText is null ? null : OptionValues.Choice<Precision>("--precision", precisionText);
            int count = OptionValues.Count("--iterations", parsed.GetValue(iterations)) ?? 30;
            int? threadCount = OptionValues.Count("--threads", parsed.GetValue(threads));
            ulong number = OptionValues.ParseSeed(parsed.GetValue(seed)!);
            return Task.Run(() => Run(parsed.GetValue(channels), number, count, parsed.GetValue(device)!, chosen, threadCount, terminal, cancellationToken), CancellationToken.None);
        });
        Examples.AddTo(command, "beamprecoding bench", "beamprecoding bench --precision double --threads 1", "beamprecoding bench --channels drop.npz --iterations 100");
        return command;
    }

    private static int Run(
        string? file, ulong seed, int iterations, string deviceText, Precision? precision, int? threadCount, Terminal terminal, CancellationToken cancellationToken)
    {
        using IDevice device = DeviceChoice.Open(deviceText, precision, threadCount);
        ChannelBatch found = file is not null ? ChannelFile.Read(file).Channels.Slice(0, 1) : GeneratedDrop.UrbanMacroChannels(GeneratedDrop.PaperScale, seed, threadCount);
        ChannelBatch batch = LinkBudget.Apply(found.Normalize(Normalization.Mean), fileHasPower: false, SnrDb, power: null, noise: 1);
        double gigaflops = SolverBenchmark.ProductGigaflops(batch, device);
        terminal.Out.WriteLine($"device    {DeviceChoice.Describe(device, deviceText)}");
        terminal.Out.WriteLine($"channels  {batch.Shape}, mean gain 1, {SnrDb} dB");
        terminal.Out.WriteLine($"products  {gigaflops.ToString("F0", CultureInfo.InvariantCulture)} GFLOP/s complex, {batch.Shape.AccessPointCount} of K × K × K with K = {batch.Shape.UserCount}: the roofline below");
        terminal.Out.WriteLine();
        var table = new TextTable(
            ("precoder", "", false), ("per iteration", "ms, median", true), ("", "ms, least", true), ("counted", "GFLOP", true), ("roofline", "ms", true), ("reached", "%", true),
            ("prepare", "ms", true), ("solve", "ms", true), ("finish", "ms", true), ("sum rate", "bit/s/Hz", true));
        foreach (PrecoderEntry entry in PrecoderFamily.SingleAntenna)
        {
            SolverTiming timing = SolverBenchmark.Run(batch, entry, iterations, device, cancellationToken);
            bool iterates = timing.Iterations > 0;
            table.Add(
                iterates ? $"{timing.Name}, {timing.Iterations} iterations" : timing.Name,
                iterates ? Fixed(timing.MedianMilliseconds) : "-",
                iterates ? Fixed(timing.LeastMilliseconds) : "-",
                iterates ? Fixed(timing.Flops / 1e9) : "-",
                iterates ? Fixed(timing.Flops / gigaflops / 1e6) : "-",
                iterates ? (100 * timing.ShareOfRoofline(gigaflops)).ToString("F0", CultureInfo.InvariantCulture) : "-",
                Fixed(timing.Timings.Upload * 1e3),
                Fixed(timing.Timings.Solve * 1e3),
                Fixed(timing.Timings.Download * 1e3),
                Fixed(timing.SumRate));
        }

        table.Write(terminal.Out);
        terminal.Out.WriteLine();
        terminal.Out.WriteLine("prepare: channels, Gram matrices or beam table and supports; finish: final precoders, their rates on the true channel, copy back.");
        return ExitCode.Done;
    }

    private static string Fixed(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
