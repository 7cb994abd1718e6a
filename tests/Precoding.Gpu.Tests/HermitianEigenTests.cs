using System.Numerics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Gpu.Tests;

/// <summary>The kernel hermitianEigen by itself: A = U diag(e) Uᴴ of the marked matrices of a batch.</summary>
public sealed class HermitianEigenTests
{
    private const int Count = 3;
    private const int Unmarked = 1;

    /// <param name="n">Order.</param>
    /// <param name="rank">Rank: A = B Bᴴ with so many columns in B.</param>
    /// <param name="size">Of B's entries.</param>
    /// <param name="precision">Of the engine; the kernel is to be in double in both.</param>
    [TestCase(1, 1, 1.0, Precision.Double)]
    [TestCase(2, 2, 1.0, Precision.Double)]
    [TestCase(7, 7, 1.0, Precision.Single)]
    [TestCase(16, 5, 1e-90, Precision.Double)]
    [TestCase(33, 20, 1e90, Precision.Single)]
    [TestCase(6, 0, 1.0, Precision.Double)]
    public void MarkedMatricesAreDecomposed(int n, int rank, double size, Precision precision)
    {
        Complex[] normals = RandomProblem.Normals(Count * n * Math.Max(1, rank), seed: 7), matrices = new Complex[Count * n * n];
        for (int at = 0; at < matrices.Length; at++)
        {
            (int b, int i, int j) = (at / (n * n), at / n % n, at % n);
            for (int k = 0; k < rank; k++)
            {
                matrices[at] += size * normals[(((b * n) + i) * rank) + k] * Complex.Conjugate(size * normals[(((b * n) + j) * rank) + k]);
            }
        }

        (Complex[] vectors, double[] values) = Decompose(matrices, n, precision);
        Assert.Multiple(() =>
        {
            for (int b = 0; b < Count; b++)
            {
                Complex[] U = vectors[(b * n * n)..((b + 1) * n * n)];
                double[] e = values[(b * n)..((b + 1) * n)];
                if (b == Unmarked)
                {
                    Assert.That(U, Has.All.EqualTo(Complex.Zero));
                    continue;
                }

                double largest = e.Max(), allowed = 40 * n * 2.2e-16;
                Assert.That(e.Count(value => value > 4 * n * 2.2e-16 * largest), Is.EqualTo(Math.Min(n, rank)), "rank");
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        Complex restored = Enumerable.Range(0, n).Aggregate(Complex.Zero, (sum, k) => sum + (e[k] * U[(k * n) + i] * Complex.Conjugate(U[(k * n) + j])));
                        Complex product = Enumerable.Range(0, n).Aggregate(Complex.Zero, (sum, k) => sum + (Complex.Conjugate(U[(i * n) + k]) * U[(j * n) + k]));
                        Assert.That((restored - matrices[(((b * n) + i) * n) + j]).Magnitude, Is.LessThanOrEqualTo(allowed * largest), $"A[{i},{j}]");
                        Assert.That((product - (i == j ? 1 : 0)).Magnitude, Is.LessThan(allowed), $"UᴴU[{i},{j}]");
                    }
                }
            }
        });
    }

    [Test]
    public void WhatIsNotFiniteSaysSo()
    {
        var matrices = new Complex[Count * 9];
        matrices[4] = double.NaN;
        (Complex[] vectors, double[] values) = Decompose(matrices, 3, Precision.Double);
        Assert.Multiple(() =>
        {
            Assert.That(values[..3], Has.All.NaN);
            Assert.That(vectors[..9].Select(v => v.Real), Has.All.NaN);
            Assert.That(values[6..], Has.All.Zero);
        });
    }

    /// <summary>All but <see cref="Unmarked"/>.</summary>
    private static (Complex[] Vectors, double[] Values) Decompose(Complex[] matrices, int n, Precision precision)
    {
        var handles = new List<nint>();
        GpuDescription description = OpenClDevice.Search(Interop.OpenCl.OpenClNative.Library, Interop.OpenCl.OpenClNative.FileNames, handles).Devices[0];
        using var backend = new OpenClBackend(handles[0], description);
        using var library = new KernelLibrary(backend, precision, LaunchShapes.For(description), cache: null);
        using LoadedKernel kernel = library.Create("hermitianEigen");
        using IDeviceQueue queue = backend.CreateQueue();
        using IDeviceMemory a = backend.Allocate(matrices.Length * 16L), u = backend.Allocate(matrices.Length * 16L), e = backend.Allocate(Count * n * 8L);
        using IDeviceMemory turns = backend.Allocate(Count * ((n + 1) / 2) * 32L), marked = backend.Allocate(Count * sizeof(int));
        queue.Clear(u);
        queue.Clear(e);
        queue.Write(a, 0, MemoryMarshal.AsBytes<Complex>(matrices));
        queue.Write(marked, 0, MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, Count).Select(b => b == Unmarked ? 0 : 1)]));
        kernel.Launch(
            queue, new Groups(1, 1, Count),
            [n, .. new[] { a, u, e, turns }.Select(memory => KernelArgument.Of(memory, ParameterType.DoubleMemory)), KernelArgument.Of(marked, ParameterType.IntMemory)]);
        var vectors = new Complex[matrices.Length];
        var values = new double[Count * n];
        queue.Read(u, 0, MemoryMarshal.AsBytes(vectors.AsSpan()));
        queue.Read(e, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return (vectors, values);
    }
}
