using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using Precoding.Cpu;
using Precoding.Simulation;

namespace Precoding.Benchmarks.EndToEnd;

/// <summary>The main job, a channel file in, precoders and rates out as a file: reduced-cg with its defaults.</summary>
public class SolveFileBenchmarks
{
    private TemporaryFolder folder = null!;
    private string channelFile = null!;
    private string precoderFile = null!;

    [Params(Benchmarks.Drop.Paper, Benchmarks.Drop.SmallBatch)]
    public Drop Drop { get; set; }

    [GlobalSetup]
    public void Open()
    {
        folder = new TemporaryFolder();
        (channelFile, precoderFile) = (folder.PathOf("channels.npz"), folder.PathOf("precoders.npz"));
        ChannelFile.Write(channelFile, Drops.Raw(Drop));
    }

    [GlobalCleanup]
    public void Close() => folder.Dispose();

    /// <summary>In this process, everything from reading to writing.</summary>
    [Benchmark]
    public void Library()
    {
        ChannelBatch channels = Drops.Prepare(ChannelFile.Read(channelFile).Channels);
        using SimdDevice device = SimdDevice.Open();
        PrecodingResult result = new ReducedConjugateGradient().Solve(channels, device);
        ChannelShape shape = channels.Shape;
        NpzWriter.Write(precoderFile, archive =>
        {
            archive.Add("P", [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.AntennaCount], result.Precoders.AsSingle());
            archive.Add("sumRate", [shape.RealizationCount], result.WeightedSumRate);
        });
    }

    /// <summary>The command-line tool as a process, start-up included.</summary>
    [Benchmark]
    public void Command()
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "beamprecoding.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [tool, "solve", "--channels", channelFile, "--normalize", "mean", "--snr-db", Drops.SnrDb.ToString(CultureInfo.InvariantCulture), "--precoder", "reduced-cg", "--quiet", "--out", precoderFile]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"beamprecoding solve ended with exit code {process.ExitCode}, expected 0.");
        }
    }
}
