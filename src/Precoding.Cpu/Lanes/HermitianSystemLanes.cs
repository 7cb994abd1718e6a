using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// A X = B for many small Hermitian positive definite A, a realization in each lane: A = UᴴU row by row [GVL 4.2], then UᴴY = B and UX = Y on
/// panels of right-hand sides. No operation mixes lanes, so a realization alone equals itself among others, bit by bit. Rows and columns go by pairs;
/// odd orders are padded with the identity.
/// </summary>
internal readonly unsafe struct HermitianSystemLanes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Pair = 2;

    private readonly T* matrix;        // upper triangle of A, then of U: [i][j][re of lanes | im of lanes]
    private readonly T* inverses;      // 1/U_ii: [i][lanes]
    private readonly T* broken;        // not zero in lanes where a pivot was replaced

    public HermitianSystemLanes(T* memory, int n)
    {
        Size = n;
        N = PaddedSize(n);
        matrix = memory;
        inverses = matrix + (N * RowStrideOf(n));
        broken = inverses + ((nint)N * Lanes);
    }

    /// <summary>Matrices at a time.</summary>
    public static int Lanes => SimdLevel.Width<T>();

    /// <summary>Order of the systems.</summary>
    public int Size { get; }

    /// <summary>Order with padding.</summary>
    public int N { get; }

    /// <summary>Reals from a row of A to the next.</summary>
    public nint RowStride => RowStrideOf(Size);

    /// <summary>Reals that systems of order n need.</summary>
    public static nint MemorySize(int n) => (PaddedSize(n) * (RowStrideOf(n) + Lanes)) + Lanes;

    /// <summary>Reals of a panel of <see cref="Tile{T}.Columns"/> right-hand sides: [row][column][re of lanes | im of lanes].</summary>
    public static nint PanelSize(int n) => PaddedSize(n) * PanelStride;

    /// <summary>A pivot of this lane was not positive; it was replaced by a tiny one.</summary>
    public bool IsBroken(int lane) => broken[lane] != T.Zero;

    /// <summary>Row i of every A; lanes without a matrix get the identity's.</summary>
    /// <param name="rows">[lane][re of n | im of n]; zero where the last square of lanes in use has none.</param>
    /// <param name="count">Lanes with a matrix.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FillRow(int i, T* rows, int count)
    {
        T* diagonal = Diagonal(i); // what is left of it is never read
        ToLanes(rows + i, Size, count, Size - i, diagonal);
        new Span<T>(diagonal + count, Lanes - count).Fill(T.One);
        if (Size < N)
        {
            new Span<T>(diagonal + ((Size - i) * 2 * Lanes), 2 * Lanes).Clear();
            new Span<T>(Diagonal(Size), Lanes).Fill(T.One);
        }
    }

    /// <summary>Row i of a panel of right-hand sides, zero in lanes without a matrix.</summary>
    /// <param name="rows">[lane][re of <see cref="Tile{T}.Columns"/> | im of <see cref="Tile{T}.Columns"/>]; zero where the last square of lanes in use has none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LoadRow(T* panel, int i, T* rows, int columns, int count)
    {
        T* row = panel + (i * PanelStride);
        ToLanes(rows, Tile<T>.Columns, count, columns, row);
        new Span<T>(row + (columns * 2 * Lanes), 2 * Lanes).Clear(); // the other of an odd pair
        if (i == Size - 1 && Size < N)
        {
            new Span<T>(row + PanelStride, (int)PanelStride).Clear();
        }
    }

    /// <summary>Row i of a panel of solutions, to where <see cref="LoadRow"/> takes rows from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreRow(T* panel, int i, T* rows, int columns, int count)
    {
        T* row = panel + (i * PanelStride);
        T** re = stackalloc T*[Transposition<T>.Rows], im = stackalloc T*[Transposition<T>.Rows];
        for (int first = 0; first < count; first += Transposition<T>.Rows)
        {
            PointTo(rows, Tile<T>.Columns, first, re, im);
            Transposition<T>.ToRows(row + first, 2 * Lanes, columns, re);
            Transposition<T>.ToRows(row + first + Lanes, 2 * Lanes, columns, im);
        }
    }

    /// <summary>The real part of entry (i, column) in one lane.</summary>
    public T RealOf(T* panel, int i, int column, int lane) => panel[(i * PanelStride) + (column * 2 * Lanes) + lane];

    /// <summary>Row i of every panel times a factor.</summary>
    public void ScaleRow(T* panel, int i, T factor, int columns)
    {
        T* row = panel + (i * PanelStride);
        Reals<T>.Scale(row, factor, row, columns * 2 * (nint)Lanes);
    }

    /// <summary>sums[lane·stride] = Σ |x|² over a panel; rows are summed as they are stored, their sums in double precision.</summary>
    public void SquaredNorms(T* panel, int columns, double* sums, int stride, int count)
    {
        if (SimdLevel.Has512)
        {
            SquaredNorms<Simd512<T>, Vector512<T>>(panel, columns, sums, stride, count);
        }
        else if (SimdLevel.Has256)
        {
            SquaredNorms<Simd256<T>, Vector256<T>>(panel, columns, sums, stride, count);
        }
        else
        {
            SquaredNorms<Simd128<T>, Vector128<T>>(panel, columns, sums, stride, count);
        }
    }

    /// <summary>A = UᴴU.</summary>
    public void Factor()
    {
        if (SimdLevel.Has512)
        {
            Factor<Simd512<T>, Vector512<T>>();
        }
        else if (SimdLevel.Has256)
        {
            Factor<Simd256<T>, Vector256<T>>();
        }
        else
        {
            Factor<Simd128<T>, Vector128<T>>();
        }
    }

    /// <summary>UᴴY = B, in place on a panel.</summary>
    public void Forward(T* panel, int columns)
    {
        if (SimdLevel.Has512)
        {
            Forward<Simd512<T>, Vector512<T>>(panel, columns);
        }
        else if (SimdLevel.Has256)
        {
            Forward<Simd256<T>, Vector256<T>>(panel, columns);
        }
        else
        {
            Forward<Simd128<T>, Vector128<T>>(panel, columns);
        }
    }

    /// <summary>U X = Y, in place on a panel.</summary>
    public void Backward(T* panel, int columns)
    {
        if (SimdLevel.Has512)
        {
            Backward<Simd512<T>, Vector512<T>>(panel, columns);
        }
        else if (SimdLevel.Has256)
        {
            Backward<Simd256<T>, Vector256<T>>(panel, columns);
        }
        else
        {
            Backward<Simd128<T>, Vector128<T>>(panel, columns);
        }
    }

    private static int PaddedSize(int n) => (n + Pair - 1) / Pair * Pair;

    /// <summary>Reals from a row of A to the next: an odd number of entries, or rows of orders like 32 would displace each other from the first cache.</summary>
    private static nint RowStrideOf(int n) => (PaddedSize(n) + 1) * 2 * (nint)Lanes;

    /// <summary>Reals from a row of a panel to the next.</summary>
    private static nint PanelStride => (Tile<T>.Columns + 1) * 2 * (nint)Lanes;

    private T* Diagonal(int i) => matrix + (i * (RowStride + (2 * Lanes)));

    /// <summary>to[j] = [re of lanes | im of lanes] for j &lt; length, zero beyond the last square of lanes in use.</summary>
    /// <param name="rows">[lane][re of width | im of width]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToLanes(T* rows, int width, int count, int length, T* to)
    {
        T** re = stackalloc T*[Transposition<T>.Rows], im = stackalloc T*[Transposition<T>.Rows];
        if (count <= Lanes - Transposition<T>.Rows)
        {
            new Span<T>(to, length * 2 * Lanes).Clear();
        }

        for (int first = 0; first < count; first += Transposition<T>.Rows)
        {
            PointTo(rows, width, first, re, im);
            Transposition<T>.ToLanes(re, length, to + first, 2 * Lanes);
            Transposition<T>.ToLanes(im, length, to + first + Lanes, 2 * Lanes);
        }
    }

    /// <summary>Where the rows of a square of lanes begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PointTo(T* rows, int width, int first, T** re, T** im)
    {
        for (int i = 0; i < Transposition<T>.Rows; i++)
        {
            re[i] = rows + ((nint)(first + i) * 2 * width);
            im[i] = re[i] + width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Factor<S, V>()
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint step = 2 * S.Width, rowStride = RowStride;
        V largest = S.Broadcast(T.Zero);
        for (int i = 0; i < N; i++)
        {
            V diagonal = S.Abs(S.Load(matrix + (i * (rowStride + step))));
            largest = S.Select(S.IsGreater(diagonal, largest), diagonal, largest);
        }

        V one = S.Broadcast(T.One), smallest = S.Multiply(S.Select(S.IsGreater(largest, one), largest, one), S.Broadcast(T.CreateChecked(1e-30)));
        V replacement = S.Multiply(S.Select(S.IsGreater(largest, smallest), largest, smallest), S.Broadcast(T.BitIncrement(T.One) - T.One));
        S.Store(S.Broadcast(T.Zero), broken);
        for (int i = 0; i < N; i += Pair)
        {
            T* column = matrix + (i * step), row = column + (i * rowStride);
            for (int j = i; j < N; j += Pair)
            {
                Subtract<S, V, Adjoint>(i, column, rowStride, step, matrix + (j * step), rowStride, row + ((j - i) * step), rowStride);
            }

            FactorPair<S, V>(i, row, smallest, replacement);
            for (int j = i + Pair; j < N; j++)
            {
                ForwardPair<S, V>(i, row, row + ((j - i) * step), rowStride);
            }
        }
    }

    /// <summary>U of the two diagonal entries at row, and U[i,i+1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FactorPair<S, V>(int i, T* row, V smallest, V replacement)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint W = S.Width, step = 2 * W;
        T* next = row + RowStride + step;
        V first = Inverse<S, V>(S.Load(row), smallest, replacement);
        V re = S.Multiply(S.Load(row + step), first), im = S.Multiply(S.Load(row + step + W), first);
        V second = Inverse<S, V>(S.NegatedMultiplyAdd(im, im, S.NegatedMultiplyAdd(re, re, S.Load(next))), smallest, replacement);
        S.Store(re, row + step);
        S.Store(im, row + step + W);
        S.Store(first, inverses + (i * W));
        S.Store(second, inverses + ((i + 1) * W));
    }

    /// <summary>1/√pivot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Inverse<S, V>(V pivot, V smallest, V replacement)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V one = S.Broadcast(T.One), sound = S.IsGreater(pivot, smallest);
        S.Store(S.Or(S.Load(broken), S.AndNot(one, sound)), broken);
        return S.Divide(one, S.Sqrt(S.Select(sound, pivot, replacement)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward<S, V>(T* panel, int columns)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint step = 2 * S.Width, rowStride = RowStride, stride = PanelStride;
        for (int c = 0; c < columns; c += Pair, panel += Pair * step)
        {
            for (int i = 0; i < N; i += Pair)
            {
                T* column = matrix + (i * step), row = column + (i * rowStride), x = panel + (i * stride);
                Subtract<S, V, Adjoint>(i, column, rowStride, step, panel, stride, x, stride);
                ForwardPair<S, V>(i, row, x, stride);
                ForwardPair<S, V>(i, row, x + step, stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward<S, V>(T* panel, int columns)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint step = 2 * S.Width, rowStride = RowStride, stride = PanelStride;
        for (int c = 0; c < columns; c += Pair, panel += Pair * step)
        {
            for (int i = N - Pair; i >= 0; i -= Pair)
            {
                T* row = matrix + (i * (rowStride + step)), x = panel + (i * stride);
                Subtract<S, V, Plain>(N - i - Pair, row + (Pair * step), step, rowStride, x + (Pair * stride), stride, x, stride);
                BackwardPair<S, V>(i, row, x, stride);
                BackwardPair<S, V>(i, row, x + step, stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SquaredNorms<S, V>(T* panel, int columns, double* sums, int stride, int count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        T* ofRow = stackalloc T[S.Width];
        for (int lane = 0; lane < count; lane++)
        {
            sums[lane * stride] = 0;
        }

        for (int i = 0; i < Size; i++, panel += PanelStride)
        {
            V sum = S.Broadcast(T.Zero);
            for (T* x = panel; x < panel + (columns * 2 * S.Width); x += S.Width)
            {
                sum = S.MultiplyAdd(S.Load(x), S.Load(x), sum);
            }

            S.Store(sum, ofRow);
            for (int lane = 0; lane < count; lane++)
            {
                sums[lane * stride] += double.CreateTruncating(ofRow[lane]);
            }
        }
    }

    /// <summary>x_0 := x_0/U_ii, x_1 := (x_1 − conj(U[i,i+1]) x_0)/U_{i+1,i+1} in one column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ForwardPair<S, V>(int i, T* row, T* x, nint stride)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint W = S.Width;
        T* y = x + stride;
        V first = S.Load(inverses + (i * W)), second = S.Load(inverses + ((i + 1) * W)), uRe = S.Load(row + (2 * W)), uIm = S.Load(row + (3 * W));
        V xRe = S.Multiply(S.Load(x), first), xIm = S.Multiply(S.Load(x + W), first);
        S.Store(xRe, x);
        S.Store(xIm, x + W);
        S.Store(S.Multiply(S.NegatedMultiplyAdd(uIm, xIm, S.NegatedMultiplyAdd(uRe, xRe, S.Load(y))), second), y);
        S.Store(S.Multiply(S.MultiplyAdd(uIm, xRe, S.NegatedMultiplyAdd(uRe, xIm, S.Load(y + W))), second), y + W);
    }

    /// <summary>x_1 := x_1/U_{i+1,i+1}, x_0 := (x_0 − U[i,i+1] x_1)/U_ii in one column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void BackwardPair<S, V>(int i, T* row, T* x, nint stride)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint W = S.Width;
        T* y = x + stride;
        V first = S.Load(inverses + (i * W)), second = S.Load(inverses + ((i + 1) * W)), uRe = S.Load(row + (2 * W)), uIm = S.Load(row + (3 * W));
        V yRe = S.Multiply(S.Load(y), second), yIm = S.Multiply(S.Load(y + W), second);
        S.Store(yRe, y);
        S.Store(yIm, y + W);
        S.Store(S.Multiply(S.MultiplyAdd(uIm, yIm, S.NegatedMultiplyAdd(uRe, yRe, S.Load(x))), first), x);
        S.Store(S.Multiply(S.NegatedMultiplyAdd(uIm, yRe, S.NegatedMultiplyAdd(uRe, yIm, S.Load(x + W))), first), x + W);
    }

    private readonly struct Adjoint;

    private readonly struct Plain;

    /// <summary>
    /// The one inner kernel, C[2 × 2] −= Σ_k op(a_k) b_k over k &lt; inner: a_k is a pair of entries <paramref name="aAcross"/> apart, conjugated if read as
    /// <see cref="Adjoint"/>, b_k a pair of neighbours.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract<S, V, TRead>(int inner, T* a, nint aStride, nint aAcross, T* b, nint bStride, T* c, nint cStride)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint W = S.Width, step = 2 * W;
        T* d = c + cStride;
        V re00 = S.Load(c), im00 = S.Load(c + W), re01 = S.Load(c + step), im01 = S.Load(c + step + W);
        V re10 = S.Load(d), im10 = S.Load(d + W), re11 = S.Load(d + step), im11 = S.Load(d + step + W);
        for (; inner > 0; inner--, a += aStride, b += bStride)
        {
            V bRe0 = S.Load(b), bIm0 = S.Load(b + W), bRe1 = S.Load(b + step), bIm1 = S.Load(b + step + W);
            V aRe = S.Load(a), aIm = S.Load(a + W);
            re00 = S.NegatedMultiplyAdd(aRe, bRe0, re00);
            im00 = S.NegatedMultiplyAdd(aRe, bIm0, im00);
            re01 = S.NegatedMultiplyAdd(aRe, bRe1, re01);
            im01 = S.NegatedMultiplyAdd(aRe, bIm1, im01);
            V eRe = S.Load(a + aAcross), eIm = S.Load(a + aAcross + W);
            re10 = S.NegatedMultiplyAdd(eRe, bRe0, re10);
            im10 = S.NegatedMultiplyAdd(eRe, bIm0, im10);
            re11 = S.NegatedMultiplyAdd(eRe, bRe1, re11);
            im11 = S.NegatedMultiplyAdd(eRe, bIm1, im11);
            if (typeof(TRead) == typeof(Adjoint))
            {
                re00 = S.NegatedMultiplyAdd(aIm, bIm0, re00);
                im00 = S.MultiplyAdd(aIm, bRe0, im00);
                re01 = S.NegatedMultiplyAdd(aIm, bIm1, re01);
                im01 = S.MultiplyAdd(aIm, bRe1, im01);
                re10 = S.NegatedMultiplyAdd(eIm, bIm0, re10);
                im10 = S.MultiplyAdd(eIm, bRe0, im10);
                re11 = S.NegatedMultiplyAdd(eIm, bIm1, re11);
                im11 = S.MultiplyAdd(eIm, bRe1, im11);
            }
            else
            {
                re00 = S.MultiplyAdd(aIm, bIm0, re00);
                im00 = S.NegatedMultiplyAdd(aIm, bRe0, im00);
                re01 = S.MultiplyAdd(aIm, bIm1, re01);
                im01 = S.NegatedMultiplyAdd(aIm, bRe1, im01);
                re10 = S.MultiplyAdd(eIm, bIm0, re10);
                im10 = S.NegatedMultiplyAdd(eIm, bRe0, im10);
                re11 = S.MultiplyAdd(eIm, bIm1, re11);
                im11 = S.NegatedMultiplyAdd(eIm, bRe1, im11);
            }
        }

        S.Store(re00, c);
        S.Store(im00, c + W);
        S.Store(re01, c + step);
        S.Store(im01, c + step + W);
        S.Store(re10, d);
        S.Store(im10, d + W);
        S.Store(re11, d + step);
        S.Store(im11, d + step + W);
    }
}
