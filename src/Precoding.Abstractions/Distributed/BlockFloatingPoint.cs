using System.Numerics;

namespace Precoding;

/// <summary>Rounding of what is exchanged: the real numbers of a block share one exponent and have mantissas of b bits, sign included. [noncoherent.md §9]</summary>
public static class BlockFloatingPoint
{
    /// <summary>Bits of the exponent of a block.</summary>
    public const int ExponentBits = 8;

    public const int LeastWordBits = 4;

    public const int MostWordBits = 32;

    private const int LargestExponent = 127, SmallestExponent = -128;

    /// <summary>
    /// Every real number v becomes m·2^(E − b + 1) with an integer |m| &lt; 2^(b−1), the nearest (ties to even), E the smallest exponent with which all fit. So no number is off by
    /// more than 2^(E − b), and 2^E(1 − 2⁻ᵇ) ≤ 2·max|v|. Blocks too faint for the exponent become 0, those too large saturate.
    /// </summary>
    public static void Round(Span<Complex> block, int wordBits)
    {
        double largest = 0;
        foreach (Complex value in block)
        {
            largest = Math.Max(largest, Math.Max(Math.Abs(value.Real), Math.Abs(value.Imaginary)));
        }

        if (largest == 0 || !double.IsFinite(largest))
        {
            return; // nothing to round; what is not finite stays so, and shows
        }

        int exponent = Math.ILogB(largest) + 1;
        if (Math.Round(Math.ScaleB(largest, wordBits - 1 - exponent)) > MostMantissa(wordBits))
        {
            exponent++; // rounded up to the next power of two
        }

        Round(block, wordBits, Math.Clamp(exponent, SmallestExponent, LargestExponent));
    }

    /// <summary>With a given exponent E: what is beyond 2^E saturates.</summary>
    internal static void Round(Span<Complex> block, int wordBits, int exponent)
    {
        double most = MostMantissa(wordBits);
        foreach (ref Complex value in block)
        {
            value = new Complex(Nearest(value.Real), Nearest(value.Imaginary));
        }

        double Nearest(double v) => Math.ScaleB(Math.Clamp(Math.Round(Math.ScaleB(v, wordBits - 1 - exponent)), -most, most), exponent - wordBits + 1);
    }

    /// <summary>Rounds every row of a matrix, or every one of several vectors.</summary>
    internal static void RoundRows(Span<Complex> rows, int length, int wordBits)
    {
        for (int from = 0; from < rows.Length; from += length)
        {
            Round(rows.Slice(from, length), wordBits);
        }
    }

    private static double MostMantissa(int wordBits) => Math.ScaleB(1, wordBits - 1) - 1;
}
