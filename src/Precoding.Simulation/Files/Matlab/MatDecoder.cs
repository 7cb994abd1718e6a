using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Turns the bytes of one MATLAB array, behind its tag, into a row-major array.</summary>
internal static class MatDecoder
{
    private const int ChunkBytes = 1 << 16;
    private const string Damaged = "The file is damaged: copy or save it again.";

    /// <summary>Decodes head and data. The lengths of the data are held against the extents, and lie inside the array, before memory is taken for them.</summary>
    /// <param name="source">What the array is called in messages.</param>
    public static FileArray Decode(ByteReader reader, bool bigEndian, string source)
    {
        MatArrayHead head = MatArrayHead.Read(reader, bigEndian);
        string place = $"{source}, byte {reader.Position}";
        bool isText = head.Class == MatClass.Char;
        Array data = isText ? new[] { ReadText(reader, head, bigEndian) } : ReadNumbers(reader, head, bigEndian);
        if (reader.Position != reader.Length)
        {
            throw new FileFormatException(reader.File, reader.Position, $"{reader.Length - reader.Position} more bytes", "the end of the array", Damaged);
        }

        return new FileArray(source, place, isText ? NumpyElement.Text : ElementOf(data), isText ? [] : head.Shape, data) { DropsTrailingAxes = true };
    }

    private static NumpyElement ElementOf(Array data) => data switch
    {
        bool[] => NumpyElement.Boolean,
        float[] => NumpyElement.Single,
        double[] => NumpyElement.Double,
        ComplexF[] => NumpyElement.ComplexSingle,
        _ => NumpyElement.ComplexDouble,
    };

    /// <summary>Real part, then imaginary part, each in an element of its own and in any type that holds its values.</summary>
    private static Array ReadNumbers(ByteReader reader, MatArrayHead head, bool bigEndian)
    {
        MatTag tag = PartTag(reader, head, bigEndian);
        int parts = head.IsComplex && !head.IsLogical ? 2 : 1;
        Array data = (head.Class == MatClass.Single, parts) switch
        {
            _ when head.IsLogical => new bool[head.Count],
            (true, 1) => new float[head.Count],
            (true, _) => new ComplexF[head.Count],
            (_, 1) => new double[head.Count],
            _ => new Complex[head.Count],
        };
        for (int part = 0; part < parts; part++)
        {
            var order = new ColumnMajorOrder(head.Shape);
            foreach (ArraySegment<double> numbers in Numbers(reader, part == 0 ? tag : PartTag(reader, head, bigEndian), head, bigEndian))
            {
                Store(numbers, data, parts, part, order);
            }
        }

        return data;
    }

    private static void Store(ReadOnlySpan<double> numbers, Array data, int parts, int part, ColumnMajorOrder order)
    {
        switch (data)
        {
            case bool[] flags:
                foreach (double number in numbers)
                {
                    flags[order.Next()] = number != 0;
                }

                break;
            case float[] or ComplexF[]:
                Span<float> singles = data is float[] real ? real.AsSpan() : MemoryMarshal.Cast<ComplexF, float>(((ComplexF[])data).AsSpan());
                foreach (double number in numbers)
                {
                    singles[(parts * order.Next()) + part] = (float)number;
                }

                break;
            default:
                Span<double> doubles = data is double[] reals ? reals.AsSpan() : MemoryMarshal.Cast<Complex, double>(((Complex[])data).AsSpan());
                foreach (double number in numbers)
                {
                    doubles[(parts * order.Next()) + part] = number;
                }

                break;
        }
    }

    private static MatTag PartTag(ByteReader reader, MatArrayHead head, bool bigEndian)
    {
        MatTag tag = MatTag.Read(reader, bigEndian, "the numbers");
        int size = MatTypes.SizeOf(tag.Type);
        bool whole = tag.Type is not (MatType.Single or MatType.Double);
        if (size == 0 || tag.Type is MatType.Utf8 or MatType.Utf16 || (!whole && (head.IsLogical || MatTypes.RangeOf(head.Class) is not null)))
        {
            throw new FileFormatException(reader.File, tag.Offset, $"numbers of type {(int)tag.Type}", $"a type that holds elements of class {head.Class.ToString().ToLowerInvariant()}", Damaged);
        }

        return tag.Length == (long)head.Count * size ? tag : throw new FileFormatException(
            reader.File, tag.Offset, $"{tag.Length} bytes of data", $"{(long)head.Count * size} bytes for extents ({string.Join(", ", head.Shape)}) of {size}-byte numbers", Damaged);
    }

    /// <summary>The numbers of one part in the order of the file, in pieces that are overwritten by the next.</summary>
    private static IEnumerable<ArraySegment<double>> Numbers(ByteReader reader, MatTag tag, MatArrayHead head, bool bigEndian)
    {
        int size = MatTypes.SizeOf(tag.Type), chunk = Math.Min(head.Count, ChunkBytes / size);
        var bytes = new byte[chunk * size];
        var numbers = new double[chunk];
        for (int first = 0; first < head.Count; first += chunk)
        {
            int now = Math.Min(chunk, head.Count - first);
            long offset = reader.Position;
            reader.Read(bytes.AsSpan(0, now * size), "numbers");
            for (int i = 0; i < now; i++)
            {
                numbers[i] = Number(bytes.AsSpan(i * size, size), tag.Type, bigEndian);
            }

            RequireRange(numbers.AsSpan(0, now), head.Class, reader.File, offset, size);
            yield return new ArraySegment<double>(numbers, 0, now);
        }

        reader.Skip(tag.Padding, "padding");
    }

    private static double Number(ReadOnlySpan<byte> bytes, MatType type, bool bigEndian) => type switch
    {
        MatType.Single => bigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes) : BinaryPrimitives.ReadSingleLittleEndian(bytes),
        MatType.Double => bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        MatType.Int8 => (sbyte)bytes[0],
        MatType.UInt8 => bytes[0],
        MatType.Int16 => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes) : BinaryPrimitives.ReadInt16LittleEndian(bytes),
        MatType.UInt16 => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        MatType.Int32 => (int)MatTag.U32(bytes, bigEndian),
        MatType.UInt32 => MatTag.U32(bytes, bigEndian),
        MatType.Int64 => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private static void RequireRange(ReadOnlySpan<double> numbers, MatClass @class, string file, long offset, int size)
    {
        if (MatTypes.RangeOf(@class) is not (double smallest, double largest))
        {
            return;
        }

        for (int i = 0; i < numbers.Length; i++)
        {
            if (!(numbers[i] >= smallest && numbers[i] <= largest))
            {
                throw new FileFormatException(
                    file, offset + ((long)i * size), $"{numbers[i]} in an array of class {@class.ToString().ToLowerInvariant()}", $"whole numbers from {smallest} to {largest}", "Save it as double.");
            }
        }
    }

    private static string ReadText(ByteReader reader, MatArrayHead head, bool bigEndian)
    {
        MatTag tag = MatTag.Read(reader, bigEndian, "the text");
        Encoding? encoding = tag.Type switch
        {
            MatType.Int8 or MatType.UInt8 => Encoding.Latin1,
            MatType.Utf8 => new UTF8Encoding(false, throwOnInvalidBytes: true),
            MatType.UInt16 or MatType.Utf16 => new UnicodeEncoding(bigEndian, false, throwOnInvalidBytes: true),
            _ => null,
        };
        if (encoding is null || (head.Count > 0 && head.Shape[^1] != head.Count))
        {
            throw new FileFormatException(
                reader.File, tag.Offset, $"text of type {(int)tag.Type} and extents ({string.Join(", ", head.Shape)})", "one line of text, 8-bit, UTF-8 or UTF-16", "Save it as a row of characters.");
        }

        long offset = reader.Position;
        try
        {
            string text = encoding.GetString(tag.ReadData(reader, "text"));
            return text.Length == head.Count || tag.Type == MatType.Utf8 // extents count bytes there, or characters, by the writer
                ? text
                : throw new FileFormatException(reader.File, tag.Offset, $"{text.Length} characters", $"{head.Count} as the extents say", Damaged);
        }
        catch (DecoderFallbackException error)
        {
            throw new FileFormatException(reader.File, offset + error.Index, "bytes that are no Unicode text", "text", Damaged, error);
        }
    }
}
