using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Solvers;
using Precoding.Simulation;

namespace Precoding.Benchmarks.EndToEnd;

/// <summary>A file of cell-free drops in, precoders and rates out as a file, on every device that is there: 30 iterations in single precision.</summary>
public class SolveStreamsFileBenchmarks : ICountsDrops, IRunsOnDevices
{
    private TemporaryFolder folder = null!;
    private string channelFile = null!;
    private string precoderFile = null!;

    /// <summary>Files of 64 MB at most, so that the disk does not decide.</summary>
    public static IEnumerable<StreamRun> Runs => StreamRun.All.Where(run => run.Drop != StreamDrop.CellFreeLarge);

    [ParamsSource(nameof(Runs))]
    public StreamRun Solved { get; set; } = new(BenchmarkDevice.Cpu, StreamDrop.CellFree);

    [Params("ncjt-rwmmse", "ncjt-cg")]
    public string Precoder { get; set; } = "ncjt-rwmmse";

    public int DropsPerCall => StreamDrops.CountOf(Solved.Drop);

    [GlobalSetup]
    public void Open()
    {
        folder = new TemporaryFolder();
        (channelFile, precoderFile) = (folder.PathOf("channels.npz"), folder.PathOf("precoders.npz"));
        ChannelFile.Write(channelFile, StreamDrops.Of(Solved.Drop));
    }

    [GlobalCleanup]
    public void Close() => folder.Dispose();

    /// <summary>In this process, everything from reading to writing.</summary>
    /// <returns>Mean sum rate.</returns>
    [Benchmark]
    public double Library()
    {
        ChannelBatch channels = ChannelFile.Read(channelFile).Channels;
        using IDevice device = BenchmarkDevice.Open(Solved.Device);
        using ISolver solver = Workload.CreatePrecoder(Precoder).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult result = solver.Solve(channels);
        ChannelShape shape = channels.Shape;
        ReadOnlySpan<ComplexF> precoders = result.Precoders.AsSingle();
        int[] extents = [shape.RealizationCount, precoders.Length / (shape.RealizationCount * shape.AntennaCount), shape.AntennaCount];
        NpzWriter.Write(precoderFile, archive =>
        {
            archive.Add("P", extents, result.Precoders.AsSingle());
            archive.Add("sumRate", [shape.RealizationCount], result.WeightedSumRate);
        });
        return result.WeightedSumRate.ToArray().Average();
    }
}
