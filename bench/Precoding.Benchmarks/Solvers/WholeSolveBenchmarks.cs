using BenchmarkDotNet.Attributes;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Channels in memory to precoders and rates in memory: 10 iterations of reduced-cg, 50 of the Hamiltonians, 20 of WMMSE and bsp-cg.</summary>
public class WholeSolveBenchmarks : ProcessorSolverBenchmark
{
    public static IEnumerable<string> Precoders => PrecoderCatalog.Entries.Where(e => e.DefaultOptions is CoherentOptions).Select(e => e.Name);

    [ParamsSource(nameof(Precoders))]
    public string Precoder { get; set; } = PrecoderCatalog.DefaultName;

    [Benchmark]
    public PrecodingResult Simd() => Solver.Solve(Channels);

    protected override IPrecoder CreatePrecoder() => Workload.CreatePrecoder(Precoder);
}
