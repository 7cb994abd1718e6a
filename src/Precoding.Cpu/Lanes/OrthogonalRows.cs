using System.Runtime.CompilerServices;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>A = L Qᴴ with L lower triangular and orthonormal rows of Qᴴ, a realization in each lane, by Gram–Schmidt done twice [GVL 5.2.8].</summary>
internal static unsafe class OrthogonalRows
{
    /// <summary>A row of which no more than this part is left, in units of ε, depends on those above.</summary>
    private const int Dependent = 16;

    /// <param name="a">rows × columns; becomes what is left of the rows.</param>
    /// <param name="left">L, rows × rows, zero above the diagonal; written.</param>
    /// <param name="directions">Qᴴ, rows × columns, a row of zeros for one that depends on those above; written; may be A.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decompose<S, V>(LaneMatrix a, int rows, int columns, LaneMatrix left, LaneMatrix directions)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V one = S.Broadcast(1), zero = S.Broadcast(0), threshold = S.Broadcast(Dependent * (Math.BitIncrement(1.0) - 1));
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
            ComplexWide<S, V>.OfReal(norm).Store(left.At(i, i));
            for (int j = 0; j < columns; j++)
            {
                (ComplexWide<S, V>.Load(a.At(i, j)) * inverse).Store(directions.At(i, j));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V Norm<S, V>(LaneMatrix a, int i, int columns)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V sum = S.Broadcast(0);
        for (int j = 0; j < columns; j++)
        {
            sum = S.Add(sum, ComplexWide<S, V>.Load(a.At(i, j)).Energy);
        }

        return S.Sqrt(sum);
    }

    /// <summary>a_i −= ⟨a_i, q_p⟩ q_p, L[i,p] += ⟨a_i, q_p⟩.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Project<S, V>(LaneMatrix a, int i, LaneMatrix directions, int p, int columns, LaneMatrix left)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        ComplexWide<S, V> dot = ComplexWide<S, V>.Zero;
        for (int j = 0; j < columns; j++)
        {
            dot = dot.Plus(ComplexWide<S, V>.Load(a.At(i, j)), ComplexWide<S, V>.Load(directions.At(p, j)).Conjugate);
        }

        for (int j = 0; j < columns; j++)
        {
            ComplexWide<S, V>.Load(a.At(i, j)).Minus(dot, ComplexWide<S, V>.Load(directions.At(p, j))).Store(a.At(i, j));
        }

        (ComplexWide<S, V>.Load(left.At(i, p)) + dot).Store(left.At(i, p));
    }
}
