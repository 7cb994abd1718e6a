using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Benchmarks.Kernels;

/// <summary>A_i = L Lᴴ and A_i X_i = B_i for some Hermitian systems of order n with n right-hand sides each. Theirs: a copy, potrf, potrs, one system after another.</summary>
internal static class CholeskySolve
{
    public static IOperation Create(Precision precision, int n, int count, int threadCount) => precision == Precision.Single
        ? new CholeskySolve<float>(n, count, threadCount)
        : new CholeskySolve<double>(n, count, threadCount);

    /// <summary>4n³/3 for a factorization, 4n² for a substitution on one right-hand side.</summary>
    public static double Flops(int n, int count) => count * ((4.0 / 3) + 8) * n * n * n;
}

/// <inheritdoc cref="CholeskySolve"/>
internal sealed unsafe class CholeskySolve<T> : IOperation
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int n, count, threadCount;
    private readonly WorkerPool pool;
    private readonly SimdTensor<T> a, b, x;
    private readonly Interleaved<T> peerA, peerB, peerFactor, peerX;
    private T* memory;
    private HermitianSystem<T>* systems;

    public CholeskySolve(int n, int count, int threadCount)
    {
        (this.n, this.count, this.threadCount) = (n, count, threadCount);
        pool = new WorkerPool(threadCount);
        a = new SimdTensor<T>("a", ElementKind.Complex, [count, n, n]);
        b = new SimdTensor<T>("b", ElementKind.Complex, [count, n, n]);
        x = new SimdTensor<T>("x", ElementKind.Complex, [count, n, n]);
        (peerA, peerB) = (new Interleaved<T>(count * n * n), new Interleaved<T>(count * n * n));
        (peerFactor, peerX) = (new Interleaved<T>(count * n * n), new Interleaved<T>(count * n * n));
        nint size = HermitianSystem<T>.MemorySize(n);
        memory = (T*)NativeMemory.AlignedAlloc((nuint)(count * (size + PanelsSize) * sizeof(T)), 64);
        systems = (HermitianSystem<T>*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(HermitianSystem<T>));
        for (int i = 0; i < count; i++)
        {
            systems[i] = new HermitianSystem<T>(memory + (i * size), n);
        }

        Complex[] valuesA = [.. Enumerable.Range(0, count).SelectMany(i => Numbers.PositiveDefinite(n, seed: i))], valuesB = Numbers.Random(count * n * n, seed: -1);
        a.Write(valuesA);
        b.Write(valuesB);
        peerA.Write(Transposed(valuesA)); // columns are contiguous there
        peerB.Write(Transposed(valuesB));
    }

    public double? Flops => CholeskySolve.Flops(n, count);

    private nint PanelsSize => (nint)HermitianSystem<T>.PanelCount(n) * HermitianSystem<T>.PaddedSize(n) * 2 * Tile<T>.Columns;

    public void Simd()
    {
        pool.Run(count * systems->N, new FillJob(systems, a.Matrices()));
        if (count >= threadCount)
        {
            pool.Run(count, new FactorJob(systems));
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                systems[i].Factor(pool);
            }
        }

        int panelCount = HermitianSystem<T>.PanelCount(n);
        T* panels = memory + (count * HermitianSystem<T>.MemorySize(n));
        pool.Run(count * panelCount, new SolveJob(systems, panels, panelCount, b.Matrices(), x.Matrices()));
    }

    public void OpenBlas()
    {
        Peers.OpenBlas.UseThreads(threadCount);
        peerA.CopyTo(peerFactor);
        peerB.CopyTo(peerX);
        for (int i = 0; i < count; i++)
        {
            nint start = 2 * (nint)i * n * n;
            Peers.OpenBlas.FactorAndSolve(n, n, peerFactor.Data + start, peerX.Data + start);
        }
    }

    public double RelativeDifference()
    {
        var values = new Complex[count * n * n];
        x.Read(values);
        Complex[] byColumns = Transposed(values);
        return Numbers.RelativeDifference(byColumns.Select((value, i) => (value, peerX.Read(i))));
    }

    public void Dispose()
    {
        foreach (IDisposable part in (IDisposable[])[a, b, x, peerA, peerB, peerFactor, peerX, pool])
        {
            part.Dispose();
        }

        NativeMemory.AlignedFree(memory);
        NativeMemory.Free(systems);
        memory = null;
        systems = null;
    }

    private Complex[] Transposed(Complex[] values) =>
        [.. from i in Enumerable.Range(0, count) from column in Enumerable.Range(0, n) from row in Enumerable.Range(0, n) select values[(((i * n) + row) * n) + column]];

    private readonly struct FillJob(HermitianSystem<T>* systems, Matrices<T> a) : IJob
    {
        private readonly Matrices<T> a = a;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int i = index / systems->N, row = index % systems->N;
            HermitianSystem<T> system = systems[i];
            if (row < system.Size)
            {
                Reals<T>.Copy(a.Row(i, 0, row), system.MatrixRow(row), system.Size);
                Reals<T>.Copy(a.Row(i, 0, row) + system.Size, system.MatrixRow(row) + system.N, system.Size);
            }

            system.PadRow(row);
        }
    }

    private readonly struct FactorJob(HermitianSystem<T>* systems) : IJob
    {
        public void Execute(int index, int worker) => systems[index].Factor(null);
    }

    private readonly struct SolveJob(HermitianSystem<T>* systems, T* panels, int panelCount, Matrices<T> b, Matrices<T> x) : IJob
    {
        private readonly Matrices<T> b = b, x = x;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int i = index / panelCount, width = Tile<T>.Columns, first = index % panelCount * width;
            HermitianSystem<T> system = systems[i];
            int columns = Math.Min(width, system.Size - first);
            T* panel = panels + (index * system.PanelStride);
            new Span<T>(panel, (int)system.PanelStride).Clear();
            for (int row = 0; row < system.Size; row++)
            {
                T* from = b.Row(i, 0, row) + first, to = panel + ((nint)row * 2 * width);
                Reals<T>.Copy(from, to, columns);
                Reals<T>.Copy(from + system.Size, to + width, columns);
            }

            system.Forward(panel);
            system.Backward(panel);
            for (int row = 0; row < system.Size; row++)
            {
                T* to = x.Row(i, 0, row) + first, from = panel + ((nint)row * 2 * width);
                Reals<T>.Copy(from, to, columns);
                Reals<T>.Copy(from + width, to + system.Size, columns);
            }
        }
    }
}
