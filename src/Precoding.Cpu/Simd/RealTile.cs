using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Precoding.Cpu.Simd;

/// <summary>
/// <see cref="Tile{T}"/> for real matrices: C[8 × 2 vectors] = A·B from packed panels. A panel: [inner][8 rows]; B panel: [inner][columns]; C: rows.
/// </summary>
internal static unsafe class RealTile<T>
    where T : unmanaged
{
    public const int Rows = 8;

    public static int Columns => 2 * SimdLevel.Width<T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int inner, T* a, T* b, T* c, nint stride)
    {
        if (SimdLevel.Has512)
        {
            Rows8<Simd512<T>, Vector512<T>>(inner, a, b, c, stride);
        }
        else if (SimdLevel.Has256)
        {
            Rows4<Simd256<T>, Vector256<T>>(inner, a, b, c, stride);
            Rows4<Simd256<T>, Vector256<T>>(inner, a + 4, b, c + (4 * stride), stride);
        }
        else
        {
            Rows4<Simd128<T>, Vector128<T>>(inner, a, b, c, stride);
            Rows4<Simd128<T>, Vector128<T>>(inner, a + 4, b, c + (4 * stride), stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8<S, V>(int inner, T* a, T* b, T* c, nint stride)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        V e0 = default, e1 = default, e2 = default, e3 = default, e4 = default, e5 = default, e6 = default, e7 = default;
        for (T* end = a + ((nint)inner * Rows); a != end; a += Rows, b += 2 * S.Width)
        {
            V x = S.Load(b), y = S.Load(b + S.Width), s = S.Broadcast(a[0]);
            c0 = S.MultiplyAdd(s, x, c0);
            e0 = S.MultiplyAdd(s, y, e0);
            s = S.Broadcast(a[1]);
            c1 = S.MultiplyAdd(s, x, c1);
            e1 = S.MultiplyAdd(s, y, e1);
            s = S.Broadcast(a[2]);
            c2 = S.MultiplyAdd(s, x, c2);
            e2 = S.MultiplyAdd(s, y, e2);
            s = S.Broadcast(a[3]);
            c3 = S.MultiplyAdd(s, x, c3);
            e3 = S.MultiplyAdd(s, y, e3);
            s = S.Broadcast(a[4]);
            c4 = S.MultiplyAdd(s, x, c4);
            e4 = S.MultiplyAdd(s, y, e4);
            s = S.Broadcast(a[5]);
            c5 = S.MultiplyAdd(s, x, c5);
            e5 = S.MultiplyAdd(s, y, e5);
            s = S.Broadcast(a[6]);
            c6 = S.MultiplyAdd(s, x, c6);
            e6 = S.MultiplyAdd(s, y, e6);
            s = S.Broadcast(a[7]);
            c7 = S.MultiplyAdd(s, x, c7);
            e7 = S.MultiplyAdd(s, y, e7);
        }

        Write<S, V>(c0, e0, c);
        Write<S, V>(c1, e1, c + stride);
        Write<S, V>(c2, e2, c + (2 * stride));
        Write<S, V>(c3, e3, c + (3 * stride));
        Write<S, V>(c4, e4, c + (4 * stride));
        Write<S, V>(c5, e5, c + (5 * stride));
        Write<S, V>(c6, e6, c + (6 * stride));
        Write<S, V>(c7, e7, c + (7 * stride));
    }

    /// <summary>Four of the eight rows, for processors with 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<S, V>(int inner, T* a, T* b, T* c, nint stride)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, e0 = default, e1 = default, e2 = default, e3 = default;
        for (T* end = a + ((nint)inner * Rows); a != end; a += Rows, b += 2 * S.Width)
        {
            V x = S.Load(b), y = S.Load(b + S.Width), s = S.Broadcast(a[0]);
            c0 = S.MultiplyAdd(s, x, c0);
            e0 = S.MultiplyAdd(s, y, e0);
            s = S.Broadcast(a[1]);
            c1 = S.MultiplyAdd(s, x, c1);
            e1 = S.MultiplyAdd(s, y, e1);
            s = S.Broadcast(a[2]);
            c2 = S.MultiplyAdd(s, x, c2);
            e2 = S.MultiplyAdd(s, y, e2);
            s = S.Broadcast(a[3]);
            c3 = S.MultiplyAdd(s, x, c3);
            e3 = S.MultiplyAdd(s, y, e3);
        }

        Write<S, V>(c0, e0, c);
        Write<S, V>(c1, e1, c + stride);
        Write<S, V>(c2, e2, c + (2 * stride));
        Write<S, V>(c3, e3, c + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<S, V>(V x, V y, T* c)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        S.Store(x, c);
        S.Store(y, c + S.Width);
    }
}
