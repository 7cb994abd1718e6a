using BenchmarkDotNet.Attributes;
using Precoding.Engines;
using Precoding.Gpu;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Whole solves of cell-free drops, channels in memory to precoders and rates in memory: 30 iterations of what iterates, in single precision; devices without the steps are left out.</summary>
public class StreamSolveBenchmarks
{
    private IDevice device = null!;
    private ISolver solver = null!;
    private ChannelBatch channels = null!;

    public static IEnumerable<string> Precoders => ["local-ezf", "ncjt-rwmmse", "ncjt-cg", "ncjt-lsa", "cjt-wmmse"];

    public static IEnumerable<string> Devices => ["cpu", .. BenchmarkDevice.Present.Where(HasSteps).Select(gpu => gpu.Info.Id)];

    [Params(StreamDrop.CellFree)]
    public StreamDrop Drop { get; set; }

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [ParamsSource(nameof(Precoders))]
    public string Precoder { get; set; } = "ncjt-rwmmse";

    [GlobalSetup]
    public void Open()
    {
        channels = StreamDrops.Of(Drop);
        device = BenchmarkDevice.Open(Device);
        solver = Workload.CreatePrecoder(Precoder, Workload.IterationsOf(Precoder)).CreateSolver(channels.Network, channels.Shape, device);
    }

    [GlobalCleanup]
    public void Close()
    {
        solver.Dispose();
        device.Dispose();
    }

    [Benchmark]
    public PrecodingResult Solve() => solver.Solve(channels);

    private static bool HasSteps(GpuDescription gpu)
    {
        using IDevice device = BenchmarkDevice.Open(gpu.Info.Id);
        using IEngine engine = device.CreateEngine();
        return engine is IStreamOps and IStreamSearchOps;
    }
}
