using System.Numerics;
using System.Runtime.InteropServices;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Benchmarks.Kernels;

/// <summary>C[m, n] = A[m, k] B[k, n], complex. Ours on split planes, theirs cgemm or zgemm.</summary>
internal static class ComplexProduct
{
    public static IOperation Create(Precision precision, int m, int n, int k, int threadCount) => precision == Precision.Single
        ? new ComplexProduct<float>(m, n, k, threadCount)
        : new ComplexProduct<double>(m, n, k, threadCount);

    public static double Flops(int m, int n, int k) => 8.0 * m * n * k;
}

/// <inheritdoc cref="ComplexProduct"/>
internal sealed unsafe class ComplexProduct<T> : IOperation
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int m, n, k, threadCount;
    private readonly WorkerPool pool;
    private readonly Scratch scratch;
    private readonly SimdTensor<T> a, b, c;
    private readonly Interleaved<T> peerA, peerB, peerC;
    private readonly Product<T> product;
    private int* active;

    public ComplexProduct(int m, int n, int k, int threadCount)
    {
        (this.m, this.n, this.k, this.threadCount) = (m, n, k, threadCount);
        pool = new WorkerPool(threadCount);
        scratch = new Scratch(threadCount);
        a = new SimdTensor<T>("a", ElementKind.Complex, [1, m, k]);
        b = new SimdTensor<T>("b", ElementKind.Complex, [1, k, n]);
        c = new SimdTensor<T>("c", ElementKind.Complex, [1, m, n]);
        (peerA, peerB, peerC) = (new Interleaved<T>(m * k), new Interleaved<T>(k * n), new Interleaved<T>(m * n));
        product = new Product<T> { A = a.Matrices(), B = b.Matrices(), C = c.Matrices(), Rows = m, Columns = n, Inner = k, Blocks = 1 };
        active = (int*)NativeMemory.AllocZeroed(sizeof(int));
        Complex[] valuesA = Numbers.Random(m * k, seed: 1), valuesB = Numbers.Random(k * n, seed: 2);
        a.Write(valuesA);
        b.Write(valuesB);
        peerA.Write(valuesA);
        peerB.Write(valuesB);
    }

    public double? Flops => ComplexProduct.Flops(m, n, k);

    public void Simd() => product.Run(pool, scratch, active, 1);

    public void OpenBlas()
    {
        Peers.OpenBlas.UseThreads(threadCount);
        Peers.OpenBlas.Multiply(m, n, k, peerA.Data, peerB.Data, peerC.Data);
    }

    public double RelativeDifference()
    {
        var values = new Complex[m * n];
        c.Read(values);
        return Numbers.RelativeDifference(values.Select((value, i) => (value, peerC.Read(i))));
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[a, b, c, peerA, peerB, peerC, pool, scratch])
        {
            part.Dispose();
        }

        NativeMemory.Free(active);
        active = null;
    }
}
