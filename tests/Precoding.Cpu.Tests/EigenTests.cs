using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>A = U diag(e) Uᴴ, a matrix a lane and one matrix by blocks: ‖AU − U diag(e)‖, ‖UᴴU − I‖, and e against Jacobi's in double precision.</summary>
internal sealed unsafe class EigenTests
{
    /// <summary>Spectra that are easy, and those on which such programs have failed.</summary>
    public enum Spectrum
    {
        Random,
        Gram,
        RankDeficientGram,
        GradedGram,
        Graded,
        Clustered,
        Repeated,
        Diagonal,
        Zero,
        Path,
    }

    private static readonly int[] Orders = [1, 2, 3, 5, 8, 16, 24, 31, 33, 64, 96, 97, 128, 200, 256];
    private static readonly int[] LaneOrders = [1, 2, 3, 5, 8, 16, 24, 31, 33, 64, 96, 97];

    [Test]
    public void OneMatrix_IsDecomposed_Single([ValueSource(nameof(Orders))] int n, [Values] Spectrum spectrum) => OneMatrixIsDecomposed<float>(n, spectrum);

    [Test]
    public void OneMatrix_IsDecomposed_Double([ValueSource(nameof(Orders))] int n, [Values] Spectrum spectrum) => OneMatrixIsDecomposed<double>(n, spectrum);

    [Test]
    public void AMatrixALane_IsDecomposed_Single([ValueSource(nameof(LaneOrders))] int n, [Values] Spectrum spectrum) => AMatrixALaneIsDecomposed<float>(n, spectrum);

    [Test]
    public void AMatrixALane_IsDecomposed_Double([ValueSource(nameof(LaneOrders))] int n, [Values] Spectrum spectrum) => AMatrixALaneIsDecomposed<double>(n, spectrum);

    [Test]
    public void AMatrixAlone_EqualsItselfAmongOthers_Single([Values(1, 3, 24, 33)] int n) => AMatrixAloneEqualsItselfAmongOthers<float>(n);

    [Test]
    public void AMatrixAlone_EqualsItselfAmongOthers_Double([Values(1, 3, 24, 33)] int n) => AMatrixAloneEqualsItselfAmongOthers<double>(n);

    [Test]
    public void ThreadCount_ChangesNothing_Single([Values(130, 256)] int n) => ThreadCountChangesNothing<float>(n);

    [Test]
    public void ThreadCount_ChangesNothing_Double([Values(130, 256)] int n) => ThreadCountChangesNothing<double>(n);

    [Test]
    public void PowersOfTwo_ChangeNothingButTheEigenvalues([Values(2, 24, 65)] int n, [Values(-90, 90)] int exponent)
    {
        Complex[] a = Matrix(n, Spectrum.Random, 3);
        Complex[] scaled = [.. a.Select(x => new Complex(Math.ScaleB(x.Real, exponent), Math.ScaleB(x.Imaginary, exponent)))];
        Decomposition<float> whole = Decompose<float>(n, a, null), wholeScaled = Decompose<float>(n, scaled, null);
        Decomposition<float>[] lanes = DecomposeLanes<float>(n, [a, scaled], 1);
        Assert.Multiple(() =>
        {
            Assert.That(wholeScaled.Vectors, Is.EqualTo(whole.Vectors));
            Assert.That(wholeScaled.Values, Is.EqualTo(whole.Values.Select(x => MathF.ScaleB(x, exponent))));
            Assert.That(lanes[1].Vectors, Is.EqualTo(lanes[0].Vectors));
            Assert.That(lanes[1].Values, Is.EqualTo(lanes[0].Values.Select(x => MathF.ScaleB(x, exponent))));
        });
    }

    [Test]
    public void WhatIsNoFiniteNumber_IsReported_AndTouchesNoOtherMatrix([Values(1, 2, 24, 40)] int n, [Values(double.NaN, double.PositiveInfinity)] double value)
    {
        Complex[] sound = Matrix(n, Spectrum.Random, 1), broken = Matrix(n, Spectrum.Random, 2);
        broken[n * (n - 1)] = value;
        Decomposition<double>[] lanes = DecomposeLanes<double>(n, [sound, broken, sound], 1);
        Assert.Multiple(() =>
        {
            Assert.That(Decompose<double>(n, broken, null).Values, Is.All.NaN);
            Assert.That(lanes[1].Values, Is.All.NaN);
            Assert.That(lanes[1].Vectors, Is.All.NaN);
            Assert.That(lanes[2].Vectors, Is.EqualTo(lanes[0].Vectors));
            Assert.That(lanes[0].Vectors, Is.EqualTo(DecomposeLanes<double>(n, [sound], 1)[0].Vectors));
        });
    }

    [Test]
    public void Decomposing_AllocatesNothing()
    {
        const int n = 150;
        Complex[] a = Matrix(n, Spectrum.Random, 1);
        using var pool = new WorkerPool(2);
        using var scratch = new Scratch(2);
        double* memory = scratch.Shared<double>((HermitianEigen<double>.MemorySize(n) / sizeof(double)) + 1);
        double[] values = new double[n], vectors = new double[2 * n * n];
        fixed (double* e = values, u = vectors)
        {
            var eigen = new HermitianEigen<double>(memory, n);
            long before = 0;
            for (int round = 0; round < 3; round++)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < n * n; i++)
                {
                    eigen.MatrixRow(i / n)[i % n] = a[i].Real;
                    eigen.MatrixRow(i / n)[eigen.N + (i % n)] = a[i].Imaginary;
                }

                eigen.Decompose(pool, e, new Planes<double>(u, u + n, 2 * n));
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        }
    }

    /// <param name="Vectors">[eigenvector][re | im].</param>
    private sealed record Decomposition<T>(T[] Values, T[] Vectors);

    private static void OneMatrixIsDecomposed<T>(int n, Spectrum spectrum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[] a = Matrix(n, spectrum, n);
        Check(n, Rounded<T>(a), Decompose<T>(n, a, null));
    }

    private static void AMatrixALaneIsDecomposed<T>(int n, Spectrum spectrum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // a group and one more of small ones, two of large ones
        Complex[][] matrices = [.. Enumerable.Range(0, n < 32 ? HermitianEigenLanes<T>.Lanes + 1 : 2).Select(i => Matrix(n, spectrum, i))];
        Decomposition<T>[] all = DecomposeLanes<T>(n, matrices, 1);
        for (int i = 0; i < matrices.Length; i++)
        {
            Check(n, Rounded<T>(matrices[i]), all[i]);
        }
    }

    private static void AMatrixAloneEqualsItselfAmongOthers<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[][] matrices = [.. Enum.GetValues<Spectrum>().SelectMany(spectrum => Enumerable.Range(0, 3).Select(seed => Matrix(n, spectrum, seed)))];
        Decomposition<T>[] together = DecomposeLanes<T>(n, matrices, 1), threads = DecomposeLanes<T>(n, matrices, 3);
        for (int i = 0; i < matrices.Length; i++)
        {
            Decomposition<T> alone = DecomposeLanes<T>(n, [matrices[i]], 1)[0];
            AssertSameBits(together[i], alone);
            AssertSameBits(threads[i], alone);
        }
    }

    private static void ThreadCountChangesNothing<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[] a = Matrix(n, Spectrum.Gram, 4);
        using var pool = new WorkerPool(3);
        AssertSameBits(Decompose<T>(n, a, pool), Decompose<T>(n, a, null));
    }

    /// <summary>Zeros of either sign differ here.</summary>
    private static void AssertSameBits<T>(Decomposition<T> got, Decomposition<T> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.That(Bits(got.Values).SequenceEqual(Bits(expected.Values)) && Bits(got.Vectors).SequenceEqual(Bits(expected.Vectors)));

        static byte[] Bits(T[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    /// <summary>
    /// Householder's reduction, QL and divide and conquer are backward stable: errors of ε‖A‖ from each of some n orthogonal transformations, as good as
    /// independent, so that they grow as √n; eigenvalues by Weyl's theorem no more than the residual.
    /// </summary>
    private static void Check<T>(int n, Complex[] a, Decomposition<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[] u = new Complex[n * n]; // row i is eigenvector i
        double[] e = [.. result.Values.Select(double.CreateTruncating)];
        double norm = 0, residual = 0, overlap = 0;
        for (int i = 0; i < n * n; i++)
        {
            u[i] = new Complex(double.CreateTruncating(result.Vectors[(i / n * 2 * n) + (i % n)]), double.CreateTruncating(result.Vectors[(i / n * 2 * n) + n + (i % n)]));
            norm += Square(a[i]);
        }

        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++)
            {
                Complex image = -e[k] * u[(k * n) + i], product = i == k ? -1 : 0;
                for (int j = 0; j < n; j++)
                {
                    image += a[(i * n) + j] * u[(k * n) + j];
                    product += u[(k * n) + j] * Complex.Conjugate(u[(i * n) + j]);
                }

                residual += Square(image);
                overlap += Square(product);
            }
        }

        double tolerance = CpuTesting.ToleranceOf<T>(n);
        Assert.Multiple(() =>
        {
            Assert.That(e, Is.Ordered);
            Assert.That(Math.Sqrt(residual), Is.LessThanOrEqualTo(tolerance * Math.Sqrt(norm)));
            Assert.That(Math.Sqrt(overlap), Is.LessThanOrEqualTo(tolerance * Math.Sqrt(n)));
        });
        if (n <= 64)
        {
            double[] expected = JacobiEigenvalues(n, a);
            double largest = Enumerable.Range(0, n).Max(i => Math.Abs(e[i] - expected[i]));
            Assert.That(largest, Is.LessThanOrEqualTo(tolerance * Math.Sqrt(norm)));
        }
    }

    private static double Square(Complex x) => (x.Real * x.Real) + (x.Imaginary * x.Imaginary);

    private static double[] JacobiEigenvalues(int n, Complex[] a)
    {
        double[] re = [.. a.Select(x => x.Real)], im = [.. a.Select(x => x.Imaginary)], e = new double[n];
        HermitianJacobi.Decompose(n, re, im, new double[n * n], new double[n * n], e);
        return [.. e.Order()];
    }

    private static Complex[] Rounded<T>(Complex[] a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. a.Select(x => new Complex(double.CreateTruncating(T.CreateTruncating(x.Real)), double.CreateTruncating(T.CreateTruncating(x.Imaginary))))];

    private static Decomposition<T> Decompose<T>(int n, Complex[] a, WorkerPool? pool)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new Decomposition<T>(new T[n], new T[2 * n * n]);
        byte[] memory = new byte[HermitianEigen<T>.MemorySize(n) + 64];
        Array.Fill(memory, (byte)0xff); // what is read before it is written is no number
        fixed (byte* start = memory)
        fixed (T* e = result.Values, u = result.Vectors)
        {
            var eigen = new HermitianEigen<T>((void*)(((nint)start + 63) / 64 * 64), n);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    eigen.MatrixRow(i)[j] = T.CreateTruncating(a[(i * n) + j].Real);
                    eigen.MatrixRow(i)[eigen.N + j] = T.CreateTruncating(a[(i * n) + j].Imaginary);
                }
            }

            bool sound = eigen.Decompose(pool, e, new Planes<T>(u, u + n, 2 * n));
            Assert.That(sound, Is.EqualTo(a.All(x => double.IsFinite(x.Real) && double.IsFinite(x.Imaginary))));
        }

        return result;
    }

    private static Decomposition<T>[] DecomposeLanes<T>(int n, Complex[][] matrices, int threadCount)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = matrices.Length, size = 2 * n * n;
        T[] a = new T[count * size], u = new T[count * size], e = new T[count * n];
        int[] active = [.. Enumerable.Range(0, count)];
        for (int r = 0; r < count; r++)
        {
            for (int i = 0; i < n * n; i++)
            {
                a[(r * size) + (i / n * 2 * n) + (i % n)] = T.CreateTruncating(matrices[r][i].Real);
                a[(r * size) + (i / n * 2 * n) + n + (i % n)] = T.CreateTruncating(matrices[r][i].Imaginary);
            }
        }

        using var pool = new WorkerPool(threadCount);
        using var scratch = new Scratch(threadCount);
        fixed (T* aStart = a, uStart = u, eStart = e)
        fixed (int* list = active)
        {
            new HermitianEigenLanes<T>
            {
                A = new Matrices<T>(aStart, size, 0, n), Vectors = new Matrices<T>(uStart, size, 0, n), Values = eStart, Order = n,
            }.Run(pool, scratch, list, count);
        }

        return [.. Enumerable.Range(0, count).Select(r => new Decomposition<T>(e[(r * n)..((r + 1) * n)], u[(r * size)..((r + 1) * size)]))];
    }

    private static Complex[] Matrix(int n, Spectrum spectrum, int seed)
    {
        var a = new Complex[n * n];
        switch (spectrum)
        {
            case Spectrum.Random:
                Complex[] entries = CpuTesting.RandomComplex(40 + seed, n * n);
                Fill((i, j) => entries[(i * n) + j]);
                break;
            case Spectrum.Gram:
                return Gram(n, 2 * n, seed, _ => 1);
            case Spectrum.RankDeficientGram:
                return Gram(n, Math.Max(1, n / 3), seed, _ => 1);
            case Spectrum.GradedGram:
                return Gram(n, 2 * n, seed, i => Math.Pow(10, -6.0 * i / n));
            case Spectrum.Graded:
                return Reflected(n, seed, i => Math.Pow(10, -12.0 * i / Math.Max(1, n - 1)));
            case Spectrum.Clustered:
                return Reflected(n, seed, i => i % 7 == 3 ? 2 : 1 + (1e-9 * i));
            case Spectrum.Repeated:
                return Reflected(n, seed, i => i % 3);
            case Spectrum.Diagonal:
                Fill((i, j) => i == j ? ((7 * i) + seed) % 5 : 0);
                break;
            case Spectrum.Path:
                Fill((i, j) => i == j + 1 ? 1 : 0); // nothing but couplings, eigenvalues 2cos(πi/(n + 1))
                break;
        }

        return a;

        void Fill(Func<int, int, Complex> lower)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    Complex x = lower(i, j);
                    (a[(i * n) + j], a[(j * n) + i]) = i == j ? (x.Real, x.Real) : (x, Complex.Conjugate(x));
                }
            }
        }
    }

    /// <summary>D B Bᴴ D, B n × columns.</summary>
    private static Complex[] Gram(int n, int columns, int seed, Func<int, double> scale)
    {
        Complex[] b = CpuTesting.RandomComplex(60 + seed, n * columns), a = new Complex[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Complex sum = 0;
                for (int k = 0; k < columns; k++)
                {
                    sum += b[(i * columns) + k] * Complex.Conjugate(b[(j * columns) + k]);
                }

                sum *= scale(i) * scale(j);
                (a[(i * n) + j], a[(j * n) + i]) = i == j ? (sum.Real, sum.Real) : (sum, Complex.Conjugate(sum));
            }
        }

        return a;
    }

    /// <summary>H diag(d) H with a reflection H = I − 2 q qᴴ: H[i,:] diag(d) H[:,j] = d_i δ_ij − 2(d_i + d_j − 2 qᴴDq) q_i conj(q_j).</summary>
    private static Complex[] Reflected(int n, int seed, Func<int, double> d)
    {
        Complex[] q = CpuTesting.RandomComplex(80 + seed, n), a = new Complex[n * n];
        double length = Math.Sqrt(q.Sum(Square)), mean = q.Select((x, i) => Square(x) * d(i)).Sum() / (length * length);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Complex x = (i == j ? d(i) : 0) - (2 * (d(i) + d(j) - (2 * mean)) * q[i] * Complex.Conjugate(q[j]) / (length * length));
                (a[(i * n) + j], a[(j * n) + i]) = i == j ? (x.Real, x.Real) : (x, Complex.Conjugate(x));
            }
        }

        return a;
    }
}
