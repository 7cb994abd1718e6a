using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Precoding.Cpu.Simd;

/// <summary>
/// Packing of operands for <see cref="Tile{T}"/>: a strip of neighbouring rows of op(A), or columns of op(B), as [inner][re of the strip | im of the strip],
/// zero beyond the matrix's edge.
/// </summary>
/// <param name="source">The operand as stored.</param>
/// <param name="across">Neighbours of the strip are neighbours in memory; otherwise inner neighbours are.</param>
/// <param name="sign">−1 to conjugate.</param>
internal readonly unsafe struct Strip<T>(Planes<T> source, bool across, T sign)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Strips of rows of op(A).</summary>
    public static Strip<T> OfRows(Planes<T> a, Read read) => new(a, read is Read.Transpose or Read.Adjoint, SignOf(read));

    /// <summary>Strips of columns of op(B).</summary>
    public static Strip<T> OfColumns(Planes<T> b, Read read) => new(b, read is Read.Plain or Read.Conjugate, SignOf(read));

    /// <summary>Inner indices from … from + inner − 1 of rows (columns) first … first + count − 1.</summary>
    /// <param name="width">Rows (columns) of a full strip.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(int from, int inner, int first, int count, int width, T* strip)
    {
        if (count < width)
        {
            new Span<T>(strip, inner * 2 * width).Clear();
        }

        if (across)
        {
            T* re = source.Re + (from * source.Stride) + first, im = source.Im + (from * source.Stride) + first;
            for (int k = 0; k < inner; k++, strip += 2 * width, re += source.Stride, im += source.Stride)
            {
                CopyRow(re, T.One, strip, count);
                CopyRow(im, sign, strip + width, count);
            }

            return;
        }

        int done = 0;
        if (Avx.IsSupported)
        {
            int side = Transposition<T>.SquareSide;
            for (; done + side <= count; done += side)
            {
                T* re = source.Re + ((first + done) * source.Stride) + from, im = source.Im + ((first + done) * source.Stride) + from;
                T* to = strip + done;
                for (int k = 0; k + side <= inner; k += side, to += side * 2 * width)
                {
                    Transposition<T>.Square(re + k, source.Stride, T.One, to, 2 * width);
                    Transposition<T>.Square(im + k, source.Stride, sign, to + width, 2 * width);
                }

                for (int k = inner - (inner % side); k < inner; k++, to += 2 * width)
                {
                    for (int i = 0; i < side; i++)
                    {
                        to[i] = re[(i * source.Stride) + k];
                        to[width + i] = sign * im[(i * source.Stride) + k];
                    }
                }
            }
        }

        for (; done < count; done++)
        {
            T* re = source.Re + ((first + done) * source.Stride) + from, im = source.Im + ((first + done) * source.Stride) + from;
            T* to = strip + done;
            for (int k = 0; k < inner; k++, to += 2 * width)
            {
                to[0] = re[k];
                to[width] = sign * im[k];
            }
        }
    }

    private static T SignOf(Read read) => read is Read.Conjugate or Read.Adjoint ? -T.One : T.One;

    /// <summary>to = scale · from for a few elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyRow(T* from, T scale, T* to, int count)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + Vector512<T>.Count <= count; i += Vector512<T>.Count)
            {
                (Vector512.Load(from + i) * scale).Store(to + i);
            }
        }

        for (; i + Vector256<T>.Count <= count; i += Vector256<T>.Count)
        {
            (Vector256.Load(from + i) * scale).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = scale * from[i];
        }
    }
}
