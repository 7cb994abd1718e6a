using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Solvers;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Channels;

/// <summary>An urban macro drop of the paper's size, 3GPP TR 38.901: rays on the processor, array responses on the device.</summary>
public class DropBenchmarks : ICountsDrops, IRunsOnDevices
{
    private readonly Network network = PaperScenario.CreateNetwork(Users, Antennas);
    private IDevice device = null!;
    private Tr38901ChannelModel plane = null!, spherical = null!;

    public static IEnumerable<string> Devices => BenchmarkDevice.Names;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = BenchmarkDevice.Cpu;

    public int DropsPerCall => 1;

    private const int Users = 256, Antennas = 512;

    [GlobalSetup]
    public void Open()
    {
        device = BenchmarkDevice.Open(Device);
        Tr38901Options options = PaperScenario.OptionsFor(Users, seed: 1) with { KeepPaths = false, Device = device };
        (plane, spherical) = (new(options), new(options with { SphericalWavefronts = true }));
    }

    [GlobalCleanup]
    public void Close() => device.Dispose();

    [Benchmark]
    public ChannelBatch PlaneWaves() => plane.Generate(network, 1, seed: 1);

    /// <summary>On the processor whatever the device.</summary>
    [Benchmark]
    public ChannelBatch SphericalWaves() => spherical.Generate(network, 1, seed: 1);
}
