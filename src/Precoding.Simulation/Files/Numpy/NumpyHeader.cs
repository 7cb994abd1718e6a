using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Header of an .npy file, versions 1.0, 2.0 and 3.0, checked: the data it announces is exactly what the source has left.</summary>
/// <param name="Element">Type of one element.</param>
/// <param name="ItemSize">Bytes of one element.</param>
/// <param name="BigEndian">Byte order of the file.</param>
/// <param name="FortranOrder">First index fastest.</param>
/// <param name="Shape">Extents; empty for a scalar.</param>
/// <param name="Count">Product of the extents.</param>
internal readonly record struct NumpyHeader(
    NumpyElement Element, int ItemSize, bool BigEndian, bool FortranOrder, int[] Shape, int Count)
{
    private const int MaximumHeaderLength = 1 << 16; // numpy's own headers are 118 bytes; longer ones only waste memory
    private const int MaximumRank = 64; // numpy's limit since 2.0

    private const string Damaged = "The file is truncated or damaged: copy or create it again.";

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public static NumpyHeader Read(ByteReader reader)
    {
        Span<byte> start = stackalloc byte[8];
        reader.Read(start, "the .npy signature");
        if (!start[..6].SequenceEqual(Magic))
        {
            throw new FileFormatException(
                reader.File, 0, Hex(start[..6]), "the signature 93-4E-55-4D-50-59 of an .npy file", "Save the array with numpy.save or numpy.savez.");
        }

        int version = start[6];
        if (version is < 1 or > 3)
        {
            throw new FileFormatException(reader.File, 6, $"version {version}.{start[7]}", "version 1, 2 or 3", "Save the array with numpy.save.");
        }

        Span<byte> size = stackalloc byte[version == 1 ? 2 : 4];
        reader.Read(size, "the header length");
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > MaximumHeaderLength || length > reader.Length - reader.Position)
        {
            throw new FileFormatException(
                reader.File, 8, $"a header of {length} bytes", $"at most {Math.Min(MaximumHeaderLength, reader.Length - reader.Position)} bytes", Damaged);
        }

        long origin = reader.Position;
        byte[] text = new byte[length];
        reader.Read(text, "the header");
        NumpyHeaderText.Fields fields = new NumpyHeaderText(Encoding.Latin1.GetString(text), reader.File, origin).Parse();
        return Check(reader, fields);
    }

    private static NumpyHeader Check(ByteReader reader, NumpyHeaderText.Fields fields)
    {
        var (element, itemSize, bigEndian) = ParseType(reader.File, fields.Descr, fields.DescrOffset);
        if (fields.Shape.Length > MaximumRank)
        {
            throw new FileFormatException(
                reader.File, fields.ShapeOffset, $"{fields.Shape.Length} axes", $"at most {MaximumRank}", Damaged);
        }

        long available = reader.Length - reader.Position;
        long count = 1;
        bool empty = fields.Shape.Contains(0);
        foreach (long extent in fields.Shape)
        {
            if (extent < 0 || extent > int.MaxValue)
            {
                throw new FileFormatException(
                    reader.File, fields.ShapeOffset, $"an extent of {extent}", $"extents from 0 to {int.MaxValue}", Damaged);
            }

            // bounded by 2³¹·2³¹ before the comparison, so the product cannot overflow
            count = empty ? 0 : count * extent;
            if (count > Array.MaxLength)
            {
                throw new FileFormatException(
                    reader.File, fields.ShapeOffset, $"shape ({string.Join(", ", fields.Shape)}), {count} elements or more",
                    $"at most {Array.MaxLength} elements", "Split the array by realizations.");
            }
        }

        if (itemSize == 0 && count > 1)
        {
            throw new FileFormatException(
                reader.File, fields.ShapeOffset, $"{count} strings of no characters", "at most one", "Save the text with numpy.savez(meta='…').");
        }

        long bytes = count * itemSize;
        if (bytes != available)
        {
            throw new FileFormatException(
                reader.File, reader.Position, $"{available} bytes of data",
                $"{bytes} bytes for shape ({string.Join(", ", fields.Shape)}) of {itemSize}-byte elements", Damaged);
        }

        return new NumpyHeader(element, itemSize, bigEndian, fields.FortranOrder, [.. fields.Shape.Select(e => (int)e)], (int)count);
    }

    private static (NumpyElement Element, int ItemSize, bool BigEndian) ParseType(string file, string descr, long offset)
    {
        bool ordered = descr.Length > 0 && "<>=|".Contains(descr[0], StringComparison.Ordinal);
        string type = ordered ? descr[1..] : descr;
        bool bigEndian = ordered ? descr[0] == '>' || (descr[0] == '=' && !BitConverter.IsLittleEndian) : !BitConverter.IsLittleEndian;
        if (type.StartsWith('O'))
        {
            throw new FileFormatException(
                file, offset, $"dtype '{descr}', pickled Python objects", "numbers",
                "Pickles can run code and are refused: save with a numeric dtype, such as array.astype('complex64').");
        }

        if (type.Length > 1 && type[0] == 'U' &&
            int.TryParse(type.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int characters) && characters <= int.MaxValue / 4)
        {
            return (NumpyElement.Text, 4 * characters, bigEndian);
        }

        NumpyElement? element = type switch
        {
            "b1" or "?" => NumpyElement.Boolean,
            "i1" => NumpyElement.Int8,
            "i2" => NumpyElement.Int16,
            "i4" => NumpyElement.Int32,
            "i8" => NumpyElement.Int64,
            "u1" => NumpyElement.UInt8,
            "u2" => NumpyElement.UInt16,
            "u4" => NumpyElement.UInt32,
            "u8" => NumpyElement.UInt64,
            "f2" => NumpyElement.Half,
            "f4" => NumpyElement.Single,
            "f8" => NumpyElement.Double,
            "c8" => NumpyElement.ComplexSingle,
            "c16" => NumpyElement.ComplexDouble,
            _ => null,
        };
        return element is { } known
            ? (known, NumpyElements.SizeOf(known), bigEndian)
            : throw new FileFormatException(
                file, offset, $"dtype '{descr}'", "bool, i1…i8, u1…u8, f2, f4, f8, c8, c16 or U", "Convert with array.astype, such as array.astype('complex64').");
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => BitConverter.ToString(bytes.ToArray());
}
