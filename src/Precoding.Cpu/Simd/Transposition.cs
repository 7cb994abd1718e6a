using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Precoding.Cpu.Simd;

/// <summary>Between rows and lanes, lanes[j·step + i] = row_i[j], for <see cref="Rows"/> rows at a time: the numbers of a 128-bit vector.</summary>
internal static unsafe class Transposition<T>
    where T : unmanaged
{
    public static int Rows => Vector128<T>.Count;

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
