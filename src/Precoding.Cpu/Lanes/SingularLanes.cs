using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// H = A diag(s) Vᴴ of N × M matrices, N small, a realization in each lane: H = LQᴴ, then rotations that make the rows of L orthogonal, one-sided
/// Jacobi [GVL 8.6.3]: small singular values keep their digits, which those of HHᴴ would not.
/// </summary>
internal static unsafe class SingularLanes
{
    private const int MaxSweeps = 30;

    /// <summary>Reals of memory beside H.</summary>
    public static nint MemorySize(int N) => 2 * (nint)N * N * LaneMatrix.Step;

    /// <param name="h">N × M; becomes Qᴴ.</param>
    /// <param name="results">[lane]: for m = 0…N−1, s descending, column m of A as [re of N | im of N] followed by s_m; the largest entry of V[:,m] is real and positive. 2N + 1 numbers each.</param>
    public static void Decompose(LaneMatrix h, int N, int M, double** results, int lanes, double* memory)
    {
        if (SimdLevel.Has512)
        {
            Decompose<Simd512<double>, Vector512<double>>(h, N, M, results, lanes, memory);
        }
        else if (SimdLevel.Has256)
        {
            Decompose<Simd256<double>, Vector256<double>>(h, N, M, results, lanes, memory);
        }
        else
        {
            Decompose<Simd128<double>, Vector128<double>>(h, N, M, results, lanes, memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decompose<S, V>(LaneMatrix h, int N, int M, double** results, int lanes, double* memory)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        LaneMatrix rows = LaneMatrix.Dense(memory, N), rotation = LaneMatrix.Dense(memory + ((nint)N * N * LaneMatrix.Step), N);
        OrthogonalRows.Decompose<S, V>(h, N, M, rows, h);
        rotation.Clear(N, N);
        for (int i = 0; i < N; i++)
        {
            ComplexWide<S, V>.OfReal(S.Broadcast(1)).Store(rotation.At(i, i));
        }

        for (int sweep = 0; sweep < MaxSweeps; sweep++)
        {
            bool isDone = true;
            for (int p = 0; p < N; p++)
            {
                for (int q = p + 1; q < N; q++)
                {
                    isDone &= !Rotate<S, V>(rows, rotation, N, p, q);
                }
            }

            if (isDone)
            {
                break;
            }
        }

        int W = S.Width;
        double* singular = stackalloc double[N * W], phaseRe = stackalloc double[N * W], phaseIm = stackalloc double[N * W];
        for (int m = 0; m < N; m++)
        {
            Phase<S, V>(rows, h, N, M, m, out V re, out V im, out V s);
            S.Store(s, singular + (m * W));
            S.Store(re, phaseRe + (m * W));
            S.Store(im, phaseIm + (m * W));
        }

        int* order = stackalloc int[N];
        for (int lane = 0; lane < lanes; lane++)
        {
            Sort(singular + lane, N, W, order);
            for (int m = 0; m < N; m++)
            {
                double* to = results[lane] + (m * ((2 * N) + 1));
                int from = order[m];
                double re = phaseRe[(from * W) + lane], im = phaseIm[(from * W) + lane];
                for (int a = 0; a < N; a++)
                {
                    // column of A is the conjugate of the rotation's row, times the phase
                    double* x = rotation.At(from, a) + lane;
                    to[a] = (x[0] * re) + (x[W] * im);
                    to[N + a] = (x[0] * im) - (x[W] * re);
                }

                to[2 * N] = singular[(from * W) + lane];
            }
        }
    }

    /// <summary>Indices by descending value; equal ones keep their order.</summary>
    private static void Sort(double* values, int count, int step, int* order)
    {
        for (int i = 0; i < count; i++)
        {
            int at = i;
            while (at > 0 && values[order[at - 1] * step] < values[i * step])
            {
                order[at] = order[at - 1];
                at--;
            }

            order[at] = i;
        }
    }

    /// <summary>Makes rows p and q orthogonal in the lanes where they are not.</summary>
    /// <returns>Some lane was rotated.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Rotate<S, V>(LaneMatrix rows, LaneMatrix rotation, int N, int p, int q)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V zero = S.Broadcast(0), one = S.Broadcast(1), alpha = zero, beta = zero;
        ComplexWide<S, V> dot = ComplexWide<S, V>.Zero;
        for (int j = 0; j < N; j++)
        {
            ComplexWide<S, V> x = ComplexWide<S, V>.Load(rows.At(p, j)), y = ComplexWide<S, V>.Load(rows.At(q, j));
            alpha = S.Add(alpha, x.Energy);
            beta = S.Add(beta, y.Energy);
            dot = dot.Plus(x, y.Conjugate);
        }

        // a row shorter than ε times another is rounding; turned sweep after sweep it would come down to where a phase is no longer of length 1
        V epsilon = S.Broadcast(Math.BitIncrement(1.0) - 1), rounding = S.Multiply(epsilon, epsilon);
        V size = S.Sqrt(dot.Energy), limit = S.Multiply(S.Add(epsilon, epsilon), S.Multiply(S.Sqrt(alpha), S.Sqrt(beta)));
        V isComparable = S.And(S.IsGreater(alpha, S.Multiply(rounding, beta)), S.IsGreater(beta, S.Multiply(rounding, alpha)));
        V isOblique = S.And(isComparable, S.And(S.IsGreater(size, limit), S.IsGreater(size, zero)));
        if (!S.Any(isOblique))
        {
            return false;
        }

        // [p; e^{iφ} q] has the real inner product |g|: t² + 2ζt − 1 = 0, ζ = (β − α)/(2|g|)
        V safe = S.Select(isOblique, size, one), inverse = S.Divide(one, safe), zeta = S.Multiply(S.Multiply(S.Subtract(beta, alpha), S.Broadcast(0.5)), inverse);
        V root = S.Add(S.Abs(zeta), S.Sqrt(S.MultiplyAdd(zeta, zeta, one)));
        V t = S.Divide(S.Select(S.IsGreater(zero, zeta), S.Broadcast(-1), one), root);
        V c = S.Divide(one, S.Sqrt(S.MultiplyAdd(t, t, one)));
        V sine = S.And(isOblique, S.Multiply(c, t));
        c = S.Select(isOblique, c, one);
        var phase = new ComplexWide<S, V>(S.Select(isOblique, S.Multiply(dot.Re, inverse), one), S.And(isOblique, S.Multiply(dot.Im, inverse)));
        Apply<S, V>(rows, N, p, q, c, sine, phase);
        Apply<S, V>(rotation, N, p, q, c, sine, phase);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<S, V>(LaneMatrix a, int N, int p, int q, V c, V s, ComplexWide<S, V> phase)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int j = 0; j < N; j++)
        {
            ComplexWide<S, V> x = ComplexWide<S, V>.Load(a.At(p, j)), y = ComplexWide<S, V>.Load(a.At(q, j)) * phase;
            ((x * c) - (y * s)).Store(a.At(p, j));
            ((x * s) + (y * c)).Store(a.At(q, j));
        }
    }

    /// <summary>s_m = ‖row m‖, and the phase w/|w| of the largest entry w of its row of Vᴴ, 1 for a row of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Phase<S, V>(LaneMatrix rows, LaneMatrix directions, int N, int M, int m, out V re, out V im, out V singular)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V zero = S.Broadcast(0), one = S.Broadcast(1), energy = zero, largest = zero;
        for (int i = 0; i < N; i++)
        {
            energy = S.Add(energy, ComplexWide<S, V>.Load(rows.At(m, i)).Energy);
        }

        ComplexWide<S, V> best = ComplexWide<S, V>.Zero;
        for (int j = 0; j < M; j++)
        {
            ComplexWide<S, V> entry = ComplexWide<S, V>.Zero;
            for (int i = 0; i < N; i++)
            {
                entry = entry.Plus(ComplexWide<S, V>.Load(rows.At(m, i)), ComplexWide<S, V>.Load(directions.At(i, j)));
            }

            V size = entry.Energy, isLarger = S.IsGreater(size, largest);
            largest = S.Select(isLarger, size, largest);
            best = new ComplexWide<S, V>(S.Select(isLarger, entry.Re, best.Re), S.Select(isLarger, entry.Im, best.Im));
        }

        V isSound = S.IsGreater(largest, zero), inverse = S.Divide(one, S.Sqrt(S.Select(isSound, largest, one)));
        re = S.Select(isSound, S.Multiply(best.Re, inverse), one);
        im = S.Multiply(best.Im, inverse);
        singular = S.Sqrt(energy);
    }
}
