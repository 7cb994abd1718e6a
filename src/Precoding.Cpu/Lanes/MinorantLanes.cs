using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;
using Precoding.Engines;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// The sum rate of streams to single-antenna users and its concave minorant, a realization in each lane. A panel is (stream, user), E_ks at (s, k). [noncoherent.md §8]
/// </summary>
internal readonly unsafe struct MinorantLanes
{
    /// <summary>A product of so many arguments is taken before its logarithm that it stays within these.</summary>
    private const double Large = 1e250, Small = 1e-250;

    private readonly StreamTable streams;
    private readonly double[] weight;
    private readonly int K;
    private readonly double* curvature, arguments;

    /// <param name="memory">MemorySize reals.</param>
    /// <param name="weight">α, [user].</param>
    public MinorantLanes(double* memory, StreamTable streams, double[] weight)
    {
        (this.streams, this.weight, K) = (streams, weight, weight.Length);
        Slope = LaneMatrix.Dense(memory, Math.Max(1, streams.S));
        curvature = memory + ((nint)Math.Max(1, streams.S) * LaneMatrix.Step);
        arguments = curvature + ((nint)K * LaneMatrix.Lanes);
    }

    /// <summary>a, (0, stream).</summary>
    public LaneMatrix Slope { get; }

    public static nint MemorySize(int S, int K) => ((nint)Math.Max(1, S) * LaneMatrix.Step) + (2 * (nint)K * LaneMatrix.Lanes);

    /// <summary>a and b of these realizations.</summary>
    /// <param name="slope">[realization, stream].</param>
    /// <param name="b">[realization][user].</param>
    public void Load<T>(Matrices<T> slope, double* b, int* realizations, int lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int lane = 0; lane < lanes; lane++)
        {
            rows[lane] = slope.Row(realizations[lane], 0, 0);
        }

        LaneMatrix.Pack(rows, lanes, slope.Columns, Slope.Data, LaneMatrix.Step);
        for (int k = 0; k < K; k++)
        {
            for (int lane = 0; lane < LaneMatrix.Lanes; lane++)
            {
                curvature[(k * LaneMatrix.Lanes) + lane] = b[((nint)realizations[Math.Min(lane, lanes - 1)] * K) + k];
            }
        }
    }

    /// <summary>f(E) of every lane, −∞ outside its domain.</summary>
    public void Value(LaneMatrix e, double* values)
    {
        if (SimdLevel.Has512)
        {
            Arguments<Simd512<double>, Vector512<double>>(e);
        }
        else if (SimdLevel.Has256)
        {
            Arguments<Simd256<double>, Vector256<double>>(e);
        }
        else
        {
            Arguments<Simd128<double>, Vector128<double>>(e);
        }

        Logarithms(values);
    }

    /// <summary>W at E.</summary>
    public void Gradient(LaneMatrix e, LaneMatrix w)
    {
        if (SimdLevel.Has512)
        {
            Arguments<Simd512<double>, Vector512<double>>(e);
            Gradient<Simd512<double>, Vector512<double>>(e, w);
        }
        else if (SimdLevel.Has256)
        {
            Arguments<Simd256<double>, Vector256<double>>(e);
            Gradient<Simd256<double>, Vector256<double>>(e, w);
        }
        else
        {
            Arguments<Simd128<double>, Vector128<double>>(e);
            Gradient<Simd128<double>, Vector128<double>>(e, w);
        }
    }

    /// <summary>The minorant at E: a, and b and w_k b_k in double, [user][lane]; the sum rate of every lane, bit/s/Hz.</summary>
    public void Touch(LaneMatrix e, double* b, double* bent, double* rates)
    {
        if (SimdLevel.Has512)
        {
            Touch<Simd512<double>, Vector512<double>>(e, b);
        }
        else if (SimdLevel.Has256)
        {
            Touch<Simd256<double>, Vector256<double>>(e, b);
        }
        else
        {
            Touch<Simd128<double>, Vector128<double>>(e, b);
        }

        Logarithms(rates);
        for (int i = 0; i < K * LaneMatrix.Lanes; i++)
        {
            bent[i] = weight[i / LaneMatrix.Lanes] > 0 ? weight[i / LaneMatrix.Lanes] / (arguments[i] * Math.Log(2)) * b[i] : 0;
        }
    }

    /// <summary>ξ_k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Interference<S, V>(LaneMatrix e, int k)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V xi = S.Broadcast(1);
        int first = streams.First[k], end = streams.First[k + 1];
        for (int s = first == 0 ? end : 0; s < streams.S; s = s + 1 == first ? end : s + 1)
        {
            double* at = e.At(s, k);
            V re = S.Load(at), im = S.Load(at + S.Width);
            xi = S.MultiplyAdd(im, im, S.MultiplyAdd(re, re, xi));
        }

        return xi;
    }

    /// <summary>1 + γ_k = 1 + 2 Re Σ a_s* E_ks − b_k ξ_k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Arguments<S, V>(LaneMatrix e)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V one = S.Broadcast(1), two = S.Broadcast(2);
        for (int k = 0; k < K; k++)
        {
            V own = S.Broadcast(0);
            for (int s = streams.First[k]; s < streams.First[k + 1]; s++)
            {
                double* a = Slope.At(0, s), z = e.At(s, k);
                own = S.MultiplyAdd(S.Load(a + S.Width), S.Load(z + S.Width), S.MultiplyAdd(S.Load(a), S.Load(z), own));
            }

            nint at = (nint)k * S.Width;
            S.Store(S.NegatedMultiplyAdd(S.Load(curvature + at), Interference<S, V>(e, k), S.MultiplyAdd(two, own, one)), arguments + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradient<S, V>(LaneMatrix e, LaneMatrix w)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V zero = S.Broadcast(0);
        for (int k = 0; k < K; k++)
        {
            nint at = (nint)k * S.Width;
            V rate = weight[k] > 0 ? S.Divide(S.Broadcast(weight[k] / Math.Log(2)), S.Load(arguments + at)) : zero;
            V bent = S.Subtract(zero, S.Multiply(rate, S.Load(curvature + at)));
            for (int s = 0; s < streams.S; s++)
            {
                bool isOwn = streams.UserOf[s] == k;
                (ComplexWide<S, V>.Load(isOwn ? Slope.At(0, s) : e.At(s, k)) * (isOwn ? rate : bent)).Store(w.At(s, k));
            }
        }
    }

    /// <summary>a_s = E_us/ξ_u, b_k and, as arguments, 1 + Σ |E_ks|²/ξ_k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Touch<S, V>(LaneMatrix e, double* b)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V one = S.Broadcast(1);
        for (int k = 0; k < K; k++)
        {
            V inverse = S.Divide(one, Interference<S, V>(e, k)), signal = S.Broadcast(0), bend = signal;
            for (int s = streams.First[k]; s < streams.First[k + 1]; s++)
            {
                ComplexWide<S, V> z = ComplexWide<S, V>.Load(e.At(s, k)), a = z * inverse;
                signal = S.Add(signal, z.Energy);
                bend = S.Add(bend, a.Energy);
                a.Store(Slope.At(0, s));
            }

            nint at = (nint)k * S.Width;
            S.Store(S.MultiplyAdd(signal, inverse, one), arguments + at);
            S.Store(bend, curvature + at);
            for (int lane = 0; lane < S.Width; lane++)
            {
                b[at + lane] = curvature[at + lane];
            }
        }
    }

    /// <summary>Σ_k α_k log2 of the arguments, one logarithm for neighbours of equal weight.</summary>
    private void Logarithms(double* values)
    {
        int lanes = LaneMatrix.Lanes;
        for (int lane = 0; lane < lanes; lane++)
        {
            double sum = 0, product = 1, alpha = 0;
            for (int k = 0; k < K; k++)
            {
                if (weight[k] == 0)
                {
                    continue;
                }

                double argument = arguments[(k * lanes) + lane];
                if (!(argument > 0))
                {
                    (sum, product) = (double.IsNaN(argument) ? double.NaN : double.NegativeInfinity, 1);
                    break;
                }

                if (weight[k] != alpha || product is > Large or < Small)
                {
                    sum += alpha * Math.Log2(product);
                    (product, alpha) = (1, weight[k]);
                }

                product *= argument;
            }

            values[lane] = sum + (alpha * Math.Log2(product));
        }
    }
}
