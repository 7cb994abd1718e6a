using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

/// <summary>
/// A = U diag(e) Uᴴ of one Hermitian matrix: blocked Householder reduction to a real tridiagonal matrix [DSH89; GVL 8.3],
/// <see cref="TridiagonalDivide{T}"/>, and back-transformation by blocks of reflectors in compact WY form [SVL89]. Half of the reduction and the whole of
/// the back-transformation are <see cref="Tile{T}"/> products. Who runs a part does not matter. For many small matrices see
/// <see cref="Lanes.HermitianEigenLanes{T}"/>.
/// </summary>
internal readonly unsafe partial struct HermitianEigen<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Reflectors of a block: long enough for the tile, short enough for the corrections that grow with it.</summary>
    private const int Panel = 16;

    private const int Rows = Tile<T>.Rows;

    /// <summary>Rows that a product with A takes at once.</summary>
    private const int Strip = 4;

    /// <summary>Orders below it are done before a fork has joined.</summary>
    private const int SmallestForFork = 128;

    /// <summary>Rows from which on an update, one of many, is forked.</summary>
    private const int SmallestUpdateForFork = 192;

    private readonly int n;
    private readonly T* matrix;      // A: lower triangle with whole diagonal blocks, rows [re of N | im of N]; row k becomes v of H_k
    private readonly T* w;           // w of the block in hand, rows like A's
    private readonly T* columns;     // packed operand B of the update in hand: [panel][inner][re | im]
    private readonly T* d, e;        // the tridiagonal matrix
    private readonly T* triangles;   // T of every block, [block][row][re of Panel | im of Panel], upper triangular
    private readonly T* left;        // V of every block by panels of rows: [block][panel][reflector][re | im]
    private readonly T* right;       // Y = T Vᴴ of every block by panels of rows: [block][panel][component][re | im]
    private readonly T* vectors;     // U by panels of columns: [panel][component][re | im]
    private readonly TridiagonalDivide<T> divide;

    public HermitianEigen(void* memory, int n)
    {
        this.n = n;
        N = Stride(n);
        matrix = (T*)memory;
        w = matrix + ((nint)(N + Rows) * 2 * N);
        columns = w + ((nint)Panel * 2 * N);
        d = columns + ((nint)N * 4 * Panel);
        e = d + N;
        triangles = e + N;
        left = triangles + ((nint)BlockCount(n) * Panel * 2 * Panel);
        right = left + (BlockCount(n) * LeftStride(N));
        vectors = right + (BlockCount(n) * RightStride(N));
        divide = new TridiagonalDivide<T>(vectors + (PanelCount(n) * PanelStride(N)), n);
    }

    /// <summary>Numbers from the real to the imaginary parts of a row of A.</summary>
    public int N { get; }

    /// <summary>Bytes of working memory, to be aligned to 64.</summary>
    public static nint MemorySize(int n)
    {
        nint N = Stride(n), reals = ((N + Rows) * 2 * N) + (Panel * 2 * N) + (N * 4 * Panel) + (2 * N) + ((nint)BlockCount(n) * Panel * 2 * Panel);
        reals += (BlockCount(n) * (LeftStride(N) + RightStride(N))) + (PanelCount(n) * PanelStride(N));
        return (reals * sizeof(T)) + TridiagonalDivide<T>.MemorySize(n);
    }

    /// <summary>Row i of A for filling, [re of N | im of N]; columns 0…i are read. Destroyed by the decomposition.</summary>
    public T* MatrixRow(int i) => matrix + ((nint)i * 2 * N);

    /// <param name="pool">Forks what is large enough; null to run here.</param>
    /// <param name="values">e, ascending; written.</param>
    /// <param name="eigenvectors">Row i is eigenvector i, column i of U; written.</param>
    /// <returns>False when A has entries that are no finite numbers, or an iteration has not ended: then both are not a number.</returns>
    public bool Decompose(WorkerPool? pool, T* values, Planes<T> eigenvectors)
    {
        if (n < SmallestForFork)
        {
            pool = null;
        }

        if (!Scale(out T unscale))
        {
            Fail(values, eigenvectors);
            return false;
        }

        Reduce(pool);
        if (!divide.Decompose(d, e, pool))
        {
            Fail(values, eigenvectors);
            return false;
        }

        for (int i = 0; i < n; i++)
        {
            values[i] = T.CreateTruncating(divide.Value(i)) * unscale;
        }

        Run(pool, BlockCount(n), new PackReflectorsJob(this));
        Run(pool, (PanelCount(n) + PanelsPerPart(N) - 1) / PanelsPerPart(N), new BackTransformJob(this, eigenvectors));
        return true;
    }

    private static int Stride(int n)
    {
        int multiple = Math.Max(Tile<T>.Columns, DiagonalBlock);
        return (n + multiple - 1) / multiple * multiple;
    }

    /// <summary>Order of the blocks on A's diagonal that are kept whole, so that a product with A works on whole vectors.</summary>
    private static int DiagonalBlock => Math.Max(SimdLevel.Width<T>(), Strip);

    private static int BlockCount(int n) => (n + Panel - 2) / Panel;

    private static int PanelCount(int n) => (n + Tile<T>.Columns - 1) / Tile<T>.Columns;

    private static nint PanelStride(nint N) => (N + Rows) * 2 * Tile<T>.Columns;

    private static nint LeftStride(nint N) => (N + Rows) * 2 * Panel;

    private static nint RightStride(nint N) => RoundUp(Panel, Rows) * 2 * N;

    private static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

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

    private void Fail(T* values, Planes<T> eigenvectors)
    {
        new Span<T>(values, n).Fill(T.NaN);
        for (int i = 0; i < n; i++)
        {
            new Span<T>(eigenvectors.Re + (i * eigenvectors.Stride), n).Fill(T.NaN);
            new Span<T>(eigenvectors.Im + (i * eigenvectors.Stride), n).Fill(T.NaN);
        }
    }

    /// <summary>
    /// A times a power of two that brings its largest entry near 1, so that squares neither overflow nor vanish; what is read without a meaning is zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Scale(out T unscale)
    {
        T largest = T.Zero;
        unscale = T.One;
        for (int i = 0; i < n; i++)
        {
            T* row = MatrixRow(i);
            T greatest = T.Max(Reals<T>.LargestMagnitude(row, i + 1), Reals<T>.LargestMagnitude(row + N, i));
            if (!T.IsFinite(greatest))
            {
                return false;
            }

            largest = T.Max(largest, greatest);
        }

        int limit = typeof(T) == typeof(float) ? 120 : 1000, exponent = largest > T.Zero ? Math.Clamp(T.ILogB(largest), -limit, limit) : 0;
        T factor = T.ScaleB(T.One, -exponent);
        unscale = T.ScaleB(T.One, exponent);
        for (int i = 0; i < N + Rows; i++)
        {
            T* row = MatrixRow(i);
            int count = i < n ? i + 1 : 0;
            Reals<T>.Scale(row, factor, row, count);
            Reals<T>.Scale(row + N, factor, row + N, count);
            new Span<T>(row + count, N - count).Clear();
            new Span<T>(row + N + count, N - count).Clear();
            if (i < n)
            {
                row[N + i] = T.Zero;
            }

            // the diagonal block is whole: A[j, i] = conj(A[i, j])
            for (int j = i / DiagonalBlock * DiagonalBlock; j < count; j++)
            {
                MatrixRow(j)[i] = row[j];
                MatrixRow(j)[N + i] = -row[N + j];
            }
        }

        return true;
    }

    /// <summary>V and Y = T Vᴴ of a block as the back-transformation reads them. Yᵀ = conj(V Tᴴ), whose rows are the columns that are packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackReflectors(int block)
    {
        int top = n - 1 - (block * Panel), count = Math.Min(Panel, top), width = Tile<T>.Columns;
        T* adjoint = stackalloc T[2 * Panel * RoundUp(Panel, width)], tile = stackalloc T[2 * Rows * width];
        T* triangle = triangles + ((nint)block * Panel * 2 * Panel), y = right + (block * RightStride(N));
        for (int column = 0; column < count; column += width)
        {
            T* to = adjoint + (column * 2 * count);
            for (int s = 0; s < count; s++, to += 2 * width)
            {
                for (int t = 0; t < width; t++)
                {
                    bool inside = column + t <= s; // T is upper triangular
                    to[t] = inside ? triangle[((column + t) * 2 * Panel) + s] : T.Zero;
                    to[width + t] = inside ? -triangle[((column + t) * 2 * Panel) + Panel + s] : T.Zero;
                }
            }
        }

        T* v = left + (block * LeftStride(N));
        for (int first = 0; first < top; first += Rows, v += 2 * Rows * count)
        {
            int rowCount = Math.Min(Rows, top - first);
            if (rowCount < Rows)
            {
                new Span<T>(v, 2 * Rows * count).Clear();
            }

            T* to = v;
            for (int s = 0; s < count; s++, to += 2 * Rows)
            {
                T* from = MatrixRow(top - s) + first;
                for (int i = 0; i < rowCount; i++)
                {
                    to[i] = from[i];
                    to[Rows + i] = from[N + i];
                }
            }

            for (int column = 0; column < count; column += width)
            {
                Tile<T>.Multiply(count, v, adjoint + (column * 2 * count), tile, tile + width, 2 * width, TileMode.Set);
                for (int t = 0; t < Math.Min(width, RoundUp(count, Rows) - column); t++)
                {
                    int reflector = column + t;
                    T* entry = y + ((((nint)(reflector / Rows) * top) + first) * 2 * Rows) + (reflector % Rows);
                    for (int i = 0; i < rowCount; i++, entry += 2 * Rows)
                    {
                        entry[0] = tile[(i * 2 * width) + t];
                        entry[Rows] = -tile[(i * 2 * width) + width + t];
                    }
                }
            }
        }
    }

    /// <summary>Panels of U = H_{n−1} ⋯ H_1 Z, block by block: U −= V (Y U).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackTransform(int part, Planes<T> eigenvectors)
    {
        int width = Tile<T>.Columns, firstPanel = part * PanelsPerPart(N), lastPanel = Math.Min(firstPanel + PanelsPerPart(N), PanelCount(n));
        T* product = stackalloc T[RoundUp(Panel, Rows) * 2 * width];
        for (int panel = firstPanel; panel < lastPanel; panel++)
        {
            LoadPanel(panel);
        }

        for (int block = BlockCount(n) - 1; block >= 0; block--)
        {
            int top = n - 1 - (block * Panel), count = Math.Min(Panel, top);
            T* v = left + (block * LeftStride(N)), y = right + (block * RightStride(N));
            for (int panel = firstPanel; panel < lastPanel; panel++)
            {
                T* u = vectors + (panel * PanelStride(N));
                for (int row = 0; row < count; row += Rows)
                {
                    T* to = product + (row * 2 * width);
                    Tile<T>.Multiply(top, y + ((nint)row * top * 2), u, to, to + width, 2 * width, TileMode.Set);
                }

                for (int row = 0; row < top; row += Rows)
                {
                    T* to = u + (row * 2 * width);
                    Tile<T>.Multiply(count, v + ((nint)row * count * 2), product, to, to + width, 2 * width, TileMode.Subtract);
                }
            }
        }

        for (int panel = firstPanel; panel < lastPanel; panel++)
        {
            StorePanel(panel, eigenvectors);
        }
    }

    /// <summary>One panel where it fits into the first cache; several share a block of reflectors where that comes from farther away anyway.</summary>
    private static int PanelsPerPart(nint N) => PanelStride(N) * sizeof(T) <= 40 << 10 ? 1 : 4;

    /// <summary>Eigenvectors of T as a panel's columns; columns beyond the last repeat it, so that they may be written with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadPanel(int panel)
    {
        int width = Tile<T>.Columns, first = panel * width;
        T* u = vectors + (panel * PanelStride(N));
        T** rows = stackalloc T*[Transposition<T>.Rows];
        new Span<T>(u, (int)PanelStride(N)).Clear();
        for (int column = 0; column < width; column += Transposition<T>.Rows)
        {
            for (int i = 0; i < Transposition<T>.Rows; i++)
            {
                rows[i] = divide.Vector(Math.Min(first + column + i, n - 1));
            }

            Transposition<T>.ToLanes(rows, n, u + column, 2 * width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StorePanel(int panel, Planes<T> eigenvectors)
    {
        int width = Tile<T>.Columns, first = panel * width, columnCount = Math.Min(width, n - first);
        T* u = vectors + (panel * PanelStride(N));
        T** re = stackalloc T*[Transposition<T>.Rows], im = stackalloc T*[Transposition<T>.Rows];
        for (int column = 0; column < columnCount; column += Transposition<T>.Rows)
        {
            for (int i = 0; i < Transposition<T>.Rows; i++)
            {
                nint row = first + Math.Min(column + i, columnCount - 1);
                re[i] = eigenvectors.Re + (row * eigenvectors.Stride);
                im[i] = eigenvectors.Im + (row * eigenvectors.Stride);
            }

            Transposition<T>.ToRows(u + column, 2 * width, n, re);
            Transposition<T>.ToRows(u + column + width, 2 * width, n, im);
        }
    }

    private readonly struct PackReflectorsJob(HermitianEigen<T> owner) : IJob
    {
        private readonly HermitianEigen<T> owner = owner;

        public void Execute(int index, int worker) => owner.PackReflectors(index);
    }

    private readonly struct BackTransformJob(HermitianEigen<T> owner, Planes<T> eigenvectors) : IJob
    {
        private readonly HermitianEigen<T> owner = owner;
        private readonly Planes<T> eigenvectors = eigenvectors;

        public void Execute(int index, int worker) => owner.BackTransform(index, eigenvectors);
    }
}
