using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Abstractions.Tests;

/// <summary>Gram matrices that travel: n × n of rank M, some users 60 dB below others, one without a channel. [noncoherent.md §9]</summary>
public sealed class GramMatrixTests
{
    private const int N = 9;

    [Test]
    public void RoundedEntriesStayWithinTheirBound([Values(4, 6, 8, 16, 32)] int bits, [Values(1, 3, 20)] int M)
    {
        Complex[] exact = Gram(M), upper = GramMatrix.UpperTriangle(exact, N), rounded = new Complex[N * N];
        GramMatrix.RoundUpper(upper, N, bits);
        double[] a = GramMatrix.Scales(upper, N);
        GramMatrix.Unpack(upper, N, rounded);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < N * N; i++)
            {
                double scale = a[i / N] * a[i % N], most = (i / N == i % N ? 5 : 7 * Math.Sqrt(2)) * Math.Pow(2, -bits);
                Assert.That((rounded[i] - exact[i]).Magnitude, Is.LessThanOrEqualTo(most * scale), $"{i / N}, {i % N}");
                Assert.That(rounded[i], Is.EqualTo(Complex.Conjugate(rounded[(i % N * N) + (i / N)])), "Hermitian");
            }
        });
    }

    /// <summary>What comes out has a Cholesky factor, and is no further from the truth than what went in.</summary>
    [Test]
    public void ProjectionIsPositiveAndComesNoFurther([Values(4, 6, 8, 16)] int bits, [Values(1, 3, 20)] int M)
    {
        Complex[] exact = Gram(M), upper = GramMatrix.UpperTriangle(exact, N), rounded = new Complex[N * N];
        GramMatrix.RoundUpper(upper, N, bits);
        double[] a = GramMatrix.Scales(upper, N);
        GramMatrix.Unpack(upper, N, rounded);
        Complex[] projected = [.. rounded];
        GramMatrix.ProjectToPositive(projected, N);
        Complex[] product = Product(GramMatrix.Factor(projected, N, N), N);
        Assert.Multiple(() =>
        {
            Assert.That(Distance(projected, exact), Is.LessThanOrEqualTo(Distance(rounded, exact) * (1 + 1e-12)));
            Assert.That(Distance(product, projected), Is.LessThan(Tolerance.For(Precision.Double, N * N) * N));
        });

        double Distance(Complex[] left, Complex[] right) => Math.Sqrt(left.Select((v, i) =>
            a[i / N] * a[i % N] is > 0 and var scale ? Math.Pow((v - right[i]).Magnitude / scale, 2) : (v - right[i]).Magnitude).Sum());
    }

    [Test]
    public void FactorHasTheGramMatrixAndItsRank([Values(1, 3, 20)] int M)
    {
        Complex[] exact = Gram(M), factor = GramMatrix.Factor(exact, N, N);
        Complex[] product = Product(factor, N);
        for (int i = 0; i < N * N; i++)
        {
            double scale = Math.Sqrt(exact[i / N * (N + 1)].Real * exact[i % N * (N + 1)].Real);
            Assert.That((product[i] - exact[i]).Magnitude, Is.LessThanOrEqualTo(8 * N * Tolerance.Epsilon(Precision.Double) * scale));
        }

        int rank = Enumerable.Range(0, N).Count(c => Enumerable.Range(0, N).Any(i => factor[(i * N) + c] != Complex.Zero));
        Assert.That(rank, Is.EqualTo(Math.Min(M, N - 1)));
    }

    private static Complex[] Gram(int M)
    {
        var H = new Complex[N * M];
        var random = new CounterRandom(17, RandomPurpose.IndependentFading, M);
        for (int i = 0; i < H.Length; i++)
        {
            int row = i / M;
            H[i] = row == 4 ? 0 : Math.Pow(10, -(row % 4)) * random.ComplexNormal((uint)i);
        }

        return Product(H, M);
    }

    /// <summary>A Aᴴ of N rows.</summary>
    private static Complex[] Product(Complex[] a, int columns) =>
        [.. Enumerable.Range(0, N * N).Select(i => Enumerable.Range(0, columns).Aggregate(Complex.Zero, (sum, c) => sum + (a[(i / N * columns) + c] * Complex.Conjugate(a[(i % N * columns) + c]))))];
}
