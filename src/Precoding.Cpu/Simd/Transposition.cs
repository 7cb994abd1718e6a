using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Precoding.Cpu.Simd;

/// <summary>
/// Transposition in registers: of squares, and between rows and lanes, lanes[j·step + i] = row_i[j], for <see cref="Rows"/>
/// rows at a time, the numbers of a 128-bit vector.
/// </summary>
internal static unsafe class Transposition<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Rows => Vector128<T>.Count;

    /// <summary>Side of the squares that are transposed in registers.</summary>
    public static int SquareSide => Vector256<T>.Count;

    /// <summary>lanes[j·step + i] = row_i[j], j &lt; count.</summary>
    /// <param name="rows">Where each of the rows begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToLanes(T** rows, int count, T* lanes, nint step)
    {
        int j = 0;
        if (typeof(T) == typeof(float) && Sse.IsSupported)
        {
            float* r0 = (float*)rows[0], r1 = (float*)rows[1], r2 = (float*)rows[2], r3 = (float*)rows[3], to = (float*)lanes;
            for (; j <= count - 4; j += 4, to += 4 * step)
            {
                Vector128<float> a = Vector128.Load(r0 + j), b = Vector128.Load(r1 + j), c = Vector128.Load(r2 + j), d = Vector128.Load(r3 + j);
                Transpose(ref a, ref b, ref c, ref d);
                a.Store(to);
                b.Store(to + step);
                c.Store(to + (2 * step));
                d.Store(to + (3 * step));
            }
        }
        else if (typeof(T) == typeof(double) && Sse2.IsSupported)
        {
            double* r0 = (double*)rows[0], r1 = (double*)rows[1], to = (double*)lanes;
            for (; j <= count - 2; j += 2, to += 2 * step)
            {
                Vector128<double> a = Vector128.Load(r0 + j), b = Vector128.Load(r1 + j);
                Sse2.UnpackLow(a, b).Store(to);
                Sse2.UnpackHigh(a, b).Store(to + step);
            }
        }

        for (int i = 0; i < Rows; i++)
        {
            for (int rest = j; rest < count; rest++)
            {
                lanes[(rest * step) + i] = rows[i][rest];
            }
        }
    }

    /// <summary>row_i[j] = lanes[j·step + i], j &lt; count.</summary>
    /// <param name="rows">Where each of the rows begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToRows(T* lanes, nint step, int count, T** rows)
    {
        int j = 0;
        if (typeof(T) == typeof(float) && Sse.IsSupported)
        {
            float* r0 = (float*)rows[0], r1 = (float*)rows[1], r2 = (float*)rows[2], r3 = (float*)rows[3], from = (float*)lanes;
            for (; j <= count - 4; j += 4, from += 4 * step)
            {
                Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + step), c = Vector128.Load(from + (2 * step)), d = Vector128.Load(from + (3 * step));
                Transpose(ref a, ref b, ref c, ref d);
                a.Store(r0 + j);
                b.Store(r1 + j);
                c.Store(r2 + j);
                d.Store(r3 + j);
            }
        }
        else if (typeof(T) == typeof(double) && Sse2.IsSupported)
        {
            double* r0 = (double*)rows[0], r1 = (double*)rows[1], from = (double*)lanes;
            for (; j <= count - 2; j += 2, from += 2 * step)
            {
                Vector128<double> a = Vector128.Load(from), b = Vector128.Load(from + step);
                Sse2.UnpackLow(a, b).Store(r0 + j);
                Sse2.UnpackHigh(a, b).Store(r1 + j);
            }
        }

        for (int i = 0; i < Rows; i++)
        {
            for (int rest = j; rest < count; rest++)
            {
                rows[i][rest] = lanes[(rest * step) + i];
            }
        }
    }

    /// <summary>to[j, i] = sign · from[i, j] for a square of <see cref="SquareSide"/>; needs AVX.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Square(T* from, nint stride, T sign, T* to, nint toStride)
    {
        Vector256<T> scale = Vector256.Create(sign);
        if (typeof(T) == typeof(float))
        {
            Vector256<float> r0 = Row(0), r1 = Row(1), r2 = Row(2), r3 = Row(3), r4 = Row(4), r5 = Row(5), r6 = Row(6), r7 = Row(7);
            Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
            Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
            Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
            Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
            Put(0, Avx.Permute2x128(b0, b4, 0x20));
            Put(1, Avx.Permute2x128(b1, b5, 0x20));
            Put(2, Avx.Permute2x128(b2, b6, 0x20));
            Put(3, Avx.Permute2x128(b3, b7, 0x20));
            Put(4, Avx.Permute2x128(b0, b4, 0x31));
            Put(5, Avx.Permute2x128(b1, b5, 0x31));
            Put(6, Avx.Permute2x128(b2, b6, 0x31));
            Put(7, Avx.Permute2x128(b3, b7, 0x31));
        }
        else
        {
            Vector256<double> r0 = Row(0).AsDouble(), r1 = Row(1).AsDouble(), r2 = Row(2).AsDouble(), r3 = Row(3).AsDouble();
            Vector256<double> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
            Put(0, Avx.Permute2x128(a0, a2, 0x20).AsSingle());
            Put(1, Avx.Permute2x128(a1, a3, 0x20).AsSingle());
            Put(2, Avx.Permute2x128(a0, a2, 0x31).AsSingle());
            Put(3, Avx.Permute2x128(a1, a3, 0x31).AsSingle());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Row(int i) => (Vector256.Load(from + (i * stride)) * scale).AsSingle();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put(int j, Vector256<float> row) => row.As<float, T>().Store(to + (j * toStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector128<float> a, ref Vector128<float> b, ref Vector128<float> c, ref Vector128<float> d)
    {
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
        a = Sse.MoveLowToHigh(ab, cd);
        b = Sse.MoveHighToLow(cd, ab);
        c = Sse.MoveLowToHigh(abHigh, cdHigh);
        d = Sse.MoveHighToLow(cdHigh, abHigh);
    }
}
