using System.Numerics;
using System.Runtime.InteropServices;
using Precoding.Benchmarks.Peers;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Benchmarks.Kernels;

/// <summary>
/// A_i = U_i diag(e_i) U_iᴴ for some Hermitian matrices of order n. Ours: one matrix by all threads, several a matrix a lane. Theirs: a copy and heevd, one
/// matrix after another.
/// </summary>
internal static class HermitianDecomposition
{
    public static IOperation Create(Precision precision, int n, int count, int threadCount) => precision == Precision.Single
        ? new HermitianDecomposition<float>(n, count, threadCount)
        : new HermitianDecomposition<double>(n, count, threadCount);
}

/// <inheritdoc cref="HermitianDecomposition"/>
internal sealed unsafe class HermitianDecomposition<T> : IOperation
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int n, count, threadCount;
    private readonly WorkerPool pool;
    private readonly Scratch scratch;
    private readonly SimdTensor<T> a, vectors;
    private readonly Interleaved<T> peerA, peerVectors;
    private EigenMemory<T>? peerMemory; // not before it is needed: OpenBLAS may be absent
    private T* values, peerValues;
    private int* active;
    private void* memory;

    public HermitianDecomposition(int n, int count, int threadCount)
    {
        (this.n, this.count, this.threadCount) = (n, count, threadCount);
        pool = new WorkerPool(threadCount);
        scratch = new Scratch(threadCount);
        a = new SimdTensor<T>("a", ElementKind.Complex, [count, n, n]);
        vectors = new SimdTensor<T>("vectors", ElementKind.Complex, [count, n, n]);
        (peerA, peerVectors) = (new Interleaved<T>(count * n * n), new Interleaved<T>(count * n * n));
        values = (T*)NativeMemory.AllocZeroed((nuint)(count * n), (nuint)sizeof(T));
        peerValues = (T*)NativeMemory.AllocZeroed((nuint)(count * n), (nuint)sizeof(T));
        active = (int*)NativeMemory.Alloc((nuint)count, sizeof(int));
        memory = NativeMemory.AlignedAlloc((nuint)HermitianEigen<T>.MemorySize(n), 64);
        for (int i = 0; i < count; i++)
        {
            active[i] = i;
        }

        Complex[] entries = [.. Enumerable.Range(0, count).SelectMany(i => Numbers.PositiveDefinite(n, seed: i))];
        a.Write(entries);
        peerA.Write([.. entries.Select(Complex.Conjugate)]); // columns are contiguous there
    }

    public double? Flops => null;

    public void Simd()
    {
        if (count > 1)
        {
            new HermitianEigenLanes<T> { A = a.Matrices(), Vectors = vectors.Matrices(), Values = values, Order = n }.Run(pool, scratch, active, count);
            return;
        }

        var eigen = new HermitianEigen<T>(memory, n);
        for (int row = 0; row < n; row++)
        {
            T* from = a.Matrices().Row(0, 0, row), to = eigen.MatrixRow(row);
            Reals<T>.Copy(from, to, row + 1);
            Reals<T>.Copy(from + n, to + eigen.N, row + 1);
        }

        eigen.Decompose(pool, values, vectors.Matrices().View(0, 0));
    }

    public void OpenBlas()
    {
        Peers.OpenBlas.UseThreads(threadCount);
        peerMemory ??= new EigenMemory<T>(n);
        peerA.CopyTo(peerVectors);
        for (int i = 0; i < count; i++)
        {
            Peers.OpenBlas.DecomposeHermitian(n, peerVectors.Data + (2 * (nint)i * n * n), peerValues + ((nint)i * n), peerMemory);
        }
    }

    /// <summary>Of the eigenvalues and of U diag(e) Uᴴ together: eigenvectors themselves are free in phase.</summary>
    public double RelativeDifference()
    {
        Complex[] ours = new Complex[count * n * n], theirs = [.. Enumerable.Range(0, count * n * n).Select(peerVectors.Read)];
        vectors.Read(ours); // eigenvectors are contiguous on both sides
        return Numbers.RelativeDifference(
            Eigenvalues(values).Zip(Eigenvalues(peerValues)).Concat(Recomposed(ours, Eigenvalues(values)).Zip(Recomposed(theirs, Eigenvalues(peerValues)))));
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[a, vectors, peerA, peerVectors, scratch, pool])
        {
            part.Dispose();
        }

        peerMemory?.Dispose();
        NativeMemory.Free(values);
        NativeMemory.Free(peerValues);
        NativeMemory.Free(active);
        NativeMemory.AlignedFree(memory);
        values = peerValues = null;
        active = null;
        memory = null;
    }

    private Complex[] Eigenvalues(T* from)
    {
        var result = new Complex[count * n];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = double.CreateTruncating(from[i]);
        }

        return result;
    }

    /// <summary>Σ_k e_k u_k u_kᴴ of every matrix.</summary>
    private Complex[] Recomposed(Complex[] u, Complex[] e)
    {
        var result = new Complex[count * n * n];
        for (int row = 0; row < count * n; row++)
        {
            int i = row / n;
            Span<Complex> to = result.AsSpan(row * n, n);
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<Complex> vector = u.AsSpan(((i * n) + k) * n, n);
                Complex factor = e[(i * n) + k] * vector[row % n];
                for (int column = 0; column < n; column++)
                {
                    to[column] += factor * Complex.Conjugate(vector[column]);
                }
            }
        }

        return result;
    }
}
