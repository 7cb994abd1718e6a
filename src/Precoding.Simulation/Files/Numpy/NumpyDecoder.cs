using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Turns the bytes of one .npy file into an array.</summary>
internal static class NumpyDecoder
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads header and data. Memory grows with the bytes that really arrive, never with what a header asks for.</summary>
    /// <param name="presentBytes">Bytes known to exist (file size, or compressed size of a member): the first allocation.</param>
    public static FileArray Decode(ByteReader reader, long presentBytes)
    {
        NumpyHeader header = NumpyHeader.Read(reader);
        string place = $"{reader.File}, byte {reader.Position}";
        Array data = header.Element switch
        {
            NumpyElement.Boolean => Array.ConvertAll(Numbers<byte>(reader, header, presentBytes), b => b != 0),
            NumpyElement.Int8 => Numbers<sbyte>(reader, header, presentBytes),
            NumpyElement.Int16 => Numbers<short>(reader, header, presentBytes),
            NumpyElement.Int32 => Numbers<int>(reader, header, presentBytes),
            NumpyElement.Int64 => Numbers<long>(reader, header, presentBytes),
            NumpyElement.UInt8 => Numbers<byte>(reader, header, presentBytes),
            NumpyElement.UInt16 => Numbers<ushort>(reader, header, presentBytes),
            NumpyElement.UInt32 => Numbers<uint>(reader, header, presentBytes),
            NumpyElement.UInt64 => Numbers<ulong>(reader, header, presentBytes),
            NumpyElement.Half => Numbers<Half>(reader, header, presentBytes),
            NumpyElement.Single => Numbers<float>(reader, header, presentBytes),
            NumpyElement.Double => Numbers<double>(reader, header, presentBytes),
            NumpyElement.ComplexSingle => Numbers<ComplexF>(reader, header, presentBytes),
            NumpyElement.ComplexDouble => Numbers<Complex>(reader, header, presentBytes),
            _ => Text(reader, header),
        };
        reader.RequireEnd();
        if (header.FortranOrder)
        {
            data = AxisOrder.FromFortran(header.Shape, data);
        }

        return new FileArray(reader.File, place, header.Element, header.Shape, data);
    }

    private static T[] Numbers<T>(ByteReader reader, NumpyHeader header, long presentBytes)
        where T : unmanaged
    {
        int count = header.Count;
        int capacity = (int)Math.Min(count, Math.Max(ChunkBytes, presentBytes) / header.ItemSize);
        var values = new T[capacity];
        int chunk = ChunkBytes / header.ItemSize;
        for (int first = 0; first < count;)
        {
            if (first == capacity)
            {
                capacity = (int)Math.Min(count, 2L * capacity);
                Array.Resize(ref values, capacity);
            }

            int now = Math.Min(chunk, capacity - first);
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan(first, now));
            reader.Read(bytes, "data");
            if (header.BigEndian == BitConverter.IsLittleEndian)
            {
                ReverseComponents(bytes, NumberBytes(header));
            }

            first += now;
        }

        return values;
    }

    /// <summary>Bytes of one real number: half an element where it is complex.</summary>
    private static int NumberBytes(NumpyHeader header) =>
        header.Element is NumpyElement.ComplexSingle or NumpyElement.ComplexDouble ? header.ItemSize / 2 : header.ItemSize;

    private static void ReverseComponents(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }

    private static string[] Text(ByteReader reader, NumpyHeader header)
    {
        var strings = new List<string>();
        var text = new StringBuilder();
        Span<byte> word = stackalloc byte[4];
        for (int i = 0; i < header.Count; i++)
        {
            text.Clear();
            for (int at = 0; at < header.ItemSize; at += 4)
            {
                long offset = reader.Position;
                reader.Read(word, "text");
                uint code = header.BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word);
                if (!Rune.IsValid(code))
                {
                    throw new FileFormatException(
                        reader.File, offset, $"the code point 0x{code:X}", "Unicode text", "The file is damaged: create it again.");
                }

                text.Append(new Rune(code).ToString());
            }

            strings.Add(text.ToString().TrimEnd('\0')); // numpy pads with NUL
        }

        return [.. strings];
    }
}
