using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// The factors of one user's MMSE receiver and weight, a realization in each lane: Ω = I + Σ e eᴴ over the others' streams, Ω = RRᴴ, B = R⁻¹Ē (with more streams than
/// antennas B = B′Qᴴ first), I + BᴴB = LLᴴ, F = √α R⁻ᴴBL⁻ᴴ, C = √α Lᴴ (Qᴴ). Both matrices are the identity and something positive semidefinite, so
/// pivots below 1 are rounding. [noncoherent.md §4.2]
/// </summary>
internal readonly unsafe struct ReceiverLanes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int N, most;
    private readonly LaneMatrix<T> omega, b, left, directions, weight, y;
    private readonly LaneMatrix<T> receiver;
    private readonly T* inverseR, inverseL, diagonalL;

    /// <param name="memory">MemorySize reals.</param>
    /// <param name="N">Antennas.</param>
    /// <param name="most">Most streams of a user.</param>
    public ReceiverLanes(T* memory, int N, int most)
    {
        (this.N, this.most) = (N, most);
        int rank = Math.Min(N, most), step = LaneMatrix<T>.Step;
        omega = Take(N, N);
        b = Take(N, most);
        left = Take(N, N);
        directions = Take(N, most);
        weight = Take(rank, rank);
        y = Take(N, rank);
        Factor = Take(rank, N);
        Coefficient = Take(most, rank);
        receiver = Take(most, rank);
        inverseR = memory;
        inverseL = inverseR + (N * LaneMatrix<T>.Lanes);
        diagonalL = inverseL + (rank * LaneMatrix<T>.Lanes);

        LaneMatrix<T> Take(int rows, int columns)
        {
            LaneMatrix<T> matrix = LaneMatrix<T>.Dense(memory, columns);
            memory += (nint)rows * columns * step;
            return matrix;
        }
    }

    /// <summary>Row j is column j of F.</summary>
    public LaneMatrix<T> Factor { get; }

    /// <summary>Row s is the column of C of the user's stream s.</summary>
    public LaneMatrix<T> Coefficient { get; }

    /// <summary>Row s is √α L⁻¹ (Qᴴ)'s column of the user's stream s: F times it is α times the receiver U. Valid after <see cref="ReceiverColumns"/>.</summary>
    public LaneMatrix<T> Receiver => receiver;

    /// <summary>Reals of memory.</summary>
    public static nint MemorySize(int N, int most) =>
        (((nint)N * N * 2) + ((nint)N * most * 4) + ((nint)most * most * 3)) * LaneMatrix<T>.Step + ((N + (2 * most)) * (nint)LaneMatrix<T>.Lanes);

    /// <summary>Computes <see cref="Factor"/> and <see cref="Coefficient"/>, and adds ln det W to the sums.</summary>
    /// <param name="e">Effective channels at this user, (stream, antenna).</param>
    /// <param name="first">First stream of the user.</param>
    /// <param name="count">Streams of the user.</param>
    /// <param name="streams">Streams in all.</param>
    /// <param name="weightOfUser">α.</param>
    /// <param name="logDeterminants">[lane], added to.</param>
    public void Run(LaneMatrix<T> e, int first, int count, int streams, double weightOfUser, double* logDeterminants)
    {
        if (SimdLevel.Has512)
        {
            Run<Simd512<T>, Vector512<T>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
        else if (SimdLevel.Has256)
        {
            Run<Simd256<T>, Vector256<T>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
        else
        {
            Run<Simd128<T>, Vector128<T>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
    }

    /// <summary>Computes <see cref="Receiver"/> from the last <see cref="Run"/>.</summary>
    public void ReceiverColumns(int count, double weightOfUser)
    {
        if (SimdLevel.Has512)
        {
            ReceiverColumns<Simd512<T>, Vector512<T>>(count, weightOfUser);
        }
        else if (SimdLevel.Has256)
        {
            ReceiverColumns<Simd256<T>, Vector256<T>>(count, weightOfUser);
        }
        else
        {
            ReceiverColumns<Simd128<T>, Vector128<T>>(count, weightOfUser);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReceiverColumns<S, V>(int count, double weightOfUser)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V root = S.Broadcast(T.CreateTruncating(Math.Sqrt(weightOfUser)));
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < Math.Min(N, count); i++)
            {
                ComplexWide<T, S, V> x = count > N ? ComplexWide<T, S, V>.Load(directions.At(i, d)) * root
                    : i == d ? ComplexWide<T, S, V>.OfReal(root) : ComplexWide<T, S, V>.Zero;
                for (int k = 0; k < i; k++)
                {
                    x = x.Minus(ComplexWide<T, S, V>.Load(weight.At(i, k)), ComplexWide<T, S, V>.Load(receiver.At(d, k)));
                }

                (x * S.Load(inverseL + (i * S.Width))).Store(receiver.At(d, i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<S, V>(LaneMatrix<T> e, int first, int count, int streams, double weightOfUser, double* logDeterminants)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        if (count == 0)
        {
            return;
        }

        Interference<S, V>(e, first, count, streams);
        Cholesky<S, V>(omega, N, inverseR, null);
        Whiten<S, V>(e, first, count);
        int rank = Math.Min(N, count);
        if (count > N)
        {
            OrthogonalRows<T>.Decompose<S, V>(b, N, count, left, directions);
        }

        LaneMatrix<T> own = count > N ? left : b;
        Weight<S, V>(own, rank);
        Cholesky<S, V>(weight, rank, inverseL, diagonalL);
        AddLogDeterminants(rank, logDeterminants);
        Factors<S, V>(own, rank, T.CreateTruncating(Math.Sqrt(weightOfUser)));
        Coefficients<S, V>(rank, count, T.CreateTruncating(Math.Sqrt(weightOfUser)));
    }

    /// <summary>Lower triangle of Ω.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Interference<S, V>(LaneMatrix<T> e, int first, int count, int streams)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                ComplexWide<T, S, V> sum = ComplexWide<T, S, V>.OfReal(S.Broadcast(i == j ? T.One : T.Zero));
                for (int s = first == 0 ? count : 0; s < streams; s = s + 1 == first ? first + count : s + 1)
                {
                    sum = sum.Plus(ComplexWide<T, S, V>.Load(e.At(s, i)), ComplexWide<T, S, V>.Load(e.At(s, j)).Conjugate);
                }

                sum.Store(omega.At(i, j));
            }
        }
    }

    /// <summary>The lower triangle of a matrix becomes its Cholesky factor; pivots below 1 are taken for 1, what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cholesky<S, V>(LaneMatrix<T> a, int n, T* inverses, T* diagonal)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V one = S.Broadcast(T.One);
        for (int j = 0; j < n; j++)
        {
            V pivot = S.Load(a.At(j, j));
            for (int k = 0; k < j; k++)
            {
                pivot = S.Subtract(pivot, ComplexWide<T, S, V>.Load(a.At(j, k)).Energy);
            }

            V root = S.Sqrt(S.Select(S.IsGreater(one, pivot), one, pivot)), inverse = S.Divide(one, root);
            S.Store(inverse, inverses + (j * S.Width));
            if (diagonal != null)
            {
                S.Store(root, diagonal + (j * S.Width));
            }

            ComplexWide<T, S, V>.OfReal(root).Store(a.At(j, j));
            for (int i = j + 1; i < n; i++)
            {
                ComplexWide<T, S, V> x = ComplexWide<T, S, V>.Load(a.At(i, j));
                for (int k = 0; k < j; k++)
                {
                    x = x.Minus(ComplexWide<T, S, V>.Load(a.At(i, k)), ComplexWide<T, S, V>.Load(a.At(j, k)).Conjugate);
                }

                (x * inverse).Store(a.At(i, j));
            }
        }
    }

    /// <summary>B = R⁻¹Ē.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Whiten<S, V>(LaneMatrix<T> e, int first, int count)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < N; i++)
            {
                ComplexWide<T, S, V> x = ComplexWide<T, S, V>.Load(e.At(first + d, i));
                for (int k = 0; k < i; k++)
                {
                    x = x.Minus(ComplexWide<T, S, V>.Load(omega.At(i, k)), ComplexWide<T, S, V>.Load(b.At(k, d)));
                }

                (x * S.Load(inverseR + (i * S.Width))).Store(b.At(i, d));
            }
        }
    }

    /// <summary>Lower triangle of W = I + BᴴB.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Weight<S, V>(LaneMatrix<T> own, int rank)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        for (int i = 0; i < rank; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                ComplexWide<T, S, V> sum = ComplexWide<T, S, V>.OfReal(S.Broadcast(i == j ? T.One : T.Zero));
                for (int a = 0; a < N; a++)
                {
                    sum = sum.Plus(ComplexWide<T, S, V>.Load(own.At(a, i)).Conjugate, ComplexWide<T, S, V>.Load(own.At(a, j)));
                }

                sum.Store(weight.At(i, j));
            }
        }
    }

    /// <summary>ln det W = 2 Σ ln L_jj, as few logarithms as do not overflow.</summary>
    private void AddLogDeterminants(int rank, double* logDeterminants)
    {
        const double large = 1e250;
        int lanes = LaneMatrix<T>.Lanes;
        for (int lane = 0; lane < lanes; lane++)
        {
            double product = 1, sum = 0;
            for (int j = 0; j < rank; j++)
            {
                product *= double.CreateTruncating(diagonalL[(j * lanes) + lane]);
                if (product > large)
                {
                    sum += Math.Log(product);
                    product = 1;
                }
            }

            logDeterminants[lane] += 2 * (sum + Math.Log(product));
        }
    }

    /// <summary>RᴴY = B, F Lᴴ = √α Y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Factors<S, V>(LaneMatrix<T> own, int rank, T root)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V scale = S.Broadcast(root);
        for (int j = 0; j < rank; j++)
        {
            for (int i = N - 1; i >= 0; i--)
            {
                ComplexWide<T, S, V> x = ComplexWide<T, S, V>.Load(own.At(i, j));
                for (int k = i + 1; k < N; k++)
                {
                    x = x.Minus(ComplexWide<T, S, V>.Load(omega.At(k, i)).Conjugate, ComplexWide<T, S, V>.Load(y.At(k, j)));
                }

                (x * S.Load(inverseR + (i * S.Width))).Store(y.At(i, j));
            }

            V inverse = S.Load(inverseL + (j * S.Width));
            for (int i = 0; i < N; i++)
            {
                ComplexWide<T, S, V> x = ComplexWide<T, S, V>.Load(y.At(i, j)) * scale;
                for (int k = 0; k < j; k++)
                {
                    x = x.Minus(ComplexWide<T, S, V>.Load(Factor.At(k, i)), ComplexWide<T, S, V>.Load(weight.At(j, k)).Conjugate);
                }

                (x * inverse).Store(Factor.At(j, i));
            }
        }
    }

    /// <summary>Columns of √α Lᴴ, or of √α LᴴQᴴ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Coefficients<S, V>(int rank, int count, T root)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V scale = S.Broadcast(root);
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < rank; i++)
            {
                ComplexWide<T, S, V> x = ComplexWide<T, S, V>.Zero;
                if (count <= N)
                {
                    x = i <= d ? ComplexWide<T, S, V>.Load(weight.At(d, i)).Conjugate : x;
                }
                else
                {
                    for (int j = i; j < rank; j++)
                    {
                        x = x.Plus(ComplexWide<T, S, V>.Load(weight.At(j, i)).Conjugate, ComplexWide<T, S, V>.Load(directions.At(j, d)));
                    }
                }

                (x * scale).Store(Coefficient.At(d, i));
            }
        }
    }
}
