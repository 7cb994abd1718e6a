using System.IO.Compression;

namespace Precoding.Simulation;

/// <summary>Readers of numpy's .npy and .npz files. Nothing in a file is trusted; what cannot be read throws <see cref="FileFormatException"/>.</summary>
public static class NumpyFile
{
    /// <summary>One array.</summary>
    public static NumpyArray ReadNpy(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return ReadNpy(stream, path);
    }

    /// <summary>One array from a seekable stream at its start; <paramref name="name"/> stands for the file in messages.</summary>
    public static NumpyArray ReadNpy(Stream stream, string name) =>
        NumpyDecoder.Decode(new ByteReader(stream, name, stream.Length), stream.Length);

    /// <summary>Every array of an archive by name, without the ending .npy.</summary>
    public static IReadOnlyDictionary<string, NumpyArray> ReadNpz(string path)
    {
        using var reader = new NpzReader(path);
        return ReadAll(reader);
    }

    /// <summary>Every array of an archive in a seekable stream.</summary>
    public static IReadOnlyDictionary<string, NumpyArray> ReadNpz(Stream stream, string name)
    {
        using var reader = new NpzReader(stream, name);
        return ReadAll(reader);
    }

    private static Dictionary<string, NumpyArray> ReadAll(NpzReader reader) => reader.Names.ToDictionary(n => n, reader.Read);
}

/// <summary>An open .npz archive: names at once, arrays when asked for.</summary>
public sealed class NpzReader : IDisposable
{
    private const long MaximumDeflateRatio = 1032; // 258 bytes for 2 bits, the most deflate can do
    private const string Ending = ".npy";

    private readonly Stream stream;
    private readonly string file;
    private readonly ZipDirectory directory;
    private readonly Dictionary<string, ZipMember> members;

    public NpzReader(string path)
        : this(File.OpenRead(path), path)
    {
    }

    /// <summary>Takes ownership of a seekable stream.</summary>
    public NpzReader(Stream stream, string name)
    {
        (this.stream, file) = (stream, name);
        try
        {
            directory = ZipDirectory.Read(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        members = directory.Members.Where(m => m.Name.EndsWith(Ending, StringComparison.Ordinal)).ToDictionary(m => m.Name[..^Ending.Length]);
    }

    /// <summary>Names of the arrays, without .npy, in the order of the archive.</summary>
    public IReadOnlyCollection<string> Names => members.Keys;

    /// <summary>The array of that name.</summary>
    public NumpyArray Read(string name)
    {
        if (!members.TryGetValue(name, out ZipMember? member))
        {
            throw new ValidationException($"{file}: has no array '{name}'; it has {string.Join(", ", Names)}.");
        }

        if (member.Deflated && member.Length / MaximumDeflateRatio > member.CompressedLength)
        {
            throw new FileFormatException(
                file, member.DirectoryOffset, $"'{member.Name}' of {member.Length} bytes from {member.CompressedLength} compressed ones",
                $"at most {MaximumDeflateRatio} times as many", "The archive is damaged: create it again.");
        }

        var window = new ZipMemberStream(stream, directory.DataOffset(member), member.CompressedLength);
        using var checkedStream = new Crc32Stream(member.Deflated ? new DeflateStream(window, CompressionMode.Decompress) : window);
        string label = $"{file}({member.Name})";
        NumpyArray array = NumpyDecoder.Decode(new ByteReader(checkedStream, label, member.Length), member.CompressedLength);
        return checkedStream.Crc == member.Crc
            ? array
            : throw new FileFormatException(
                file, member.DirectoryOffset + 16, $"CRC-32 {member.Crc:X8} for '{member.Name}'", $"{checkedStream.Crc:X8} of its bytes",
                "The archive is damaged: copy or create it again.");
    }

    public void Dispose() => stream.Dispose();
}
