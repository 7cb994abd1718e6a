using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Kernels;

namespace Precoding.Benchmarks.Ops;

/// <summary>A kernel beside the routine of OpenBLAS that does the same; the column Ratio is our time over theirs.</summary>
public abstract class OperationBenchmark : ICountsFlops
{
    private IOperation operation = null!;

    [Params(Precision.Single, Precision.Double)]
    public Precision Precision { get; set; }

    [Params(1, 2)]
    public int ThreadCount { get; set; } = 1;

    public abstract double? FlopsPerCall { get; }

    [GlobalSetup]
    public void Open() => operation = Create();

    [GlobalCleanup]
    public void Close() => operation.Dispose();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Peers.OpenBlas.Category)]
    public void OpenBlas() => operation.OpenBlas();

    [Benchmark]
    public void Simd() => operation.Simd();

    private protected abstract IOperation Create();
}
