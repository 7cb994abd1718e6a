using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Kernels;

namespace Precoding.Benchmarks.Ops;

/// <summary>Systems of one order.</summary>
public readonly record struct SystemShape(int Count, int Order)
{
    public override string ToString() => $"{Count}x{Order}";
}

/// <summary>Hermitian factorization and solution with as many right-hand sides as unknowns, against potrf and potrs.</summary>
public class CholeskyBenchmarks : OperationBenchmark
{
    /// <summary>The preconditioner's system at the paper's scale, and those of a batch of small drops.</summary>
    public static IEnumerable<SystemShape> Shapes => [new(1, 256), new(64, 24)];

    [ParamsSource(nameof(Shapes))]
    public SystemShape Shape { get; set; }

    public override double? FlopsPerCall => CholeskySolve.Flops(Shape.Order, Shape.Count);

    private protected override IOperation Create() => CholeskySolve.Create(Precision, Shape.Order, Shape.Count, ThreadCount);
}
