using System.IO.Compression;

namespace Precoding.Simulation;

/// <summary>An .npz archive in a seekable stream that the caller owns: names at once, arrays when asked for.</summary>
public sealed class NpzReader : IArrayReader
{
    private const long MaximumDeflateRatio = 1032; // 258 bytes for 2 bits, the most deflate can do
    private const string Ending = ".npy";

    private readonly Stream stream;
    private readonly string file;
    private readonly ZipDirectory directory;
    private readonly Dictionary<string, ZipMember> members;

    /// <param name="stream">Read at any later <see cref="Read"/>.</param>
    /// <param name="name">Stands for the file in messages.</param>
    public NpzReader(Stream stream, string name)
    {
        (this.stream, file, directory) = (stream, name, ZipDirectory.Read(stream, name));
        members = directory.Members.Where(m => m.Name.EndsWith(Ending, StringComparison.Ordinal)).ToDictionary(m => m.Name[..^Ending.Length]);
    }

    /// <summary>Names of the arrays, without .npy, in the order of the archive.</summary>
    public IReadOnlyCollection<string> Names => members.Keys;

    /// <summary>The array of that name.</summary>
    public FileArray Read(string name)
    {
        if (!members.TryGetValue(name, out ZipMember? member))
        {
            throw new ValidationException($"{file}, byte {directory.Offset}: has no array '{name}'; {(Names.Count == 0 ? "the archive is empty. Write one with numpy.savez(path, H=array)." : $"it has {string.Join(", ", Names)}. Name the one that holds the channels (--channels-name).")}");
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
        FileArray array = NumpyDecoder.Decode(new ByteReader(checkedStream, label, member.Length), member.CompressedLength);
        return checkedStream.Crc == member.Crc
            ? array
            : throw new FileFormatException(
                file, member.DirectoryOffset + 16, $"CRC-32 {member.Crc:X8} for '{member.Name}'", $"{checkedStream.Crc:X8} of its bytes",
                "The archive is damaged: copy or create it again.");
    }
}
