using NUnit.Framework;
using Precoding.Benchmarks.Kernels;
using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Tests;

/// <summary>What is raced against OpenBLAS does the same as OpenBLAS.</summary>
public class OperationTests
{
    private static readonly (string Name, Func<Precision, int, IOperation> Create)[] Operations =
    [
        ("product 7x19x33", (precision, threads) => ComplexProduct.Create(precision, 7, 19, 33, threads)),
        ("product 64x64x64", (precision, threads) => ComplexProduct.Create(precision, 64, 64, 64, threads)),
        ("Cholesky 3x24", (precision, threads) => CholeskySolve.Create(precision, 24, 3, threads)),
        ("Cholesky 1x37", (precision, threads) => CholeskySolve.Create(precision, 37, 1, threads)),
        ("eigen 3x24", (precision, threads) => HermitianDecomposition.Create(precision, 24, 3, threads)),
        ("eigen 1x37", (precision, threads) => HermitianDecomposition.Create(precision, 37, 1, threads)),
        ("eigen 1x130", (precision, threads) => HermitianDecomposition.Create(precision, 130, 1, threads)),
        ("Gram 2x13x21", (precision, threads) => GramProduct.Create(precision, 13, 21, 2, threads)),
    ];

    private static IEnumerable<string> Names => Operations.Select(o => o.Name);

    [Test]
    public void OperationAgreesWithOpenBlas([ValueSource(nameof(Names))] string name, [Values] Precision precision, [Values(1, 2)] int threadCount)
    {
        if (!OpenBlas.IsAvailable)
        {
            Assert.Ignore(OpenBlas.Missing); // OpenBLAS is a peer to compare with, not a part of the product: the text says what to install
        }

        using IOperation operation = Operations.Single(o => o.Name == name).Create(precision, threadCount);
        operation.Simd();
        operation.OpenBlas();
        double epsilon = precision == Precision.Single ? 1.2e-7 : 2.3e-16;
        const int longestSum = 64;
        Assert.That(operation.RelativeDifference(), Is.LessThan(8 * epsilon * Math.Sqrt(longestSum)));
    }
}
