using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Simd;

/// <content>The reduction to tridiagonal form.</content>
internal readonly unsafe partial struct HermitianEigen<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// From the last row upwards: H_k = I − τ v vᴴ maps what is left of A's column k above the diagonal onto its last entry, e_{k−1}, and Hᴴ A H is
    /// A − v wᴴ − w vᴴ with w = p − ½ τ (pᴴv) v, p = τ A v. Within a block of reflectors A stays as it is, A v is corrected by the block's v and w, and the
    /// block ends with all its updates as one product.
    /// </summary>
    private void Reduce(WorkerPool? pool)
    {
        for (int block = 0; block < BlockCount(n); block++)
        {
            int top = n - 1 - (block * Panel), count = Math.Min(Panel, top);
            for (int t = 0; t < count; t++)
            {
                Reflect(block, t);
            }

            int remaining = top - count + 1, panels = (RoundUp(remaining, DiagonalBlock) + Tile<T>.Columns - 1) / Tile<T>.Columns;
            for (int panel = 0; panel < panels; panel++)
            {
                PackUpdate(top, count, panel);
            }

            Run(remaining < SmallestUpdateForFork ? null : pool, (remaining + Rows - 1) / Rows, new UpdateJob(this, top, count, remaining));
        }

        d[0] = matrix[0];
    }

    private T* WRow(int t) => w + ((nint)t * 2 * N);

    /// <summary>Reflector t of a block: v, w, and column t of the block's T: (I − V T Vᴴ)(I − τ v vᴴ) = I − [V v] [T, −τ T Vᴴv; 0, τ] [V v]ᴴ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reflect(int block, int t)
    {
        int top = n - 1 - (block * Panel), k = top - t;
        T* v = MatrixRow(k), p = WRow(t);
        T* factors = stackalloc T[4 * Panel];
        for (int s = 0; s < t; s++)
        {
            T* vs = MatrixRow(top - s), ws = WRow(s);
            (factors[4 * s], factors[(4 * s) + 1], factors[(4 * s) + 2], factors[(4 * s) + 3]) = (vs[k], vs[N + k], ws[k], ws[N + k]);
        }

        UpdateRow(top, t, k + 1, factors, v);
        d[k] = v[k];
        (double tauRe, double tauIm) = MakeReflector(k, v);
        MultiplyByMatrix(k, v, p);

        // p −= V (Wᴴv) + W (Vᴴv), with Vᴴv for T as well
        T* triangle = triangles + ((nint)block * Panel * 2 * Panel);
        double* overlaps = stackalloc double[2 * Panel];
        Overlaps(top, t, k, v, factors, overlaps);
        SubtractCombination(top, t, k, factors, p);

        // w = τ p − ½ τ ((τp)ᴴv) v
        (double dotRe, double dotIm) = Dot(k, p, v);
        double halfRe = -0.5 * ((tauRe * dotRe) + (tauIm * dotIm)), halfIm = -0.5 * ((tauRe * dotIm) - (tauIm * dotRe));
        CompleteW(k, Narrow(tauRe), Narrow(tauIm), Narrow((tauRe * halfRe) - (tauIm * halfIm)), Narrow((tauRe * halfIm) + (tauIm * halfRe)), v, p);

        for (int r = 0; r < Panel; r++)
        {
            T* row = triangle + (r * 2 * Panel);
            double re = 0, im = 0;
            for (int s = r; s < t; s++)
            {
                double x = Wide(row[s]), y = Wide(row[Panel + s]);
                re += (x * overlaps[2 * s]) - (y * overlaps[(2 * s) + 1]);
                im += (x * overlaps[(2 * s) + 1]) + (y * overlaps[2 * s]);
            }

            (row[t], row[Panel + t]) = r == t ? (Narrow(tauRe), Narrow(tauIm)) : (Narrow((tauIm * im) - (tauRe * re)), Narrow(-((tauRe * im) + (tauIm * re))));
        }
    }

    private static T Narrow(double value) => T.CreateTruncating(value);

    private static double Wide(T value) => double.CreateTruncating(value);

    /// <summary>
    /// x = conj(row), α its last entry: β = −sign(Re α)‖x‖, τ = (β − α)/β, v = x/(α − β) with 1 in the end, so that (I − τ v vᴴ)ᴴ x = (0, …, 0, β) with a
    /// real β. A column that has vanished next to A gets τ = β = 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Re, double Im) MakeReflector(int k, T* row)
    {
        double square = Reals<T>.SquaredNorm(row, k) + Reals<T>.SquaredNorm(row + N, k), alphaRe = Wide(row[k - 1]), alphaIm = -Wide(row[N + k - 1]);
        double beta = 0, tauRe = 0, tauIm = 0;
        T fRe = T.Zero, fIm = T.Zero;
        if (square > (typeof(T) == typeof(float) ? 1e-30 : 1e-290))
        {
            beta = alphaRe > 0 ? -Math.Sqrt(square) : Math.Sqrt(square);
            (tauRe, tauIm) = ((beta - alphaRe) / beta, -alphaIm / beta);
            double re = alphaRe - beta, over = 1 / ((re * re) + (alphaIm * alphaIm));
            (fRe, fIm) = (Narrow(re * over), Narrow(-alphaIm * over));
        }

        e[k - 1] = Narrow(beta);
        int W = Vector<T>.Count, j = 0;
        T* im = row + N;
        var vRe = new Vector<T>(fRe);
        var vIm = new Vector<T>(fIm);
        for (; j <= k - W; j += W)
        {
            Vector<T> x = Vector.Load(row + j), y = Vector.Load(im + j); // (x − iy)(fRe + i fIm)
            ((x * vRe) + (y * vIm)).Store(row + j);
            ((x * vIm) - (y * vRe)).Store(im + j);
        }

        for (; j < k; j++)
        {
            (row[j], im[j]) = ((row[j] * fRe) + (im[j] * fIm), (row[j] * fIm) - (im[j] * fRe));
        }

        row[k - 1] = T.One;
        im[k - 1] = T.Zero;
        new Span<T>(row + k, N - k).Clear();
        new Span<T>(im + k, N - k).Clear();
        return (tauRe, tauIm);
    }

    /// <summary>pᴴv over k entries.</summary>
    private (double Re, double Im) Dot(int k, T* p, T* v) =>
        (Reals<T>.Dot(p, v, k) + Reals<T>.Dot(p + N, v + N, k), Reals<T>.Dot(p, v + N, k) - Reals<T>.Dot(p + N, v, k));

    /// <summary>row_j −= Σ_s a_s conj(w_s[j]) + b_s conj(v_s[j]) for j &lt; count; factors: a_s, b_s.</summary>
    private void UpdateRow(int top, int t, int count, T* factors, T* row)
    {
        if (SimdLevel.Has512)
        {
            UpdateRow<Simd512<T>, Vector512<T>>(top, t, count, factors, row);
        }
        else if (SimdLevel.Has256)
        {
            UpdateRow<Simd256<T>, Vector256<T>>(top, t, count, factors, row);
        }
        else
        {
            UpdateRow<Simd128<T>, Vector128<T>>(top, t, count, factors, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UpdateRow<S, V>(int top, int t, int count, T* factors, T* row)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint stride = 2 * (nint)N;
        for (int j = 0; j < count; j += S.Width)
        {
            V re = S.Load(row + j), im = S.Load(row + N + j);
            T* vs = MatrixRow(top) + j, ws = w + j, f = factors;
            for (int s = 0; s < t; s++, vs -= stride, ws += stride, f += 4)
            {
                V aRe = S.Broadcast(f[0]), aIm = S.Broadcast(f[1]), bRe = S.Broadcast(f[2]), bIm = S.Broadcast(f[3]);
                V xRe = S.Load(ws), xIm = S.Load(ws + N), yRe = S.Load(vs), yIm = S.Load(vs + N);
                re = S.NegatedMultiplyAdd(aRe, xRe, S.NegatedMultiplyAdd(aIm, xIm, re));
                im = S.MultiplyAdd(aRe, xIm, S.NegatedMultiplyAdd(aIm, xRe, im));
                re = S.NegatedMultiplyAdd(bRe, yRe, S.NegatedMultiplyAdd(bIm, yIm, re));
                im = S.MultiplyAdd(bRe, yIm, S.NegatedMultiplyAdd(bIm, yRe, im));
            }

            S.Store(re, row + j);
            S.Store(im, row + N + j);
        }
    }

    /// <summary>factors: w_sᴴv, v_sᴴv; overlaps: v_sᴴv.</summary>
    private void Overlaps(int top, int t, int k, T* v, T* factors, double* overlaps)
    {
        if (SimdLevel.Has512)
        {
            Overlaps<Simd512<T>, Vector512<T>>(top, t, k, v, factors, overlaps);
        }
        else if (SimdLevel.Has256)
        {
            Overlaps<Simd256<T>, Vector256<T>>(top, t, k, v, factors, overlaps);
        }
        else
        {
            Overlaps<Simd128<T>, Vector128<T>>(top, t, k, v, factors, overlaps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Overlaps<S, V>(int top, int t, int k, T* v, T* factors, double* overlaps)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        for (int s = 0; s < t; s++, factors += 4)
        {
            T* vs = MatrixRow(top - s), ws = WRow(s);
            V zero = S.Broadcast(T.Zero), a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
            for (int j = 0; j < k; j += S.Width) // v is zero beyond k
            {
                V re = S.Load(v + j), im = S.Load(v + N + j), xRe = S.Load(ws + j), xIm = S.Load(ws + N + j), yRe = S.Load(vs + j), yIm = S.Load(vs + N + j);
                a0 = S.MultiplyAdd(xRe, re, a0);
                a1 = S.MultiplyAdd(xIm, im, a1);
                a2 = S.MultiplyAdd(xRe, im, a2);
                a3 = S.NegatedMultiplyAdd(xIm, re, a3);
                b0 = S.MultiplyAdd(yRe, re, b0);
                b1 = S.MultiplyAdd(yIm, im, b1);
                b2 = S.MultiplyAdd(yRe, im, b2);
                b3 = S.NegatedMultiplyAdd(yIm, re, b3);
            }

            (factors[0], factors[1]) = (S.Sum(S.Add(a0, a1)), S.Sum(S.Add(a2, a3)));
            (factors[2], factors[3]) = (S.Sum(S.Add(b0, b1)), S.Sum(S.Add(b2, b3)));
            (overlaps[2 * s], overlaps[(2 * s) + 1]) = (Wide(factors[2]), Wide(factors[3]));
        }
    }

    /// <summary>p −= Σ_s v_s a_s + w_s b_s over k entries; factors: a_s, b_s.</summary>
    private void SubtractCombination(int top, int t, int k, T* factors, T* p)
    {
        if (SimdLevel.Has512)
        {
            SubtractCombination<Simd512<T>, Vector512<T>>(top, t, k, factors, p);
        }
        else if (SimdLevel.Has256)
        {
            SubtractCombination<Simd256<T>, Vector256<T>>(top, t, k, factors, p);
        }
        else
        {
            SubtractCombination<Simd128<T>, Vector128<T>>(top, t, k, factors, p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SubtractCombination<S, V>(int top, int t, int k, T* factors, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        nint stride = 2 * (nint)N;
        for (int j = 0; j < k; j += S.Width)
        {
            V re = S.Load(p + j), im = S.Load(p + N + j);
            T* vs = MatrixRow(top) + j, ws = w + j, f = factors;
            for (int s = 0; s < t; s++, vs -= stride, ws += stride, f += 4)
            {
                V aRe = S.Broadcast(f[0]), aIm = S.Broadcast(f[1]), bRe = S.Broadcast(f[2]), bIm = S.Broadcast(f[3]);
                V xRe = S.Load(vs), xIm = S.Load(vs + N), yRe = S.Load(ws), yIm = S.Load(ws + N);
                re = S.NegatedMultiplyAdd(aRe, xRe, S.MultiplyAdd(aIm, xIm, re));
                im = S.NegatedMultiplyAdd(aRe, xIm, S.NegatedMultiplyAdd(aIm, xRe, im));
                re = S.NegatedMultiplyAdd(bRe, yRe, S.MultiplyAdd(bIm, yIm, re));
                im = S.NegatedMultiplyAdd(bRe, yIm, S.NegatedMultiplyAdd(bIm, yRe, im));
            }

            S.Store(re, p + j);
            S.Store(im, p + N + j);
        }
    }

    /// <summary>p := τ p + f v over k entries, zero beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CompleteW(int k, T tauRe, T tauIm, T fRe, T fIm, T* v, T* p)
    {
        int W = Vector<T>.Count;
        for (int j = 0; j < k; j += W) // rows end with room for a vector
        {
            Vector<T> re = Vector.Load(p + j), im = Vector.Load(p + N + j), vRe = Vector.Load(v + j), vIm = Vector.Load(v + N + j);
            ((re * tauRe) - (im * tauIm) + (vRe * fRe) - (vIm * fIm)).Store(p + j);
            ((re * tauIm) + (im * tauRe) + (vRe * fIm) + (vIm * fRe)).Store(p + N + j);
        }

        new Span<T>(p + k, N - k).Clear();
        new Span<T>(p + N + k, N - k).Clear();
    }

    /// <summary>p = A v for the leading k × k block; v is zero beyond k, p is anything there.</summary>
    private void MultiplyByMatrix(int k, T* v, T* p)
    {
        if (SimdLevel.Has512)
        {
            MultiplyByMatrix<Simd512<T>, Vector512<T>>(k, v, p);
        }
        else if (SimdLevel.Has256)
        {
            MultiplyByMatrix<Simd256<T>, Vector256<T>>(k, v, p);
        }
        else
        {
            MultiplyByMatrix<Simd128<T>, Vector128<T>>(k, v, p);
        }
    }

    /// <summary>Four rows at a time: what lies left of their diagonal block serves them and, conjugated, its columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyByMatrix<S, V>(int k, T* v, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int N = this.N, diagonal = DiagonalBlock;
        nint stride = 2 * (nint)N;
        T* a = matrix;
        for (int i = 0; i < k; i += Strip, a += Strip * stride)
        {
            V zero = S.Broadcast(T.Zero), s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
            V x0 = S.Broadcast(v[i]), x1 = S.Broadcast(v[i + 1]), x2 = S.Broadcast(v[i + 2]), x3 = S.Broadcast(v[i + 3]);
            V y0 = S.Broadcast(v[N + i]), y1 = S.Broadcast(v[N + i + 1]), y2 = S.Broadcast(v[N + i + 2]), y3 = S.Broadcast(v[N + i + 3]);
            int j = 0, end = i / diagonal * diagonal;
            for (; j < end; j += S.Width)
            {
                T* at = a + j;
                V vRe = S.Load(v + j), vIm = S.Load(v + N + j), pRe = S.Load(p + j), pIm = S.Load(p + N + j);
                V re = S.Load(at), im = S.Load(at + N);
                s0 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s0));
                t0 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t0));
                pRe = S.MultiplyAdd(im, y0, S.MultiplyAdd(re, x0, pRe));
                pIm = S.NegatedMultiplyAdd(im, x0, S.MultiplyAdd(re, y0, pIm));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s1 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s1));
                t1 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t1));
                pRe = S.MultiplyAdd(im, y1, S.MultiplyAdd(re, x1, pRe));
                pIm = S.NegatedMultiplyAdd(im, x1, S.MultiplyAdd(re, y1, pIm));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s2 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s2));
                t2 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t2));
                pRe = S.MultiplyAdd(im, y2, S.MultiplyAdd(re, x2, pRe));
                pIm = S.NegatedMultiplyAdd(im, x2, S.MultiplyAdd(re, y2, pIm));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s3 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s3));
                t3 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t3));
                pRe = S.MultiplyAdd(im, y3, S.MultiplyAdd(re, x3, pRe));
                pIm = S.NegatedMultiplyAdd(im, x3, S.MultiplyAdd(re, y3, pIm));
                S.Store(pRe, p + j);
                S.Store(pIm, p + N + j);
            }

            for (; j < end + diagonal; j += S.Width)
            {
                T* at = a + j;
                V vRe = S.Load(v + j), vIm = S.Load(v + N + j), re = S.Load(at), im = S.Load(at + N);
                s0 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s0));
                t0 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t0));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s1 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s1));
                t1 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t1));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s2 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s2));
                t2 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t2));
                at += stride;
                re = S.Load(at);
                im = S.Load(at + N);
                s3 = S.NegatedMultiplyAdd(im, vIm, S.MultiplyAdd(re, vRe, s3));
                t3 = S.MultiplyAdd(im, vRe, S.MultiplyAdd(re, vIm, t3));
            }

            // nothing was added to these entries before: that comes from rows of later blocks
            (p[i], p[i + 1], p[i + 2], p[i + 3]) = (S.Sum(s0), S.Sum(s1), S.Sum(s2), S.Sum(s3));
            (p[N + i], p[N + i + 1], p[N + i + 2], p[N + i + 3]) = (S.Sum(t0), S.Sum(t1), S.Sum(t2), S.Sum(t3));
        }
    }

    /// <summary>[W V]ᴴ on a panel of columns: [inner][re | im], inner over w, then v.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackUpdate(int top, int count, int panel)
    {
        int width = Tile<T>.Columns;
        T* to = columns + ((nint)panel * 2 * count * 2 * width);
        for (int s = 0; s < 2 * count; s++, to += 2 * width)
        {
            T* from = (s < count ? WRow(s) : MatrixRow(top - s + count)) + ((nint)panel * width);
            Reals<T>.Copy(from, to, width);
            Reals<T>.Scale(from + N, -T.One, to + width, width);
        }
    }

    /// <summary>
    /// A −= V Wᴴ + W Vᴴ on a tile's rows, up to the end of their diagonal block. Rows from <paramref name="remaining"/> on hold reflectors: their part of V
    /// and W counts as zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(int top, int count, int remaining, int tile)
    {
        int width = Tile<T>.Columns, first = tile * Rows, rowCount = Math.Min(Rows, remaining - first), end = RoundUp(first + rowCount, DiagonalBlock);
        T* factor = stackalloc T[4 * Panel * Rows];
        if (rowCount < Rows)
        {
            new Span<T>(factor, 4 * count * Rows).Clear();
        }

        T* to = factor;
        for (int s = 0; s < 2 * count; s++, to += 2 * Rows)
        {
            T* from = (s < count ? MatrixRow(top - s) : WRow(s - count)) + first;
            for (int i = 0; i < rowCount; i++)
            {
                to[i] = from[i];
                to[Rows + i] = from[N + i];
            }
        }

        T* row = MatrixRow(first);
        for (int column = 0; column < end; column += width)
        {
            Tile<T>.Multiply(2 * count, factor, columns + ((nint)column * 4 * count), row + column, row + N + column, 2 * N, TileMode.Subtract);
        }
    }

    private readonly struct UpdateJob(HermitianEigen<T> owner, int top, int count, int remaining) : IJob
    {
        private readonly HermitianEigen<T> owner = owner;

        public void Execute(int index, int worker) => owner.Update(top, count, remaining, index);
    }
}
