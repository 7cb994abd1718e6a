using System.Runtime.CompilerServices;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>A complex number of every lane, in double precision; in memory the real parts of all lanes, then the imaginary ones.</summary>
internal readonly unsafe struct ComplexWide<S, V>(V re, V im)
    where S : struct, ISimd<double, V>
    where V : struct
{
    public readonly V Re = re;
    public readonly V Im = im;

    public static ComplexWide<S, V> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(S.Broadcast(0), S.Broadcast(0));
    }

    public ComplexWide<S, V> Conjugate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Re, S.Subtract(S.Broadcast(0), Im));
    }

    /// <summary>|z|².</summary>
    public V Energy
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => S.MultiplyAdd(Im, Im, S.Multiply(Re, Re));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> Load(double* from) => new(S.Load(from), S.Load(from + S.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> OfReal(V re) => new(re, S.Broadcast(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> operator +(ComplexWide<S, V> a, ComplexWide<S, V> b) => new(S.Add(a.Re, b.Re), S.Add(a.Im, b.Im));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> operator -(ComplexWide<S, V> a, ComplexWide<S, V> b) => new(S.Subtract(a.Re, b.Re), S.Subtract(a.Im, b.Im));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> operator *(ComplexWide<S, V> a, V b) => new(S.Multiply(a.Re, b), S.Multiply(a.Im, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<S, V> operator *(ComplexWide<S, V> a, ComplexWide<S, V> b) =>
        new(S.NegatedMultiplyAdd(a.Im, b.Im, S.Multiply(a.Re, b.Re)), S.MultiplyAdd(a.Im, b.Re, S.Multiply(a.Re, b.Im)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* to)
    {
        S.Store(Re, to);
        S.Store(Im, to + S.Width);
    }

    /// <summary>this + a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ComplexWide<S, V> Plus(ComplexWide<S, V> a, ComplexWide<S, V> b) => new(
        S.NegatedMultiplyAdd(a.Im, b.Im, S.MultiplyAdd(a.Re, b.Re, Re)), S.MultiplyAdd(a.Im, b.Re, S.MultiplyAdd(a.Re, b.Im, Im)));

    /// <summary>this − a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ComplexWide<S, V> Minus(ComplexWide<S, V> a, ComplexWide<S, V> b) => new(
        S.MultiplyAdd(a.Im, b.Im, S.NegatedMultiplyAdd(a.Re, b.Re, Re)), S.NegatedMultiplyAdd(a.Im, b.Re, S.NegatedMultiplyAdd(a.Re, b.Im, Im)));
}
