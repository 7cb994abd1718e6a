using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>A matrix of every lane, in double precision: element (i, j) at Data + i·Row + j·Column, [re of lanes | im of lanes].</summary>
internal readonly unsafe struct LaneMatrix(double* data, nint row, nint column)
{
    /// <summary>Columns that a product takes at once.</summary>
    private const int Block = 4;

    public readonly double* Data = data;
    public readonly nint Row = row;
    public readonly nint Column = column;

    /// <summary>Matrices at a time.</summary>
    public static int Lanes => SimdLevel.Width<double>();

    /// <summary>Reals of a complex number of every lane.</summary>
    public static int Step => 2 * Lanes;

    public LaneMatrix Transpose => new(Data, Column, Row);

    public static LaneMatrix Dense(double* data, int columns) => new(data, (nint)columns * Step, Step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double* At(nint i, nint j) => Data + (i * Row) + (j * Column);

    public LaneMatrix From(nint i, nint j) => new(At(i, j), Row, Column);

    public void Clear(int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                new Span<double>(At(i, j), Step).Clear();
            }
        }
    }

    /// <summary>C = op(A) B or C −= op(A) B; op conjugates or does nothing.</summary>
    /// <param name="c">rows × columns.</param>
    public static void Multiply(LaneMatrix a, bool conjugate, LaneMatrix b, LaneMatrix c, int rows, int inner, int columns, bool subtract = false)
    {
        if (SimdLevel.Has512)
        {
            Multiply<Simd512<double>, Vector512<double>>(a, conjugate, b, c, rows, inner, columns, subtract);
        }
        else if (SimdLevel.Has256)
        {
            Multiply<Simd256<double>, Vector256<double>>(a, conjugate, b, c, rows, inner, columns, subtract);
        }
        else
        {
            Multiply<Simd128<double>, Vector128<double>>(a, conjugate, b, c, rows, inner, columns, subtract);
        }
    }

    /// <summary>Lane i of row entries j is rows[i][j], rows being [re of columns | im of columns]; lanes beyond count repeat the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<T>(T** rows, int count, int columns, double* to, nint step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T** re = stackalloc T*[Lanes], im = stackalloc T*[Lanes];
        for (int i = 0; i < Lanes; i++)
        {
            re[i] = rows[Math.Min(i, count - 1)];
            im[i] = re[i] + columns;
        }

        LaneConversion<T>.ToLanes(re, Lanes, columns, to, step);
        LaneConversion<T>.ToLanes(im, Lanes, columns, to + Lanes, step);
    }

    /// <summary>The inverse of <see cref="Pack"/>; lanes beyond count are not looked at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<T>(double* from, nint step, int columns, T** rows, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T** im = stackalloc T*[Lanes];
        for (int i = 0; i < count; i++)
        {
            im[i] = rows[i] + columns;
        }

        LaneConversion<T>.ToRows(from, step, columns, rows, count);
        LaneConversion<T>.ToRows(from + Lanes, step, columns, im, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<S, V>(LaneMatrix a, bool conjugate, LaneMatrix b, LaneMatrix c, int rows, int inner, int columns, bool subtract)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V sign = S.Broadcast(conjugate ? -1 : 1), side = S.Broadcast(subtract ? -1 : 1);
        int j = 0;
        for (; j + Block <= columns; j += Block)
        {
            for (int i = 0; i < rows; i++)
            {
                Four<S, V>(a.At(i, 0), a.Column, sign, b.At(0, j), b.Row, b.Column, inner, c.At(i, j), c.Column, side, subtract);
            }
        }

        for (; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
            {
                One<S, V>(a.At(i, 0), a.Column, sign, b.At(0, j), b.Row, inner, c.At(i, j), side, subtract);
            }
        }
    }

    /// <summary>Four neighbouring entries of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<S, V>(double* a, nint aStep, V sign, double* b, nint bRow, nint bColumn, int inner, double* c, nint cColumn, V side, bool subtract)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        int W = S.Width;
        V zero = S.Broadcast(0), r0 = zero, r1 = zero, r2 = zero, r3 = zero, i0 = zero, i1 = zero, i2 = zero, i3 = zero;
        double* b1 = b + bColumn, b2 = b1 + bColumn, b3 = b2 + bColumn;
        nint at = 0;
        for (int k = 0; k < inner; k++, a += aStep, at += bRow)
        {
            V re = S.Load(a), im = S.Multiply(sign, S.Load(a + W));
            V x0 = S.Load(b + at), y0 = S.Load(b + at + W), x1 = S.Load(b1 + at), y1 = S.Load(b1 + at + W);
            V x2 = S.Load(b2 + at), y2 = S.Load(b2 + at + W), x3 = S.Load(b3 + at), y3 = S.Load(b3 + at + W);
            r0 = S.MultiplyAdd(re, x0, r0);
            r1 = S.MultiplyAdd(re, x1, r1);
            r2 = S.MultiplyAdd(re, x2, r2);
            r3 = S.MultiplyAdd(re, x3, r3);
            i0 = S.MultiplyAdd(re, y0, i0);
            i1 = S.MultiplyAdd(re, y1, i1);
            i2 = S.MultiplyAdd(re, y2, i2);
            i3 = S.MultiplyAdd(re, y3, i3);
            r0 = S.NegatedMultiplyAdd(im, y0, r0);
            r1 = S.NegatedMultiplyAdd(im, y1, r1);
            r2 = S.NegatedMultiplyAdd(im, y2, r2);
            r3 = S.NegatedMultiplyAdd(im, y3, r3);
            i0 = S.MultiplyAdd(im, x0, i0);
            i1 = S.MultiplyAdd(im, x1, i1);
            i2 = S.MultiplyAdd(im, x2, i2);
            i3 = S.MultiplyAdd(im, x3, i3);
        }

        Put<S, V>(r0, i0, c, side, subtract);
        Put<S, V>(r1, i1, c + cColumn, side, subtract);
        Put<S, V>(r2, i2, c + (2 * cColumn), side, subtract);
        Put<S, V>(r3, i3, c + (3 * cColumn), side, subtract);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<S, V>(double* a, nint aStep, V sign, double* b, nint bRow, int inner, double* c, V side, bool subtract)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        int W = S.Width;
        V r = S.Broadcast(0), i = r;
        for (int k = 0; k < inner; k++, a += aStep, b += bRow)
        {
            V re = S.Load(a), im = S.Multiply(sign, S.Load(a + W)), x = S.Load(b), y = S.Load(b + W);
            r = S.NegatedMultiplyAdd(im, y, S.MultiplyAdd(re, x, r));
            i = S.MultiplyAdd(im, x, S.MultiplyAdd(re, y, i));
        }

        Put<S, V>(r, i, c, side, subtract);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<S, V>(V re, V im, double* c, V side, bool subtract)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        if (subtract)
        {
            re = S.MultiplyAdd(side, re, S.Load(c));
            im = S.MultiplyAdd(side, im, S.Load(c + S.Width));
        }

        S.Store(re, c);
        S.Store(im, c + S.Width);
    }
}
