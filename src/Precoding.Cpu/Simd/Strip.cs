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
    /// <summary>Side of the squares that are transposed in registers.</summary>
    public static int SquareSide => Vector256<T>.Count;

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
            int side = SquareSide;
            for (; done + side <= count; done += side)
            {
                T* re = source.Re + ((first + done) * source.Stride) + from, im = source.Im + ((first + done) * source.Stride) + from;
                T* to = strip + done;
                for (int k = 0; k + side <= inner; k += side, to += side * 2 * width)
                {
                    TransposeSquare(re + k, source.Stride, T.One, to, 2 * width);
                    TransposeSquare(im + k, source.Stride, sign, to + width, 2 * width);
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

    /// <summary>to[j, i] = sign · from[i, j] for a square of <see cref="SquareSide"/>; needs AVX.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransposeSquare(T* from, nint stride, T sign, T* to, nint toStride)
    {
        Vector256<T> scale = Vector256.Create(sign);
        if (typeof(T) == typeof(float))
        {
            Vector256<float> r0 = Row(0), r1 = Row(1), r2 = Row(2), r3 = Row(3), r4 = Row(4), r5 = Row(5), r6 = Row(6), r7 = Row(7);
            Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
            Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
            Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
            Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
            Put(0, Avx.Permute2x128(b0, b4, 0x20));
            Put(1, Avx.Permute2x128(b1, b5, 0x20));
            Put(2, Avx.Permute2x128(b2, b6, 0x20));
            Put(3, Avx.Permute2x128(b3, b7, 0x20));
            Put(4, Avx.Permute2x128(b0, b4, 0x31));
            Put(5, Avx.Permute2x128(b1, b5, 0x31));
            Put(6, Avx.Permute2x128(b2, b6, 0x31));
            Put(7, Avx.Permute2x128(b3, b7, 0x31));
        }
        else
        {
            Vector256<double> r0 = Row(0).AsDouble(), r1 = Row(1).AsDouble(), r2 = Row(2).AsDouble(), r3 = Row(3).AsDouble();
            Vector256<double> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
            Put(0, Avx.Permute2x128(a0, a2, 0x20).AsSingle());
            Put(1, Avx.Permute2x128(a1, a3, 0x20).AsSingle());
            Put(2, Avx.Permute2x128(a0, a2, 0x31).AsSingle());
            Put(3, Avx.Permute2x128(a1, a3, 0x31).AsSingle());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Row(int i) => (Vector256.Load(from + (i * stride)) * scale).AsSingle();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put(int j, Vector256<float> row) => row.As<float, T>().Store(to + (j * toStride));
    }
}
