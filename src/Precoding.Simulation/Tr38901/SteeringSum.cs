using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Precoding.Simulation;

/// <summary>
/// h[m] = Σ_p coefficient_p exp(−jπ m cosine_p), m = 0…M−1. Lanes run along eight antennas; each ray is a phasor turned by w⁸ a step, with
/// w = exp(−jπ cosine), and anchored anew in double every 256 antennas, so that rounding stays near 1e-6 for any M.
/// </summary>
/// <remarks>Sums run in ray order with explicit fused multiply-adds and a fixed width: same bits on every processor that rounds as IEEE 754 says.</remarks>
internal static class SteeringSum
{
    private const int Lanes = 8, BlockAntennas = 256, Group = 4;

    /// <summary>Adds nothing, writes all of <paramref name="h"/>.</summary>
    public static void Write(ReadOnlySpan<ComplexF> coefficients, ReadOnlySpan<double> cosines, Span<ComplexF> h)
    {
        int padded = (coefficients.Length + Group - 1) / Group * Group; // rays of coefficient 0 fill the last group
        var anchors = new Complex[padded];
        var turns = new Complex[padded];
        for (int p = 0; p < coefficients.Length; p++)
        {
            var (sin, cos) = Math.SinCos(-Math.PI * cosines[p]);
            (anchors[p], turns[p]) = (coefficients[p], new Complex(cos, sin));
        }

        for (int first = 0; first < h.Length; first += BlockAntennas)
        {
            WriteBlock(anchors, turns, h.Slice(first, Math.Min(BlockAntennas, h.Length - first)));
        }
    }

    /// <summary>Up to 256 antennas; the anchors move on to the next block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteBlock(Complex[] anchors, Complex[] turns, Span<ComplexF> h)
    {
        Span<Vector256<float>> re = stackalloc Vector256<float>[BlockAntennas / Lanes];
        Span<Vector256<float>> im = stackalloc Vector256<float>[BlockAntennas / Lanes];
        int vectors = (h.Length + Lanes - 1) / Lanes;
        for (int p = 0; p < anchors.Length; p += Group)
        {
            var (z0Re, z0Im, s0Re, s0Im) = Start(ref anchors[p], turns[p]);
            var (z1Re, z1Im, s1Re, s1Im) = Start(ref anchors[p + 1], turns[p + 1]);
            var (z2Re, z2Im, s2Re, s2Im) = Start(ref anchors[p + 2], turns[p + 2]);
            var (z3Re, z3Im, s3Re, s3Im) = Start(ref anchors[p + 3], turns[p + 3]);
            for (int v = 0; v < vectors; v++)
            {
                re[v] += (z0Re + z1Re) + (z2Re + z3Re);
                im[v] += (z0Im + z1Im) + (z2Im + z3Im);
                (z0Re, z0Im) = Turn(z0Re, z0Im, s0Re, s0Im);
                (z1Re, z1Im) = Turn(z1Re, z1Im, s1Re, s1Im);
                (z2Re, z2Im) = Turn(z2Re, z2Im, s2Re, s2Im);
                (z3Re, z3Im) = Turn(z3Re, z3Im, s3Re, s3Im);
            }
        }

        ReadOnlySpan<float> reValues = MemoryMarshal.Cast<Vector256<float>, float>(re), imValues = MemoryMarshal.Cast<Vector256<float>, float>(im);
        for (int m = 0; m < h.Length; m++)
        {
            h[m] = new ComplexF(reValues[m], imValues[m]);
        }
    }

    /// <summary>Phasors of the block's first eight antennas and the turn w⁸; the anchor is multiplied by w²⁵⁶.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Re, Vector256<float> Im, Vector256<float> StepRe, Vector256<float> StepIm) Start(ref Complex anchor, Complex w)
    {
        Span<float> re = stackalloc float[Lanes], im = stackalloc float[Lanes];
        Complex z = anchor;
        for (int lane = 0; lane < Lanes; lane++)
        {
            (re[lane], im[lane]) = ((float)z.Real, (float)z.Imaginary);
            z = Multiply(z, w);
        }

        Complex power = w;
        for (int squaring = 0; squaring < 3; squaring++) // w⁸
        {
            power = Multiply(power, power);
        }

        Complex step = power;
        for (int squaring = 0; squaring < 5; squaring++) // w²⁵⁶
        {
            power = Multiply(power, power);
        }

        anchor = Multiply(anchor, power);
        return (
            Vector256.Create<float>(re), Vector256.Create<float>(im), Vector256.Create((float)step.Real), Vector256.Create((float)step.Imaginary));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Complex Multiply(Complex a, Complex b) =>
        new((a.Real * b.Real) - (a.Imaginary * b.Imaginary), (a.Real * b.Imaginary) + (a.Imaginary * b.Real)); // no checks for infinities

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Re, Vector256<float> Im) Turn(
        Vector256<float> re, Vector256<float> im, Vector256<float> stepRe, Vector256<float> stepIm) => (
            Vector256.FusedMultiplyAdd(re, stepRe, -(im * stepIm)),
            Vector256.FusedMultiplyAdd(re, stepIm, im * stepRe));
}
