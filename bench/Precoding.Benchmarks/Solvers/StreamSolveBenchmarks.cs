using BenchmarkDotNet.Attributes;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Whole solves of cell-free drops: 30 iterations of what iterates.</summary>
public class StreamSolveBenchmarks : DeviceSolverBenchmark, ICountsDrops
{
    public static IEnumerable<string> Precoders => ["local-ezf", "ncjt-rwmmse", "ncjt-cg", "ncjt-lsa", "cjt-wmmse"];

    public static IEnumerable<StreamRun> Runs => StreamRun.All;

    [ParamsSource(nameof(Runs))]
    public StreamRun Solved { get; set; } = new(BenchmarkDevice.Cpu, StreamDrop.CellFree);

    [ParamsSource(nameof(Precoders))]
    public string Precoder { get; set; } = "ncjt-rwmmse";

    public int DropsPerCall => StreamDrops.CountOf(Solved.Drop);

    protected override ChannelBatch CreateChannels() => StreamDrops.Of(Solved.Drop);

    protected override IDevice OpenDevice() => BenchmarkDevice.Open(Solved.Device);

    protected override IPrecoder CreatePrecoder() => Workload.CreatePrecoder(Precoder);
}

/// <summary>A device, as the command line names it, and the drops it solves.</summary>
public readonly record struct StreamRun(string Device, StreamDrop Drop)
{
    /// <summary>Those of devices that are there, with batches they are made for.</summary>
    public static IEnumerable<StreamRun> All =>
        from device in BenchmarkDevice.Names
        from drop in Enum.GetValues<StreamDrop>()
        where drop != StreamDrop.Tiny && StreamDrops.Suits(drop, device)
        orderby StreamDrops.CountOf(drop), device
        select new StreamRun(device, drop);

    public override string ToString() => $"{Device} {StreamDrops.CountOf(Drop)} drops"; // a column of BenchmarkDotNet is 20 wide
}
