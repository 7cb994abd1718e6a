using System.Numerics;
using System.Runtime.InteropServices;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Benchmarks.Kernels;

/// <summary>G_l = H_lᴴ H_l for L blocks of n users and k antennas. Ours writes both triangles, theirs (cherk, zherk) the lower one.</summary>
internal static class GramProduct
{
    public static IOperation Create(Precision precision, int n, int k, int blocks, int threadCount) => precision == Precision.Single
        ? new GramProduct<float>(n, k, blocks, threadCount)
        : new GramProduct<double>(n, k, blocks, threadCount);
}

/// <inheritdoc cref="GramProduct"/>
internal sealed unsafe class GramProduct<T> : IOperation
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int n, k, blocks, threadCount;
    private readonly WorkerPool pool;
    private readonly Scratch scratch;
    private readonly SimdTensor<T> h, gram;
    private readonly Interleaved<T> peerH, peerGram;
    private readonly Product<T> product;
    private int* active;

    public GramProduct(int n, int k, int blocks, int threadCount)
    {
        (this.n, this.k, this.blocks, this.threadCount) = (n, k, blocks, threadCount);
        pool = new WorkerPool(threadCount);
        scratch = new Scratch(threadCount);
        h = new SimdTensor<T>("h", ElementKind.Complex, [1, blocks, n, k]);
        gram = new SimdTensor<T>("gram", ElementKind.Complex, [1, blocks, n, n]);
        (peerH, peerGram) = (new Interleaved<T>(blocks * n * k), new Interleaved<T>(blocks * n * n));
        product = new Product<T>
        {
            A = h.Matrices(), ReadA = Read.Conjugate, B = h.Matrices(), ReadB = Read.Transpose, C = gram.Matrices(), Rows = n, Columns = n, Inner = k, Blocks = blocks, Hermitian = true,
        };
        active = (int*)NativeMemory.AllocZeroed(sizeof(int));
        Complex[] values = Numbers.Random(blocks * n * k, seed: 1);
        h.Write(values);
        peerH.Write(values);
    }

    public double? Flops => 4.0 * blocks * n * n * k;

    public void Simd() => product.Run(pool, scratch, active, 1);

    public void OpenBlas()
    {
        Peers.OpenBlas.UseThreads(threadCount);
        for (int l = 0; l < blocks; l++)
        {
            Peers.OpenBlas.MultiplyByAdjoint(n, k, peerH.Data + (2 * (nint)l * n * k), peerGram.Data + (2 * (nint)l * n * n));
        }
    }

    public double RelativeDifference()
    {
        var values = new Complex[blocks * n * n];
        gram.Read(values);
        return Numbers.RelativeDifference(
            from l in Enumerable.Range(0, blocks)
            from i in Enumerable.Range(0, n)
            from j in Enumerable.Range(0, i + 1)
            let at = (((l * n) + i) * n) + j
            select (values[at], Complex.Conjugate(peerGram.Read(at)))); // rows of H hold h_kᵀ, so A Aᴴ is conj(G)
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[h, gram, peerH, peerGram, pool, scratch])
        {
            part.Dispose();
        }

        NativeMemory.Free(active);
        active = null;
    }
}
