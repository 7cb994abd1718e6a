using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>A = L Qᴴ with L lower triangular and orthonormal rows of Qᴴ, a realization in each lane, by Gram–Schmidt done twice [GVL 5.2.8].</summary>
internal static unsafe class OrthogonalRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A row of which no more than this part is left, in units of ε, depends on those above.</summary>
    private const int Dependent = 16;

    /// <param name="a">rows × columns; becomes what is left of the rows.</param>
    /// <param name="left">L, rows × rows, zero above the diagonal; written.</param>
    /// <param name="directions">Qᴴ, rows × columns, a row of zeros for one that depends on those above; written; may be A.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decompose<S, V>(LaneMatrix<T> a, int rows, int columns, LaneMatrix<T> left, LaneMatrix<T> directions)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V one = S.Broadcast(T.One), zero = S.Broadcast(T.Zero), threshold = S.Broadcast(T.CreateTruncating(Dependent) * (T.BitIncrement(T.One) - T.One));
        left.Clear(rows, rows);
        for (int i = 0; i < rows; i++)
        {
            V before = Norm<S, V>(a, i, columns);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int p = 0; p < i; p++)
                {
                    Project<S, V>(a, i, directions, p, columns, left);
                }
            }

            V norm = Norm<S, V>(a, i, columns);
            norm = S.Select(S.IsGreater(S.Multiply(threshold, before), norm), zero, norm); // what is no number stays none
            V inverse = S.Select(S.IsGreater(norm, zero), S.Divide(one, norm), S.Subtract(norm, norm));
            ComplexWide<T, S, V>.OfReal(norm).Store(left.At(i, i));
            for (int j = 0; j < columns; j++)
            {
                (ComplexWide<T, S, V>.Load(a.At(i, j)) * inverse).Store(directions.At(i, j));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V Norm<S, V>(LaneMatrix<T> a, int i, int columns)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V sum = S.Broadcast(T.Zero);
        for (int j = 0; j < columns; j++)
        {
            sum = S.Add(sum, ComplexWide<T, S, V>.Load(a.At(i, j)).Energy);
        }

        return S.Sqrt(sum);
    }

    /// <summary>a_i −= ⟨a_i, q_p⟩ q_p, L[i,p] += ⟨a_i, q_p⟩.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Project<S, V>(LaneMatrix<T> a, int i, LaneMatrix<T> directions, int p, int columns, LaneMatrix<T> left)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        ComplexWide<T, S, V> dot = ComplexWide<T, S, V>.Zero;
        for (int j = 0; j < columns; j++)
        {
            dot = dot.Plus(ComplexWide<T, S, V>.Load(a.At(i, j)), ComplexWide<T, S, V>.Load(directions.At(p, j)).Conjugate);
        }

        for (int j = 0; j < columns; j++)
        {
            ComplexWide<T, S, V>.Load(a.At(i, j)).Minus(dot, ComplexWide<T, S, V>.Load(directions.At(p, j))).Store(a.At(i, j));
        }

        (ComplexWide<T, S, V>.Load(left.At(i, p)) + dot).Store(left.At(i, p));
    }
}
