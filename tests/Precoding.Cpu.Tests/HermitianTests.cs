using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>Cholesky by blocks with its substitutions.</summary>
internal sealed unsafe class HermitianTests
{
    private static readonly int[] Orders = [1, 2, 7, 31, 32, 33, 64, 100];

    [Test]
    public void Solution_HasASmallResidual_Single([ValueSource(nameof(Orders))] int n) => SolutionHasASmallResidual<float>(n);

    [Test]
    public void Solution_HasASmallResidual_Double([ValueSource(nameof(Orders))] int n) => SolutionHasASmallResidual<double>(n);

    [Test]
    public void FactoringInParallelAndAlone_GiveTheSameBits()
    {
        const int n = 100;
        Complex[] a = PositiveDefinite(n);
        using var pool = new WorkerPool(3);
        Assert.That(Solve<float>(a, n, pool), Is.EqualTo(Solve<float>(a, n, null)));
    }

    [Test]
    public void AnIndefiniteMatrix_IsReportedAsBroken()
    {
        const int n = 40;
        Complex[] a = PositiveDefinite(n);
        a[(35 * n) + 35] = -1;
        double[] memory = new double[HermitianSystem<double>.MemorySize(n)];
        fixed (double* start = memory)
        {
            var system = Fill<double>(start, a, n);
            system.Factor(null);
            Assert.That(system.IsBroken, Is.True);
        }
    }

    private static void SolutionHasASmallResidual<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[] a = PositiveDefinite(n), x = Solve<T>(a, n, null);
        const int columns = 5;
        Complex[] b = CpuTesting.RandomComplex(9, n * columns), product = new Complex[n * columns];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < n; k++)
                {
                    product[(i * columns) + j] += a[(i * n) + k] * x[(k * columns) + j];
                }
            }
        }

        // backward stable: ‖Ax − b‖ ≤ c(n) ε ‖A‖‖x‖, and the test matrices have a condition number below 40
        Assert.That(Relative.Error(product, b), Is.LessThan(40 * CpuTesting.ToleranceOf<T>(n)));
    }

    private static Complex[] Solve<T>(Complex[] a, int n, WorkerPool? pool)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int columns = 5;
        Complex[] b = CpuTesting.RandomComplex(9, n * columns), x = new Complex[n * columns];
        T[] memory = new T[HermitianSystem<T>.MemorySize(n)];
        fixed (T* start = memory)
        {
            HermitianSystem<T> system = Fill<T>(start, a, n);
            system.Factor(pool);
            Assert.That(system.IsBroken, Is.False);
            int width = Tile<T>.Columns;
            T[] panel = new T[system.PanelStride];
            fixed (T* rows = panel)
            {
                for (int first = 0; first < columns; first += width)
                {
                    Array.Clear(panel);
                    for (int i = 0; i < n; i++)
                    {
                        for (int j = first; j < Math.Min(columns, first + width); j++)
                        {
                            rows[(i * 2 * width) + j - first] = T.CreateTruncating(b[(i * columns) + j].Real);
                            rows[(i * 2 * width) + width + j - first] = T.CreateTruncating(b[(i * columns) + j].Imaginary);
                        }
                    }

                    system.Forward(rows);
                    system.Backward(rows);
                    for (int i = 0; i < n; i++)
                    {
                        for (int j = first; j < Math.Min(columns, first + width); j++)
                        {
                            x[(i * columns) + j] = new Complex(
                                double.CreateTruncating(rows[(i * 2 * width) + j - first]), double.CreateTruncating(rows[(i * 2 * width) + width + j - first]));
                        }
                    }
                }
            }
        }

        return x;
    }

    private static HermitianSystem<T> Fill<T>(T* memory, Complex[] a, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var system = new HermitianSystem<T>(memory, n);
        for (int i = 0; i < system.N; i++)
        {
            for (int j = 0; i < n && j < n; j++)
            {
                system.MatrixRow(i)[j] = T.CreateTruncating(a[(i * n) + j].Real);
                system.MatrixRow(i)[system.N + j] = T.CreateTruncating(a[(i * n) + j].Imaginary);
            }

            system.PadRow(i);
        }

        return system;
    }

    /// <summary>BBᴴ/n + I/2 with B n × n.</summary>
    private static Complex[] PositiveDefinite(int n)
    {
        Complex[] a = Outer(n, n);
        for (int i = 0; i < n; i++)
        {
            a[(i * n) + i] += 0.5;
        }

        return a;
    }

    private static Complex[] Outer(int n, int rank)
    {
        Complex[] b = CpuTesting.RandomComplex(8, n * rank), a = new Complex[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < rank; k++)
                {
                    a[(i * n) + j] += b[(i * rank) + k] * Complex.Conjugate(b[(j * rank) + k]) / n;
                }
            }
        }

        return a;
    }
}
