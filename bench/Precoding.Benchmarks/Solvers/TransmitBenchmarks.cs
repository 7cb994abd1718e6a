using BenchmarkDotNet.Attributes;
using Precoding.Cpu;

namespace Precoding.Benchmarks.Solvers;

/// <summary>From data to antennas for 64 symbols of every user, on one core: by beams and transforms, and by the product P d. Precoders of bsp-hamiltonian. [BSP Fig. 9(b)]</summary>
public class TransmitBenchmarks
{
    private const int SymbolCount = 64;
    private BeamTransmitter beams = null!;
    private SpatialTransmitter antennas = null!;
    private ComplexF[] data = [], signals = [];

    /// <summary>Paper: M = 512, K = 256, L = 3.</summary>
    [Params(Benchmarks.Drop.Tiny, Benchmarks.Drop.Paper)]
    public Drop Drop { get; set; }

    [GlobalSetup]
    public void Open()
    {
        using IDevice device = SimdDevice.Open();
        ChannelBatch channels = Drops.Of(Drop);
        PrecodingResult result = new BeamStructuredHamiltonian(new() { MaxIterations = 1 }).Solve(channels, device);
        beams = new BeamTransmitter(result.Beams!, 0);
        antennas = new SpatialTransmitter(result.Precoders, 0);
        data = [.. Enumerable.Range(0, SymbolCount * channels.Shape.UserCount).Select(i => new ComplexF(i % 2 == 0 ? 1 : -1, i % 3 == 0 ? 1 : -1))];
        signals = new ComplexF[SymbolCount * channels.Shape.AccessPointCount * channels.Shape.AntennaCount];
    }

    [GlobalCleanup]
    public void Close()
    {
        beams.Dispose();
        antennas.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Spatial() => antennas.Transmit(data, signals);

    [Benchmark]
    public void Beams() => beams.Transmit(data, signals);
}
