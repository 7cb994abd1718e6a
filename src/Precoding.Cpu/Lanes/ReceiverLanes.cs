using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// The factors of one user's MMSE receiver and weight, a realization in each lane: Ω = I + Σ e eᴴ over the others' streams, Ω = RRᴴ, B = R⁻¹Ē (with more streams than
/// antennas B = B′Qᴴ first), I + BᴴB = LLᴴ, F = √α R⁻ᴴBL⁻ᴴ, C = √α Lᴴ (Qᴴ). Both matrices are the identity and something positive semidefinite, so
/// pivots below 1 are rounding. [noncoherent.md §4.2]
/// </summary>
internal readonly unsafe struct ReceiverLanes
{
    private readonly int N, most;
    private readonly LaneMatrix omega, b, left, directions, weight, y;
    private readonly LaneMatrix receiver;
    private readonly double* inverseR, inverseL, diagonalL;

    /// <param name="memory">MemorySize reals.</param>
    /// <param name="N">Antennas.</param>
    /// <param name="most">Most streams of a user.</param>
    public ReceiverLanes(double* memory, int N, int most)
    {
        (this.N, this.most) = (N, most);
        int rank = Math.Min(N, most), step = LaneMatrix.Step;
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
        inverseL = inverseR + (N * LaneMatrix.Lanes);
        diagonalL = inverseL + (rank * LaneMatrix.Lanes);

        LaneMatrix Take(int rows, int columns)
        {
            LaneMatrix matrix = LaneMatrix.Dense(memory, columns);
            memory += (nint)rows * columns * step;
            return matrix;
        }
    }

    /// <summary>Row j is column j of F.</summary>
    public LaneMatrix Factor { get; }

    /// <summary>Row s is the column of C of the user's stream s.</summary>
    public LaneMatrix Coefficient { get; }

    /// <summary>Row s is √α L⁻¹ (Qᴴ)'s column of the user's stream s: F times it is α times the receiver U. Valid after <see cref="ReceiverColumns"/>.</summary>
    public LaneMatrix Receiver => receiver;

    /// <summary>Reals of memory.</summary>
    public static nint MemorySize(int N, int most) =>
        (((nint)N * N * 2) + ((nint)N * most * 4) + ((nint)most * most * 3)) * LaneMatrix.Step + ((N + (2 * most)) * (nint)LaneMatrix.Lanes);

    /// <summary>Computes <see cref="Factor"/> and <see cref="Coefficient"/>, and adds ln det W to the sums.</summary>
    /// <param name="e">Effective channels at this user, (stream, antenna).</param>
    /// <param name="first">First stream of the user.</param>
    /// <param name="count">Streams of the user.</param>
    /// <param name="streams">Streams in all.</param>
    /// <param name="weightOfUser">α.</param>
    /// <param name="logDeterminants">[lane], added to.</param>
    public void Run(LaneMatrix e, int first, int count, int streams, double weightOfUser, double* logDeterminants)
    {
        if (SimdLevel.Has512)
        {
            Run<Simd512<double>, Vector512<double>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
        else if (SimdLevel.Has256)
        {
            Run<Simd256<double>, Vector256<double>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
        else
        {
            Run<Simd128<double>, Vector128<double>>(e, first, count, streams, weightOfUser, logDeterminants);
        }
    }

    /// <summary>Computes <see cref="Receiver"/> from the last <see cref="Run"/>.</summary>
    public void ReceiverColumns(int count, double weightOfUser)
    {
        if (SimdLevel.Has512)
        {
            ReceiverColumns<Simd512<double>, Vector512<double>>(count, weightOfUser);
        }
        else if (SimdLevel.Has256)
        {
            ReceiverColumns<Simd256<double>, Vector256<double>>(count, weightOfUser);
        }
        else
        {
            ReceiverColumns<Simd128<double>, Vector128<double>>(count, weightOfUser);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReceiverColumns<S, V>(int count, double weightOfUser)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V root = S.Broadcast(Math.Sqrt(weightOfUser));
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < Math.Min(N, count); i++)
            {
                ComplexWide<S, V> x = count > N ? ComplexWide<S, V>.Load(directions.At(i, d)) * root
                    : i == d ? ComplexWide<S, V>.OfReal(root) : ComplexWide<S, V>.Zero;
                for (int k = 0; k < i; k++)
                {
                    x = x.Minus(ComplexWide<S, V>.Load(weight.At(i, k)), ComplexWide<S, V>.Load(receiver.At(d, k)));
                }

                (x * S.Load(inverseL + (i * S.Width))).Store(receiver.At(d, i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<S, V>(LaneMatrix e, int first, int count, int streams, double weightOfUser, double* logDeterminants)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        if (count == 0)
        {
            return;
        }

        Interference<S, V>(e, N, first, count, streams, omega);
        Cholesky<S, V>(omega, N, inverseR, null);
        Whiten<S, V>(e, first, count);
        int rank = Math.Min(N, count);
        if (count > N)
        {
            OrthogonalRows.Decompose<S, V>(b, N, count, left, directions);
        }

        LaneMatrix own = count > N ? left : b;
        Weight<S, V>(own, rank);
        Cholesky<S, V>(weight, rank, inverseL, diagonalL);
        AddLogDeterminants(rank, logDeterminants);
        Factors<S, V>(own, rank, Math.Sqrt(weightOfUser));
        Coefficients<S, V>(rank, count, Math.Sqrt(weightOfUser));
    }

    /// <summary>Lower triangle of Ω.</summary>
    /// <param name="e">Effective channels at one user of N antennas, (stream, antenna).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interference<S, V>(LaneMatrix e, int N, int first, int count, int streams, LaneMatrix omega)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                ComplexWide<S, V> sum = ComplexWide<S, V>.OfReal(S.Broadcast(i == j ? 1 : 0));
                for (int s = first == 0 ? count : 0; s < streams; s = s + 1 == first ? first + count : s + 1)
                {
                    sum = sum.Plus(ComplexWide<S, V>.Load(e.At(s, i)), ComplexWide<S, V>.Load(e.At(s, j)).Conjugate);
                }

                sum.Store(omega.At(i, j));
            }
        }
    }

    /// <summary>The lower triangle of a matrix becomes its Cholesky factor; pivots below 1 are taken for 1, what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cholesky<S, V>(LaneMatrix a, int n, double* inverses, double* diagonal)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V one = S.Broadcast(1);
        for (int j = 0; j < n; j++)
        {
            V pivot = S.Load(a.At(j, j));
            for (int k = 0; k < j; k++)
            {
                pivot = S.Subtract(pivot, ComplexWide<S, V>.Load(a.At(j, k)).Energy);
            }

            V root = S.Sqrt(S.Select(S.IsGreater(one, pivot), one, pivot)), inverse = S.Divide(one, root);
            S.Store(inverse, inverses + (j * S.Width));
            if (diagonal != null)
            {
                S.Store(root, diagonal + (j * S.Width));
            }

            ComplexWide<S, V>.OfReal(root).Store(a.At(j, j));
            for (int i = j + 1; i < n; i++)
            {
                ComplexWide<S, V> x = ComplexWide<S, V>.Load(a.At(i, j));
                for (int k = 0; k < j; k++)
                {
                    x = x.Minus(ComplexWide<S, V>.Load(a.At(i, k)), ComplexWide<S, V>.Load(a.At(j, k)).Conjugate);
                }

                (x * inverse).Store(a.At(i, j));
            }
        }
    }

    /// <summary>B = R⁻¹Ē.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Whiten<S, V>(LaneMatrix e, int first, int count)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < N; i++)
            {
                ComplexWide<S, V> x = ComplexWide<S, V>.Load(e.At(first + d, i));
                for (int k = 0; k < i; k++)
                {
                    x = x.Minus(ComplexWide<S, V>.Load(omega.At(i, k)), ComplexWide<S, V>.Load(b.At(k, d)));
                }

                (x * S.Load(inverseR + (i * S.Width))).Store(b.At(i, d));
            }
        }
    }

    /// <summary>Lower triangle of W = I + BᴴB.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Weight<S, V>(LaneMatrix own, int rank)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int i = 0; i < rank; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                ComplexWide<S, V> sum = ComplexWide<S, V>.OfReal(S.Broadcast(i == j ? 1 : 0));
                for (int a = 0; a < N; a++)
                {
                    sum = sum.Plus(ComplexWide<S, V>.Load(own.At(a, i)).Conjugate, ComplexWide<S, V>.Load(own.At(a, j)));
                }

                sum.Store(weight.At(i, j));
            }
        }
    }

    /// <summary>ln det W = 2 Σ ln L_jj, as few logarithms as do not overflow.</summary>
    private void AddLogDeterminants(int rank, double* logDeterminants)
    {
        const double large = 1e250;
        int lanes = LaneMatrix.Lanes;
        for (int lane = 0; lane < lanes; lane++)
        {
            double product = 1, sum = 0;
            for (int j = 0; j < rank; j++)
            {
                product *= diagonalL[(j * lanes) + lane];
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
    private void Factors<S, V>(LaneMatrix own, int rank, double root)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V scale = S.Broadcast(root);
        for (int j = 0; j < rank; j++)
        {
            for (int i = N - 1; i >= 0; i--)
            {
                ComplexWide<S, V> x = ComplexWide<S, V>.Load(own.At(i, j));
                for (int k = i + 1; k < N; k++)
                {
                    x = x.Minus(ComplexWide<S, V>.Load(omega.At(k, i)).Conjugate, ComplexWide<S, V>.Load(y.At(k, j)));
                }

                (x * S.Load(inverseR + (i * S.Width))).Store(y.At(i, j));
            }

            V inverse = S.Load(inverseL + (j * S.Width));
            for (int i = 0; i < N; i++)
            {
                ComplexWide<S, V> x = ComplexWide<S, V>.Load(y.At(i, j)) * scale;
                for (int k = 0; k < j; k++)
                {
                    x = x.Minus(ComplexWide<S, V>.Load(Factor.At(k, i)), ComplexWide<S, V>.Load(weight.At(j, k)).Conjugate);
                }

                (x * inverse).Store(Factor.At(j, i));
            }
        }
    }

    /// <summary>Columns of √α Lᴴ, or of √α LᴴQᴴ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Coefficients<S, V>(int rank, int count, double root)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V scale = S.Broadcast(root);
        for (int d = 0; d < count; d++)
        {
            for (int i = 0; i < rank; i++)
            {
                ComplexWide<S, V> x = ComplexWide<S, V>.Zero;
                if (count <= N)
                {
                    x = i <= d ? ComplexWide<S, V>.Load(weight.At(d, i)).Conjugate : x;
                }
                else
                {
                    for (int j = i; j < rank; j++)
                    {
                        x = x.Plus(ComplexWide<S, V>.Load(weight.At(j, i)).Conjugate, ComplexWide<S, V>.Load(directions.At(j, d)));
                    }
                }

                (x * scale).Store(Coefficient.At(d, i));
            }
        }
    }
}
