using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

/// <summary>
/// One Hermitian positive definite system A X = B: A = L Lᴴ by blocks of 32 columns, left-looking, then both substitutions on packed panels of right-hand
/// sides. Sizes are padded to whole blocks with the identity. Every product is a <see cref="Tile{T}"/>; who runs a part does not matter.
/// </summary>
internal readonly unsafe struct HermitianSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 32;
    private const int Rows = Tile<T>.Rows;

    private readonly T* matrix;        // A: rows [re of N | im of N]
    private readonly T* factor;        // L by panels of 8 rows: [panel][k][re | im]
    private readonly T* adjoint;       // Lᴴ by panels of 8 rows: [panel][k][re | im]
    private readonly T* inverses;      // per block: L_JJ⁻¹ and its adjoint, each as 4 panels of 8 rows
    private readonly int* broken;

    public HermitianSystem(T* memory, int n)
    {
        N = PaddedSize(n);
        Size = n;
        nint square = (nint)N * 2 * N;
        matrix = memory;
        factor = memory + square;
        adjoint = factor + square;
        inverses = adjoint + square;
        broken = (int*)(inverses + (N / Block * 2 * Block * 2 * Block));
    }

    /// <summary>Order of the system.</summary>
    public int Size { get; }

    /// <summary>Order with padding.</summary>
    public int N { get; }

    /// <summary>A pivot was not positive; it was replaced by a tiny one.</summary>
    public bool IsBroken => *broken != 0;

    /// <summary>Reals of right-hand-side storage for <paramref name="columns"/> columns.</summary>
    public nint PanelsSize(int columns) => (nint)PanelCount(columns) * PanelStride;

    /// <summary>Reals of one panel of right-hand sides: [row][re | im].</summary>
    public nint PanelStride => (nint)N * 2 * Tile<T>.Columns;

    public static int PanelCount(int columns) => (columns + Tile<T>.Columns - 1) / Tile<T>.Columns;

    public static int PaddedSize(int n) => (n + Block - 1) / Block * Block;

    /// <summary>Reals that a system of order n needs.</summary>
    public static nint MemorySize(int n)
    {
        nint padded = PaddedSize(n);
        return (3 * padded * 2 * padded) + (padded / Block * 2 * Block * 2 * Block) + 16;
    }

    /// <summary>Row i of A for filling: [re of N | im of N]; the filler writes Size columns, padding is ours.</summary>
    public T* MatrixRow(int i) => matrix + ((nint)i * 2 * N);

    /// <summary>Completes a row after its first Size columns were written.</summary>
    public void PadRow(int i)
    {
        T* row = MatrixRow(i);
        if (i >= Size)
        {
            new Span<T>(row, 2 * N).Clear();
            row[i] = T.One;
            return;
        }

        new Span<T>(row + Size, N - Size).Clear();
        new Span<T>(row + N + Size, N - Size).Clear();
    }

    /// <summary>A = L Lᴴ. With a pool, row parts are forked; without, they run here.</summary>
    public void Factor(WorkerPool? pool)
    {
        *broken = 0;
        FactorDiagonal(0);
        for (int j = 0; j + Block < N; j += Block)
        {
            int parts = (N - j - Block) / Block;
            if (pool is null)
            {
                for (int part = 0; part < parts; part++)
                {
                    FactorPart(j, part);
                }
            }
            else
            {
                pool.Run(parts, new RowsJob(this, j));
            }
        }
    }

    /// <summary>L Y = B, in place on one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(T* panel)
    {
        int width = Tile<T>.Columns;
        T* temporary = stackalloc T[Block * 2 * width];
        for (int j = 0; j < N; j += Block)
        {
            T* rows = panel + ((nint)j * 2 * width);
            for (int i = 0; i < Math.Min(Block, Size - j) && j > 0; i += Rows)
            {
                T* to = rows + (i * 2 * width);
                Tile<T>.Multiply(j, FactorPanel(j + i), panel, to, to + width, 2 * width, TileMode.Subtract);
            }

            MultiplyByInverse(InversePanels(j), rows, temporary, Math.Min(Block, Size - j));
        }
    }

    /// <summary>Lᴴ X = Y, in place on one panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(T* panel)
    {
        int width = Tile<T>.Columns;
        T* temporary = stackalloc T[Block * 2 * width];
        for (int j = N - Block; j >= 0; j -= Block)
        {
            T* rows = panel + ((nint)j * 2 * width);
            int next = j + Block;
            for (int i = 0; i < Block && next < Size; i += Rows)
            {
                T* to = rows + (i * 2 * width);
                Tile<T>.Multiply(
                    Size - next, AdjointPanel(j + i) + ((nint)next * 2 * Rows), panel + ((nint)next * 2 * width), to, to + width, 2 * width, TileMode.Subtract);
            }

            MultiplyByInverse(InversePanels(j) + (Block * 2 * Block), rows, temporary, Math.Min(Block, Size - j));
        }
    }

    private T* FactorPanel(int row) => factor + ((nint)(row / Rows) * N * 2 * Rows);

    private T* AdjointPanel(int row) => adjoint + ((nint)(row / Rows) * N * 2 * Rows);

    private T* InversePanels(int column) => inverses + ((nint)(column / Block) * 2 * Block * 2 * Block);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyByInverse(T* panels, T* rows, T* temporary, int size)
    {
        int width = Tile<T>.Columns;
        for (int i = 0; i < size; i += Rows)
        {
            T* to = temporary + (i * 2 * width);
            Tile<T>.Multiply(size, panels + (i * 2 * Block), rows, to, to + width, 2 * width, TileMode.Set); // beyond size: the identity
        }

        Reals<T>.Copy(temporary, rows, size * 2 * width);
    }

    /// <summary>A[rows, J] −= L[rows, :j] L[J, :j]ᴴ for 32 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(int j, int firstRow)
    {
        int width = Tile<T>.Columns;
        T* b = stackalloc T[2 * width * 64];
        for (int column = j; column < j + Block; column += width)
        {
            // the panel of L[J,:j]ᴴ is repacked in slices of 64 so that it stays on the stack and in the first cache
            for (int slice = 0; slice < j; slice += 64)
            {
                int inner = Math.Min(64, j - slice);
                PackAdjointColumns(column, slice, inner, b);
                for (int row = firstRow; row < firstRow + Block; row += Rows)
                {
                    T* to = MatrixRow(row) + column;
                    Tile<T>.Multiply(inner, FactorPanel(row) + ((nint)slice * 2 * Rows), b, to, to + N, 2 * N, TileMode.Subtract);
                }
            }
        }
    }

    /// <summary>b[k][c] = conj(L[column + c, slice + k]).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackAdjointColumns(int column, int slice, int inner, T* b)
    {
        int width = Tile<T>.Columns;
        for (int c = 0; c < width; c += Rows)
        {
            T* from = FactorPanel(column + c) + ((nint)slice * 2 * Rows) + (column % Rows), to = b + c;
            int count = Math.Min(Rows, width);
            for (int k = 0; k < inner; k++, from += 2 * Rows, to += 2 * width)
            {
                Strip<T>.CopyRow(from, T.One, to, count);
                Strip<T>.CopyRow(from + Rows, -T.One, to + width, count);
            }
        }
    }

    /// <summary>L_JJ and its inverse, to all four packings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FactorDiagonal(int j)
    {
        if (j > 0)
        {
            Update(j, j);
        }

        // U = Lᴴ row by row on the block's upper triangle: rows are contiguous
        T* upper = stackalloc T[2 * Block * Block];
        T* inverse = stackalloc T[2 * Block * Block];
        for (int i = 0; i < Block; i++)
        {
            Reals<T>.Copy(MatrixRow(j + i) + j, upper + (i * 2 * Block), Block);
            Reals<T>.Copy(MatrixRow(j + i) + N + j, upper + (i * 2 * Block) + Block, Block);
        }

        int size = Math.Min(Block, Size - j);
        bool sound = SimdLevel.Has512 ? FactorBlock<Simd512<T>, Vector512<T>>(upper, inverse, size)
            : SimdLevel.Has256 ? FactorBlock<Simd256<T>, Vector256<T>>(upper, inverse, size) : FactorBlock<Simd128<T>, Vector128<T>>(upper, inverse, size);
        if (!sound)
        {
            *broken = 1;
        }

        T* plain = InversePanels(j);
        var U = new Planes<T>(upper, upper + Block, 2 * Block);
        var inverseOfL = new Planes<T>(inverse, inverse + Block, 2 * Block);
        for (int i = 0; i < Block; i += Rows)
        {
            Strip<T>.OfRows(U, Read.Adjoint).Pack(0, Block, i, Rows, Rows, FactorPanel(j + i) + ((nint)j * 2 * Rows));
            Strip<T>.OfRows(U, Read.Plain).Pack(0, Block, i, Rows, Rows, AdjointPanel(j + i) + ((nint)j * 2 * Rows));
            Strip<T>.OfRows(inverseOfL, Read.Plain).Pack(0, Block, i, Rows, Rows, plain + (i * 2 * Block));
            Strip<T>.OfRows(inverseOfL, Read.Adjoint).Pack(0, Block, i, Rows, Rows, plain + (Block * 2 * Block) + (i * 2 * Block));
        }
    }

    /// <summary>
    /// U of A = UᴴU on the rows [re | im] of one block, zero below the diagonal, and L⁻¹ = U⁻ᴴ; false where a pivot had to be replaced. From
    /// <paramref name="size"/> on, the block is the identity.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool FactorBlock<S, V>(T* upper, T* inverse, int size)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        bool sound = true;
        T largest = T.Zero;
        for (int i = 0; i < Block; i++)
        {
            largest = T.Max(largest, T.Abs(upper[(i * 2 * Block) + i]));
        }

        T smallest = T.Max(largest, T.One) * T.CreateChecked(1e-30);
        for (int k = 0; k < size; k++)
        {
            T* row = upper + (k * 2 * Block);
            T pivot = row[k];
            if (!(pivot > smallest))
            {
                sound = false;
                pivot = T.Max(largest, smallest) * (typeof(T) == typeof(float) ? T.CreateChecked(1.2e-7) : T.CreateChecked(2.3e-16));
            }

            T root = T.Sqrt(pivot);
            new Span<T>(row, k).Clear();
            new Span<T>(row + Block, k + 1).Clear();
            row[k] = root;
            ScaleRow<S, V>(row + k + 1, T.One / root, Block - k - 1);
            ScaleRow<S, V>(row + Block + k + 1, T.One / root, Block - k - 1);
            for (int i = k + 1; i < size; i++)
            {
                // A[i, i…] −= conj(U[k,i]) U[k, i…], from the vector on that i is in
                SubtractScaled<S, V>(row[i], -row[Block + i], row, upper + (i * 2 * Block), i / S.Width * S.Width, Block);
            }
        }

        // L⁻¹ by forward substitution on the identity, L[i,k] = conj(U[k,i])
        new Span<T>(inverse, 2 * Block * Block).Clear();
        for (int i = 0; i < Block; i++)
        {
            T* row = inverse + (i * 2 * Block);
            row[i] = T.One;
            for (int k = 0; k < i && i < size; k++)
            {
                T* factorRow = upper + (k * 2 * Block);
                SubtractScaled<S, V>(factorRow[i], -factorRow[Block + i], inverse + (k * 2 * Block), row, 0, k + 1);
            }

            ScaleRow<S, V>(row, T.One / upper[(i * 2 * Block) + i], i + 1);
            ScaleRow<S, V>(row + Block, T.One / upper[(i * 2 * Block) + i], i + 1);
        }

        return sound;
    }

    /// <summary>y[first … end − 1] −= s·x, whole vectors, on rows [re of Block | im of Block].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SubtractScaled<S, V>(T sRe, T sIm, T* x, T* y, int first, int end)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V vRe = S.Broadcast(sRe), vIm = S.Broadcast(sIm);
        for (int i = first; i < end; i += S.Width)
        {
            V re = S.Load(x + i), im = S.Load(x + Block + i);
            S.Store(S.MultiplyAdd(vIm, im, S.NegatedMultiplyAdd(vRe, re, S.Load(y + i))), y + i);
            S.Store(S.NegatedMultiplyAdd(vIm, re, S.NegatedMultiplyAdd(vRe, im, S.Load(y + Block + i))), y + Block + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ScaleRow<S, V>(T* row, T scale, int count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Store(S.Multiply(S.Load(row + i), S.Broadcast(scale)), row + i);
        }

        for (; i < count; i++)
        {
            row[i] *= scale;
        }
    }

    /// <summary>32 rows of a block column; the first of them go on to the next diagonal block while the others are still at work.</summary>
    private void FactorPart(int j, int part)
    {
        FactorRows(j, j + Block + (part * Block));
        if (part == 0)
        {
            FactorDiagonal(j + Block);
        }
    }

    /// <summary>L[rows, J] = (A[rows, J] − L[rows, :j] L[J, :j]ᴴ) L_JJ⁻ᴴ for 32 rows, written to both packings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FactorRows(int j, int firstRow)
    {
        if (j > 0)
        {
            Update(j, firstRow);
        }

        // Computed as its adjoint, L[rows,J]ᴴ = L_JJ⁻¹ A[rows,J]ᴴ: the 32 rows are the columns of a small panel
        int width = Tile<T>.Columns;
        T* panel = stackalloc T[Block * 2 * width];
        T* result = stackalloc T[Block * 2 * width];
        var columns = Strip<T>.OfColumns(new Planes<T>(matrix, matrix + N, 2 * N), Read.Adjoint);
        var solved = new Planes<T>(result, result + width, 2 * width);
        for (int first = firstRow; first < firstRow + Block; first += width)
        {
            columns.Pack(j, Block, first, width, width, panel);
            for (int i = 0; i < Block; i += Rows)
            {
                T* to = result + (i * 2 * width);
                Tile<T>.Multiply(Block, InversePanels(j) + (i * 2 * Block), panel, to, to + width, 2 * width, TileMode.Set);
            }

            for (int c = 0; c < width; c += Rows)
            {
                T* from = result + c, to = FactorPanel(first + c) + ((nint)j * 2 * Rows) + (first % Rows);
                for (int k = 0; k < Block; k++, from += 2 * width, to += 2 * Rows)
                {
                    Strip<T>.CopyRow(from, T.One, to, Math.Min(Rows, width));
                    Strip<T>.CopyRow(from + width, -T.One, to + Rows, Math.Min(Rows, width));
                }
            }

            for (int k = 0; k < Block; k += Rows)
            {
                Strip<T>.OfRows(solved, Read.Plain).Pack(0, width, k, Rows, Rows, AdjointPanel(j + k) + ((nint)first * 2 * Rows));
            }
        }
    }

    private readonly struct RowsJob(HermitianSystem<T> system, int j) : IJob
    {
        private readonly HermitianSystem<T> system = system;

        public void Execute(int index, int worker) => system.FactorPart(j, index);
    }
}
