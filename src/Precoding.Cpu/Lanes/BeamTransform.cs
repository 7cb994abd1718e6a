using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// p = V q and q = Vᴴ x for as many vectors at once as a SIMD register has lanes, V[m,n] = M^{-1/2}(−1)^m e^{−j2πmn/N}, N = F·M. Beams n = F·i + f are F
/// transforms of length M, so nothing of length N that is thrown away afterwards is computed. Stockham, radix 8, 4 and 2, any other factor directly.
/// Buffers: element e is [re of lanes | im of lanes] at e·2·Lanes; beams as [f][i].
/// </summary>
internal sealed unsafe class BeamTransform<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] radices;
    private readonly T* stageTwiddles;  // per stage, per q < n/p, per k = 1…p−1: e^{−j2πqk/n}; imaginary parts negated for the way back
    private readonly T* roots;          // e^{−j2πk/p} of the factors that are done directly, per stage, p of them
    private readonly T* bins;           // (−1)^m/√M e^{−j2πmf/N}, [f][m]
    private readonly int* places;       // where beam n begins in a buffer of beams

    public BeamTransform(int antennaCount, int fineFactor)
    {
        (M, F) = (antennaCount, fineFactor);
        var factors = new List<int>();
        int rest = M;
        foreach (int p in (int[])[8, 4, 2, 3, 5, 7])
        {
            for (; rest % p == 0; rest /= p)
            {
                factors.Add(p);
            }
        }

        for (int p = 11; rest > 1; p += 2)
        {
            for (; rest % p == 0; rest /= p)
            {
                factors.Add(p);
            }
        }

        radices = [.. factors];
        stageTwiddles = (T*)NativeMemory.AlignedAlloc((nuint)(2 * 2 * Math.Max(1, M) * sizeof(T)), 64);
        roots = (T*)NativeMemory.AlignedAlloc((nuint)(2 * Math.Max(1, radices.Sum()) * sizeof(T)), 64);
        bins = (T*)NativeMemory.AlignedAlloc((nuint)(2 * Math.Max(1, M * F) * sizeof(T)), 64);
        T* twiddle = stageTwiddles, root = roots;
        int n = M;
        foreach (int p in radices)
        {
            for (int q = 0; q < n / p; q++)
            {
                for (int k = 1; k < p; k++, twiddle += 2)
                {
                    Set(twiddle, -2.0 * q * k / n);
                }
            }

            for (int k = 0; k < p; k++, root += 2)
            {
                Set(root, -2.0 * k / p);
            }

            n /= p;
        }

        for (int f = 0; f < F; f++)
        {
            for (int m = 0; m < M; m++)
            {
                T* bin = bins + (2 * ((f * M) + m));
                Set(bin, -2.0 * ((long)m * f % ((long)M * F)) / ((double)M * F));
                T scale = T.CreateTruncating((m % 2 == 0 ? 1 : -1) / Math.Sqrt(M));
                bin[0] *= scale;
                bin[1] *= scale;
            }
        }

        places = (int*)NativeMemory.AlignedAlloc((nuint)(M * F * sizeof(int)), 64);
        for (int beam = 0; beam < M * F; beam++)
        {
            places[beam] = (((beam % F) * M) + (beam / F)) * 2 * Lanes;
        }

        static void Set(T* to, double halfTurns)
        {
            to[0] = T.CreateTruncating(double.CosPi(halfTurns));
            to[1] = T.CreateTruncating(double.SinPi(halfTurns));
        }
    }

    public static int Lanes => SimdLevel.Width<T>();

    public int M { get; }

    public int F { get; }

    /// <summary>Reals of a buffer of beams; one of antennas needs 1/F of it.</summary>
    public nint BeamsSize => (nint)M * F * 2 * Lanes;

    /// <summary>Where beam n begins in a buffer of beams, n = 0…N−1.</summary>
    public int* Places => places;

    /// <summary>p = V q.</summary>
    /// <param name="q">[f][i], destroyed.</param>
    /// <param name="work">As large as one f of q.</param>
    /// <param name="p">[m], written.</param>
    public void ToAntennas(T* q, T* work, T* p)
    {
        if (SimdLevel.Has512)
        {
            ToAntennas<Simd512<T>, Vector512<T>>(q, work, p);
        }
        else if (SimdLevel.Has256)
        {
            ToAntennas<Simd256<T>, Vector256<T>>(q, work, p);
        }
        else
        {
            ToAntennas<Simd128<T>, Vector128<T>>(q, work, p);
        }
    }

    /// <summary>q = Vᴴ x.</summary>
    /// <param name="x">[m], kept.</param>
    /// <param name="work">As large as x.</param>
    /// <param name="q">[f][i], written.</param>
    public void ToBeams(T* x, T* work, T* q)
    {
        if (SimdLevel.Has512)
        {
            ToBeams<Simd512<T>, Vector512<T>>(x, work, q);
        }
        else if (SimdLevel.Has256)
        {
            ToBeams<Simd256<T>, Vector256<T>>(x, work, q);
        }
        else
        {
            ToBeams<Simd128<T>, Vector128<T>>(x, work, q);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(stageTwiddles);
        NativeMemory.AlignedFree(roots);
        NativeMemory.AlignedFree(bins);
        NativeMemory.AlignedFree(places);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ToAntennas<S, V>(T* q, T* work, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int step = 2 * S.Width;
        for (int f = 0; f < F; f++)
        {
            T* y = Transform<S, V>(q + ((nint)f * M * step), work, forward: true);
            T* bin = bins + (2 * f * M), to = p;
            for (int m = 0; m < M; m++, y += step, to += step, bin += 2)
            {
                V cos = S.Broadcast(bin[0]), sin = S.Broadcast(bin[1]), re = S.Load(y), im = S.Load(y + S.Width);
                V newRe = S.NegatedMultiplyAdd(sin, im, S.Multiply(cos, re)), newIm = S.MultiplyAdd(sin, re, S.Multiply(cos, im));
                S.Store(f == 0 ? newRe : S.Add(S.Load(to), newRe), to);
                S.Store(f == 0 ? newIm : S.Add(S.Load(to + S.Width), newIm), to + S.Width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ToBeams<S, V>(T* x, T* work, T* q)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int step = 2 * S.Width;
        for (int f = 0; f < F; f++)
        {
            T* to = q + ((nint)f * M * step);
            // an even number of stages ends where it began, so begin where the result belongs
            T* first = radices.Length % 2 == 0 ? to : work, other = radices.Length % 2 == 0 ? work : to;
            T* bin = bins + (2 * f * M), from = x, at = first;
            for (int m = 0; m < M; m++, from += step, at += step, bin += 2)
            {
                V cos = S.Broadcast(bin[0]), sin = S.Broadcast(bin[1]), re = S.Load(from), im = S.Load(from + S.Width);
                S.Store(S.MultiplyAdd(sin, im, S.Multiply(cos, re)), at);
                S.Store(S.NegatedMultiplyAdd(sin, re, S.Multiply(cos, im)), at + S.Width);
            }

            Transform<S, V>(first, other, forward: false);
        }
    }

    /// <summary>Unnormalised DFT of length M; returns the buffer that holds the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T* Transform<S, V>(T* x, T* y, bool forward)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int n = M, s = 1;
        T* twiddle = stageTwiddles, root = roots;
        T sign = forward ? T.One : -T.One;
        foreach (int p in radices)
        {
            int m = n / p;
            switch (p)
            {
                case 8:
                    Radix8<S, V>(x, y, m, s, twiddle, sign);
                    break;
                case 4:
                    Radix4<S, V>(x, y, m, s, twiddle, sign);
                    break;
                case 2:
                    Radix2<S, V>(x, y, m, s, twiddle, sign);
                    break;
                default:
                    Direct<S, V>(x, y, p, m, s, twiddle, root, sign);
                    break;
            }

            twiddle += 2 * m * (p - 1);
            root += 2 * p;
            T* result = y;
            y = x;
            x = result;
            n = m;
            s *= p;
        }

        return x;
    }

    /// <summary>Two transforms of four and a last step of two; x_i is element i·m of the input, X_k element k of the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Radix8<S, V>(T* x, T* y, int m, int s, T* twiddle, T sign)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width, step = 2 * w;
        nint eighth = (nint)m * s * step, output = (nint)s * step;
        V turn = S.Broadcast(sign), half = S.Broadcast(T.CreateTruncating(Math.Sqrt(0.5)));
        for (int q = 0; q < m; q++, twiddle += 14)
        {
            T* from = x + ((nint)q * s * step), to = y + ((nint)q * 8 * s * step);
            for (int i = 0; i < s; i++, from += step, to += step)
            {
                Fourth<S, V>(from, 2 * eighth, turn, out V e0, out V f0, out V e1, out V f1, out V e2, out V f2, out V e3, out V f3);
                Fourth<S, V>(from + eighth, 2 * eighth, turn, out V o0, out V p0, out V o1, out V p1, out V o2, out V p2, out V o3, out V p3);
                S.Store(S.Add(e0, o0), to);
                S.Store(S.Add(f0, p0), to + w);
                Twist<S, V>(S.Subtract(e0, o0), S.Subtract(f0, p0), S.Broadcast(twiddle[6]), S.Broadcast(sign * twiddle[7]), to + (4 * output));
                V re = S.Multiply(half, S.MultiplyAdd(turn, p1, o1)), im = S.Multiply(half, S.NegatedMultiplyAdd(turn, o1, p1));      // e^{∓jπ/4}
                Twist<S, V>(S.Add(e1, re), S.Add(f1, im), S.Broadcast(twiddle[0]), S.Broadcast(sign * twiddle[1]), to + output);
                Twist<S, V>(S.Subtract(e1, re), S.Subtract(f1, im), S.Broadcast(twiddle[8]), S.Broadcast(sign * twiddle[9]), to + (5 * output));
                re = S.Multiply(turn, p2);                                                                                            // ∓j
                im = S.Multiply(turn, o2);
                Twist<S, V>(S.Add(e2, re), S.Subtract(f2, im), S.Broadcast(twiddle[2]), S.Broadcast(sign * twiddle[3]), to + (2 * output));
                Twist<S, V>(S.Subtract(e2, re), S.Add(f2, im), S.Broadcast(twiddle[10]), S.Broadcast(sign * twiddle[11]), to + (6 * output));
                re = S.Multiply(half, S.Subtract(S.Multiply(turn, p3), o3));                                                          // e^{∓j3π/4}
                im = S.Multiply(half, S.MultiplyAdd(turn, o3, p3));
                Twist<S, V>(S.Add(e3, re), S.Subtract(f3, im), S.Broadcast(twiddle[4]), S.Broadcast(sign * twiddle[5]), to + (3 * output));
                Twist<S, V>(S.Subtract(e3, re), S.Add(f3, im), S.Broadcast(twiddle[12]), S.Broadcast(sign * twiddle[13]), to + (7 * output));
            }
        }
    }

    /// <summary>The transform of four elements, <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fourth<S, V>(T* from, nint stride, V turn, out V r0, out V i0, out V r1, out V i1, out V r2, out V i2, out V r3, out V i3)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width;
        V a0 = S.Load(from), b0 = S.Load(from + w), a1 = S.Load(from + stride), b1 = S.Load(from + stride + w);
        V a2 = S.Load(from + (2 * stride)), b2 = S.Load(from + (2 * stride) + w), a3 = S.Load(from + (3 * stride)), b3 = S.Load(from + (3 * stride) + w);
        V sumEvenRe = S.Add(a0, a2), sumEvenIm = S.Add(b0, b2), differenceEvenRe = S.Subtract(a0, a2), differenceEvenIm = S.Subtract(b0, b2);
        V sumOddRe = S.Add(a1, a3), sumOddIm = S.Add(b1, b3);
        V crossRe = S.Multiply(turn, S.Subtract(b1, b3)), crossIm = S.Multiply(turn, S.Subtract(a3, a1)); // ∓j(x1 − x3)
        r0 = S.Add(sumEvenRe, sumOddRe);
        i0 = S.Add(sumEvenIm, sumOddIm);
        r1 = S.Add(differenceEvenRe, crossRe);
        i1 = S.Add(differenceEvenIm, crossIm);
        r2 = S.Subtract(sumEvenRe, sumOddRe);
        i2 = S.Subtract(sumEvenIm, sumOddIm);
        r3 = S.Subtract(differenceEvenRe, crossRe);
        i3 = S.Subtract(differenceEvenIm, crossIm);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Radix4<S, V>(T* x, T* y, int m, int s, T* twiddle, T sign)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width, step = 2 * w;
        nint quarter = (nint)m * s * step, output = (nint)s * step;
        V turn = S.Broadcast(sign);
        for (int q = 0; q < m; q++, twiddle += 6)
        {
            V c1 = S.Broadcast(twiddle[0]), s1 = S.Broadcast(sign * twiddle[1]), c2 = S.Broadcast(twiddle[2]), s2 = S.Broadcast(sign * twiddle[3]);
            V c3 = S.Broadcast(twiddle[4]), s3 = S.Broadcast(sign * twiddle[5]);
            T* from = x + ((nint)q * s * step), to = y + ((nint)q * 4 * s * step);
            for (int i = 0; i < s; i++, from += step, to += step)
            {
                Fourth<S, V>(from, quarter, turn, out V r0, out V i0, out V r1, out V i1, out V r2, out V i2, out V r3, out V i3);
                S.Store(r0, to);
                S.Store(i0, to + w);
                Twist<S, V>(r1, i1, c1, s1, to + output);
                Twist<S, V>(r2, i2, c2, s2, to + (2 * output));
                Twist<S, V>(r3, i3, c3, s3, to + (3 * output));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Radix2<S, V>(T* x, T* y, int m, int s, T* twiddle, T sign)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width, step = 2 * w;
        nint half = (nint)m * s * step, output = (nint)s * step;
        for (int q = 0; q < m; q++, twiddle += 2)
        {
            V c = S.Broadcast(twiddle[0]), sn = S.Broadcast(sign * twiddle[1]);
            T* from = x + ((nint)q * s * step), to = y + ((nint)q * 2 * s * step);
            for (int i = 0; i < s; i++, from += step, to += step)
            {
                V a0 = S.Load(from), b0 = S.Load(from + w), a1 = S.Load(from + half), b1 = S.Load(from + half + w);
                S.Store(S.Add(a0, a1), to);
                S.Store(S.Add(b0, b1), to + w);
                Twist<S, V>(S.Subtract(a0, a1), S.Subtract(b0, b1), c, sn, to + output);
            }
        }
    }

    /// <summary>A factor p by its p² products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Direct<S, V>(T* x, T* y, int p, int m, int s, T* twiddle, T* root, T sign)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int w = S.Width, step = 2 * w;
        nint part = (nint)m * s * step;
        for (int q = 0; q < m; q++, twiddle += 2 * (p - 1))
        {
            for (int i = 0; i < s; i++)
            {
                T* from = x + (((nint)q * s) + i) * step, to = y + (((nint)q * p * s) + i) * step;
                for (int k = 0; k < p; k++)
                {
                    V re = default, im = default;
                    for (int j = 0; j < p; j++)
                    {
                        int turn = (int)((long)j * k % p);
                        V c = S.Broadcast(root[2 * turn]), sn = S.Broadcast(sign * root[(2 * turn) + 1]), a = S.Load(from + (j * part)), b = S.Load(from + (j * part) + w);
                        re = S.NegatedMultiplyAdd(sn, b, S.MultiplyAdd(c, a, re));
                        im = S.MultiplyAdd(sn, a, S.MultiplyAdd(c, b, im));
                    }

                    V cos = k == 0 ? S.Broadcast(T.One) : S.Broadcast(twiddle[2 * (k - 1)]), sin = k == 0 ? S.Broadcast(T.Zero) : S.Broadcast(sign * twiddle[(2 * (k - 1)) + 1]);
                    Twist<S, V>(re, im, cos, sin, to + ((nint)k * s * step));
                }
            }
        }
    }

    /// <summary>to = (re + j·im)(c + j·s).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twist<S, V>(V re, V im, V c, V s, T* to)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        S.Store(S.NegatedMultiplyAdd(s, im, S.Multiply(c, re)), to);
        S.Store(S.MultiplyAdd(s, re, S.Multiply(c, im)), to + S.Width);
    }
}
