using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Precoding.Simulation.Tests;

/// <summary>
/// Second readers of H, short and trusting, that share nothing with those under test: what these accept, they must have read in the same way.
/// Any exception is their answer to what they cannot read.
/// </summary>
internal static class FileOracle
{
    /// <summary>Shape as the file declares it, and elements in row-major order.</summary>
    public static (int[] Shape, Complex[] Values) Coefficients(string name, byte[] file) => Path.GetExtension(name) switch
    {
        ".npy" => Npy(file),
        ".npz" => Npy(Member(file, "H.npy")),
        ".mat" => Mat(file),
        _ => Csv(file),
    };

    private static byte[] Member(byte[] file, string name)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        using Stream stream = archive.GetEntry(name)!.Open();
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static (int[] Shape, Complex[] Values) Npy(byte[] file)
    {
        int start = file[6] == 1 ? 10 : 12;
        int length = file[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8)) : BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8));
        string header = Encoding.Latin1.GetString(file, start, length);
        int[] shape = [.. Regex.Match(header, @"shape['""]\s*:\s*\(([^)]*)\)").Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(e => int.Parse(e.TrimEnd('L'), CultureInfo.InvariantCulture))];
        Match type = Regex.Match(header, @"descr['""]\s*:\s*['""]([<>|=]?)([a-zA-Z?]\d*)");
        bool big = type.Groups[1].Value == ">";
        bool fortran = Regex.IsMatch(header, @"fortran_order['""]\s*:\s*True");
        string kind = type.Groups[2].Value;
        int size = kind == "?" ? 1 : int.Parse(kind[1..], CultureInfo.InvariantCulture);
        Complex[] values = new Complex[Product(shape)];
        for (int i = 0; i < values.Length; i++)
        {
            byte[] bytes = file[(start + length + (i * size))..][..size];
            values[i] = kind[0] == 'c'
                ? new Complex(Number('f', bytes[..(size / 2)], big), Number('f', bytes[(size / 2)..], big))
                : Number(kind[0], bytes, big);
        }

        return (shape, fortran ? FromColumnMajor(shape, values) : values);
    }

    private static (int[] Shape, Complex[] Values) Mat(byte[] file)
    {
        bool big = file[126] == 'M';
        for (int at = 128; at < file.Length;)
        {
            int length = U32(file, at + 4, big), end = at + 8 + length;
            byte[] body = file[(at + 8)..end];
            at = end;
            try
            {
                if (U32(file, end - length - 8, big) == 15)
                {
                    var inflated = new MemoryStream();
                    using var zlib = new ZLibStream(new MemoryStream(body), CompressionMode.Decompress);
                    zlib.CopyTo(inflated);
                    body = inflated.ToArray()[8..];
                }

                if (body.Length > 0 && Matrix(body, big) is { } found)
                {
                    return found;
                }
            }
            catch (Exception error) when (error is InvalidDataException or ArgumentException or IndexOutOfRangeException)
            {
                // a variable that nobody asked for; damage to H ends below
            }
        }

        throw new InvalidDataException("no H");
    }

    private static (int[] Shape, Complex[] Values)? Matrix(byte[] body, bool big)
    {
        int at = 0;
        (_, byte[] flags) = Next();
        int @class = U32(flags, 0, big) & 0xFF, bits = U32(flags, 0, big);
        if (@class is < 6 or > 15)
        {
            return null;
        }

        (_, byte[] extents) = Next();
        int[] shape = [.. Enumerable.Range(0, extents.Length / 4).Select(i => U32(extents, 4 * i, big))];
        if (Encoding.ASCII.GetString(Next().Data) != "H")
        {
            return null;
        }

        double[] real = Part();
        double[] imaginary = (bits & 0xA00) == 0x800 ? Part() : new double[real.Length];
        bool isLogical = (bits & 0x200) != 0, isSingle = @class == 7;
        return (shape, FromColumnMajor(shape, [.. real.Zip(imaginary, (re, im) => isLogical ? (re != 0 ? 1 : 0) : isSingle ? new Complex((float)re, (float)im) : new Complex(re, im))]));

        (int Type, byte[] Data) Next()
        {
            int word = U32(body, at, big), small = word >>> 16;
            if (small != 0)
            {
                at += 8;
                return (word & 0xFFFF, body[(at - 4)..(at - 4 + small)]);
            }

            int length = U32(body, at + 4, big);
            byte[] data = body[(at + 8)..(at + 8 + length)];
            at += 8 + ((length + 7) / 8 * 8);
            return (word, data);
        }

        double[] Part()
        {
            (int type, byte[] data) = Next();
            var (kind, size) = type switch
            {
                1 => ('i', 1), 2 => ('u', 1), 3 => ('i', 2), 4 => ('u', 2), 5 => ('i', 4), 6 => ('u', 4), 7 => ('f', 4), 9 => ('f', 8), 12 => ('i', 8), 13 => ('u', 8),
                _ => throw new InvalidDataException("type"),
            };
            return [.. data.Chunk(size).Select(bytes => Number(kind, bytes, big))];
        }
    }

    private static (int[] Shape, Complex[] Values) Csv(byte[] file)
    {
        string[] lines = [.. Encoding.UTF8.GetString(file).TrimStart('\uFEFF').Split('\n').Select(l => l.TrimEnd('\r')).SkipWhile(l => l.StartsWith('#')).TakeWhile(l => l.Length > 0)];
        string[] names = [.. lines[0].Split(',').Select(n => n.Trim().ToLowerInvariant())];
        int re = Array.IndexOf(names, "re"), im = Array.IndexOf(names, "im");
        var rows = lines.Skip(1).Select(l => l.Split(',')).Select(f => (
            Index: f.Where((_, c) => c != re && c != im).Select(t => int.Parse(t, CultureInfo.InvariantCulture)).ToArray(),
            Value: new Complex(double.Parse(f[re], CultureInfo.InvariantCulture), double.Parse(f[im], CultureInfo.InvariantCulture)))).ToArray();
        int[] shape = [.. Enumerable.Range(0, names.Length - 2).Select(axis => rows.Max(r => r.Index[axis]) + 1)];
        return (shape, [.. rows.OrderBy(r => r.Index.Zip(shape).Aggregate(0, (at, i) => (at * i.Second) + i.First)).Select(r => r.Value)]);
    }

    private static Complex[] FromColumnMajor(int[] shape, Complex[] values)
    {
        var result = new Complex[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int at = 0, rest = i;
            int[] index = [.. shape.Select(extent => (rest % extent, rest /= extent).Item1)];
            for (int axis = 0; axis < shape.Length; axis++)
            {
                at = (at * shape[axis]) + index[axis];
            }

            result[at] = values[i];
        }

        return result;
    }

    private static double Number(char kind, byte[] bytes, bool big)
    {
        byte[] b = big ? [.. bytes.Reverse()] : bytes;
        return (kind, b.Length) switch
        {
            ('f', 2) => (double)BitConverter.ToHalf(b), ('f', 4) => BitConverter.ToSingle(b), ('f', 8) => BitConverter.ToDouble(b),
            ('i', 1) => (sbyte)b[0], ('i', 2) => BitConverter.ToInt16(b), ('i', 4) => BitConverter.ToInt32(b), ('i', 8) => BitConverter.ToInt64(b),
            ('u', 1) => b[0], ('u', 2) => BitConverter.ToUInt16(b), ('u', 4) => BitConverter.ToUInt32(b), ('u', 8) => BitConverter.ToUInt64(b),
            ('b' or '?', 1) => b[0] != 0 ? 1 : 0,
            _ => throw new InvalidDataException("type"),
        };
    }

    private static int U32(byte[] bytes, int at, bool big) =>
        big ? BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));

    private static int Product(int[] shape) => shape.Aggregate(1, (product, extent) => checked(product * extent));
}
