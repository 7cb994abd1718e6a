using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>Where right-hand sides come from.</summary>
    private interface IColumnSource
    {
        /// <summary>Columns first … first + count − 1 of row <paramref name="row"/>, to[j] and to[Tile.Columns + j], all of them written.</summary>
        void CopyTo(int realization, int row, int first, int count, T* to);
    }

    /// <summary>Where solutions go.</summary>
    private interface IColumnSink
    {
        void CopyFrom(int realization, int row, int first, int count, T* from);
    }

    /// <summary>
    /// Systems up to this order are solved a realization a lane. Lanes and tiles round differently, so the order decides, never how many realizations
    /// there are. A group takes as long as one realization alone, which bounds the order: at 12, one alone takes at most 1.3 times what tiles take and a
    /// full group a fifth to a quarter; at 16 it would be 2.4 times (measured, 512-bit vectors, single precision).
    /// </summary>
    private const int LargestOrderOnLanes = 12;

    /// <summary>‖L⁻¹B‖², ‖X‖² and ‖L⁻¹X‖², which <see cref="SolveSystems"/> returns when asked.</summary>
    private const int SolutionSums = 3;

    /// <summary>Memory for systems of order n with right-hand sides of n columns each, and <paramref name="extra"/> reals; in scratch.Held.</summary>
    private SystemsMemory SystemsFor(int count, int n, nint extra, out T* extraMemory)
    {
        if (n <= LargestOrderOnLanes)
        {
            extraMemory = scratch.Held<T>(extra);
            return default; // lanes work in the memory of the worker
        }

        nint size = HermitianSystem<T>.MemorySize(n);
        nint panelsSize = (nint)HermitianSystem<T>.PanelCount(n) * HermitianSystem<T>.PaddedSize(n) * 2 * Tile<T>.Columns;
        nint headers = ((count * sizeof(HermitianSystem<T>)) + 63) / 64 * 64 / sizeof(T);
        T* memory = scratch.Held<T>(headers + (count * (size + panelsSize)) + extra);
        var systems = (HermitianSystem<T>*)memory;
        for (int i = 0; i < count; i++)
        {
            systems[i] = new HermitianSystem<T>(memory + headers + (i * size), n);
        }

        T* panels = memory + headers + (count * size);
        extraMemory = panels + (count * panelsSize);
        return new SystemsMemory(systems, panels);
    }

    /// <summary>Bytes of <see cref="SystemsFor"/> or of the lanes for one realization among many.</summary>
    private static long SystemBytes(int n) => sizeof(T) * (n <= LargestOrderOnLanes
        ? (HermitianSystemLanes<T>.MemorySize(n) + HermitianSystemLanes<T>.PanelSize(n)) / HermitianSystemLanes<T>.Lanes
        : HermitianSystem<T>.MemorySize(n) + (HermitianSystem<T>.PanelCount(n) * 2L * HermitianSystem<T>.PaddedSize(n) * Tile<T>.Columns));

    /// <summary>A_i X_i = B_i for the realizations of a list.</summary>
    /// <param name="memory">From <see cref="SystemsFor"/>, for at least so many.</param>
    /// <param name="sums">[i][panel][<see cref="SolutionSums"/>], written when not null; not a number where A_i has a pivot that is not positive.</param>
    /// <param name="between">What happens to L⁻¹B, where L⁻ᴴ diag(α) L⁻¹B is to be solved for instead.</param>
    private void SolveSystems<TSource, TSink>(
        SystemsMemory memory, int count, ShiftedGram matrices, TSource source, TSink sink, int* active, double* sums = null, RowWeights between = default)
        where TSource : struct, IColumnSource
        where TSink : struct, IColumnSink
    {
        int n = matrices.Order, panelCount = HermitianSystem<T>.PanelCount(n);
        if (n <= LargestOrderOnLanes)
        {
            T* lanes = scratch.PerWorker<T>(SolveLanesJob<TSource, TSink>.MemorySize(n), out nint stride);
            int groups = (count + HermitianSystemLanes<T>.Lanes - 1) / HermitianSystemLanes<T>.Lanes;
            pool.Run(groups, new SolveLanesJob<TSource, TSink>(lanes, stride, count, matrices, source, sink, sums, active, between));
            return;
        }

        HermitianSystem<T>* systems = memory.Systems;
        pool.Run(count * systems->N, new FillSystemsJob(systems, matrices, active));
        FactorSystems(systems, count);
        pool.Run(count * panelCount, new SolvePanelJob<TSource, TSink>(systems, memory.Panels, panelCount, source, sink, sums, active, between));
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

    /// <summary>Systems on tiles and their panels of right-hand sides.</summary>
    private readonly struct SystemsMemory(HermitianSystem<T>* systems, T* panels)
    {
        public readonly HermitianSystem<T>* Systems = systems;
        public readonly T* Panels = panels;
    }

    private readonly struct FactorJob(HermitianSystem<T>* systems) : IJob
    {
        public void Execute(int index, int worker) => systems[index].Factor(null);
    }

    /// <summary>One panel of right-hand sides of one realization.</summary>
    private readonly struct SolvePanelJob<TSource, TSink>(
        HermitianSystem<T>* systems, T* panels, int panelCount, TSource source, TSink sink, double* sums, int* active, RowWeights between) : IJob
        where TSource : struct, IColumnSource
        where TSink : struct, IColumnSink
    {
        private readonly TSource source = source;
        private readonly TSink sink = sink;
        private readonly RowWeights between = between;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            HermitianSystem<T> system = systems[index / panelCount];
            int realization = active[index / panelCount], first = index % panelCount * Tile<T>.Columns, count = Math.Min(Tile<T>.Columns, system.Size - first);
            T* panel = panels + (index * system.PanelStride);
            int width = Tile<T>.Columns;
            nint used = (nint)system.Size * 2 * width;
            double* own = sums + ((nint)index * SolutionSums);
            new Span<T>(panel, (int)system.PanelStride).Clear();
            for (int row = 0; row < system.Size; row++)
            {
                source.CopyTo(realization, row, first, count, panel + ((nint)row * 2 * width));
            }

            system.Forward(panel);
            if (sums is not null)
            {
                own[0] = system.IsBroken ? double.NaN : Reals<T>.SquaredNorm(panel, used);
            }

            for (int row = 0; row < system.Size && between.IsAsked; row++)
            {
                T* values = panel + ((nint)row * 2 * width);
                if (row >= first && row < first + count)
                {
                    between.Reciprocal(realization, row, system.IsBroken ? T.NaN : values[row - first]);
                }

                Reals<T>.Scale(values, between.Weights[row], values, 2 * width);
            }

            system.Backward(panel);
            for (int row = 0; row < system.Size; row++)
            {
                sink.CopyFrom(realization, row, first, count, panel + ((nint)row * 2 * width));
            }

            if (sums is not null)
            {
                own[1] = Reals<T>.SquaredNorm(panel, used);
                system.Forward(panel);
                own[2] = Reals<T>.SquaredNorm(panel, used);
            }
        }
    }

    /// <summary>The systems of one group of lanes.</summary>
    private readonly struct SolveLanesJob<TSource, TSink>(
        T* memory, nint stride, int realizations, ShiftedGram matrices, TSource source, TSink sink, double* sums, int* active, RowWeights between) : IJob
        where TSource : struct, IColumnSource
        where TSink : struct, IColumnSink
    {
        private readonly ShiftedGram matrices = matrices;
        private readonly TSource source = source;
        private readonly TSink sink = sink;
        private readonly RowWeights between = between;

        public static nint MemorySize(int n) => HermitianSystemLanes<T>.MemorySize(n) + HermitianSystemLanes<T>.PanelSize(n) + RowsSize(n);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int n = matrices.Order, begin = index * HermitianSystemLanes<T>.Lanes, count = Math.Min(HermitianSystemLanes<T>.Lanes, realizations - begin);
            T* own = memory + (worker * stride), panel = own + HermitianSystemLanes<T>.MemorySize(n), rows = panel + HermitianSystemLanes<T>.PanelSize(n);
            var system = new HermitianSystemLanes<T>(own, n);
            new Span<T>(rows, RowsSize(n)).Clear();
            for (int row = 0; row < n; row++)
            {
                for (int lane = 0; lane < count; lane++)
                {
                    T* to = rows + (lane * 2 * n);
                    matrices.CopyRow(begin + lane, active[begin + lane], row, to, to + n);
                }

                system.FillRow(row, rows, count);
            }

            system.Factor();
            new Span<T>(rows, RowsSize(n)).Clear();
            int width = Tile<T>.Columns, panelCount = HermitianSystem<T>.PanelCount(n);
            for (int part = 0; part < panelCount; part++)
            {
                double* ofPart = sums + ((((nint)begin * panelCount) + part) * SolutionSums);
                SolvePanel(system, panel, rows, active + begin, count, part * width, Math.Min(width, n - (part * width)), ofPart, panelCount * SolutionSums);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void SolvePanel(
            HermitianSystemLanes<T> system, T* panel, T* rows, int* group, int count, int first, int columns, double* ofPart, int sumsStride)
        {
            int stride = 2 * Tile<T>.Columns;
            for (int row = 0; row < system.Size; row++)
            {
                for (int lane = 0; lane < count; lane++)
                {
                    source.CopyTo(group[lane], row, first, columns, rows + (lane * stride));
                }

                system.LoadRow(panel, row, rows, columns, count);
            }

            system.Forward(panel, columns);
            if (sums is not null)
            {
                system.SquaredNorms(panel, columns, ofPart, sumsStride, count);
                for (int lane = 0; lane < count; lane++)
                {
                    ofPart[lane * sumsStride] = system.IsBroken(lane) ? double.NaN : ofPart[lane * sumsStride];
                }
            }

            for (int row = 0; row < system.Size && between.IsAsked; row++)
            {
                for (int lane = 0; lane < count && row >= first && row < first + columns; lane++)
                {
                    between.Reciprocal(group[lane], row, system.IsBroken(lane) ? T.NaN : system.RealOf(panel, row, row - first, lane));
                }

                system.ScaleRow(panel, row, between.Weights[row], columns);
            }

            system.Backward(panel, columns);
            for (int row = 0; row < system.Size; row++)
            {
                system.StoreRow(panel, row, rows, columns, count);
                for (int lane = 0; lane < count; lane++)
                {
                    sink.CopyFrom(group[lane], row, first, columns, rows + (lane * stride));
                }
            }

            if (sums is not null)
            {
                system.SquaredNorms(panel, columns, ofPart + 1, sumsStride, count);
                system.Forward(panel, columns);
                system.SquaredNorms(panel, columns, ofPart + 2, sumsStride, count);
            }
        }

        /// <summary>A row of every lane, of a matrix or of a panel.</summary>
        private static int RowsSize(int n) => HermitianSystemLanes<T>.Lanes * 2 * Math.Max(n, Tile<T>.Columns);
    }

    /// <summary>diag(α) between the two substitutions, and, for B = I, the diagonal of L⁻¹ before it.</summary>
    /// <param name="weights">α, [row].</param>
    /// <param name="reciprocals">1/L_kk, [realization, row], written; not a number where a pivot is not positive.</param>
    private readonly struct RowWeights(T* weights, double* reciprocals)
    {
        public readonly T* Weights = weights;

        public bool IsAsked => Weights is not null;

        public void Reciprocal(int realization, int row, T value) => reciprocals[((nint)realization * Order) + row] = Wide(value);

        public int Order { get; init; }
    }

    /// <summary>A_i = D G D + shift_i·I of realization i of a list, D a real diagonal per realization (null for I).</summary>
    private readonly struct ShiftedGram(Matrices<T> gram, int block, T* diagonals, double* shifts)
    {
        private readonly Matrices<T> gram = gram;

        public int Order => gram.Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void CopyRow(int i, int realization, int row, T* re, T* im)
        {
            int K = gram.Columns;
            T* from = gram.Row(realization, block, row);
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

    private readonly struct FillSystemsJob(HermitianSystem<T>* systems, ShiftedGram matrices, int* active) : IJob
    {
        private readonly ShiftedGram matrices = matrices;

        public void Execute(int index, int worker)
        {
            int i = index / systems->N, row = index % systems->N;
            HermitianSystem<T> system = systems[i];
            if (row < system.Size)
            {
                matrices.CopyRow(i, active[i], row, system.MatrixRow(row), system.MatrixRow(row) + system.N);
            }

            system.PadRow(row);
        }
    }

    private readonly struct IdentityColumns : IColumnSource
    {
        public void CopyTo(int realization, int row, int first, int count, T* to)
        {
            new Span<T>(to, count).Clear();
            new Span<T>(to + Tile<T>.Columns, count).Clear();
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
