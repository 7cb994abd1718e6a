using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Precoding.Cpu.Simd;

/// <summary>
/// Vector loops over contiguous reals. A row of a complex tensor is 2·columns reals, so Re⟨a,b⟩ and real linear combinations of complex rows are these.
/// Sums: four accumulators in a fixed order, then double.
/// </summary>
internal static unsafe class Reals<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Σ a_i b_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Dot(T* a, T* b, nint count) => SimdLevel.Has512 ? Dot<Simd512<T>, Vector512<T>>(a, b, count)
        : SimdLevel.Has256 ? Dot<Simd256<T>, Vector256<T>>(a, b, count) : Dot<Simd128<T>, Vector128<T>>(a, b, count);

    /// <summary>Σ a_i², in slices, so that sums in single precision stay short.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SquaredNorm(T* a, nint count)
    {
        const int slice = 512;
        double sum = 0;
        for (nint i = 0; i < count; i += slice)
        {
            sum += Dot(a + i, a + i, Math.Min(slice, count - i));
        }

        return sum;
    }

    /// <summary>Σ (a_i − b_i)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SquaredDistance(T* a, T* b, nint count)
    {
        int w = Vector<T>.Count;
        Vector<T> s0 = default, s1 = default;
        nint i = 0;
        for (; i <= count - (2 * w); i += 2 * w)
        {
            Vector<T> d0 = Vector.Load(a + i) - Vector.Load(b + i), d1 = Vector.Load(a + i + w) - Vector.Load(b + i + w);
            s0 += d0 * d0;
            s1 += d1 * d1;
        }

        double sum = double.CreateTruncating(Vector.Sum(s0 + s1));
        for (; i < count; i++)
        {
            sum += double.CreateTruncating((a[i] - b[i]) * (a[i] - b[i]));
        }

        return sum;
    }

    /// <summary>to_i = a_i·x + b_i·y; to may be a or b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(T* a, T x, T* b, T y, T* to, nint count)
    {
        if (SimdLevel.Has512)
        {
            Combine<Simd512<T>, Vector512<T>>(a, x, b, y, to, count);
        }
        else if (SimdLevel.Has256)
        {
            Combine<Simd256<T>, Vector256<T>>(a, x, b, y, to, count);
        }
        else
        {
            Combine<Simd128<T>, Vector128<T>>(a, x, b, y, to, count);
        }
    }

    /// <summary>to_i = a_i·x + b_i·y + c_i·z; to may be any of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(T* a, T x, T* b, T y, T* c, T z, T* to, nint count)
    {
        if (SimdLevel.Has512)
        {
            Combine<Simd512<T>, Vector512<T>>(a, x, b, y, c, z, to, count);
        }
        else if (SimdLevel.Has256)
        {
            Combine<Simd256<T>, Vector256<T>>(a, x, b, y, c, z, to, count);
        }
        else
        {
            Combine<Simd128<T>, Vector128<T>>(a, x, b, y, c, z, to, count);
        }
    }

    /// <summary>to_i = a_i·x; to may be a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(T* a, T x, T* to, nint count)
    {
        int w = Vector<T>.Count;
        var vx = new Vector<T>(x);
        nint i = 0;
        for (; i <= count - w; i += w)
        {
            (Vector.Load(a + i) * vx).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = a[i] * x;
        }
    }

    /// <summary>a_i := a_i·x, and 0 where that is below <paramref name="negligible"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAndFlush(T* a, T x, T negligible, nint count)
    {
        int w = Vector<T>.Count;
        var vx = new Vector<T>(x);
        var threshold = new Vector<T>(negligible);
        nint i = 0;
        for (; i <= count - w; i += w)
        {
            Vector<T> scaled = Vector.Load(a + i) * vx;
            Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(scaled), threshold), Vector<T>.Zero, scaled).Store(a + i);
        }

        for (; i < count; i++)
        {
            T scaled = a[i] * x;
            a[i] = T.Abs(scaled) < negligible ? T.Zero : scaled;
        }
    }

    /// <summary>max |a_i|; infinite or not a number as soon as one of them is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T LargestMagnitude(T* a, nint count)
    {
        int w = Vector<T>.Count;
        Vector<T> largest = default, broken = default;
        nint i = 0;
        for (; i <= count - w; i += w)
        {
            Vector<T> x = Vector.Load(a + i);
            largest = Vector.Max(largest, Vector.Abs(x));
            broken += x * Vector<T>.Zero; // neither infinity nor what is no number times zero is zero
        }

        T result = T.Zero, sum = Vector.Sum(broken);
        for (int lane = 0; lane < w; lane++)
        {
            result = T.Max(result, largest[lane]);
        }

        for (; i < count; i++)
        {
            result = T.Max(result, T.Abs(a[i]));
            sum += a[i] * T.Zero;
        }

        return result + sum;
    }

    public static void Copy(T* from, T* to, nint count) => Buffer.MemoryCopy(from, to, count * sizeof(T), count * sizeof(T));

    /// <summary>Σ of doubles in order.</summary>
    public static double Sum(double* values, nint count, nint stride = 1)
    {
        double sum = 0;
        for (nint i = 0; i < count; i++)
        {
            sum += values[i * stride];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot<S, V>(T* a, T* b, nint count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width;
        V s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= count - (4 * w); i += 4 * w)
        {
            s0 = S.MultiplyAdd(S.Load(a + i), S.Load(b + i), s0);
            s1 = S.MultiplyAdd(S.Load(a + i + w), S.Load(b + i + w), s1);
            s2 = S.MultiplyAdd(S.Load(a + i + (2 * w)), S.Load(b + i + (2 * w)), s2);
            s3 = S.MultiplyAdd(S.Load(a + i + (3 * w)), S.Load(b + i + (3 * w)), s3);
        }

        for (; i <= count - w; i += w)
        {
            s0 = S.MultiplyAdd(S.Load(a + i), S.Load(b + i), s0);
        }

        double sum = double.CreateTruncating(S.Sum(S.Add(S.Add(s0, s1), S.Add(s2, s3))));
        for (; i < count; i++)
        {
            sum += double.CreateTruncating(a[i] * b[i]);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine<S, V>(T* a, T x, T* b, T y, T* to, nint count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V vx = S.Broadcast(x), vy = S.Broadcast(y);
        nint i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Store(S.MultiplyAdd(S.Load(a + i), vx, S.Multiply(S.Load(b + i), vy)), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = (a[i] * x) + (b[i] * y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine<S, V>(T* a, T x, T* b, T y, T* c, T z, T* to, nint count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V vx = S.Broadcast(x), vy = S.Broadcast(y), vz = S.Broadcast(z);
        nint i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Store(S.MultiplyAdd(S.Load(a + i), vx, S.MultiplyAdd(S.Load(b + i), vy, S.Multiply(S.Load(c + i), vz))), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = (a[i] * x) + (b[i] * y) + (c[i] * z);
        }
    }
}
