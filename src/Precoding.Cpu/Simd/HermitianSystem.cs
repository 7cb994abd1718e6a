using System.Numerics;
using System.Runtime.CompilerServices;
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
    private readonly T* workspace;     // per block row part: see FactorRows
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
        workspace = inverses + (N / Block * 2 * Block * 2 * Block);
        broken = (int*)(workspace + ((nint)N * 2 * Block));
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
        return (3 * padded * 2 * padded) + (padded / Block * 2 * Block * 2 * Block) + (padded * 2 * Block) + 16;
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
        for (int j = 0; j < N; j += Block)
        {
            FactorDiagonal(j);
            int parts = (N - j - Block) / Block;
            if (pool is null)
            {
                for (int part = 0; part < parts; part++)
                {
                    FactorRows(j, j + Block + (part * Block));
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
            for (int i = 0; i < Block && j > 0; i += Rows)
            {
                T* to = rows + (i * 2 * width);
                Tile<T>.Multiply(j, FactorPanel(j + i), panel, to, to + width, 2 * width, TileMode.Subtract);
            }

            MultiplyByInverse(InversePanels(j), rows, temporary);
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
            for (int i = 0; i < Block && next < N; i += Rows)
            {
                T* to = rows + (i * 2 * width);
                Tile<T>.Multiply(
                    N - next, AdjointPanel(j + i) + ((nint)next * 2 * Rows), panel + ((nint)next * 2 * width), to, to + width, 2 * width, TileMode.Subtract);
            }

            MultiplyByInverse(InversePanels(j) + (Block * 2 * Block), rows, temporary);
        }
    }

    private T* FactorPanel(int row) => factor + ((nint)(row / Rows) * N * 2 * Rows);

    private T* AdjointPanel(int row) => adjoint + ((nint)(row / Rows) * N * 2 * Rows);

    private T* InversePanels(int column) => inverses + ((nint)(column / Block) * 2 * Block * 2 * Block);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyByInverse(T* panels, T* rows, T* temporary)
    {
        int width = Tile<T>.Columns;
        for (int i = 0; i < Block; i += Rows)
        {
            T* to = temporary + (i * 2 * width);
            Tile<T>.Multiply(Block, panels + (i * 2 * Block), rows, to, to + width, 2 * width, TileMode.Set);
        }

        Reals<T>.Copy(temporary, rows, Block * 2 * width);
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
        for (int c = 0; c < width; c++)
        {
            T* from = FactorPanel(column + c) + ((nint)slice * 2 * Rows) + ((column + c) % Rows);
            for (int k = 0; k < inner; k++)
            {
                b[(k * 2 * width) + c] = from[k * 2 * Rows];
                b[(k * 2 * width) + width + c] = -from[(k * 2 * Rows) + Rows];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FactorDiagonal(int j)
    {
        if (j > 0)
        {
            Update(j, j);
        }

        // U = Lᴴ row by row on the block's upper triangle: rows are contiguous
        T* re = stackalloc T[Block * Block];
        T* im = stackalloc T[Block * Block];
        T largest = T.Zero;
        for (int i = 0; i < Block; i++)
        {
            Reals<T>.Copy(MatrixRow(j + i) + j, re + (i * Block), Block);
            Reals<T>.Copy(MatrixRow(j + i) + N + j, im + (i * Block), Block);
            largest = T.Max(largest, T.Abs(re[(i * Block) + i]));
        }

        T smallest = T.Max(largest, T.One) * T.CreateChecked(1e-30);
        for (int k = 0; k < Block; k++)
        {
            T pivot = re[(k * Block) + k];
            if (!(pivot > smallest))
            {
                *broken = 1;
                pivot = T.Max(largest, smallest) * (typeof(T) == typeof(float) ? T.CreateChecked(1.2e-7) : T.CreateChecked(2.3e-16));
            }

            T root = T.Sqrt(pivot), inverse = T.One / root;
            T* rowRe = re + (k * Block), rowIm = im + (k * Block);
            rowRe[k] = root;
            rowIm[k] = T.Zero;
            Reals<T>.Scale(rowRe + k + 1, inverse, rowRe + k + 1, Block - k - 1);
            Reals<T>.Scale(rowIm + k + 1, inverse, rowIm + k + 1, Block - k - 1);
            for (int i = k + 1; i < Block; i++)
            {
                // A[i, i…] −= conj(U[k,i]) U[k, i…]
                Planar.SubtractScaled(rowRe[i], -rowIm[i], rowRe + i, rowIm + i, re + (i * Block) + i, im + (i * Block) + i, Block - i);
            }
        }

        // L⁻¹ by forward substitution on the identity, rows contiguous; L[i,k] = conj(U[k,i])
        T* invRe = stackalloc T[Block * Block];
        T* invIm = stackalloc T[Block * Block];
        new Span<T>(invRe, Block * Block).Clear();
        new Span<T>(invIm, Block * Block).Clear();
        for (int i = 0; i < Block; i++)
        {
            invRe[(i * Block) + i] = T.One;
            for (int k = 0; k < i; k++)
            {
                Planar.SubtractScaled(re[(k * Block) + i], -im[(k * Block) + i], invRe + (k * Block), invIm + (k * Block), invRe + (i * Block), invIm + (i * Block), k + 1);
            }

            T inverse = T.One / re[(i * Block) + i];
            Reals<T>.Scale(invRe + (i * Block), inverse, invRe + (i * Block), i + 1);
            Reals<T>.Scale(invIm + (i * Block), inverse, invIm + (i * Block), i + 1);
        }

        T* plain = InversePanels(j), adjointInverse = plain + (Block * 2 * Block);
        for (int i = 0; i < Block; i++)
        {
            T* factorRow = FactorPanel(j + i) + ((nint)j * 2 * Rows) + (i % Rows);
            T* adjointRow = AdjointPanel(j + i) + ((nint)j * 2 * Rows) + (i % Rows);
            T* inverseRow = plain + (i / Rows * Rows * 2 * Block) + (i % Rows);
            T* inverseAdjointRow = adjointInverse + (i / Rows * Rows * 2 * Block) + (i % Rows);
            for (int k = 0; k < Block; k++)
            {
                factorRow[k * 2 * Rows] = k <= i ? re[(k * Block) + i] : T.Zero;
                factorRow[(k * 2 * Rows) + Rows] = k <= i ? -im[(k * Block) + i] : T.Zero;
                adjointRow[k * 2 * Rows] = k >= i ? re[(i * Block) + k] : T.Zero;
                adjointRow[(k * 2 * Rows) + Rows] = k >= i ? im[(i * Block) + k] : T.Zero;
                inverseRow[k * 2 * Rows] = invRe[(i * Block) + k];
                inverseRow[(k * 2 * Rows) + Rows] = invIm[(i * Block) + k];
                inverseAdjointRow[k * 2 * Rows] = invRe[(k * Block) + i];
                inverseAdjointRow[(k * 2 * Rows) + Rows] = -invIm[(k * Block) + i];
            }
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
        for (int first = firstRow; first < firstRow + Block; first += width)
        {
            for (int c = 0; c < width; c++)
            {
                T* row = MatrixRow(first + c) + j;
                for (int k = 0; k < Block; k++)
                {
                    panel[(k * 2 * width) + c] = row[k];
                    panel[(k * 2 * width) + width + c] = -row[N + k];
                }
            }

            for (int i = 0; i < Block; i += Rows)
            {
                T* to = result + (i * 2 * width);
                Tile<T>.Multiply(Block, InversePanels(j) + (i * 2 * Block), panel, to, to + width, 2 * width, TileMode.Set);
            }

            for (int c = 0; c < width; c++)
            {
                int row = first + c;
                T* factorRow = FactorPanel(row) + ((nint)j * 2 * Rows) + (row % Rows);
                for (int k = 0; k < Block; k++)
                {
                    T real = result[(k * 2 * width) + c], imaginary = result[(k * 2 * width) + width + c];
                    factorRow[k * 2 * Rows] = real;
                    factorRow[(k * 2 * Rows) + Rows] = -imaginary;
                    T* adjointAt = AdjointPanel(j + k) + ((nint)row * 2 * Rows) + ((j + k) % Rows);
                    adjointAt[0] = real;
                    adjointAt[Rows] = imaginary;
                }
            }
        }
    }

    private readonly struct RowsJob(HermitianSystem<T> system, int j) : IJob
    {
        private readonly HermitianSystem<T> system = system;

        public void Execute(int index, int worker) => system.FactorRows(j, j + Block + (index * Block));
    }
}

/// <summary>Loops over complex rows in split planes.</summary>
internal static unsafe class Planar
{
    /// <summary>y −= s·x, s complex.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractScaled<T>(T sRe, T sIm, T* xRe, T* xIm, T* yRe, T* yIm, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int w = Vector<T>.Count, i = 0;
        var vRe = new Vector<T>(sRe);
        var vIm = new Vector<T>(sIm);
        for (; i <= count - w; i += w)
        {
            Vector<T> re = Vector.Load(xRe + i), im = Vector.Load(xIm + i);
            (Vector.Load(yRe + i) - (vRe * re) + (vIm * im)).Store(yRe + i);
            (Vector.Load(yIm + i) - (vRe * im) - (vIm * re)).Store(yIm + i);
        }

        for (; i < count; i++)
        {
            T re = xRe[i], im = xIm[i];
            yRe[i] = yRe[i] - (sRe * re) + (sIm * im);
            yIm[i] = yIm[i] - (sRe * im) - (sIm * re);
        }
    }
}
