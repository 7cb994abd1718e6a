using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>The one product kernel against sums written out.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed unsafe class ProductTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly (int Rows, int Columns, int Inner)[] Shapes = [(1, 1, 1), (7, 5, 3), (8, 16, 4), (33, 17, 41), (64, 48, 130)];

    [Test]
    public void Product_MatchesItsDefinition([Values] Read readA, [Values] Read readB, [ValueSource(nameof(Shapes))] (int Rows, int Columns, int Inner) shape, [Values(1, 2)] int threads)
    {
        const int realizations = 3, blocks = 2;
        var (rows, columns, inner) = shape;
        bool transposedA = readA is Read.Transpose or Read.Adjoint, transposedB = readB is Read.Transpose or Read.Adjoint;
        Complex[] a = CpuTesting.RandomComplex(1, realizations * blocks * rows * inner), b = CpuTesting.RandomComplex(2, realizations * inner * columns);
        using var tensorA = new SimdTensor<T>("a", ElementKind.Complex, [realizations, blocks, transposedA ? inner : rows, transposedA ? rows : inner]);
        using var tensorB = new SimdTensor<T>("b", ElementKind.Complex, [realizations, transposedB ? columns : inner, transposedB ? inner : columns]);
        using var tensorC = new SimdTensor<T>("c", ElementKind.Complex, [realizations, blocks, rows, columns]);
        using var pool = new WorkerPool(threads);
        using var scratch = new Scratch(threads);
        tensorA.Write(a);
        tensorB.Write(b);
        int* active = stackalloc int[] { 0, 2 };

        new Product<T>
        {
            A = tensorA.Matrices(), B = tensorB.Matrices(), C = tensorC.Matrices(), Rows = rows, Columns = columns, Inner = inner, Blocks = blocks, ReadA = readA, ReadB = readB,
        }.Run(pool, scratch, active, 2);

        var got = new Complex[realizations * blocks * rows * columns];
        var expected = new Complex[got.Length]; // realization 1 is not active and stays zero
        tensorC.Read(got);
        foreach (int r in (int[])[0, 2])
        {
            for (int block = 0; block < blocks; block++)
            {
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        Complex sum = Complex.Zero;
                        for (int k = 0; k < inner; k++)
                        {
                            Complex x = a[(((r * blocks) + block) * rows * inner) + (transposedA ? (k * rows) + i : (i * inner) + k)];
                            Complex y = b[(r * inner * columns) + (transposedB ? (j * inner) + k : (k * columns) + j)];
                            sum += (readA is Read.Conjugate or Read.Adjoint ? Complex.Conjugate(x) : x) * (readB is Read.Conjugate or Read.Adjoint ? Complex.Conjugate(y) : y);
                        }

                        expected[((((r * blocks) + block) * rows) + i) * columns + j] = sum;
                    }
                }
            }
        }

        Assert.That(Relative.Error(got, expected), Is.LessThan(CpuTesting.ToleranceOf<T>(inner)));
    }

    [Test]
    public void BlocksAreSummed_WhenTheResultHasNone()
    {
        Complex[] a = CpuTesting.RandomComplex(3, 3 * 9 * 20), b = CpuTesting.RandomComplex(4, 3 * 20 * 11);
        using var tensorA = new SimdTensor<T>("a", ElementKind.Complex, [1, 3, 9, 20]);
        using var tensorB = new SimdTensor<T>("b", ElementKind.Complex, [1, 3, 20, 11]);
        using var tensorC = new SimdTensor<T>("c", ElementKind.Complex, [1, 9, 11]);
        using var pool = new WorkerPool(2);
        using var scratch = new Scratch(2);
        tensorA.Write(a);
        tensorB.Write(b);
        int active = 0;
        new Product<T> { A = tensorA.Matrices(), B = tensorB.Matrices(), C = tensorC.Matrices(), Rows = 9, Columns = 11, Inner = 20, Blocks = 3 }.Run(pool, scratch, &active, 1);
        var got = new Complex[99];
        var expected = new Complex[99];
        tensorC.Read(got);
        for (int l = 0; l < 3; l++)
        {
            for (int i = 0; i < 99; i++)
            {
                for (int k = 0; k < 20; k++)
                {
                    expected[i] += a[(((l * 9) + (i / 11)) * 20) + k] * b[(((l * 20) + k) * 11) + (i % 11)];
                }
            }
        }

        Assert.That(Relative.Error(got, expected), Is.LessThan(CpuTesting.ToleranceOf<T>(60)));
    }
}
