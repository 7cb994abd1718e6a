using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Precoding.Cpu.Simd;

/// <summary>
/// Eigenvalues and vectors of diag(d) + ρ z zᵀ, d ascending and distinct, no z_j zero, ρ &gt; 0: the roots of f(λ) = 1/ρ + Σ_j z_j²/(d_j − λ), one between any two
/// poles and one above the last [GVL 8.4.3]. Eight roots at a time, a root a lane, always in double
/// precision. A root is kept as its distance τ from the nearer pole, so that every d_j − λ has full relative precision; the vectors belong to the ẑ for
/// which the computed roots are exact, which makes them orthogonal however close the roots are [GE94].
/// All arrays have room for <see cref="Block"/> entries more than k.
/// </summary>
internal readonly unsafe struct SecularEquation(int k, double rho, double* d, double* z, double* zHat, double* origin, double* tau)
{
    /// <summary>Roots or poles of a part.</summary>
    public const int Block = 8;

    private const int MaxSteps = 60;

    public int BlockCount => (k + Block - 1) / Block;

    /// <summary>λ_i = origin_i + τ_i.</summary>
    public double Root(int i) => origin[i] + tau[i];

    /// <summary>Gives the poles a companion without weight when their number is odd; they are taken two at a time, which halves the divisions.</summary>
    public void Pad()
    {
        d[k] = d[k - 1] + (2 * (d[k - 1] - d[0])) + (4 * rho) + 1;
        z[k] = 0;
    }

    /// <summary>Roots 8·block … 8·block + 7.</summary>
    /// <param name="precision">A root is settled when f is below this part of the sum of the magnitudes of its terms.</param>
    public void SolveRoots(int block, double precision)
    {
        for (int i = block * Block; i < (block + 1) * Block && i < k; i += SimdLevel.Width<double>())
        {
            if (SimdLevel.Has512)
            {
                SolveRoots<Simd512<double>, Vector512<double>>(i, precision);
            }
            else if (SimdLevel.Has256)
            {
                SolveRoots<Simd256<double>, Vector256<double>>(i, precision);
            }
            else
            {
                SolveRoots<Simd128<double>, Vector128<double>>(i, precision);
            }
        }
    }

    /// <summary>ẑ of poles 8·block … 8·block + 7, once all roots are known.</summary>
    public void Reweigh(int block)
    {
        for (int j = block * Block; j < (block + 1) * Block && j < k; j += SimdLevel.Width<double>())
        {
            if (SimdLevel.Has512)
            {
                Reweigh<Simd512<double>, Vector512<double>>(j);
            }
            else if (SimdLevel.Has256)
            {
                Reweigh<Simd256<double>, Vector256<double>>(j);
            }
            else
            {
                Reweigh<Simd128<double>, Vector128<double>>(j);
            }
        }
    }

    /// <summary>Vectors of roots 8·block … 8·block + 7, [pole][8 roots], normalised.</summary>
    public void Vectors(int block, double* to)
    {
        for (int i = 0; i < Block; i += SimdLevel.Width<double>())
        {
            int first = (block * Block) + i;
            if (SimdLevel.Has512)
            {
                Vectors<Simd512<double>, Vector512<double>>(first, to + i);
            }
            else if (SimdLevel.Has256)
            {
                Vectors<Simd256<double>, Vector256<double>>(first, to + i);
            }
            else
            {
                Vectors<Simd128<double>, Vector128<double>>(first, to + i);
            }
        }
    }

    /// <summary>
    /// Root i lies t above the pole d_i, or t below d_{i+1} if that is nearer; seen from there, with σ = ±1 and Δ_j = σ(d_j − origin) − t, it is the root of
    /// g(t) = σ/ρ + Σ z_j²/Δ_j, which rises from −∞ at t = 0, next pole at t = gap. Steps are the middle way [LI93]: the sums ψ
    /// over the poles with Δ &lt; 0 and φ over the others are each replaced by one pole, at 0 and at the gap, of equal slope. Bracketed, with bisection.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SolveRoots<S, V>(int first, double precision)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        int W = S.Width;
        double* lower = stackalloc double[W], upper = stackalloc double[W], indices = stackalloc double[W];
        double* lowerWeight = stackalloc double[W], upperWeight = stackalloc double[W];
        double total = 0;
        for (int j = 0; j < k; j++)
        {
            total += z[j] * z[j];
        }

        for (int lane = 0; lane < W; lane++)
        {
            int i = Math.Min(first + lane, k - 1);
            (lower[lane], lowerWeight[lane]) = (d[i], z[i] * z[i]);
            (upper[lane], upperWeight[lane]) = i < k - 1 ? (d[i + 1], z[i + 1] * z[i + 1]) : (d[i] + (rho * total), 0);
            indices[lane] = i;
        }

        V zero = S.Broadcast(0), one = S.Broadcast(1), half = S.Broadcast(0.5), four = S.Broadcast(4), inverseRho = S.Broadcast(1 / rho);
        V left = S.Load(lower), right = S.Load(upper), gap = S.Subtract(right, left), middle = S.Multiply(half, gap);
        V isLast = S.IsGreater(S.Load(indices), S.Broadcast(k - 1.5));
        Evaluate<S, V>(left, one, middle, inverseRho, out V g, out _, out _, out _);

        V fromRight = S.AndNot(S.IsGreater(zero, g), isLast), sigma = S.Select(fromRight, S.Broadcast(-1), one), from = S.Select(fromRight, right, left);
        V near = S.Select(fromRight, S.Load(upperWeight), S.Load(lowerWeight)), far = S.Select(fromRight, S.Load(lowerWeight), S.Load(upperWeight));
        V beyond = S.And(isLast, S.IsGreater(zero, g)); // the last root may lie beyond the middle
        V low = S.Select(beyond, middle, zero), high = S.Select(beyond, gap, middle);

        // first guess: the two nearest poles as they are, the others as a constant c, taken in the middle: c t² − a t + b = 0
        V c = S.MultiplyAdd(sigma, g, S.Divide(S.Subtract(near, far), middle)), a = S.MultiplyAdd(c, gap, S.Add(near, far)), b = S.Multiply(near, gap);
        V t = SmallerRoot<S, V>(a, b, c, four, zero);
        t = S.Select(S.And(S.IsGreater(t, low), S.IsGreater(high, t)), t, S.Multiply(half, S.Add(low, high)));

        V constant = S.Multiply(sigma, inverseRho), tolerance = S.Broadcast(precision), eight = S.Broadcast(8), settled = zero;
        for (int step = 0; step < MaxSteps; step++)
        {
            Evaluate<S, V>(from, sigma, t, constant, out g, out V magnitude, out V slopePsi, out V slopePhi);
            V slope = S.Add(slopePsi, slopePhi), bound = S.Multiply(tolerance, S.MultiplyAdd(eight, S.Add(magnitude, inverseRho), S.Multiply(t, slope)));
            V unsettled = S.AndNot(S.IsGreater(S.Abs(g), bound), settled);
            V rising = S.IsGreater(zero, g); // the root is farther
            low = S.Select(rising, t, low);
            high = S.Select(rising, high, t);
            unsettled = S.And(unsettled, S.IsGreater(S.Subtract(high, low), S.Multiply(S.Broadcast(4e-16), t)));
            if (!S.Any(unsettled))
            {
                break;
            }

            settled = S.AndNot(S.IsGreater(one, zero), unsettled);
            V deltaNear = S.Subtract(zero, t), deltaFar = S.Subtract(gap, t), product = S.Multiply(deltaNear, deltaFar);
            c = S.NegatedMultiplyAdd(deltaFar, slopePhi, S.NegatedMultiplyAdd(deltaNear, slopePsi, g));
            a = S.NegatedMultiplyAdd(product, slope, S.Multiply(S.Add(deltaNear, deltaFar), g));
            b = S.Multiply(product, g);
            V eta = SmallerRoot<S, V>(a, b, c, four, zero);
            eta = S.Select(S.IsGreater(zero, S.Multiply(g, eta)), eta, S.Divide(S.Subtract(zero, g), slope)); // against the slope: Newton's
            V next = S.Add(t, eta);
            next = S.Select(S.And(S.IsGreater(next, low), S.IsGreater(high, next)), next, S.Multiply(half, S.Add(low, high)));
            t = S.Select(unsettled, next, t);
        }

        S.Store(from, origin + first);
        S.Store(S.Multiply(sigma, t), tau + first);
    }

    /// <summary>The root of c x² − a x + b that tends to b/a as c does to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SmallerRoot<S, V>(V a, V b, V c, V four, V zero)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V root = S.Sqrt(S.Abs(S.NegatedMultiplyAdd(S.Multiply(four, b), c, S.Multiply(a, a))));
        V positive = S.IsGreater(a, zero);
        return S.Divide(S.Select(positive, S.Add(b, b), S.Subtract(a, root)), S.Select(positive, S.Add(a, root), S.Add(c, c)));
    }

    /// <summary>g = constant + ψ + φ, |ψ| + |φ|, ψ′ and φ′ at t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Evaluate<S, V>(V from, V sigma, V t, V constant, out V g, out V magnitude, out V slopePsi, out V slopePhi)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V zero = S.Broadcast(0), one = S.Broadcast(1), minusT = S.Subtract(zero, t);
        V sum0 = zero, sum1 = zero, psi0 = zero, psi1 = zero, slope0 = zero, slope1 = zero, own0 = zero, own1 = zero;
        for (int j = 0; j < k; j += 2)
        {
            V delta0 = S.MultiplyAdd(sigma, S.Subtract(S.Broadcast(d[j]), from), minusT);
            V delta1 = S.MultiplyAdd(sigma, S.Subtract(S.Broadcast(d[j + 1]), from), minusT);
            V inverse = S.Divide(one, S.Multiply(delta0, delta1)), z0 = S.Broadcast(z[j]), z1 = S.Broadcast(z[j + 1]);
            V ratio0 = S.Multiply(z0, S.Multiply(delta1, inverse)), ratio1 = S.Multiply(z1, S.Multiply(delta0, inverse));
            V x0 = S.Multiply(z0, ratio0), x1 = S.Multiply(z1, ratio1), negative0 = S.IsGreater(zero, delta0), negative1 = S.IsGreater(zero, delta1);
            sum0 = S.Add(sum0, x0);
            sum1 = S.Add(sum1, x1);
            psi0 = S.Add(psi0, S.And(negative0, x0));
            psi1 = S.Add(psi1, S.And(negative1, x1));
            x0 = S.Multiply(ratio0, ratio0);
            x1 = S.Multiply(ratio1, ratio1);
            slope0 = S.Add(slope0, x0);
            slope1 = S.Add(slope1, x1);
            own0 = S.Add(own0, S.And(negative0, x0));
            own1 = S.Add(own1, S.And(negative1, x1));
        }

        V sum = S.Add(sum0, sum1), psi = S.Add(psi0, psi1);
        g = S.Add(constant, sum);
        magnitude = S.Subtract(sum, S.Add(psi, psi));
        slopePsi = S.Add(own0, own1);
        slopePhi = S.Subtract(S.Add(slope0, slope1), slopePsi);
    }

    /// <summary>ẑ_j² = Π_i (λ_i − d_j) / Π_{i≠j} (d_i − d_j), up to the factor 1/ρ [Löwner], with the sign of z_j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reweigh<S, V>(int first)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V dj = S.Load(d + first), product = S.Broadcast(1), one = product, zero = S.Broadcast(0);
        int i = 0;
        for (; i + 1 < k; i += 2)
        {
            V p0 = S.Add(S.Subtract(S.Broadcast(origin[i]), dj), S.Broadcast(tau[i]));
            V p1 = S.Add(S.Subtract(S.Broadcast(origin[i + 1]), dj), S.Broadcast(tau[i + 1]));
            V q0 = Gap<S, V>(d[i], dj, zero, one), q1 = Gap<S, V>(d[i + 1], dj, zero, one);
            product = S.Multiply(product, S.Divide(S.Multiply(p0, p1), S.Multiply(q0, q1)));
        }

        if (i < k)
        {
            V p0 = S.Add(S.Subtract(S.Broadcast(origin[i]), dj), S.Broadcast(tau[i]));
            product = S.Multiply(product, S.Divide(p0, Gap<S, V>(d[i], dj, zero, one)));
        }

        product = S.Sqrt(S.Abs(product));
        S.Store(S.Select(S.IsGreater(zero, S.Load(z + first)), S.Subtract(zero, product), product), zHat + first);
    }

    /// <summary>d_i − d_j, and 1 where i = j: the poles are distinct.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gap<S, V>(double di, V dj, V zero, V one)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V gap = S.Subtract(S.Broadcast(di), dj);
        return S.Select(S.IsGreater(S.Abs(gap), zero), gap, one);
    }

    /// <summary>u_j = ẑ_j/(d_j − λ), normalised.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Vectors<S, V>(int first, double* to)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V from = S.Load(origin + first), distance = S.Load(tau + first), norm = S.Broadcast(0), one = S.Broadcast(1);
        for (int j = 0; j < k; j++)
        {
            V x = S.Divide(S.Broadcast(zHat[j]), S.Subtract(S.Subtract(S.Broadcast(d[j]), from), distance));
            norm = S.MultiplyAdd(x, x, norm);
            S.Store(x, to + (j * Block));
        }

        norm = S.Divide(one, S.Sqrt(norm));
        for (int j = 0; j < k; j++)
        {
            S.Store(S.Multiply(S.Load(to + (j * Block)), norm), to + (j * Block));
        }
    }
}
