using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Precoding.Cpu.Lanes;

namespace Precoding.Benchmarks.Ops;

/// <summary>The transforms between F·M beams and M antennas, one lane per vector, on one core; 5·N·log₂N real operations are counted for each of F transforms of M points.</summary>
public unsafe class BeamTransformBenchmarks : ICountsFlops
{
    private const int FineFactor = 2;
    private BeamTransform<float> transform = null!;
    private float* beams, work, antennas;

    [Params(64, 512)]
    public int AntennaCount { get; set; }

    public int ThreadCount => 1;

    public double? FlopsPerCall => 5.0 * FineFactor * AntennaCount * Math.Log2(AntennaCount) * BeamTransform<float>.Lanes;

    [GlobalSetup]
    public void Open()
    {
        transform = new BeamTransform<float>(AntennaCount, FineFactor);
        nuint bytes = (nuint)transform.BeamsSize * sizeof(float);
        beams = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        work = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        antennas = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        foreach (nint buffer in (nint[])[(nint)beams, (nint)work, (nint)antennas])
        {
            new Span<float>((void*)buffer, (int)transform.BeamsSize).Clear(); // in place again and again, other values would overflow
        }
    }

    [GlobalCleanup]
    public void Close()
    {
        transform.Dispose();
        NativeMemory.AlignedFree(beams);
        NativeMemory.AlignedFree(work);
        NativeMemory.AlignedFree(antennas);
    }

    [Benchmark]
    public void ToAntennas() => transform.ToAntennas(beams, work, antennas);

    [Benchmark]
    public void ToBeams() => transform.ToBeams(antennas, work, beams);
}
