using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Precoding.Simulation.Tests;

/// <summary>Foreign MAT-files byte by byte, in either byte order.</summary>
internal sealed class MatBytes(bool bigEndian)
{
    public static readonly MatBytes Little = new(false);

    public static readonly MatBytes Big = new(true);

    public byte[] File(params byte[][] elements) => [.. Header(), .. elements.SelectMany(e => e)];

    public byte[] Header(ushort version = 0x0100, string text = "MATLAB 5.0 MAT-file, by hand") =>
        [.. Encoding.ASCII.GetBytes(text.PadRight(116)), .. new byte[8], .. U16(version), .. U16(0x4D49)];

    /// <summary>An array; its parts are elements made by <see cref="Element"/>.</summary>
    public byte[] Array(string name, MatClass @class, int[] shape, int flags, params byte[][] parts) =>
        Element(MatType.Matrix, [.. ArrayHead(name, @class, shape, flags), .. parts.SelectMany(p => p)]);

    public byte[] ArrayHead(string name, MatClass @class, int[] shape, int flags) =>
    [
        .. Element(MatType.UInt32, [.. U32((uint)((int)@class | flags)), .. U32(0)]),
        .. Element(MatType.Int32, [.. shape.SelectMany(extent => U32((uint)extent))]),
        .. Element(MatType.Int8, Encoding.ASCII.GetBytes(name)),
    ];

    /// <summary>A data element, small (data inside the tag) where it can be unless told otherwise.</summary>
    public byte[] Element(MatType type, byte[] data, bool mayBeSmall = true) => mayBeSmall && data.Length is > 0 and <= 4
        ? [.. U32((uint)type | ((uint)data.Length << 16)), .. data, .. new byte[4 - data.Length]]
        : [.. U32((uint)type), .. U32((uint)data.Length), .. data, .. new byte[(8 - (data.Length % 8)) % 8]];

    /// <summary>The same element as save -v7 has it.</summary>
    public byte[] Compress(byte[] element)
    {
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(element);
        }

        return [.. U32((uint)MatType.Compressed), .. U32((uint)stream.Length), .. stream.ToArray()];
    }

    public byte[] Numbers(MatType type, params double[] values) => Element(type, [.. values.SelectMany(v => Number(type, v))]);

    /// <summary>Complex single precision, [2, 3, 4]: element [i, j, k] is (100 i + 10 j + k, −k).</summary>
    public byte[] ComplexCube(string name)
    {
        (double Re, double Im)[] values =
            [.. from k in Enumerable.Range(0, 4) from j in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 2) select ((double)((100 * i) + (10 * j) + k), -(double)k)];
        return Array(name, MatClass.Single, [2, 3, 4], MatTypes.ComplexFlag, Numbers(MatType.Single, [.. values.Select(v => v.Re)]), Numbers(MatType.Single, [.. values.Select(v => v.Im)]));
    }

    private byte[] Number(MatType type, double value)
    {
        byte[] bytes = type switch
        {
            MatType.Int8 => [(byte)(sbyte)value],
            MatType.UInt8 or MatType.Utf8 => [(byte)value],
            MatType.Int16 => BitConverter.GetBytes((short)value),
            MatType.UInt16 or MatType.Utf16 => BitConverter.GetBytes((ushort)value),
            MatType.Int32 => BitConverter.GetBytes((int)value),
            MatType.UInt32 => BitConverter.GetBytes((uint)value),
            MatType.Single => BitConverter.GetBytes((float)value),
            MatType.Int64 => BitConverter.GetBytes((long)value),
            MatType.UInt64 => BitConverter.GetBytes((ulong)value),
            _ => BitConverter.GetBytes(value),
        };
        return BitConverter.IsLittleEndian == bigEndian ? [.. bytes.Reverse()] : bytes;
    }

    private byte[] U16(ushort value) => BitConverter.GetBytes(bigEndian == BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    private byte[] U32(uint value) => BitConverter.GetBytes(bigEndian == BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
}
