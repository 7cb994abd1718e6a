using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

/// <summary>How an operand is read.</summary>
internal enum Read
{
    /// <summary>As stored.</summary>
    Plain,

    /// <summary>Conjugated.</summary>
    Conjugate,

    /// <summary>Transposed.</summary>
    Transpose,

    /// <summary>Conjugated and transposed.</summary>
    Adjoint,
}

/// <summary>
/// C[r, l] = op(A[r, l]) op(B[r, l]) for every active realization r and block l; an operand without blocks is shared by all of them, and a C without
/// blocks receives their sum. The inner dimension is taken in slices whose packed panels stay in the caches; every element is summed over blocks and
/// slices in their order, so neither the batch nor the number of threads can be seen in the result.
/// </summary>
internal readonly unsafe struct Product<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowsPerPart = 4 * Tile<T>.Rows;

    public required Matrices<T> A { get; init; }

    public required Matrices<T> B { get; init; }

    public required Matrices<T> C { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required int Inner { get; init; }

    public required int Blocks { get; init; }

    public Read ReadA { get; init; }

    public Read ReadB { get; init; }

    /// <summary>C is Hermitian: only tiles that touch the lower triangle are computed, the rest is mirrored.</summary>
    public bool Hermitian { get; init; }

    /// <summary>Inner indices taken at once: a panel of B of that height and rows of A to go with it fit the first cache.</summary>
    private const int Slice = 256;

    private int Panels => (Columns + Tile<T>.Columns - 1) / Tile<T>.Columns;

    private int BlocksOfC => C.BlockStride == 0 ? 1 : Blocks;

    /// <summary>Blocks of B that go into a matrix of C at a time: all blocks of C share one where B has none of its own.</summary>
    private int BlocksOfB => B.BlockStride == 0 ? 1 : BlocksOfC;

    private nint PanelSize => (nint)Math.Min(Slice, Inner) * 2 * Tile<T>.Columns;

    private nint PackedRowsSize => (nint)RowsPerPart * 2 * Math.Min(Slice, Inner);

    /// <param name="active">Realizations to work on.</param>
    public void Run(WorkerPool pool, Scratch scratch, int* active, int activeCount)
    {
        int matrices = activeCount * BlocksOfC;
        if (matrices >= 2 * pool.ThreadCount)
        {
            T* memory = scratch.PerWorker<T>(PackedRowsSize + (Panels * PanelSize), out nint stride);
            pool.Run(matrices, new WholeJob(this, memory, stride, active));
            return;
        }

        // too few matrices for a worker each: they share the panels of B and divide the rows
        int packed = activeCount * BlocksOfB;
        T* panels = scratch.Shared<T>(packed * Panels * PanelSize);
        T* rows = scratch.PerWorker<T>(PackedRowsSize, out nint workerStride);
        int parts = (Rows + RowsPerPart - 1) / RowsPerPart, terms = Blocks / BlocksOfC;
        for (int term = 0; term < terms; term++)
        {
            for (int slice = 0; slice < Inner; slice += Slice)
            {
                pool.Run(packed * Panels, new PackJob(this, panels, term, slice, active));
                pool.Run(matrices * parts, new RowsJob(this, panels, rows, workerStride, parts, term, slice, active));
            }
        }

        if (Hermitian)
        {
            pool.Run(matrices, new MirrorJob(this, active));
        }
    }

    private void PackPanel(int realization, int block, int slice, int panel, T* packed)
    {
        int first = panel * Tile<T>.Columns, inner = Math.Min(Slice, Inner - slice);
        Strip<T>.OfColumns(B.View(realization, block), ReadB).Pack(slice, inner, first, Math.Min(Tile<T>.Columns, Columns - first), Tile<T>.Columns, packed);
    }

    /// <summary>Rows firstRow … firstRow + RowsPerPart − 1 of C from one slice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRows(int realization, int block, int blockOfC, int slice, int firstRow, T* panels, T* packedRows, TileMode mode)
    {
        const int rows = Tile<T>.Rows;
        int width = Tile<T>.Columns, inner = Math.Min(Slice, Inner - slice), lastRow = Math.Min(firstRow + RowsPerPart, Rows);
        nint sizeA = (nint)inner * 2 * rows;
        Planes<T> c = C.View(realization, blockOfC);
        Strip<T> strip = Strip<T>.OfRows(A.View(realization, block), ReadA);
        for (int row = firstRow, i = 0; row < lastRow; row += rows, i++)
        {
            strip.Pack(slice, inner, row, Math.Min(rows, lastRow - row), rows, packedRows + (i * sizeA));
        }

        T* edge = stackalloc T[rows * 2 * width];
        for (int panel = 0; panel < Panels; panel++, panels += PanelSize)
        {
            int column = panel * width, columnCount = Math.Min(width, Columns - column);
            for (int row = firstRow, i = 0; row < lastRow; row += rows, i++)
            {
                int rowCount = Math.Min(rows, lastRow - row);
                if (Hermitian && column > row + rowCount - 1)
                {
                    continue;
                }

                T* re = c.Re + (row * c.Stride) + column, im = c.Im + (row * c.Stride) + column;
                if (rowCount == rows && columnCount == width)
                {
                    Tile<T>.Multiply(inner, packedRows + (i * sizeA), panels, re, im, c.Stride, mode);
                }
                else
                {
                    Tile<T>.Multiply(inner, packedRows + (i * sizeA), panels, edge, edge + width, 2 * width, TileMode.Set);
                    WriteEdge(edge, rowCount, columnCount, re, im, c.Stride, mode);
                }
            }
        }
    }

    private static void WriteEdge(T* edge, int rowCount, int columnCount, T* re, T* im, nint stride, TileMode mode)
    {
        int width = Tile<T>.Columns;
        for (int y = 0; y < rowCount; y++)
        {
            for (int x = 0; x < columnCount; x++)
            {
                T real = edge[(y * 2 * width) + x], imaginary = edge[(y * 2 * width) + width + x];
                re[(y * stride) + x] = mode == TileMode.Add ? re[(y * stride) + x] + real : real;
                im[(y * stride) + x] = mode == TileMode.Add ? im[(y * stride) + x] + imaginary : imaginary;
            }
        }
    }

    /// <summary>C[i, j] = conj(C[j, i]) above the diagonal, square by square.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MirrorUpper(int realization, int block)
    {
        Planes<T> c = C.View(realization, block);
        int side = Transposition<T>.SquareSide;
        for (int top = 0; top < Rows; top += side)
        {
            for (int left = top; left < Columns; left += side)
            {
                if (left > top && left + side <= Columns && Avx.IsSupported)
                {
                    nint from = (left * c.Stride) + top, to = (top * c.Stride) + left;
                    Transposition<T>.Square(c.Re + from, c.Stride, T.One, c.Re + to, c.Stride);
                    Transposition<T>.Square(c.Im + from, c.Stride, -T.One, c.Im + to, c.Stride);
                    continue;
                }

                for (int i = top; i < Math.Min(top + side, Rows); i++)
                {
                    for (int j = Math.Max(left, i + 1); j < Math.Min(left + side, Columns); j++)
                    {
                        c.Re[(i * c.Stride) + j] = c.Re[(j * c.Stride) + i];
                        c.Im[(i * c.Stride) + j] = -c.Im[(j * c.Stride) + i];
                    }
                }
            }
        }

        for (int i = 0; i < Rows; i++)
        {
            c.Im[(i * c.Stride) + i] = T.Zero;
        }
    }

    /// <summary>One matrix of C.</summary>
    private readonly struct WholeJob(Product<T> product, T* packed, nint workerStride, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int blockOfC = index % product.BlocksOfC, realization = active[index / product.BlocksOfC], terms = product.Blocks / product.BlocksOfC;
            T* rows = packed + (worker * workerStride), panels = rows + product.PackedRowsSize;
            for (int term = 0; term < terms; term++)
            {
                int block = blockOfC + term;
                for (int slice = 0; slice < product.Inner; slice += Slice)
                {
                    for (int panel = 0; panel < product.Panels; panel++)
                    {
                        product.PackPanel(realization, block, slice, panel, panels + (panel * product.PanelSize));
                    }

                    for (int row = 0; row < product.Rows; row += RowsPerPart)
                    {
                        product.MultiplyRows(realization, block, blockOfC, slice, row, panels, rows, term + slice == 0 ? TileMode.Set : TileMode.Add);
                    }
                }
            }

            if (product.Hermitian)
            {
                product.MirrorUpper(realization, blockOfC);
            }
        }
    }

    /// <summary>One panel of B.</summary>
    private readonly struct PackJob(Product<T> product, T* panels, int term, int slice, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int panel = index % product.Panels, matrix = index / product.Panels;
            product.PackPanel(active[matrix / product.BlocksOfB], (matrix % product.BlocksOfB) + term, slice, panel, panels + (index * product.PanelSize));
        }
    }

    /// <summary>A few rows of C.</summary>
    private readonly struct RowsJob(Product<T> product, T* panels, T* rows, nint workerStride, int parts, int term, int slice, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int part = index % parts, matrix = index / parts, position = matrix / product.BlocksOfC, blockOfC = matrix % product.BlocksOfC;
            int matrixOfB = product.BlocksOfB == 1 ? position : matrix;
            product.MultiplyRows(
                active[position], blockOfC + term, blockOfC, slice, part * RowsPerPart, panels + (matrixOfB * product.Panels * product.PanelSize),
                rows + (worker * workerStride), term + slice == 0 ? TileMode.Set : TileMode.Add);
        }
    }

    private readonly struct MirrorJob(Product<T> product, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker) => product.MirrorUpper(active[index / product.BlocksOfC], index % product.BlocksOfC);
    }
}
