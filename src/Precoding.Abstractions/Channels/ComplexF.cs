using System.Numerics;
using System.Runtime.InteropServices;

namespace Precoding;

/// <summary>Single-precision complex number, interleaved (re, im) as in numpy's complex64.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ComplexF(float Real, float Imaginary)
{
    public static implicit operator Complex(ComplexF value) => new(value.Real, value.Imaginary);

    public static explicit operator ComplexF(Complex value) => new((float)value.Real, (float)value.Imaginary);
}
