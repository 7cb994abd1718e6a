using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>A complex number of every lane; in memory the real parts of all lanes, then the imaginary ones.</summary>
internal readonly unsafe struct ComplexWide<T, S, V>(V re, V im)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where S : struct, ISimd<T, V>
    where V : struct
{
    public readonly V Re = re;
    public readonly V Im = im;

    public static ComplexWide<T, S, V> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(S.Broadcast(T.Zero), S.Broadcast(T.Zero));
    }

    public ComplexWide<T, S, V> Conjugate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Re, S.Subtract(S.Broadcast(T.Zero), Im));
    }

    /// <summary>|z|².</summary>
    public V Energy
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => S.MultiplyAdd(Im, Im, S.Multiply(Re, Re));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> Load(T* from) => new(S.Load(from), S.Load(from + S.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> OfReal(V re) => new(re, S.Broadcast(T.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> operator +(ComplexWide<T, S, V> a, ComplexWide<T, S, V> b) => new(S.Add(a.Re, b.Re), S.Add(a.Im, b.Im));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> operator -(ComplexWide<T, S, V> a, ComplexWide<T, S, V> b) => new(S.Subtract(a.Re, b.Re), S.Subtract(a.Im, b.Im));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> operator *(ComplexWide<T, S, V> a, V b) => new(S.Multiply(a.Re, b), S.Multiply(a.Im, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexWide<T, S, V> operator *(ComplexWide<T, S, V> a, ComplexWide<T, S, V> b) =>
        new(S.NegatedMultiplyAdd(a.Im, b.Im, S.Multiply(a.Re, b.Re)), S.MultiplyAdd(a.Im, b.Re, S.Multiply(a.Re, b.Im)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* to)
    {
        S.Store(Re, to);
        S.Store(Im, to + S.Width);
    }

    /// <summary>this + a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ComplexWide<T, S, V> Plus(ComplexWide<T, S, V> a, ComplexWide<T, S, V> b) => new(
        S.NegatedMultiplyAdd(a.Im, b.Im, S.MultiplyAdd(a.Re, b.Re, Re)), S.MultiplyAdd(a.Im, b.Re, S.MultiplyAdd(a.Re, b.Im, Im)));

    /// <summary>this − a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ComplexWide<T, S, V> Minus(ComplexWide<T, S, V> a, ComplexWide<T, S, V> b) => new(
        S.MultiplyAdd(a.Im, b.Im, S.NegatedMultiplyAdd(a.Re, b.Re, Re)), S.NegatedMultiplyAdd(a.Im, b.Re, S.NegatedMultiplyAdd(a.Re, b.Im, Im)));
}
