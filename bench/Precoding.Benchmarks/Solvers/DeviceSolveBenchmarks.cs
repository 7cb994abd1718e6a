using BenchmarkDotNet.Attributes;
using Precoding.Gpu;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Whole solves of urban drops.</summary>
public class DeviceSolveBenchmarks : DeviceSolverBenchmark
{
    private static readonly ChannelShape Tiny = new(2, 5, 2, 8), Small = new(1, 24, 3, 64), Paper = new(1, 256, 3, 512);

    /// <summary>The tiny shape everywhere, small ones but on the reference, the paper's on GPUs only.</summary>
    public static IEnumerable<DeviceRun> Runs => new DeviceRun[] { new("reference", Tiny), new("cpu", Tiny), new("cpu", Small), new("cpu", Small with { RealizationCount = 16 }) }
        .Concat(BenchmarkDevice.Present.SelectMany(RunsOf));

    public static IEnumerable<string> Precoders => IterationBenchmarks.Precoders;

    [ParamsSource(nameof(Runs))]
    public DeviceRun Solved { get; set; } = new("cpu", Tiny);

    [ParamsSource(nameof(Precoders))]
    public string Precoder { get; set; } = PrecoderCatalog.DefaultName;

    protected override ChannelBatch CreateChannels() => Drops.Prepare(Drops.Generate(Solved.Shape));

    protected override IDevice OpenDevice() => BenchmarkDevice.Open(Solved.Device);

    protected override IPrecoder CreatePrecoder() => Workload.CreatePrecoder(Precoder);

    private static IEnumerable<DeviceRun> RunsOf(GpuDescription gpu)
    {
        ChannelShape[] shapes = [Tiny, Small, Small with { RealizationCount = 16 }, .. gpu.IsGpu ? (ChannelShape[])[Paper, Paper with { RealizationCount = 16 }] : []];
        return shapes.Select(shape => new DeviceRun(gpu.Info.Id, shape));
    }
}

/// <summary>A device, as the command line names it, and what it solves.</summary>
public readonly record struct DeviceRun(string Device, ChannelShape Shape)
{
    public override string ToString() => $"{Device} {Shape.RealizationCount}xK{Shape.UserCount}"; // a column of BenchmarkDotNet is 20 wide
}
