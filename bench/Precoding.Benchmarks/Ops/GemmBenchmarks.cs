using BenchmarkDotNet.Attributes;
using Precoding.Benchmarks.Kernels;

namespace Precoding.Benchmarks.Ops;

/// <summary>Sizes of a product, C[m, n] = A[m, k] B[k, n].</summary>
public readonly record struct ProductShape(int M, int N, int K)
{
    public override string ToString() => $"{M}x{N}x{K}";
}

/// <summary>Complex products in the shapes of the precoders, against cgemm and zgemm.</summary>
public class GemmBenchmarks : OperationBenchmark
{
    /// <summary>S = Hᴴ P, P = H X and S_l = G_l X_l at the paper's scale.</summary>
    public static IEnumerable<ProductShape> Shapes => [new(256, 256, 1536), new(1536, 256, 256), new(256, 256, 256)];

    [ParamsSource(nameof(Shapes))]
    public ProductShape Shape { get; set; }

    public override double? FlopsPerCall => ComplexProduct.Flops(Shape.M, Shape.N, Shape.K);

    private protected override IOperation Create() => ComplexProduct.Create(Precision, Shape.M, Shape.N, Shape.K, ThreadCount);
}
