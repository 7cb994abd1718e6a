using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>Between rows in an engine's precision and lanes in double precision: lanes[j·step + i] = row_i[j].</summary>
internal static unsafe class LaneConversion<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Square = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToLanes(T** rows, int rowCount, int count, double* lanes, nint step)
    {
        int i = 0;
        if (typeof(T) == typeof(double))
        {
            for (; i + Transposition<T>.Rows <= rowCount; i += Transposition<T>.Rows)
            {
                Transposition<T>.ToLanes(rows + i, count, (T*)lanes + i, step);
            }
        }
        else if (Avx.IsSupported)
        {
            for (; i + Square <= rowCount; i += Square)
            {
                FourToLanes((float**)rows + i, count, lanes + i, step);
            }
        }

        for (; i < rowCount; i++)
        {
            for (int j = 0; j < count; j++)
            {
                lanes[(j * step) + i] = double.CreateTruncating(rows[i][j]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToRows(double* lanes, nint step, int count, T** rows, int rowCount)
    {
        int i = 0;
        if (typeof(T) == typeof(double))
        {
            for (; i + Transposition<T>.Rows <= rowCount; i += Transposition<T>.Rows)
            {
                Transposition<T>.ToRows((T*)lanes + i, step, count, rows + i);
            }
        }
        else if (Avx.IsSupported)
        {
            for (; i + Square <= rowCount; i += Square)
            {
                FourToRows(lanes + i, step, count, (float**)rows + i);
            }
        }

        for (; i < rowCount; i++)
        {
            for (int j = 0; j < count; j++)
            {
                rows[i][j] = T.CreateTruncating(lanes[(j * step) + i]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourToLanes(float** rows, int count, double* lanes, nint step)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        int j = 0;
        for (; j + Square <= count; j += Square, lanes += Square * step)
        {
            Vector128<float> a = Vector128.Load(r0 + j), b = Vector128.Load(r1 + j), c = Vector128.Load(r2 + j), d = Vector128.Load(r3 + j);
            Transpose(ref a, ref b, ref c, ref d);
            Avx.ConvertToVector256Double(a).Store(lanes);
            Avx.ConvertToVector256Double(b).Store(lanes + step);
            Avx.ConvertToVector256Double(c).Store(lanes + (2 * step));
            Avx.ConvertToVector256Double(d).Store(lanes + (3 * step));
        }

        for (; j < count; j++, lanes += step)
        {
            Avx.ConvertToVector256Double(Vector128.Create(r0[j], r1[j], r2[j], r3[j])).Store(lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourToRows(double* lanes, nint step, int count, float** rows)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        int j = 0;
        for (; j + Square <= count; j += Square, lanes += Square * step)
        {
            Vector128<float> a = Avx.ConvertToVector128Single(Vector256.Load(lanes)), b = Avx.ConvertToVector128Single(Vector256.Load(lanes + step));
            Vector128<float> c = Avx.ConvertToVector128Single(Vector256.Load(lanes + (2 * step))), d = Avx.ConvertToVector128Single(Vector256.Load(lanes + (3 * step)));
            Transpose(ref a, ref b, ref c, ref d);
            a.Store(r0 + j);
            b.Store(r1 + j);
            c.Store(r2 + j);
            d.Store(r3 + j);
        }

        for (; j < count; j++, lanes += step)
        {
            (r0[j], r1[j], r2[j], r3[j]) = ((float)lanes[0], (float)lanes[1], (float)lanes[2], (float)lanes[3]);
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
