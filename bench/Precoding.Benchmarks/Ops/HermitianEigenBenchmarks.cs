using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Kernels;

namespace Precoding.Benchmarks.Ops;

/// <summary>Eigenvalues and eigenvectors of Hermitian matrices, against heevd. Times only: no count of operations fits both algorithms.</summary>
public class HermitianEigenBenchmarks : OperationBenchmark
{
    /// <summary>A user block at the paper's scale, and those of a batch of small drops, a matrix a lane.</summary>
    public static IEnumerable<SystemShape> Shapes => [new(1, 256), new(64, 24)];

    [ParamsSource(nameof(Shapes))]
    public SystemShape Shape { get; set; }

    public override double? FlopsPerCall => null;

    private protected override IOperation Create() => HermitianDecomposition.Create(Precision, Shape.Order, Shape.Count, ThreadCount);
}
