using System.Numerics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Gpu.Tests;

/// <summary>The kernels hermitianEigen and hermitianEigenShared by themselves, A = U diag(e) Uᴴ of the marked matrices of a batch, and which of them an engine takes.</summary>
public sealed class HermitianEigenTests
{
    private const int Realizations = 3, Blocks = 2, Count = Realizations * Blocks;
    private const int Unmarked = 3; // realization 1, block 1

    /// <param name="n">Order.</param>
    /// <param name="precision">Of the engine; the kernels are to be in double in both.</param>
    [Test]
    [Combinatorial]
    public void MarkedMatricesAreDecomposed([Values(1, 2, 7, 16, 33, 64)] int n, [Values] Precision precision) => Decompose(n, n, 1, precision);

    /// <param name="n">Order.</param>
    /// <param name="rank">Rank: A = B Bᴴ with so many columns in B.</param>
    /// <param name="size">Of B's entries.</param>
    /// <param name="precision">Of the engine.</param>
    [TestCase(16, 5, 1e-90, Precision.Double)]
    [TestCase(33, 20, 1e90, Precision.Single)]
    [TestCase(6, 0, 1.0, Precision.Double)]
    public void RanksAndSizesDoNotMatter(int n, int rank, double size, Precision precision) => Decompose(n, rank, size, precision);

    [Test]
    public void WhatIsNotFiniteSaysSo([Values] bool isShared)
    {
        var matrices = new Complex[Count * 9];
        matrices[4] = double.NaN;
        matrices[18 + 3] = double.PositiveInfinity;
        (Complex[] vectors, double[] values) = Run(isShared, matrices, 3, Precision.Double);
        Assert.Multiple(() =>
        {
            Assert.That((double[])[.. values[..3], .. values[6..9]], Has.All.NaN);
            Assert.That(((Complex[])[.. vectors[..9], .. vectors[18..27]]).SelectMany(v => (double[])[v.Real, v.Imaginary]), Has.All.NaN);
            Assert.That((double[])[.. values[3..6], .. values[9..]], Has.All.Zero);
        });
    }

    /// <summary>The vectors replace matrices that find room in shared memory; those of the smallest order that does not are elsewhere.</summary>
    [Test]
    public void AnEngineTakesSharedMemoryWhereItSuffices()
    {
        OpenClBackend backend = OpenClTesting.OpenBackend();
        using var device = new GpuDevice(backend.Description, backend, Precision.Double, LaunchShapes.For(backend.Description), cache: null, memoryBudgetBytes: null);
        using var engine = (GpuEngine)device.CreateEngine();
        using var control = new SolveControl(engine, capacity: Realizations, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = Realizations };
        using var marked = (GpuTensor)engine.Create("marked", ElementKind.Integer, Realizations, Blocks);
        Complex[] matrices = RandomHermitian.Create(Count, 5, 5, 1, seed: 9);
        marked.Write([.. Enumerable.Repeat(1, Count)]);
        using (GpuTensor a = Matrices(5), e = Values(5))
        {
            a.Write(MemoryMarshal.Cast<Complex, double>(matrices));
            Assert.That(engine.EigenVectors(5, Blocks, a, e, marked, control), Is.SameAs(a));
            (Complex[] vectors, double[] values) = (new Complex[Count * 25], new double[Count * 5]);
            a.Read(MemoryMarshal.Cast<Complex, double>(vectors.AsSpan()));
            e.Read(values);
            for (int b = 0; b < Count; b++)
            {
                RequireDecomposition(matrices.AsSpan(b * 25, 25), vectors.AsSpan(b * 25, 25), values.AsSpan(b * 5, 5), rank: 5);
            }
        }

        marked.Write(new int[Count]); // only the way is asked for
        int tooLarge = (int)Math.Sqrt(device.SharedBytes / 32.0) + 1;
        using (GpuTensor a = Matrices(tooLarge), e = Values(tooLarge))
        {
            Assert.That(engine.EigenVectors(tooLarge, Blocks, a, e, marked, control), Is.Not.SameAs(a));
        }

        GpuTensor Matrices(int n) => (GpuTensor)engine.Create("a", ElementKind.Control, Realizations, Blocks, n, n, 2);

        GpuTensor Values(int n) => (GpuTensor)engine.Create("e", ElementKind.Control, Realizations, Blocks, n);
    }

    /// <summary>In global memory, against the definition; in shared memory, against that, bit for bit.</summary>
    private static void Decompose(int n, int rank, double size, Precision precision)
    {
        Complex[] matrices = RandomHermitian.Create(Count, n, rank, size, seed: 7);
        (Complex[] vectors, double[] values) = Run(isShared: false, matrices, n, precision);
        (Complex[] sharedVectors, double[] sharedValues) = Run(isShared: true, matrices, n, precision);
        Assert.Multiple(() =>
        {
            Assert.That(sharedValues, Is.EqualTo(values));
            for (int b = 0; b < Count; b++)
            {
                Range matrix = (b * n * n)..((b + 1) * n * n);
                Assert.That(sharedVectors[matrix], Is.EqualTo(b == Unmarked ? matrices[matrix] : vectors[matrix]), $"matrix {b}");
                if (b == Unmarked)
                {
                    Assert.That(vectors[matrix], Has.All.EqualTo(Complex.Zero));
                    Assert.That(values[(b * n)..((b + 1) * n)], Has.All.Zero);
                }
                else
                {
                    RequireDecomposition(matrices[matrix], vectors[matrix], values.AsSpan(b * n, n), rank);
                }
            }
        });
    }

    private static void RequireDecomposition(ReadOnlySpan<Complex> matrix, ReadOnlySpan<Complex> vectors, ReadOnlySpan<double> values, int rank)
    {
        int n = values.Length;
        double[] e = values.ToArray();
        double largest = e.Max(), allowed = 40 * n * 2.2e-16;
        (double residual, double orthogonality) = RandomHermitian.Errors(matrix, vectors, values);
        Assert.That(e.Count(value => value > 4 * n * 2.2e-16 * largest), Is.EqualTo(Math.Min(n, rank)), "rank");
        Assert.That(residual, Is.LessThanOrEqualTo(allowed * largest), "A");
        Assert.That(orthogonality, Is.LessThan(allowed), "UᴴU");
    }

    /// <summary>All but <see cref="Unmarked"/>.</summary>
    private static (Complex[] Vectors, double[] Values) Run(bool isShared, Complex[] matrices, int n, Precision precision)
    {
        using OpenClBackend backend = OpenClTesting.OpenBackend();
        using var library = new KernelLibrary(backend, precision, LaunchShapes.For(backend.Description), cache: null);
        using LoadedKernel kernel = library.Create(isShared ? "hermitianEigenShared" : "hermitianEigen");
        using IDeviceQueue queue = backend.CreateQueue();
        int turns = 4 * ((n + 1) / 2);
        using IDeviceMemory a = backend.Allocate(matrices.Length * 16L), u = backend.Allocate(matrices.Length * 16L), e = backend.Allocate(Count * n * 8L);
        using IDeviceMemory turnMemory = backend.Allocate(Count * turns * 8L), marked = backend.Allocate(Count * sizeof(int));
        queue.Clear(u);
        queue.Clear(e);
        queue.Write(a, 0, MemoryMarshal.AsBytes<Complex>(matrices));
        queue.Write(marked, 0, MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, Count).Select(b => b == Unmarked ? 0 : 1)]));
        KernelArgument A = Doubles(a), marks = KernelArgument.Of(marked, ParameterType.IntMemory);
        kernel.Launch(
            queue, new Groups(1, Blocks, Realizations),
            isShared ? [n, Blocks, A, Doubles(e), marks, KernelArgument.Shared(8 * ((4 * n * n) + n + turns))] : [n, Blocks, A, Doubles(u), Doubles(e), Doubles(turnMemory), marks]);
        var vectors = new Complex[matrices.Length];
        var values = new double[Count * n];
        queue.Read(isShared ? a : u, 0, MemoryMarshal.AsBytes(vectors.AsSpan()));
        queue.Read(e, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return (vectors, values);

        static KernelArgument Doubles(IDeviceMemory memory) => KernelArgument.Of(memory, ParameterType.DoubleMemory);
    }
}
