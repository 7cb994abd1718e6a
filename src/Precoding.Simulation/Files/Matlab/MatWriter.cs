using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Precoding.Simulation;

/// <summary>
/// Writer of MATLAB level 5 MAT-files, uncompressed as save -v6 has them: MATLAB, Octave and scipy load them. The same content gives the same bytes.
/// Files appear complete or not at all.
/// </summary>
/// <remarks>
/// Extents are written as they are; MATLAB and Octave drop trailing ones of 1 when they load. A scalar becomes 1 × 1, one axis of n becomes 1 × n.
/// Characters that MATLAB has not in names become underscores: reduced-cg.P is reduced_cg_P.
/// </remarks>
public sealed class MatWriter : IArrayWriter
{
    private const int Alignment = 8, TagLength = 8, SmallLength = 4, ChunkElements = 1 << 13, MaximumNameLength = 63;

    private readonly Stream stream;
    private readonly string path;
    private readonly HashSet<string> names = [];

    private MatWriter(Stream stream, string path) => (this.stream, this.path) = (stream, path);

    /// <summary>Writes a file: <paramref name="fill"/> adds the arrays.</summary>
    public static void Write(string path, Action<MatWriter> fill) => AtomicFile.Write(path, stream =>
    {
        const int TextLength = 116, SubsystemLength = 8;
        stream.Write(Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, written by BeamPrecoding".PadRight(TextLength))); // no clock in the bytes
        stream.Write(new byte[SubsystemLength]);
        stream.Write(MemoryMarshal.AsBytes<ushort>([0x0100, 0x4D49])); // version, and MI in the byte order of this machine, as all numbers are
        fill(new MatWriter(stream, path));
    });

    /// <summary>A name as MATLAB can have it: letters, digits and underscores.</summary>
    public static string NameOf(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    /// <inheritdoc/>
    public void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        int[] extents = shape.Length switch { 0 => [1, 1], 1 => [1, shape[0]], _ => shape.ToArray() };
        long count = 1;
        foreach (int extent in extents)
        {
            count *= extent;
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"got {values.Length} values for shape ({string.Join(", ", extents)}), expected {count}.", nameof(values));
        }

        var (@class, type, flags) = MatTypes.Of(typeof(T));
        int parts = (flags & MatTypes.ComplexFlag) != 0 ? 2 : 1, size = Unsafe.SizeOf<T>() / parts;
        WriteHead(name, @class, flags, extents, parts * Element(size * count));
        for (int part = 0; part < parts; part++)
        {
            WriteTag(type, size * count);
            switch (size)
            {
                case 1:
                    WritePart(MemoryMarshal.Cast<T, byte>(values), extents, parts, part);
                    break;
                case 2:
                    WritePart(MemoryMarshal.Cast<T, ushort>(values), extents, parts, part);
                    break;
                case 4:
                    WritePart(MemoryMarshal.Cast<T, uint>(values), extents, parts, part);
                    break;
                default:
                    WritePart(MemoryMarshal.Cast<T, ulong>(values), extents, parts, part);
                    break;
            }

            Pad(size * count);
        }
    }

    /// <inheritdoc/>
    public void AddText(string name, string text)
    {
        long bytes = sizeof(char) * (long)text.Length;
        WriteHead(name, MatClass.Char, 0, text.Length == 0 ? [0, 0] : [1, text.Length], Element(bytes));
        WriteTag(MatType.UInt16, bytes);
        stream.Write(MemoryMarshal.AsBytes(text.AsSpan()));
        Pad(bytes);
    }

    private void WriteHead(string name, MatClass @class, int flags, int[] extents, long dataLength)
    {
        string written = NameOf(name);
        if (written.Length is 0 or > MaximumNameLength || !char.IsAsciiLetter(written[0]) || !names.Add(written))
        {
            throw new ArgumentException($"'{written}' cannot be the name of a variable of a MAT-file, or is there already; names begin with a letter and have at most {MaximumNameLength} characters.", nameof(name));
        }

        const int FlagsLength = 8;
        long length = Element(FlagsLength) + Element(sizeof(int) * extents.Length) + Element(written.Length) + dataLength;
        if (length > int.MaxValue)
        {
            throw new ValidationException($"{path}: '{written}' would take {length} bytes; a variable of a level 5 MAT-file has at most {int.MaxValue}. Write .npz, or fewer realizations.");
        }

        WriteTag(MatType.Matrix, length);
        WriteTag(MatType.UInt32, FlagsLength);
        stream.Write(MemoryMarshal.AsBytes<int>([(int)@class | flags, 0]));
        WriteTag(MatType.Int32, sizeof(int) * extents.Length);
        stream.Write(MemoryMarshal.AsBytes<int>(extents));
        Pad(sizeof(int) * extents.Length);
        WriteTag(MatType.Int8, written.Length);
        stream.Write(Encoding.ASCII.GetBytes(written));
        Pad(written.Length);
    }

    /// <summary>Real or imaginary parts, first index fastest.</summary>
    private void WritePart<T>(ReadOnlySpan<T> numbers, int[] extents, int parts, int part)
        where T : unmanaged
    {
        var order = new ColumnMajorOrder(extents);
        int count = numbers.Length / parts;
        var chunk = new T[Math.Min(count, ChunkElements)];
        for (int first = 0; first < count; first += chunk.Length)
        {
            int now = Math.Min(chunk.Length, count - first);
            for (int i = 0; i < now; i++)
            {
                chunk[i] = numbers[(parts * order.Next()) + part];
            }

            stream.Write(MemoryMarshal.AsBytes(chunk.AsSpan(0, now)));
        }
    }

    /// <summary>Up to 4 bytes of data share the 8 of the tag.</summary>
    private void WriteTag(MatType type, long length) =>
        stream.Write(MemoryMarshal.AsBytes<uint>(IsSmall(length) ? [(uint)type | ((uint)length << 16)] : [(uint)type, (uint)length]));

    private void Pad(long length) => stream.Write(new byte[(IsSmall(length) ? SmallLength : Padded(length)) - length]);

    private static bool IsSmall(long length) => length is > 0 and <= SmallLength;

    private static long Element(long length) => IsSmall(length) ? TagLength : TagLength + Padded(length);

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
