using System.Numerics;
using System.Runtime.CompilerServices;
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
/// blocks receives their sum. Packing B and multiplying are two forks; each tile is summed by one worker in a fixed order.
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

    /// <param name="active">Realizations to work on.</param>
    public void Run(WorkerPool pool, Scratch scratch, int* active, int activeCount)
    {
        int panels = (Columns + Tile<T>.Columns - 1) / Tile<T>.Columns;
        int blocksOfB = B.BlockStride == 0 ? 1 : Blocks;
        nint panelSize = (nint)Inner * 2 * Tile<T>.Columns;
        T* packedB = scratch.Shared<T>(activeCount * blocksOfB * panels * panelSize);
        T* packedA = scratch.PerWorker<T>((nint)RowsPerPart * 2 * Inner, out nint workerStride);
        pool.Run(activeCount * blocksOfB * panels, new PackB(this, packedB, panelSize, panels, blocksOfB, active));
        int blocksOfC = C.BlockStride == 0 ? 1 : Blocks;
        int rowParts = (Rows + RowsPerPart - 1) / RowsPerPart;
        pool.Run(activeCount * blocksOfC * rowParts, new MultiplyRows(this, packedB, panelSize, panels, blocksOfB, blocksOfC, rowParts, packedA, workerStride, active));
        if (Hermitian)
        {
            pool.Run(activeCount * blocksOfC, new Mirror(this, blocksOfC, active));
        }
    }

    /// <summary>Columns first … first + Tile.Columns − 1 of op(B) as [inner][re | im], zero beyond the edge.</summary>
    private static void PackColumns(Planes<T> b, Read read, int inner, int first, int count, T* panel)
    {
        int width = Tile<T>.Columns;
        T sign = read is Read.Conjugate or Read.Adjoint ? -T.One : T.One;
        bool transposed = read is Read.Transpose or Read.Adjoint;
        if (count < width)
        {
            new Span<T>(panel, inner * 2 * width).Clear();
        }

        if (transposed)
        {
            for (int j = 0; j < count; j++)
            {
                T* re = b.Re + ((first + j) * b.Stride), im = b.Im + ((first + j) * b.Stride);
                T* to = panel + j;
                for (int k = 0; k < inner; k++, to += 2 * width)
                {
                    to[0] = re[k];
                    to[width] = sign * im[k];
                }
            }
        }
        else
        {
            for (int k = 0; k < inner; k++, panel += 2 * width)
            {
                T* re = b.Re + (k * b.Stride) + first, im = b.Im + (k * b.Stride) + first;
                for (int j = 0; j < count; j++)
                {
                    panel[j] = re[j];
                    panel[width + j] = sign * im[j];
                }
            }
        }
    }

    /// <summary>Rows first … first + 7 of op(A) as [inner][re | im], zero beyond the edge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(Planes<T> a, Read read, int inner, int first, int count, T* panel)
    {
        const int rows = Tile<T>.Rows;
        T sign = read is Read.Conjugate or Read.Adjoint ? -T.One : T.One;
        bool transposed = read is Read.Transpose or Read.Adjoint;
        if (count < rows)
        {
            new Span<T>(panel, inner * 2 * rows).Clear();
        }

        if (transposed)
        {
            T* re = a.Re + first, im = a.Im + first;
            for (int k = 0; k < inner; k++, panel += 2 * rows, re += a.Stride, im += a.Stride)
            {
                for (int i = 0; i < count; i++)
                {
                    panel[i] = re[i];
                    panel[rows + i] = sign * im[i];
                }
            }
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                T* re = a.Re + ((first + i) * a.Stride), im = a.Im + ((first + i) * a.Stride);
                T* to = panel + i;
                for (int k = 0; k < inner; k++, to += 2 * rows)
                {
                    to[0] = re[k];
                    to[rows] = sign * im[k];
                }
            }
        }
    }

    private readonly struct PackB(Product<T> product, T* packed, nint panelSize, int panels, int blocks, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int panel = index % panels, block = index / panels % blocks, realization = active[index / panels / blocks];
            int first = panel * Tile<T>.Columns;
            PackColumns(
                product.B.View(realization, block), product.ReadB, product.Inner, first, Math.Min(Tile<T>.Columns, product.Columns - first), packed + (index * panelSize));
        }
    }

    private readonly struct MultiplyRows(
        Product<T> product, T* packedB, nint panelSize, int panels, int blocksOfB, int blocksOfC, int rowParts, T* packedA, nint workerStride, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int part = index % rowParts, block = index / rowParts % blocksOfC, position = index / rowParts / blocksOfC;
            if (blocksOfC == product.Blocks)
            {
                MultiplyBlock(position, block, block, part, worker, TileMode.Set);
            }
            else
            {
                for (int term = 0; term < product.Blocks; term++)
                {
                    MultiplyBlock(position, term, 0, part, worker, term == 0 ? TileMode.Set : TileMode.Add);
                }
            }
        }

        private void MultiplyBlock(int position, int block, int blockOfC, int part, int worker, TileMode mode)
        {
            const int rows = Tile<T>.Rows;
            int width = Tile<T>.Columns;
            int realization = active[position];
            int firstRow = part * RowsPerPart, lastRow = Math.Min(firstRow + RowsPerPart, product.Rows);
            T* a = packedA + (worker * workerStride);
            Planes<T> viewA = product.A.View(realization, block);
            Planes<T> c = product.C.View(realization, blockOfC);
            T* b = packedB + (((nint)(position * blocksOfB) + (blocksOfB == 1 ? 0 : block)) * panels * panelSize);
            nint sizeA = (nint)product.Inner * 2 * rows;
            for (int row = firstRow, i = 0; row < lastRow; row += rows, i++)
            {
                PackRows(viewA, product.ReadA, product.Inner, row, Math.Min(rows, lastRow - row), a + (i * sizeA));
            }

            T* edge = stackalloc T[rows * 2 * width];
            for (int row = firstRow, i = 0; row < lastRow; row += rows, i++)
            {
                int rowCount = Math.Min(rows, lastRow - row);
                for (int panel = 0; panel < panels; panel++)
                {
                    int column = panel * width, columnCount = Math.Min(width, product.Columns - column);
                    if (product.Hermitian && column > row + rowCount - 1)
                    {
                        break;
                    }

                    T* re = c.Re + (row * c.Stride) + column, im = c.Im + (row * c.Stride) + column;
                    if (rowCount == rows && columnCount == width)
                    {
                        Tile<T>.Multiply(product.Inner, a + (i * sizeA), b + (panel * panelSize), re, im, c.Stride, mode);
                        continue;
                    }

                    Tile<T>.Multiply(product.Inner, a + (i * sizeA), b + (panel * panelSize), edge, edge + width, 2 * width, TileMode.Set);
                    for (int y = 0; y < rowCount; y++)
                    {
                        for (int x = 0; x < columnCount; x++)
                        {
                            T real = edge[(y * 2 * width) + x], imaginary = edge[(y * 2 * width) + width + x];
                            re[(y * c.Stride) + x] = mode == TileMode.Add ? re[(y * c.Stride) + x] + real : real;
                            im[(y * c.Stride) + x] = mode == TileMode.Add ? im[(y * c.Stride) + x] + imaginary : imaginary;
                        }
                    }
                }
            }
        }
    }

    private readonly struct Mirror(Product<T> product, int blocks, int* active) : IJob
    {
        private readonly Product<T> product = product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            Planes<T> c = product.C.View(active[index / blocks], index % blocks);
            for (int i = 0; i < product.Rows; i++)
            {
                c.Im[(i * c.Stride) + i] = T.Zero;
                for (int j = i + 1; j < product.Columns; j++)
                {
                    c.Re[(i * c.Stride) + j] = c.Re[(j * c.Stride) + i];
                    c.Im[(i * c.Stride) + j] = -c.Im[(j * c.Stride) + i];
                }
            }
        }
    }
}
