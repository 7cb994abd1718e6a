using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Kernels;
using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Ops;

/// <summary>The step: L Gram matrices and their sum. OpenBLAS: L times cherk, lower triangles only, without the sum.</summary>
public class GramMatricesBenchmarks : StepBenchmark
{
    private IOperation? peer;

    public override double? FlopsPerCall => 4 * Extents.R * Extents.L * Extents.K * Extents.K * Extents.M;

    [Benchmark(Baseline = true)]
    [BenchmarkCategory(Peers.OpenBlas.Category)]
    public void OpenBlas() => peer!.OpenBlas();

    protected override void Prepare()
    {
        if (Peers.OpenBlas.IsAvailable)
        {
            peer = Own(GramProduct.Create(Precision.Single, Problem.K, Problem.M, Problem.L * Problem.Capacity, ThreadCount));
        }
    }

    protected override void Step() => Engine.GramMatrices(Problem, Control);
}
