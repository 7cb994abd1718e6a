using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

/// <summary>
/// T = Z diag(λ) Zᵀ of one real symmetric tridiagonal matrix by divide and conquer [CUPPEN81; GVL 8.4]. Leaves go to
/// <see cref="TridiagonalLanes{T}"/>, a leaf a lane; then neighbours are joined: with β = T[c − 1, c], T = diag(T₁, T₂) + |β| u uᵀ, u = e_{c−1} + sign(β) e_c, which in the basis of the halves' eigenvectors is a
/// <see cref="SecularEquation"/>; what is negligible there is deflated before, and a product with its vectors ends the join. Numbers are expected near
/// 1: the caller scales. Who runs a part does not matter.
/// </summary>
internal readonly unsafe struct TridiagonalDivide<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Larger leaves cost more in QL than a level of joins does.</summary>
    private const int LargestLeaf = 24;

    /// <summary>Room of a secular equation beyond its order.</summary>
    private const int Slack = 2 * SecularEquation.Block;

    private const int DoubleColumns = 5, IntegerColumns = 4;

    private readonly int n, levels, leafOrder;
    private readonly nint stride, column;
    private readonly T* vectors;       // twice n rows: those of side 0, then of side 1; a level of joins goes from one side to the other and ends on 0
    private readonly T* panels;        // packed eigenvectors of the halves; a join's share is in proportion to its order
    private readonly T* leaves;        // working memory of the leaves
    private readonly double* values;   // of the rows of either side
    private readonly double* z;        // of the rows
    private readonly double* secular;  // d, z, ẑ, origin, τ
    private readonly int* order;       // rows of either side, every block's by ascending value
    private readonly int* integers;    // halves that a row lives on; then by j: the accepted row, its place; then by place: the row
    private readonly Join* joins;

    public TridiagonalDivide(void* memory, int n)
    {
        this.n = n;
        (levels, leafOrder) = Shape(n);
        stride = Stride(n);
        column = n + ((nint)Slack << levels);
        byte* at = (byte*)memory;
        vectors = Take<T>(ref at, 2 * n * stride);
        panels = Take<T>(ref at, PanelsSize(n));
        leaves = Take<T>(ref at, LeafGroups(levels) * LeafGroupSize(leafOrder));
        values = Take<double>(ref at, 2 * n);
        z = Take<double>(ref at, n);
        secular = Take<double>(ref at, DoubleColumns * column);
        order = Take<int>(ref at, 2 * n);
        integers = Take<int>(ref at, IntegerColumns * n);
        joins = (Join*)Take<byte>(ref at, (nint)sizeof(Join) << levels);
    }

    /// <summary>Bytes of working memory, eigenvectors included.</summary>
    public static nint MemorySize(int n)
    {
        (int levels, int leafOrder) = Shape(n);
        byte* at = null;
        Take<T>(ref at, 2 * n * Stride(n));
        Take<T>(ref at, PanelsSize(n));
        Take<T>(ref at, LeafGroups(levels) * LeafGroupSize(leafOrder));
        Take<double>(ref at, (3 * n) + (DoubleColumns * (n + ((nint)Slack << levels))) + 64);
        Take<int>(ref at, (2 + IntegerColumns) * n);
        Take<byte>(ref at, (nint)sizeof(Join) << levels);
        return (nint)at + 1024;
    }

    /// <summary>λ, ascending: rank = 0…n − 1.</summary>
    public double Value(int rank) => values[order[rank]];

    /// <summary>The eigenvector of Value(rank), n numbers.</summary>
    public T* Vector(int rank) => vectors + (order[rank] * stride);

    /// <param name="d">Diagonal, kept.</param>
    /// <param name="e">e[i] couples i and i + 1; n − 1 entries, kept.</param>
    /// <param name="pool">Forks what is large enough; null to run here.</param>
    /// <returns>All leaves have converged.</returns>
    public bool Decompose(T* d, T* e, WorkerPool? pool)
    {
        int side = levels % 2, groups = LeafGroups(levels);
        Run(pool, groups, new LeafJob(this, d, e, side));
        for (int group = 0; group < groups; group++)
        {
            if (*LeafFlag(group) != T.Zero)
            {
                return false;
            }
        }

        for (int level = levels - 1; level >= 0; level--, side ^= 1)
        {
            for (int i = 0; i < 1 << level; i++)
            {
                int shift = levels - level;
                (int a, int c, int b) = (Bound(i << shift), Bound((i << shift) + (1 << (shift - 1))), Bound((i + 1) << shift));
                joins[i] = new Join { First = a, Middle = c, End = b, Number = i, Side = side, Beta = double.CreateTruncating(e[c - 1]) };
            }

            if (level > 0)
            {
                Run(pool, 1 << level, new JoinJob(this));
            }
            else
            {
                Connect(joins, pool);
            }
        }

        return true;
    }

    private static void Run<TJob>(WorkerPool? pool, int count, TJob job)
        where TJob : struct, IJob
    {
        if (pool is null)
        {
            for (int i = 0; i < count; i++)
            {
                job.Execute(i, 0);
            }
        }
        else
        {
            pool.Run(count, job);
        }
    }

    private static X* Take<X>(ref byte* at, nint count)
        where X : unmanaged
    {
        byte* start = at;
        at += ((count * sizeof(X)) + 63) / 64 * 64;
        return (X*)start;
    }

    private static (int Levels, int LeafOrder) Shape(int n)
    {
        int levels = 0;
        while (LargestPart(n, levels) > LargestLeaf)
        {
            levels++;
        }

        return (levels, LargestPart(n, levels));
    }

    private static int LargestPart(int n, int levels) => (n + (1 << levels) - 1) >> levels;

    private static nint Stride(int n) => (n + RealTile<T>.Columns - 1) / RealTile<T>.Columns * RealTile<T>.Columns;

    private static nint PanelsSize(int n) => (nint)n * (n + (2 * RealTile<T>.Columns));

    private static int LeafGroups(int levels) => ((1 << levels) + TridiagonalLanes<T>.Lanes - 1) / TridiagonalLanes<T>.Lanes;

    private static nint LeafGroupSize(int order) =>
        (2 * order * TridiagonalLanes<T>.Lanes) + (order * TridiagonalLanes<T>.RowStride(order)) + TridiagonalLanes<T>.MemorySize(order) + TridiagonalLanes<T>.Lanes;

    private T* LeafFlag(int group) => leaves + ((group + 1) * LeafGroupSize(leafOrder)) - TridiagonalLanes<T>.Lanes;

    /// <summary>Where leaf i begins.</summary>
    private int Bound(int leaf) => (int)((long)leaf * n >> levels);

    private T* Row(int side, int row) => vectors + (((side * n) + row) * stride);

    /// <summary>Two blocks that become one, rows and columns First … End − 1.</summary>
    private struct Join
    {
        public int First, Middle, End, Number, Side;
        public double Beta;

        /// <summary>Rows that are not deflated; of them, those of the first half only and those that live on both.</summary>
        public int Accepted, OfFirst, OfBoth;
        public double Rho;
    }

    private readonly struct LeafJob(TridiagonalDivide<T> owner, T* d, T* e, int side) : IJob
    {
        private readonly TridiagonalDivide<T> owner = owner;

        public void Execute(int index, int worker) => owner.SolveLeaves(index, d, e, side);
    }

    private readonly struct JoinJob(TridiagonalDivide<T> owner) : IJob
    {
        private readonly TridiagonalDivide<T> owner = owner;

        public void Execute(int index, int worker) => owner.Connect(owner.joins + index, null);
    }

    /// <summary>A group of leaves: what the rank-one terms of all joins leave of them, padded to one order by zeros, which stay apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SolveLeaves(int group, T* d, T* e, int side)
    {
        int W = TridiagonalLanes<T>.Lanes, m = leafOrder, firstLeaf = group * W, count = Math.Min(W, (1 << levels) - firstLeaf);
        T* diagonal = leaves + (group * LeafGroupSize(m)), coupling = diagonal + (m * W), leafVectors = coupling + (m * W);
        nint leafStride = TridiagonalLanes<T>.RowStride(m);
        new Span<T>(diagonal, 2 * m * W).Clear();
        for (int lane = 0; lane < count; lane++)
        {
            int a = Bound(firstLeaf + lane), b = Bound(firstLeaf + lane + 1);
            for (int i = a; i < b; i++)
            {
                T shift = (i == a && a > 0 ? T.Abs(e[a - 1]) : T.Zero) + (i == b - 1 && b < n ? T.Abs(e[b - 1]) : T.Zero);
                diagonal[((i - a) * W) + lane] = d[i] - shift;
                coupling[((i - a) * W) + lane] = i < b - 1 ? e[i] : T.Zero;
            }
        }

        *LeafFlag(group) = TridiagonalLanes<T>.Decompose(m, diagonal, coupling, leafVectors, leafVectors + (m * leafStride)) ? T.Zero : T.One;
        for (int lane = 0; lane < count; lane++)
        {
            int a = Bound(firstLeaf + lane), b = Bound(firstLeaf + lane + 1);
            for (int i = 0; i < b - a; i++)
            {
                T* from = leafVectors + (i * leafStride) + lane, to = Row(side, a + i);
                new Span<T>(to, (int)stride).Clear();
                new Span<T>(Row(side ^ 1, a + i), (int)stride).Clear(); // rows are zero outside of their block on either side
                for (int j = 0; j < b - a; j++)
                {
                    to[a + j] = from[j * W];
                }

                values[(side * n) + a + i] = double.CreateTruncating(diagonal[(i * W) + lane]);
                Insert(order + (side * n) + a, i, a + i, values + (side * n));
            }
        }
    }

    /// <summary>A row into a list of rows that ascends by value.</summary>
    private static void Insert(int* list, int count, int row, double* values)
    {
        int at = count;
        for (; at > 0 && values[list[at - 1]] > values[row]; at--)
        {
            list[at] = list[at - 1];
        }

        list[at] = row;
    }

    private SecularEquation EquationOf(Join* join)
    {
        double* d = secular + join->First + (Slack * join->Number);
        return new SecularEquation(join->Accepted, join->Rho, d, d + column, d + (2 * column), d + (3 * column), d + (4 * column));
    }

    private void Connect(Join* join, WorkerPool? pool)
    {
        Deflate(join);
        if (join->Accepted > 0)
        {
            SecularEquation equation = EquationOf(join);
            equation.Pad();
            Run(pool, equation.BlockCount, new RootsJob(equation));
            Run(pool, equation.BlockCount, new ReweighJob(equation));
            Run(pool, PanelCount(join->Middle - join->First) + PanelCount(join->End - join->Middle), new PackJob(this, join));
            Run(pool, equation.BlockCount, new MultiplyJob(this, join));
        }

        Finish(join);
    }

    /// <summary>
    /// The secular equation of a join without what changes nothing to working precision: rows whose z is negligible, and one of two rows whose values are
    /// so close that a rotation which makes its z vanish couples them negligibly [DS87].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Deflate(Join* join)
    {
        (int a, int c, int b, int side) = (join->First, join->Middle, join->End, join->Side);
        double* value = values + (side * n), d = secular + a + (Slack * join->Number), weight = d + column;
        int* halves = integers, accepted = integers + n + a, list = order + (side * n), merged = order + ((side ^ 1) * n) + a;
        double rho = 2 * Math.Abs(join->Beta), sign = join->Beta < 0 ? -1 : 1, largestValue = 0, largestZ = 0;
        for (int row = a; row < b; row++)
        {
            z[row] = Math.Sqrt(0.5) * (row < c ? double.CreateTruncating(Row(side, row)[c - 1]) : sign * double.CreateTruncating(Row(side, row)[c]));
            halves[row] = row < c ? First : Second;
            largestValue = Math.Max(largestValue, Math.Abs(value[row]));
            largestZ = Math.Max(largestZ, Math.Abs(z[row]));
        }

        double tolerance = 4 * Epsilon * Math.Max(largestValue, rho * largestZ);
        int count = 0, candidate = -1, deflated = 0;
        for (int i = a, j = c; i < c || j < b;)
        {
            int row = j >= b || (i < c && value[list[i]] <= value[list[j]]) ? list[i++] : list[j++];
            if (rho * Math.Abs(z[row]) <= tolerance)
            {
                merged[b - a - ++deflated] = row;
                continue;
            }

            if (candidate >= 0)
            {
                double length = Math.Sqrt((z[row] * z[row]) + (z[candidate] * z[candidate])), cos = z[row] / length, sin = z[candidate] / length;
                if (Math.Abs((value[row] - value[candidate]) * cos * sin) <= tolerance)
                {
                    Rotate(join, candidate, row, cos, sin);
                    z[row] = length;
                    double lower = value[candidate], upper = value[row];
                    value[candidate] = (lower * cos * cos) + (upper * sin * sin);
                    value[row] = (lower * sin * sin) + (upper * cos * cos);
                    halves[row] = halves[candidate] |= halves[row];
                    merged[b - a - ++deflated] = candidate;
                }
                else
                {
                    accepted[count++] = candidate;
                }
            }

            candidate = row;
        }

        if (candidate >= 0)
        {
            accepted[count++] = candidate;
        }

        (join->Accepted, join->OfFirst, join->OfBoth, join->Rho) = (count, 0, 0, rho);
        for (int j = 0; j < count; j++)
        {
            (d[j], weight[j]) = (value[accepted[j]], z[accepted[j]]);
            join->OfFirst += halves[accepted[j]] == First ? 1 : 0;
            join->OfBoth += halves[accepted[j]] == Both ? 1 : 0;
        }

        int* place = integers + (2 * n) + a, rowAt = integers + (3 * n) + a;
        int first = 0, both = join->OfFirst, second = both + join->OfBoth;
        for (int j = 0; j < count; j++)
        {
            place[j] = halves[accepted[j]] == First ? first++ : halves[accepted[j]] == Both ? both++ : second++;
            rowAt[place[j]] = accepted[j];
        }
    }

    private const int First = 1, Second = 2, Both = First | Second;

    private static double Epsilon => double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    /// <summary>Rows q, r := c q − s r, s q + c r, so that z_q vanishes.</summary>
    private void Rotate(Join* join, int q, int r, double cos, double sin)
    {
        T* x = Row(join->Side, q), y = Row(join->Side, r);
        T c = T.CreateTruncating(cos), s = T.CreateTruncating(sin);
        for (int i = join->First; i < join->End; i++)
        {
            (x[i], y[i]) = ((c * x[i]) - (s * y[i]), (s * x[i]) + (c * y[i]));
        }
    }

    private static int PanelCount(int columns) => (columns + RealTile<T>.Columns - 1) / RealTile<T>.Columns;

    private T* PanelsOf(Join* join) => panels + ((nint)join->First * (n + (2 * RealTile<T>.Columns)));

    /// <summary>Accepted rows on columns first … of one half; rows that live on the other half only are left out.</summary>
    private (int Inner, int SkippedPlaces, int Column, int ColumnCount, nint Offset) PanelOf(Join* join, int panel)
    {
        int width = RealTile<T>.Columns, ofFirst = PanelCount(join->Middle - join->First), inner = join->OfFirst + join->OfBoth;
        if (panel < ofFirst)
        {
            int start = join->First + (panel * width);
            return (inner, 0, start, Math.Min(width, join->Middle - start), (nint)panel * width * inner);
        }

        int start2 = join->Middle + ((panel - ofFirst) * width), inner2 = join->Accepted - join->OfFirst;
        return (inner2, join->OfFirst, start2, Math.Min(width, join->End - start2), ((nint)ofFirst * width * inner) + ((nint)(panel - ofFirst) * width * inner2));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(Join* join, int panel)
    {
        (int inner, int skipped, int start, int count, nint offset) = PanelOf(join, panel);
        int width = RealTile<T>.Columns;
        int* rowAt = integers + (3 * n) + join->First + skipped;
        T* to = PanelsOf(join) + offset;
        for (int i = 0; i < inner; i++, to += width)
        {
            new Span<T>(Row(join->Side, rowAt[i]) + start, count).CopyTo(new Span<T>(to, width));
            new Span<T>(to + count, width - count).Clear();
        }
    }

    /// <summary>Eight rows of the product: vectors of the secular equation by accepted rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(Join* join, int block)
    {
        const int rows = SecularEquation.Block; // RealTile.Rows
        int k = join->Accepted, width = RealTile<T>.Columns, side = join->Side ^ 1;
        int firstRow = join->First + (block * rows), rowCount = Math.Min(rows, k - (block * rows));
        double* secularVectors = stackalloc double[k * rows];
        T* factor = stackalloc T[k * rows], edge = stackalloc T[rows * width];
        int* place = integers + (2 * n) + join->First;
        EquationOf(join).Vectors(block, secularVectors);
        for (int j = 0; j < k; j++)
        {
            T* to = factor + (place[j] * rows);
            double* from = secularVectors + (j * rows);
            if (typeof(T) == typeof(float))
            {
                Vector256.Narrow(Vector256.Load(from), Vector256.Load(from + 4)).Store((float*)to);
            }
            else
            {
                Reals<double>.Copy(from, (double*)to, rows);
            }
        }

        int panelCount = PanelCount(join->Middle - join->First) + PanelCount(join->End - join->Middle);
        for (int panel = 0; panel < panelCount; panel++)
        {
            (int inner, int skipped, int start, int count, nint offset) = PanelOf(join, panel);
            T* to = Row(side, firstRow) + start;
            if (rowCount == rows && count == width)
            {
                RealTile<T>.Multiply(inner, factor + (skipped * rows), PanelsOf(join) + offset, to, stride);
                continue;
            }

            RealTile<T>.Multiply(inner, factor + (skipped * rows), PanelsOf(join) + offset, edge, width);
            for (int i = 0; i < rowCount; i++)
            {
                Reals<T>.Copy(edge + (i * width), to + (i * stride), count);
            }
        }
    }

    /// <summary>Deflated rows follow the new ones, as they are; then all are put in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(Join* join)
    {
        (int a, int b, int k, int side, int other) = (join->First, join->End, join->Accepted, join->Side, join->Side ^ 1);
        int* merged = order + (other * n) + a, list = integers + n + a;
        double* value = values + (other * n);
        SecularEquation equation = EquationOf(join);
        for (int i = 0; i < k; i++)
        {
            value[a + i] = equation.Root(i);
        }

        // merged holds the deflated rows from its end backwards; a list of the old rows is needed no more
        int deflated = b - a - k;
        for (int i = 0; i < deflated; i++)
        {
            int row = merged[b - a - 1 - i];
            Reals<T>.Copy(Row(side, row) + a, Row(other, a + k + i) + a, b - a);
            value[a + k + i] = values[(side * n) + row];
            Insert(list, i, a + k + i, value);
        }

        for (int i = 0, j = 0; i < k || j < deflated;)
        {
            merged[i + j] = j >= deflated || (i < k && value[a + i] <= value[list[j]]) ? a + i++ : list[j++];
        }
    }

    private readonly struct RootsJob(SecularEquation equation) : IJob
    {
        private readonly SecularEquation equation = equation;

        public void Execute(int index, int worker) => equation.SolveRoots(index, typeof(T) == typeof(float) ? 1e-11 : 1.1e-16);
    }

    private readonly struct ReweighJob(SecularEquation equation) : IJob
    {
        private readonly SecularEquation equation = equation;

        public void Execute(int index, int worker) => equation.Reweigh(index);
    }

    private readonly struct PackJob(TridiagonalDivide<T> owner, Join* join) : IJob
    {
        private readonly TridiagonalDivide<T> owner = owner;

        public void Execute(int index, int worker) => owner.Pack(join, index);
    }

    private readonly struct MultiplyJob(TridiagonalDivide<T> owner, Join* join) : IJob
    {
        private readonly TridiagonalDivide<T> owner = owner;

        public void Execute(int index, int worker) => owner.Multiply(join, index);
    }
}
