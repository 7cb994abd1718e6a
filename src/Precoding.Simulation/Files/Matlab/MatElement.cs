using System.Buffers.Binary;

namespace Precoding.Simulation;

/// <summary>Tag of a data element: its type and length. Up to 4 bytes of data may share the 8 bytes of the tag ("small data element").</summary>
/// <param name="Offset">Where the tag starts, for messages.</param>
/// <param name="Padding">Bytes behind the data, up to a multiple of 8.</param>
internal readonly record struct MatTag(MatType Type, int Length, int Padding, long Offset)
{
    private const int Alignment = 8, SmallLength = 4;
    private const string Damaged = "The file is truncated or damaged: copy or save it again.";

    /// <summary>Reads the tag of an element inside an array; its data lie before the end of the array.</summary>
    public static MatTag Read(ByteReader reader, bool bigEndian, string what)
    {
        long offset = reader.Position;
        Span<byte> word = stackalloc byte[4];
        reader.Read(word, $"the tag of {what}");
        uint first = U32(word, bigEndian);
        if (first >> 16 != 0)
        {
            int small = (int)(first >> 16);
            return small <= SmallLength && SmallLength <= reader.Length - reader.Position
                ? new MatTag((MatType)(first & 0xFFFF), small, SmallLength - small, offset)
                : throw new FileFormatException(reader.File, offset, $"{small} bytes in the tag of {what}", $"at most {SmallLength}", Damaged);
        }

        reader.Read(word, $"the length of {what}");
        uint length = U32(word, bigEndian);
        long left = reader.Length - reader.Position;
        if (length > left)
        {
            throw new FileFormatException(reader.File, offset, $"{length} bytes of {what}", $"at most the {left} that the array has left", Damaged);
        }

        // the last element of an array may go without its padding
        int padding = (int)Math.Min((Alignment - (length % Alignment)) % Alignment, left - length);
        return new MatTag((MatType)first, (int)length, padding, offset);
    }

    /// <summary>The data, for elements that are small by nature.</summary>
    public byte[] ReadData(ByteReader reader, string what)
    {
        var data = new byte[Length];
        reader.Read(data, what);
        reader.Skip(Padding, "padding");
        return data;
    }

    public static uint U32(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}

/// <summary>What stands before the numbers of an array: class, flags, extents, name. Extents are checked, the data are not yet.</summary>
/// <param name="Count">Product of the extents; at most <see cref="Array.MaxLength"/> for numbers and text.</param>
internal sealed record MatArrayHead(string Name, MatClass Class, bool IsComplex, bool IsLogical, int[] Shape, int Count)
{
    private const int MaximumRank = 64; // as for .npy; MATLAB has no limit of its own
    private const int MaximumNameLength = 63; // namelengthmax
    private const string Damaged = "The file is damaged: copy or save it again.";

    public bool HasData => MatTypes.IsNumeric(Class) || Class == MatClass.Char;

    /// <summary>Reads up to the first byte of the data.</summary>
    public static MatArrayHead Read(ByteReader reader, bool bigEndian)
    {
        MatTag flagsTag = MatTag.Read(reader, bigEndian, "the array flags");
        if (flagsTag is not { Type: MatType.UInt32, Length: 8 })
        {
            throw new FileFormatException(
                reader.File, flagsTag.Offset, $"{flagsTag.Length} bytes of type {(int)flagsTag.Type}", "array flags, 8 bytes of type 6", Damaged);
        }

        uint flags = MatTag.U32(flagsTag.ReadData(reader, "the array flags"), bigEndian);
        var @class = (MatClass)(flags & 0xFF);
        if (!Enum.IsDefined(@class))
        {
            throw new FileFormatException(reader.File, flagsTag.Offset + 8, $"the array class {(int)@class}", "one from 1 to 17", Damaged);
        }

        // an object of a class has no extents here
        var (shape, count) = @class == MatClass.Opaque ? ([], 0) : ReadShape(reader, bigEndian, @class is >= MatClass.Double and <= MatClass.UInt64 or MatClass.Char);
        return new MatArrayHead(ReadName(reader, bigEndian), @class, (flags & MatTypes.ComplexFlag) != 0, (flags & MatTypes.LogicalFlag) != 0, shape, count);
    }

    private static (int[] Shape, int Count) ReadShape(ByteReader reader, bool bigEndian, bool holdsData)
    {
        MatTag tag = MatTag.Read(reader, bigEndian, "the extents");
        if (tag.Type != MatType.Int32 || tag.Length % 4 != 0 || tag.Length is < 8 or > 4 * MaximumRank)
        {
            throw new FileFormatException(
                reader.File, tag.Offset, $"{tag.Length} bytes of type {(int)tag.Type}", $"2 to {MaximumRank} extents of type 5", Damaged);
        }

        byte[] data = tag.ReadData(reader, "the extents");
        var shape = new int[data.Length / 4];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            shape[axis] = (int)MatTag.U32(data.AsSpan(4 * axis), bigEndian);
        }

        if (Array.Exists(shape, extent => extent < 0))
        {
            throw new FileFormatException(reader.File, tag.Offset + 8, $"the extents ({string.Join(", ", shape)})", $"extents from 0 to {int.MaxValue}", Damaged);
        }

        long count = shape.Contains(0) ? 0 : 1;
        foreach (int extent in shape)
        {
            count *= extent; // at most 2³¹·2³¹ before the comparison
            if (count > Array.MaxLength / 2)
            {
                // twice as many numbers where they are complex
                return !holdsData ? (shape, 0) : throw new FileFormatException(
                    reader.File, tag.Offset + 8, $"extents ({string.Join(", ", shape)}), {count} elements or more", $"at most {Array.MaxLength / 2} elements", "Split the array by realizations.");
            }
        }

        return (shape, (int)count);
    }

    private static string ReadName(ByteReader reader, bool bigEndian)
    {
        MatTag tag = MatTag.Read(reader, bigEndian, "the name");
        if (tag.Type is not (MatType.Int8 or MatType.UInt8 or MatType.Utf8) || tag.Length > MaximumNameLength)
        {
            throw new FileFormatException(
                reader.File, tag.Offset, $"{tag.Length} bytes of type {(int)tag.Type}", $"a name of at most {MaximumNameLength} bytes of type 1", Damaged);
        }

        byte[] name = tag.ReadData(reader, "the name");
        int bad = Array.FindIndex(name, c => c is not (>= (byte)'!' and <= (byte)'~'));
        return bad < 0
            ? System.Text.Encoding.ASCII.GetString(name)
            : throw new FileFormatException(reader.File, tag.Offset, $"a name whose byte {bad} is 0x{name[bad]:X2}", "printable ASCII characters", Damaged);
    }
}
