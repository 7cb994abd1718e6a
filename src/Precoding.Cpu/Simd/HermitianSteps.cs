using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>Where right-hand sides come from.</summary>
    private interface IColumnSource
    {
        /// <summary>Columns first … first + count − 1 of row <paramref name="row"/>, to[j] and to[Tile.Columns + j].</summary>
        void CopyTo(int realization, int row, int first, int count, T* to);
    }

    /// <summary>Where solutions go.</summary>
    private interface IColumnSink
    {
        void CopyFrom(int realization, int row, int first, int count, T* from);
    }

    /// <summary>Memory for systems of order n with right-hand sides of <paramref name="columns"/> columns each, and <paramref name="extra"/> reals; in scratch.Held.</summary>
    private HermitianSystem<T>* SystemsFor(int count, int n, int columns, nint extra, out T* panels, out T* extraMemory)
    {
        nint size = HermitianSystem<T>.MemorySize(n);
        nint panelsSize = (nint)HermitianSystem<T>.PanelCount(columns) * HermitianSystem<T>.PaddedSize(n) * 2 * Tile<T>.Columns;
        nint headers = ((count * sizeof(HermitianSystem<T>)) + 63) / 64 * 64 / sizeof(T);
        T* memory = scratch.Held<T>(headers + (count * (size + panelsSize)) + extra);
        var systems = (HermitianSystem<T>*)memory;
        for (int i = 0; i < count; i++)
        {
            systems[i] = new HermitianSystem<T>(memory + headers + (i * size), n);
        }

        panels = memory + headers + (count * size);
        extraMemory = panels + (count * panelsSize);
        return systems;
    }

    /// <summary>A_i = L Lᴴ: one part per system when there are enough of them, else forked inside; the same bits either way.</summary>
    private void FactorSystems(HermitianSystem<T>* systems, int count)
    {
        if (count >= pool.ThreadCount)
        {
            pool.Run(count, new FactorJob(systems));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            systems[i].Factor(pool);
        }
    }

    /// <summary>Factors filled systems and solves them.</summary>
    private void SolveSystems<TSource, TSink>(HermitianSystem<T>* systems, int count, T* panels, int columns, TSource source, TSink sink, int* active)
        where TSource : struct, IColumnSource
        where TSink : struct, IColumnSink
    {
        FactorSystems(systems, count);
        int panelCount = HermitianSystem<T>.PanelCount(columns);
        pool.Run(count * panelCount, new SolvePanelJob<TSource, TSink>(systems, panels, panelCount, columns, source, sink, active));
    }

    private readonly struct FactorJob(HermitianSystem<T>* systems) : IJob
    {
        public void Execute(int index, int worker) => systems[index].Factor(null);
    }

    private readonly struct SolvePanelJob<TSource, TSink>(
        HermitianSystem<T>* systems, T* panels, int panelCount, int columns, TSource source, TSink sink, int* active) : IJob
        where TSource : struct, IColumnSource
        where TSink : struct, IColumnSink
    {
        private readonly TSource source = source;
        private readonly TSink sink = sink;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            HermitianSystem<T> system = systems[index / panelCount];
            int realization = active[index / panelCount], first = index % panelCount * Tile<T>.Columns, count = Math.Min(Tile<T>.Columns, columns - first);
            T* panel = panels + (index * system.PanelStride);
            int width = Tile<T>.Columns;
            new Span<T>(panel, (int)system.PanelStride).Clear();
            for (int row = 0; row < system.Size; row++)
            {
                source.CopyTo(realization, row, first, count, panel + ((nint)row * 2 * width));
            }

            system.Forward(panel);
            system.Backward(panel);
            for (int row = 0; row < system.Size; row++)
            {
                sink.CopyFrom(realization, row, first, count, panel + ((nint)row * 2 * width));
            }
        }
    }

    /// <summary>A_i = D G D + shift_i·I, D a real diagonal per realization (null for I).</summary>
    private readonly struct FillSystemsJob(HermitianSystem<T>* systems, Matrices<T> gram, int block, T* diagonals, double* shifts, int* active) : IJob
    {
        private readonly Matrices<T> gram = gram;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int i = index / systems->N, row = index % systems->N, realization = active[i];
            HermitianSystem<T> system = systems[i];
            if (row < system.Size)
            {
                int K = system.Size;
                T* from = gram.Row(realization, block, row), re = system.MatrixRow(row), im = re + system.N;
                if (diagonals is null)
                {
                    Reals<T>.Copy(from, re, K);
                    Reals<T>.Copy(from + K, im, K);
                }
                else
                {
                    T* diagonal = diagonals + ((nint)realization * K);
                    ScaleByDiagonal(from, diagonal, diagonal[row], re, K);
                    ScaleByDiagonal(from + K, diagonal, diagonal[row], im, K);
                }

                re[row] += Narrow(shifts[i]);
                im[row] = T.Zero;
            }

            system.PadRow(row);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void ScaleByDiagonal(T* from, T* diagonal, T common, T* to, int count)
        {
            int w = Vector<T>.Count, j = 0;
            var scale = new Vector<T>(common);
            for (; j <= count - w; j += w)
            {
                (Vector.Load(from + j) * Vector.Load(diagonal + j) * scale).Store(to + j);
            }

            for (; j < count; j++)
            {
                to[j] = from[j] * diagonal[j] * common;
            }
        }
    }

    private readonly struct IdentityColumns : IColumnSource
    {
        public void CopyTo(int realization, int row, int first, int count, T* to)
        {
            if (row >= first && row < first + count)
            {
                to[row - first] = T.One;
            }
        }
    }

    /// <summary>Columns of a matrix, each row scaled when scales are given ([realization·rows + row]).</summary>
    private readonly struct ColumnsOf(Matrices<T> matrices, T* scales) : IColumnSource
    {
        private readonly Matrices<T> matrices = matrices;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void CopyTo(int realization, int row, int first, int count, T* to)
        {
            T* re = matrices.Row(realization, 0, row) + first, im = re + matrices.Columns;
            T scale = scales is null ? T.One : scales[((nint)realization * matrices.Columns) + row];
            Strip<T>.CopyRow(re, scale, to, count);
            Strip<T>.CopyRow(im, scale, to + Tile<T>.Columns, count);
        }
    }

    /// <summary>Solutions to block 0, each row scaled when scales are given.</summary>
    private readonly struct FirstBlockOf(Matrices<T> matrices, T* scales = null) : IColumnSink
    {
        private readonly Matrices<T> matrices = matrices;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void CopyFrom(int realization, int row, int first, int count, T* from)
        {
            T* re = matrices.Row(realization, 0, row) + first, im = re + matrices.Columns;
            T scale = scales is null ? T.One : scales[((nint)realization * matrices.Columns) + row];
            Strip<T>.CopyRow(from, scale, re, count);
            Strip<T>.CopyRow(from + Tile<T>.Columns, scale, im, count);
        }
    }
}
