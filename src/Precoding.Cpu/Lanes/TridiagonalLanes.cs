using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// T = Z diag(d) Zᵀ of real symmetric tridiagonal matrices, one a lane, by the QL iteration with implicit shifts [GVL 8.3.5]. All lanes sweep in
/// lockstep: every lane has its own unreduced window and shift, and the identity as its rotation outside of the window, so there are as many sweeps as
/// the slowest lane needs. An identity changes nothing but the sign of a zero, hence a lane alone equals itself among others once zeros are positive.
/// Numbers are expected near 1: the caller scales. d, e: [i][lanes]; Z: row i is eigenvector i, [i][component][lanes], rows RowStride apart.
/// </summary>
internal static unsafe class TridiagonalLanes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Sweeps whose rotations are kept before Z sees them, so that a slab of Z stays in the first cache.</summary>
    private const int Wave = 8;

    /// <summary>Components of a slab: what a chain of rotations carries in registers.</summary>
    private const int Slab = 8;

    /// <summary>Up to this order a slab and a sweep's rotations fit into the first cache; beyond it half a slab does.</summary>
    private const int WholeSlabs = 56;

    /// <summary>Two sweeps an eigenvalue are usual; this many mean that something is broken.</summary>
    private const int MaxSweepsPerEigenvalue = 30;

    public static int Lanes => SimdLevel.Width<T>();

    /// <summary>Reals from a row of Z to the next: an odd number of slabs, which spreads the rows of one slab over all sets of the cache.</summary>
    public static nint RowStride(int n) => (((n + Slab - 1) / Slab) | 1) * Slab * Lanes;

    /// <summary>Reals of working memory.</summary>
    public static nint MemorySize(int n) => (nint)Wave * n * 2 * Lanes;

    /// <param name="n">Order.</param>
    /// <param name="d">Diagonal; becomes the eigenvalues, in no order.</param>
    /// <param name="e">e[i] couples i and i + 1; n entries, the last is not read; destroyed.</param>
    /// <param name="z">Written.</param>
    /// <param name="memory">MemorySize(n) reals.</param>
    /// <returns>All lanes have converged; otherwise those have not whose e is not zero.</returns>
    public static bool Decompose(int n, T* d, T* e, T* z, T* memory) => SimdLevel.Has512
        ? Decompose<Simd512<T>, Vector512<T>>(n, d, e, z, memory)
        : SimdLevel.Has256 ? Decompose<Simd256<T>, Vector256<T>>(n, d, e, z, memory) : Decompose<Simd128<T>, Vector128<T>>(n, d, e, z, memory);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Decompose<S, V>(int n, T* d, T* e, T* z, T* memory)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        nint stride = RowStride(n);
        for (int i = 0; i < n; i++)
        {
            new Span<T>(z + (i * stride), (int)stride).Clear();
            S.Store(S.Broadcast(T.One), z + (i * stride) + (i * W));
        }

        int* first = stackalloc int[Wave], last = stackalloc int[Wave];
        nint sweepSize = (nint)n * 2 * W;
        int settled = 0, pending = 0, limit = MaxSweepsPerEigenvalue * n;
        bool converged = false;
        for (int sweep = 0; sweep < limit; sweep++)
        {
            if (!Sweep<S, V>(n, d, e, memory + (pending * sweepSize), ref settled, out last[pending]))
            {
                converged = true;
                break;
            }

            first[pending++] = settled;
            if (pending == Wave)
            {
                Rotate<S, V>(n, z, stride, memory, sweepSize, first, last, pending);
                pending = 0;
            }
        }

        Rotate<S, V>(n, z, stride, memory, sweepSize, first, last, pending);
        return converged;
    }

    /// <summary>
    /// One implicit QL step on the first unreduced window [l, m] of every lane, with Wilkinson's shift; writes the rotations of planes (i, i + 1) as
    /// [i][c | s]. An off-diagonal entry is negligible below ε(|d_i| + |d_{i+1}|), and below ε² in any case.
    /// </summary>
    /// <param name="first">Every lane is done before this index; then the first plane.</param>
    /// <param name="last">One past the last plane.</param>
    /// <returns>Some lane had a window.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Sweep<S, V>(int n, T* d, T* e, T* rotations, ref int first, out int last)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        T epsilon = T.BitIncrement(T.One) - T.One;
        V zero = S.Broadcast(T.Zero), one = S.Broadcast(T.One), relative = S.Broadcast(epsilon / (T.One + T.One)), absolute = S.Broadcast(epsilon * epsilon);
        V l = S.Broadcast(T.CreateTruncating(n)), m = zero, started = zero, ended = zero;
        V dl = zero, dlNext = zero, el = one, dm = zero;
        int start = n;
        last = 0;
        for (int i = first; i < n - 1; i++)
        {
            V di = S.Load(d + (i * W)), dNext = S.Load(d + ((i + 1) * W)), ei = S.Load(e + (i * W)), index = S.Broadcast(T.CreateTruncating(i));
            V coupled = S.IsGreater(S.Abs(ei), S.MultiplyAdd(relative, S.Add(S.Abs(di), S.Abs(dNext)), absolute));
            S.Store(S.Select(coupled, ei, zero), e + (i * W));
            V begins = S.AndNot(coupled, started);
            (l, dl, dlNext, el) = (S.Select(begins, index, l), S.Select(begins, di, dl), S.Select(begins, dNext, dlNext), S.Select(begins, ei, el));
            started = S.Or(started, begins);
            V ends = S.AndNot(S.AndNot(started, ended), coupled);
            (m, dm) = (S.Select(ends, index, m), S.Select(ends, di, dm));
            ended = S.Or(ended, ends);
            if (start == n && S.Any(begins))
            {
                start = i;
            }

            if (S.Any(ends))
            {
                last = i;
            }
        }

        if (start == n)
        {
            return false;
        }

        first = start;
        V open = S.AndNot(started, ended);
        if (S.Any(open))
        {
            last = n - 1;
            m = S.Select(open, S.Broadcast(T.CreateTruncating(n - 1)), m);
            dm = S.Select(open, S.Load(d + ((n - 1) * W)), dm);
        }

        // g = d_m − σ, σ the eigenvalue of the leading 2 × 2 nearer to d_l
        V g = S.Divide(S.Subtract(dlNext, dl), S.Add(el, el)), root = S.Sqrt(S.MultiplyAdd(g, g, one));
        g = S.Add(S.Subtract(dm, dl), S.Divide(el, S.Add(g, S.Select(S.IsGreater(zero, g), S.Subtract(zero, root), root))));

        V c = one, s = one, p = zero, tiny = S.Broadcast(Tiny);
        for (int i = last - 1; i >= first; i--)
        {
            V index = S.Broadcast(T.CreateTruncating(i)), next = S.Broadcast(T.CreateTruncating(i + 1));
            V ei = S.Load(e + (i * W)), di = S.Load(d + (i * W)), dNext = S.Load(d + ((i + 1) * W));
            V begun = S.IsGreater(m, index), active = S.AndNot(begun, S.IsGreater(l, index));
            V f = S.Multiply(s, ei), b = S.Multiply(c, ei), square = S.MultiplyAdd(f, f, S.Multiply(g, g));
            V usable = S.IsGreater(square, tiny), r = S.Sqrt(square), inverse = S.Divide(one, r);
            r = S.Select(usable, r, g);
            V cNew = S.Select(usable, S.Multiply(g, inverse), one), sNew = S.Select(usable, S.Multiply(f, inverse), zero);
            S.Store(S.Select(S.And(active, S.IsGreater(m, next)), r, S.Load(e + ((i + 1) * W))), e + ((i + 1) * W));
            V h = S.Subtract(dNext, p), t = S.MultiplyAdd(S.Subtract(di, h), sNew, S.Multiply(S.Add(cNew, cNew), b)), pNew = S.Multiply(sNew, t);
            S.Store(S.Select(active, S.Add(h, pNew), dNext), d + ((i + 1) * W));
            V gNew = S.Subtract(S.Multiply(cNew, t), b);
            S.Store(S.Select(active, cNew, one), rotations + (i * 2 * W));
            S.Store(S.Select(active, sNew, zero), rotations + (i * 2 * W) + W);
            (c, s, p, g) = (S.Select(begun, cNew, c), S.Select(begun, sNew, s), S.Select(begun, pNew, p), S.Select(begun, gNew, g));
            V finished = S.AndNot(active, S.IsGreater(index, l)); // i = l
            S.Store(S.Select(finished, S.Subtract(di, p), di), d + (i * W));
            S.Store(S.Select(finished, g, ei), e + (i * W));
        }

        return true;
    }

    /// <summary>Below it a sum of two squares has lost digits, and a rotation made of it would not be orthogonal; what it would remove is negligible.</summary>
    private static T Tiny => T.CreateTruncating(typeof(T) == typeof(float) ? 1e-30 : 1e-290);

    /// <summary>Z := Z · rotations of several sweeps, slab by slab.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate<S, V>(int n, T* z, nint stride, T* rotations, nint sweepSize, int* first, int* last, int sweeps)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width, k = 0;
        for (; n <= WholeSlabs && n - k > Slab / 2; k += Slab)
        {
            for (int sweep = 0; sweep < sweeps; sweep++)
            {
                RotateSlab<S, V>(z + (k * W), stride, rotations + (sweep * sweepSize), first[sweep], last[sweep]);
            }
        }

        for (; k < n; k += Slab / 2)
        {
            for (int sweep = 0; sweep < sweeps; sweep++)
            {
                RotateHalfSlab<S, V>(z + (k * W), stride, rotations + (sweep * sweepSize), first[sweep], last[sweep]);
            }
        }
    }

    /// <summary>For i = last − 1 … first: z_{i+1}, z_i := s z_i + c z_{i+1}, c z_i − s z_{i+1} on eight components; z_i stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RotateSlab<S, V>(T* z, nint stride, T* rotations, int first, int last)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        T* row = z + (last * stride);
        V h0 = S.Load(row), h1 = S.Load(row + W), h2 = S.Load(row + (2 * W)), h3 = S.Load(row + (3 * W));
        V h4 = S.Load(row + (4 * W)), h5 = S.Load(row + (5 * W)), h6 = S.Load(row + (6 * W)), h7 = S.Load(row + (7 * W));
        T* rotation = rotations + ((nint)(last - 1) * 2 * W);
        for (int i = last - 1; i >= first; i--, rotation -= 2 * W)
        {
            T* low = row - stride;
            V c = S.Load(rotation), s = S.Load(rotation + W);
            h0 = RotatePair<S, V>(c, s, h0, low, row);
            h1 = RotatePair<S, V>(c, s, h1, low + W, row + W);
            h2 = RotatePair<S, V>(c, s, h2, low + (2 * W), row + (2 * W));
            h3 = RotatePair<S, V>(c, s, h3, low + (3 * W), row + (3 * W));
            h4 = RotatePair<S, V>(c, s, h4, low + (4 * W), row + (4 * W));
            h5 = RotatePair<S, V>(c, s, h5, low + (5 * W), row + (5 * W));
            h6 = RotatePair<S, V>(c, s, h6, low + (6 * W), row + (6 * W));
            h7 = RotatePair<S, V>(c, s, h7, low + (7 * W), row + (7 * W));
            row = low;
        }

        S.Store(h0, row);
        S.Store(h1, row + W);
        S.Store(h2, row + (2 * W));
        S.Store(h3, row + (3 * W));
        S.Store(h4, row + (4 * W));
        S.Store(h5, row + (5 * W));
        S.Store(h6, row + (6 * W));
        S.Store(h7, row + (7 * W));
    }

    /// <summary>The same on four components.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RotateHalfSlab<S, V>(T* z, nint stride, T* rotations, int first, int last)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        int W = S.Width;
        T* row = z + (last * stride);
        V h0 = S.Load(row), h1 = S.Load(row + W), h2 = S.Load(row + (2 * W)), h3 = S.Load(row + (3 * W));
        T* rotation = rotations + ((nint)(last - 1) * 2 * W);
        for (int i = last - 1; i >= first; i--, rotation -= 2 * W)
        {
            T* low = row - stride;
            V c = S.Load(rotation), s = S.Load(rotation + W);
            h0 = RotatePair<S, V>(c, s, h0, low, row);
            h1 = RotatePair<S, V>(c, s, h1, low + W, row + W);
            h2 = RotatePair<S, V>(c, s, h2, low + (2 * W), row + (2 * W));
            h3 = RotatePair<S, V>(c, s, h3, low + (3 * W), row + (3 * W));
            row = low;
        }

        S.Store(h0, row);
        S.Store(h1, row + W);
        S.Store(h2, row + (2 * W));
        S.Store(h3, row + (3 * W));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V RotatePair<S, V>(V c, V s, V h, T* low, T* high)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V x = S.Load(low);
        S.Store(S.MultiplyAdd(s, x, S.Multiply(c, h)), high);
        return S.NegatedMultiplyAdd(s, h, S.Multiply(c, x));
    }
}
