using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// A = U diag(e) Uᴴ for many small Hermitian matrices, a realization in each lane: Householder reduction to a real tridiagonal matrix
/// [GVL 8.3.1, from the last row upwards], <see cref="TridiagonalLanes{T}"/>, back-transformation. No
/// operation mixes lanes, so a realization alone equals itself in a batch, bit by bit. Meant for orders up to 96, where a group of lanes stays in the
/// second cache; right for any order.
/// </summary>
internal readonly unsafe struct HermitianEigenLanes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>n × n; the lower triangle is read.</summary>
    public required Matrices<T> A { get; init; }

    /// <summary>Row i is eigenvector i, column i of U; written, not a number where the decomposition failed. May be A.</summary>
    public required Matrices<T> Vectors { get; init; }

    /// <summary>[realization][n], ascending; written, not a number where the decomposition failed.</summary>
    public required T* Values { get; init; }

    /// <summary>n.</summary>
    public required int Order { get; init; }

    /// <summary>Matrices at a time.</summary>
    public static int Lanes => SimdLevel.Width<T>();

    /// <summary>Reals of working memory of a worker.</summary>
    public static nint MemorySize(int n) =>
        (TriangleSize(n) * 2 * Lanes) + (n * TridiagonalLanes<T>.RowStride(n)) + TridiagonalLanes<T>.MemorySize(n) + ((nint)n * 13 * Lanes) + Lanes;

    /// <param name="active">Realizations to work on.</param>
    public void Run(WorkerPool pool, Scratch scratch, int* active, int activeCount)
    {
        T* memory = scratch.PerWorker<T>(MemorySize(Order), out nint stride);
        pool.Run((activeCount + Lanes - 1) / Lanes, new GroupJob(this, memory, stride, active, activeCount));
    }

    /// <summary>Reals of working memory of <see cref="DecomposeLanes"/>.</summary>
    public static nint LanesMemorySize(int n) => (n * TridiagonalLanes<T>.RowStride(n)) + TridiagonalLanes<T>.MemorySize(n) + ((nint)n * 12 * Lanes) + Lanes;

    /// <summary>Reals of the vectors that <see cref="DecomposeLanes"/> writes: one more than there are where the order is odd.</summary>
    public static nint LanesVectorsSize(int n) => (nint)(n + (n % 2)) * n * 2 * Lanes;

    /// <summary>Complex numbers of a lower triangle, row by row.</summary>
    public static nint TriangleSize(int n) => (nint)n * (n + 1) / 2;

    /// <summary>Of matrices that are in lanes already.</summary>
    /// <param name="a">Lower triangles, [i][j ≤ i][re of lanes | im of lanes]; destroyed.</param>
    /// <param name="values">[n][lanes], in no order; not a number where the decomposition failed. Written.</param>
    /// <param name="vectors">Row i is eigenvector i, [i][component][re of lanes | im of lanes]; written.</param>
    public static void DecomposeLanes(int n, T* a, T* values, T* vectors, T* memory)
    {
        if (SimdLevel.Has512)
        {
            DecomposeLanes<Simd512<T>, Vector512<T>>(n, a, values, vectors, memory);
        }
        else if (SimdLevel.Has256)
        {
            DecomposeLanes<Simd256<T>, Vector256<T>>(n, a, values, vectors, memory);
        }
        else
        {
            DecomposeLanes<Simd128<T>, Vector128<T>>(n, a, values, vectors, memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DecomposeLanes<S, V>(int n, T* a, T* values, T* vectors, T* memory)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        nint stride = TridiagonalLanes<T>.RowStride(n), size = (nint)n * 2 * W;
        T* z = memory, rotations = z + (n * stride), e = rotations + TridiagonalLanes<T>.MemorySize(n), tau = e + (n * W), six = tau + (n * 2 * W), scales = six + (n * 8 * W);
        Diagonalize<S, V>(n, a, values, e, z, rotations, tau, six, scales);
        V scale = S.Load(scales);
        for (int i = 0; i < n; i++)
        {
            S.Store(S.Multiply(S.Load(values + (i * W)), scale), values + (i * W));
        }

        for (int i = 0; i < n; i += 2)
        {
            BackTransform<S, V>(n, z + (i * stride), z + (Math.Min(i + 1, n - 1) * stride), a, tau, vectors + (i * size), vectors + ((i + 1) * size));
        }
    }

    /// <summary>A = Q Z diag(d) Zᵀ Qᴴ in units of scales, Q kept as reflectors in a and tau.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Diagonalize<S, V>(int n, T* a, T* d, T* e, T* z, T* rotations, T* tau, T* vectors, T* scales)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        Scale<S, V>(n, a, scales);
        Reduce<S, V>(n, a, d, e, tau, vectors);
        if (!TridiagonalLanes<T>.Decompose(n, d, e, z, rotations))
        {
            MarkFailures(n, e, scales);
        }
    }

    private readonly struct GroupJob(HermitianEigenLanes<T> problem, T* memory, nint stride, int* active, int activeCount) : IJob
    {
        private readonly HermitianEigenLanes<T> problem = problem;

        public void Execute(int index, int worker)
        {
            int first = index * Lanes, count = Math.Min(Lanes, activeCount - first);
            T* own = memory + (worker * stride);
            if (SimdLevel.Has512)
            {
                problem.Decompose<Simd512<T>, Vector512<T>>(active + first, count, own);
            }
            else if (SimdLevel.Has256)
            {
                problem.Decompose<Simd256<T>, Vector256<T>>(active + first, count, own);
            }
            else
            {
                problem.Decompose<Simd128<T>, Vector128<T>>(active + first, count, own);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Decompose<S, V>(int* realizations, int count, T* memory)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int n = Order, W = S.Width;
        nint stride = TridiagonalLanes<T>.RowStride(n);
        T* a = memory, z = a + (TriangleSize(n) * 2 * W), rotations = z + (n * stride), d = rotations + TridiagonalLanes<T>.MemorySize(n), e = d + (n * W);
        T* tau = e + (n * W), vectors = tau + (n * 2 * W), ranks = vectors + (n * 8 * W), scales = ranks + (n * W);
        Pack<S, V>(realizations, count, a);
        Diagonalize<S, V>(n, a, d, e, z, rotations, tau, vectors, scales);
        Rank<S, V>(n, d, ranks);
        for (int lane = 0; lane < count; lane++)
        {
            T* values = Values + ((nint)realizations[lane] * n);
            for (int i = 0; i < n; i++)
            {
                values[int.CreateTruncating(ranks[(i * W) + lane])] = d[(i * W) + lane] * scales[lane];
            }
        }

        for (int i = 0; i < n; i += 2)
        {
            int pair = Math.Min(2, n - i);
            BackTransform<S, V>(n, z + (i * stride), z + ((i + pair - 1) * stride), a, tau, vectors, vectors + (2 * n * W));
            for (int j = 0; j < pair; j++)
            {
                Unpack(realizations, count, vectors + (j * 2 * n * W), ranks + ((i + j) * W));
            }
        }

        for (int lane = 0; lane < count; lane++)
        {
            if (T.IsNaN(scales[lane]))
            {
                new Span<T>(Vectors.Row(realizations[lane], 0, 0), 2 * n * n).Fill(T.NaN);
            }
        }
    }

    private static void MarkFailures(int n, T* e, T* scales)
    {
        for (int i = 0; i < (n - 1) * Lanes; i++)
        {
            if (e[i] != T.Zero)
            {
                scales[i % Lanes] = T.NaN;
            }
        }
    }

    /// <summary>Lower triangles, row by row, as [i][j ≤ i][re of lanes | im of lanes]; lanes without a matrix repeat the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack<S, V>(int* realizations, int count, T* a)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int n = Order, W = S.Width;
        T** re = stackalloc T*[Transposition<T>.Rows], im = stackalloc T*[Transposition<T>.Rows];
        for (int i = 0; i < n; i++)
        {
            T* to = a + (TriangleSize(i) * 2 * W);
            for (int first = 0; first < W; first += Transposition<T>.Rows)
            {
                for (int lane = 0; lane < Transposition<T>.Rows; lane++)
                {
                    re[lane] = A.Row(realizations[Math.Min(first + lane, count - 1)], 0, i);
                    im[lane] = re[lane] + A.Columns;
                }

                Transposition<T>.ToLanes(re, i + 1, to + first, 2 * W);
                Transposition<T>.ToLanes(im, i + 1, to + first + W, 2 * W);
            }
        }
    }

    /// <summary>Every lane times a power of two that brings its largest entry near 1; a lane with an entry that is no finite number becomes zero.</summary>
    /// <param name="scales">What undoes it; not a number in a lane that cannot be decomposed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<S, V>(int n, T* a, T* scales)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        T* end = a + (TriangleSize(n) * 2 * W), factors = stackalloc T[W];
        V zero = S.Broadcast(T.Zero), largest = zero, broken = zero;
        for (T* at = a; at < end; at += W)
        {
            V x = S.Load(at), magnitude = S.Abs(x);
            largest = S.Select(S.IsGreater(magnitude, largest), magnitude, largest);
            broken = S.MultiplyAdd(x, zero, broken); // neither infinity nor what is no number times zero is zero
        }

        S.Store(S.Add(largest, broken), scales);
        int limit = typeof(T) == typeof(float) ? 120 : 1000;
        for (int lane = 0; lane < W; lane++)
        {
            T x = scales[lane];
            int exponent = x > T.Zero && T.IsFinite(x) ? Math.Clamp(T.ILogB(x), -limit, limit) : 0;
            factors[lane] = T.ScaleB(T.One, -exponent);
            scales[lane] = T.IsFinite(x) ? T.ScaleB(T.One, exponent) : T.NaN;
        }

        V factor = S.Load(factors), sound = S.IsGreater(S.Load(scales), zero);
        for (T* at = a; at < end; at += W)
        {
            S.Store(S.And(sound, S.Multiply(S.Load(at), factor)), at);
        }
    }

    /// <summary>
    /// A = Q T Qᴴ with T real and tridiagonal, Q = H_{n−1} ⋯ H_1. H_k = I − τ_k v vᴴ maps what is left of A's column k above the diagonal onto its last
    /// entry, e_{k−1}; then A := Hᴴ A H = A − v wᴴ − w vᴴ with w = p − ½ τ (pᴴv) v, p = τ A v. The update waits until the next v is known, so that one
    /// walk over the triangle does it and multiplies by that v.
    /// </summary>
    /// <param name="a">Row k becomes v of H_k, k numbers of which the last is 1.</param>
    /// <param name="vectors">Room for six vectors of n complex numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Reduce<S, V>(int n, T* a, T* d, T* e, T* tau, T* vectors)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, size = 2 * n * W;
        T* w = vectors, p = vectors + size, v = null;
        S.Store(S.Broadcast(T.Zero), e + ((n - 1) * W));
        for (int k = n - 1; k > 0; k--)
        {
            T* row = a + (TriangleSize(k) * 2 * W);
            if (v != null)
            {
                UpdateRow<S, V>(k, row, v, w);
            }

            S.Store(S.Load(row + (k * 2 * W)), d + (k * W));
            Reflector<S, V>(k, row, e + ((k - 1) * W), tau + (k * 2 * W));
            if (v != null)
            {
                UpdateAndMultiply<S, V>(k, a, v, w, row, p);
            }
            else
            {
                Multiply<S, V>(k, a, row, p);
            }

            CompleteW<S, V>(k, row, tau + (k * 2 * W), p);
            v = row;
            T* spare = w;
            w = p;
            p = spare;
        }

        if (v != null)
        {
            UpdateRow<S, V>(0, a, v, w);
        }

        S.Store(S.Load(a), d);
    }

    /// <summary>Row i of A −= v wᴴ + w vᴴ up to the diagonal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateRow<S, V>(int i, T* row, T* v, T* w)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        V vRe = S.Load(v + (i * step)), vIm = S.Load(v + (i * step) + W), wRe = S.Load(w + (i * step)), wIm = S.Load(w + (i * step) + W);
        for (int j = 0; j <= i; j++, row += step, v += step, w += step)
        {
            V xRe = S.Load(v), xIm = S.Load(v + W), yRe = S.Load(w), yIm = S.Load(w + W), re = S.Load(row), im = S.Load(row + W);
            re = S.NegatedMultiplyAdd(vRe, yRe, S.NegatedMultiplyAdd(vIm, yIm, re));
            im = S.MultiplyAdd(vRe, yIm, S.NegatedMultiplyAdd(vIm, yRe, im));
            S.Store(S.NegatedMultiplyAdd(wRe, xRe, S.NegatedMultiplyAdd(wIm, xIm, re)), row);
            S.Store(S.MultiplyAdd(wRe, xIm, S.NegatedMultiplyAdd(wIm, xRe, im)), row + W);
        }
    }

    /// <summary>
    /// x = conj(row), α its last entry: β = −sign(Re α)‖x‖, τ = (β − α)/β, v = x/(α − β) with 1 in the end, so that (I − τ v vᴴ)ᴴ x = (0, …, 0, β) with a
    /// real β. A column that has vanished next to A gets τ = β = 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Reflector<S, V>(int k, T* row, T* beta, T* tau)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        V zero = S.Broadcast(T.Zero), one = S.Broadcast(T.One), s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        T* at = row;
        int j = 0;
        for (; j < k - 1; j += 2, at += 2 * step)
        {
            V x = S.Load(at), y = S.Load(at + W), x2 = S.Load(at + step), y2 = S.Load(at + step + W);
            s0 = S.MultiplyAdd(x, x, s0);
            s1 = S.MultiplyAdd(y, y, s1);
            s2 = S.MultiplyAdd(x2, x2, s2);
            s3 = S.MultiplyAdd(y2, y2, s3);
        }

        if (j < k)
        {
            V x = S.Load(at), y = S.Load(at + W);
            s0 = S.MultiplyAdd(x, x, s0);
            s1 = S.MultiplyAdd(y, y, s1);
        }

        T* last = row + ((k - 1) * step);
        V square = S.Add(S.Add(s0, s1), S.Add(s2, s3)), alphaRe = S.Load(last), alphaIm = S.Subtract(zero, S.Load(last + W));
        V usable = S.IsGreater(square, S.Broadcast(T.CreateTruncating(typeof(T) == typeof(float) ? 1e-30 : 1e-290)));
        V norm = S.Sqrt(square), b = S.Select(S.IsGreater(alphaRe, zero), S.Subtract(zero, norm), norm), inverse = S.Divide(one, b);
        S.Store(S.And(usable, b), beta);
        S.Store(S.And(usable, S.Multiply(S.Subtract(b, alphaRe), inverse)), tau);
        S.Store(S.And(usable, S.Subtract(zero, S.Multiply(alphaIm, inverse))), tau + W);

        // 1/(α − β) = conj(α − β)/|α − β|²
        V re = S.Subtract(alphaRe, b), over = S.Divide(one, S.MultiplyAdd(re, re, S.Multiply(alphaIm, alphaIm)));
        V fRe = S.And(usable, S.Multiply(re, over)), fIm = S.And(usable, S.Subtract(zero, S.Multiply(alphaIm, over)));
        at = row;
        for (j = 0; j < k - 1; j++, at += step)
        {
            V x = S.Load(at), y = S.Load(at + W); // v = (x − iy)(fRe + i fIm)
            S.Store(S.MultiplyAdd(y, fIm, S.Multiply(x, fRe)), at);
            S.Store(S.NegatedMultiplyAdd(y, fRe, S.Multiply(x, fIm)), at + W);
        }

        S.Store(one, at);
        S.Store(zero, at + W);
    }

    /// <summary>p = A v for the leading k × k block, from its lower triangle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<S, V>(int k, T* a, T* v, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        for (int i = 0; i < k; i++)
        {
            V xRe = S.Load(v + (i * step)), xIm = S.Load(v + (i * step) + W), sRe = S.Broadcast(T.Zero), sIm = sRe, tRe = sRe, tIm = sRe;
            T* x = v, y = p;
            for (int j = 0; j < i; j++, a += step, x += step, y += step)
            {
                V re = S.Load(a), im = S.Load(a + W), vRe = S.Load(x), vIm = S.Load(x + W);
                sRe = S.MultiplyAdd(re, vRe, sRe);
                tRe = S.NegatedMultiplyAdd(im, vIm, tRe);
                sIm = S.MultiplyAdd(re, vIm, sIm);
                tIm = S.MultiplyAdd(im, vRe, tIm);
                S.Store(S.MultiplyAdd(re, xRe, S.MultiplyAdd(im, xIm, S.Load(y))), y);
                S.Store(S.MultiplyAdd(re, xIm, S.NegatedMultiplyAdd(im, xRe, S.Load(y + W))), y + W);
            }

            V diagonal = S.Load(a);
            S.Store(S.MultiplyAdd(diagonal, xRe, S.Add(sRe, tRe)), y);
            S.Store(S.MultiplyAdd(diagonal, xIm, S.Add(sIm, tIm)), y + W);
            a += step;
        }
    }

    /// <summary>A −= v0 w0ᴴ + w0 v0ᴴ and p = A v for the leading k × k block in one walk over its lower triangle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateAndMultiply<S, V>(int k, T* a, T* v0, T* w0, T* v, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        for (int i = 0; i < k; i++)
        {
            V viRe = S.Load(v0 + (i * step)), viIm = S.Load(v0 + (i * step) + W), wiRe = S.Load(w0 + (i * step)), wiIm = S.Load(w0 + (i * step) + W);
            V xRe = S.Load(v + (i * step)), xIm = S.Load(v + (i * step) + W), sRe = S.Broadcast(T.Zero), sIm = sRe, tRe = sRe, tIm = sRe;
            nint offset = 0;
            for (int j = 0; j < i; j++, a += step, offset += step)
            {
                V vRe = S.Load(v0 + offset), vIm = S.Load(v0 + offset + W), wRe = S.Load(w0 + offset), wIm = S.Load(w0 + offset + W);
                V re = S.NegatedMultiplyAdd(viRe, wRe, S.NegatedMultiplyAdd(viIm, wIm, S.Load(a)));
                V im = S.MultiplyAdd(viRe, wIm, S.NegatedMultiplyAdd(viIm, wRe, S.Load(a + W)));
                re = S.NegatedMultiplyAdd(wiRe, vRe, S.NegatedMultiplyAdd(wiIm, vIm, re));
                im = S.MultiplyAdd(wiRe, vIm, S.NegatedMultiplyAdd(wiIm, vRe, im));
                S.Store(re, a);
                S.Store(im, a + W);
                vRe = S.Load(v + offset);
                vIm = S.Load(v + offset + W);
                sRe = S.MultiplyAdd(re, vRe, sRe);
                tRe = S.NegatedMultiplyAdd(im, vIm, tRe);
                sIm = S.MultiplyAdd(re, vIm, sIm);
                tIm = S.MultiplyAdd(im, vRe, tIm);
                S.Store(S.MultiplyAdd(re, xRe, S.MultiplyAdd(im, xIm, S.Load(p + offset))), p + offset);
                S.Store(S.MultiplyAdd(re, xIm, S.NegatedMultiplyAdd(im, xRe, S.Load(p + offset + W))), p + offset + W);
            }

            V half = S.MultiplyAdd(viRe, wiRe, S.Multiply(viIm, wiIm)), diagonal = S.Subtract(S.Load(a), S.Add(half, half));
            S.Store(diagonal, a);
            S.Store(S.MultiplyAdd(diagonal, xRe, S.Add(sRe, tRe)), p + offset);
            S.Store(S.MultiplyAdd(diagonal, xIm, S.Add(sIm, tIm)), p + offset + W);
            a += step;
        }
    }

    /// <summary>p := w = τp − ½ τ ((τp)ᴴv) v = τ (p − ½ conj(τ) (pᴴv) v).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CompleteW<S, V>(int k, T* v, T* tau, T* p)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        V s0 = S.Broadcast(T.Zero), s1 = s0, s2 = s0, s3 = s0;
        for (nint at = 0; at < (nint)k * step; at += step)
        {
            V pRe = S.Load(p + at), pIm = S.Load(p + at + W), vRe = S.Load(v + at), vIm = S.Load(v + at + W);
            s0 = S.MultiplyAdd(pRe, vRe, s0);
            s1 = S.MultiplyAdd(pIm, vIm, s1);
            s2 = S.MultiplyAdd(pRe, vIm, s2);
            s3 = S.NegatedMultiplyAdd(pIm, vRe, s3);
        }

        // f = −½ conj(τ) pᴴv
        V half = S.Broadcast(-T.One / (T.One + T.One)), tauRe = S.Load(tau), tauIm = S.Load(tau + W);
        V dotRe = S.Multiply(half, S.Add(s0, s1)), dotIm = S.Multiply(half, S.Add(s2, s3));
        V fRe = S.MultiplyAdd(tauRe, dotRe, S.Multiply(tauIm, dotIm)), fIm = S.NegatedMultiplyAdd(tauIm, dotRe, S.Multiply(tauRe, dotIm));
        for (nint at = 0; at < (nint)k * step; at += step)
        {
            V vRe = S.Load(v + at), vIm = S.Load(v + at + W);
            V re = S.MultiplyAdd(fRe, vRe, S.NegatedMultiplyAdd(fIm, vIm, S.Load(p + at))), im = S.MultiplyAdd(fRe, vIm, S.MultiplyAdd(fIm, vRe, S.Load(p + at + W)));
            S.Store(S.NegatedMultiplyAdd(tauIm, im, S.Multiply(tauRe, re)), p + at);
            S.Store(S.MultiplyAdd(tauIm, re, S.Multiply(tauRe, im)), p + at + W);
        }
    }

    /// <summary>ranks[i] = how many eigenvalues come before the i-th.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rank<S, V>(int n, T* d, T* ranks)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        V one = S.Broadcast(T.One);
        for (int i = 0; i < n; i++)
        {
            V x = S.Load(d + (i * W)), rank = S.Broadcast(T.Zero);
            for (int j = 0; j < i; j++)
            {
                rank = S.Add(rank, S.AndNot(one, S.IsGreater(S.Load(d + (j * W)), x))); // equal ones keep their order
            }

            for (int j = i + 1; j < n; j++)
            {
                rank = S.Add(rank, S.And(one, S.IsGreater(x, S.Load(d + (j * W)))));
            }

            S.Store(rank, ranks + (i * W));
        }
    }

    /// <summary>
    /// u = H_{n−1} ⋯ H_1 z for two rows of Z at once. A walk subtracts t v of H_k, t = τ vᴴu, and gathers vᴴu for H_{k+1}. Zeros become positive, see
    /// <see cref="TridiagonalLanes{T}"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackTransform<S, V>(int n, T* z1, T* z2, T* a, T* tau, T* u1, T* u2)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, step = 2 * W;
        V zero = S.Broadcast(T.Zero);
        for (int j = 0; j < n; j++)
        {
            S.Store(S.Add(S.Load(z1 + (j * W)), zero), u1 + (j * step));
            S.Store(zero, u1 + (j * step) + W);
            S.Store(S.Add(S.Load(z2 + (j * W)), zero), u2 + (j * step));
            S.Store(zero, u2 + (j * step) + W);
        }

        V dot1Re = S.Load(u1), dot1Im = zero, dot2Re = S.Load(u2), dot2Im = zero;
        for (int k = 1; k < n; k++)
        {
            V tauRe = S.Load(tau + (k * step)), tauIm = S.Load(tau + (k * step) + W);
            V t1Re = S.NegatedMultiplyAdd(tauIm, dot1Im, S.Multiply(tauRe, dot1Re)), t1Im = S.MultiplyAdd(tauIm, dot1Re, S.Multiply(tauRe, dot1Im));
            V t2Re = S.NegatedMultiplyAdd(tauIm, dot2Im, S.Multiply(tauRe, dot2Re)), t2Im = S.MultiplyAdd(tauIm, dot2Re, S.Multiply(tauRe, dot2Im));
            T* v = a + (TriangleSize(k) * step), next = k + 1 < n ? a + (TriangleSize(k + 1) * step) : v;
            V s0 = zero, s1 = zero, s2 = zero, s3 = zero, r0 = zero, r1 = zero, r2 = zero, r3 = zero;
            for (nint at = 0; at < (nint)k * step; at += step)
            {
                V vRe = S.Load(v + at), vIm = S.Load(v + at + W), xRe = S.Load(next + at), xIm = S.Load(next + at + W);
                V re = S.NegatedMultiplyAdd(t1Re, vRe, S.MultiplyAdd(t1Im, vIm, S.Load(u1 + at)));
                V im = S.NegatedMultiplyAdd(t1Re, vIm, S.NegatedMultiplyAdd(t1Im, vRe, S.Load(u1 + at + W)));
                S.Store(re, u1 + at);
                S.Store(im, u1 + at + W);
                s0 = S.MultiplyAdd(xRe, re, s0);
                s1 = S.MultiplyAdd(xIm, im, s1);
                s2 = S.MultiplyAdd(xRe, im, s2);
                s3 = S.NegatedMultiplyAdd(xIm, re, s3);
                re = S.NegatedMultiplyAdd(t2Re, vRe, S.MultiplyAdd(t2Im, vIm, S.Load(u2 + at)));
                im = S.NegatedMultiplyAdd(t2Re, vIm, S.NegatedMultiplyAdd(t2Im, vRe, S.Load(u2 + at + W)));
                S.Store(re, u2 + at);
                S.Store(im, u2 + at + W);
                r0 = S.MultiplyAdd(xRe, re, r0);
                r1 = S.MultiplyAdd(xIm, im, r1);
                r2 = S.MultiplyAdd(xRe, im, r2);
                r3 = S.NegatedMultiplyAdd(xIm, re, r3);
            }

            if (k + 1 < n)
            {
                // the last entry of the next v is 1
                dot1Re = S.Add(S.Add(s0, s1), S.Load(u1 + (k * step)));
                dot1Im = S.Add(S.Add(s2, s3), S.Load(u1 + (k * step) + W));
                dot2Re = S.Add(S.Add(r0, r1), S.Load(u2 + (k * step)));
                dot2Im = S.Add(S.Add(r2, r3), S.Load(u2 + (k * step) + W));
            }
        }
    }

    /// <summary>One vector of every lane to the row of its rank.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unpack(int* realizations, int count, T* u, T* ranks)
    {
        T** re = stackalloc T*[Transposition<T>.Rows], im = stackalloc T*[Transposition<T>.Rows];
        for (int first = 0; first < count; first += Transposition<T>.Rows)
        {
            for (int i = 0; i < Transposition<T>.Rows; i++)
            {
                int lane = Math.Min(first + i, count - 1);
                re[i] = Vectors.Row(realizations[lane], 0, int.CreateTruncating(ranks[lane]));
                im[i] = re[i] + Vectors.Columns;
            }

            // lanes beyond the last hold the same matrix
            Transposition<T>.ToRows(u + first, 2 * Lanes, Order, re);
            Transposition<T>.ToRows(u + first + Lanes, 2 * Lanes, Order, im);
        }
    }
}
