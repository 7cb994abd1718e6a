using System.Buffers.Binary;
using System.IO.Compression;

namespace Precoding.Simulation;

/// <summary>
/// MATLAB level 5 MAT-file (save -v6, and -v7, whose variables are compressed) in a seekable stream that the caller owns, both byte orders: names at once,
/// arrays when asked for. Numbers, logicals and lines of text are read; whole numbers become doubles. Nothing in the file is trusted.
/// </summary>
/// <remarks>Offsets in messages count from the start of the file; inside a compressed variable, named in brackets, from its first byte after decompression.</remarks>
public sealed class MatReader : IArrayReader
{
    private const int TagLength = 8;
    private const int MaximumVariables = 1 << 12; // a file of many tiny compressed variables would cost a decompressor each
    private const long MaximumDeflateRatio = 1032; // 258 bytes for 2 bits, the most deflate can do
    private const string Damaged = "The file is truncated or damaged: copy or save it again.";

    private readonly Stream stream;
    private readonly string file;
    private readonly bool bigEndian;
    private readonly Dictionary<string, Variable> variables = [];
    private readonly List<string> names = [];

    /// <param name="stream">Read at any later <see cref="Read"/>.</param>
    /// <param name="name">Stands for the file in messages.</param>
    public MatReader(Stream stream, string name)
    {
        (this.stream, file) = (stream, name);
        bigEndian = MatFileHeader.ReadIsBigEndian(stream, name);
        Scan();
    }

    /// <summary>Names of the variables that can be read, in the order of the file.</summary>
    public IReadOnlyCollection<string> Names => names;

    /// <summary>The variable of that name.</summary>
    public FileArray Read(string name)
    {
        if (!variables.TryGetValue(name, out Variable? variable))
        {
            throw new ValidationException(
                $"{file}, byte {MatFileHeader.Length}: has no array '{name}'; " +
                $"{(names.Count == 0 ? "it has no numbers at all. Save them with save('file.mat', 'H', '-v7')." : $"it has {string.Join(", ", names)}. Name the one that holds the channels (--channels-name).")}");
        }

        if (!variable.Head.HasData)
        {
            throw new FileFormatException(
                file, variable.Offset, $"'{name}' of class {variable.Head.Class.ToString().ToLowerInvariant()}", "an array of numbers",
                variable.Head.Class == MatClass.Sparse
                    ? $"In MATLAB: {name} = full({name}), and save it again."
                    : $"In MATLAB: save('{Path.GetFileName(file)}', '-struct', '{name}', '-v7') makes variables of the fields of a struct.");
        }

        if (variable.Compressed)
        {
            Verify(variable);
            using Stream inflated = Inflate(variable);
            var reader = new ByteReader(inflated, $"{file}({name})", variable.InnerLength);
            reader.Skip(TagLength, "the tag");
            return MatDecoder.Decode(reader, bigEndian, $"{file}({name})");
        }

        stream.Position = variable.Offset + TagLength;
        return MatDecoder.Decode(new ByteReader(stream, file, variable.End, stream.Position), bigEndian, $"{file}({name})");
    }

    private void Scan()
    {
        Span<byte> tag = stackalloc byte[TagLength];
        for (long at = MatFileHeader.Length; at < stream.Length;)
        {
            stream.Position = at;
            var reader = new ByteReader(stream, file, stream.Length, at);
            reader.Read(tag, "the tag of a variable");
            uint type = MatTag.U32(tag, bigEndian), length = MatTag.U32(tag[4..], bigEndian);
            if ((MatType)type is not (MatType.Matrix or MatType.Compressed))
            {
                throw new FileFormatException(file, at, $"an element of type {type}", "an array (14) or a compressed one (15)", Damaged);
            }

            if (length > stream.Length - reader.Position)
            {
                throw new FileFormatException(file, at, $"a variable of {length} bytes", $"at most the {stream.Length - reader.Position} that the file has left", Damaged);
            }

            bool compressed = (MatType)type == MatType.Compressed;
            long end = reader.Position + length;
            if (compressed || length > 0) // nothing at all is MATLAB's empty array without a name
            {
                Add(compressed ? ReadCompressedHead(at, end) : new Variable(MatArrayHead.Read(new ByteReader(stream, file, end, at + TagLength), bigEndian), at, end, false, 0));
            }

            at = end;
        }
    }

    private void Add(Variable variable)
    {
        if (variable.Head.Name.Length == 0)
        {
            return; // where MATLAB keeps data of objects
        }

        if (!variables.TryAdd(variable.Head.Name, variable))
        {
            throw new FileFormatException(file, variable.Offset, $"the name '{variable.Head.Name}' again", "each name once", Damaged);
        }

        if (variables.Count > MaximumVariables)
        {
            throw new FileFormatException(file, variable.Offset, $"more than {MaximumVariables} variables", "fewer", "Save only those that are needed: save('file.mat', 'H', '-v7').");
        }

        if (variable.Head.HasData)
        {
            names.Add(variable.Head.Name);
        }
    }

    private Variable ReadCompressedHead(long at, long end)
    {
        using Stream inflated = Inflate(at, end);
        string label = $"{file}(compressed from byte {at})";
        Span<byte> tag = stackalloc byte[TagLength];
        new ByteReader(inflated, label, TagLength).Read(tag, "the tag of an array");
        uint type = MatTag.U32(tag, bigEndian), length = MatTag.U32(tag[4..], bigEndian);
        if ((MatType)type != MatType.Matrix)
        {
            throw new FileFormatException(label, 0, $"an element of type {type}", "an array (14)", Damaged);
        }

        long innerLength = TagLength + (long)length;
        if (innerLength / MaximumDeflateRatio > end - at)
        {
            throw new FileFormatException(label, 4, $"{innerLength} bytes from {end - at - TagLength} compressed ones", $"at most {MaximumDeflateRatio} times as many", Damaged);
        }

        return new Variable(MatArrayHead.Read(new ByteReader(inflated, label, innerLength, TagLength), bigEndian), at, end, true, innerLength);
    }

    /// <summary>Decompresses once for nothing: the length that the array claims is there, and its checksum fits, before memory is taken for it.</summary>
    private void Verify(Variable variable)
    {
        using Stream inflated = Inflate(variable);
        var reader = new ByteReader(inflated, $"{file}({variable.Head.Name})", variable.InnerLength);
        reader.Skip(variable.InnerLength, "the array");
        reader.RequireEnd();
    }

    private ZLibStream Inflate(Variable variable) => Inflate(variable.Offset, variable.End);

    private ZLibStream Inflate(long at, long end)
    {
        // the header of zlib is checked here: .NET answers some wrong ones with exceptions of its own
        const int Deflate32K = 0x78, Preset = 0x20;
        Span<byte> header = stackalloc byte[2];
        stream.Position = at + TagLength;
        new ByteReader(stream, file, end, at + TagLength).Read(header, "the header of a compressed variable");
        if ((header[0] & 0x0F) != (Deflate32K & 0x0F) || header[0] > Deflate32K || (header[1] & Preset) != 0 || BinaryPrimitives.ReadUInt16BigEndian(header) % 31 != 0)
        {
            throw new FileFormatException(file, at + TagLength, BitConverter.ToString(header.ToArray()), "the header of zlib, such as 78-9C", Damaged);
        }

        return new ZLibStream(new ZipMemberStream(stream, at + TagLength, end - at - TagLength), CompressionMode.Decompress);
    }

    /// <param name="Offset">Where its tag starts in the file.</param>
    /// <param name="End">Where it ends in the file.</param>
    /// <param name="InnerLength">Bytes that it claims to have after decompression.</param>
    private sealed record Variable(MatArrayHead Head, long Offset, long End, bool Compressed, long InnerLength);
}
