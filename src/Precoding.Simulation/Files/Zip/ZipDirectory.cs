using System.Buffers.Binary;
using System.Text;

namespace Precoding.Simulation;

/// <summary>One member of a zip archive, as the central directory gives it.</summary>
/// <param name="DirectoryOffset">Where its directory record starts, for messages.</param>
internal sealed record ZipMember(
    string Name, bool Deflated, uint Crc, long CompressedLength, long Length, long HeaderOffset, long DirectoryOffset);

/// <summary>
/// Central directory of a zip archive, zip64 included, read without trusting any number in it: what System.IO.Compression accepts quietly
/// (duplicate names, overlapping members, lengths beyond the file) is refused here with its place.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, RecordLength = 46, LocalLength = 30;
    private const uint EndSignature = 0x06054b50, LocatorSignature = 0x07064b50, End64Signature = 0x06064b50;
    private const uint RecordSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int MaximumDirectoryBytes = 1 << 26;

    private const string Damaged = "The archive is truncated or damaged: copy or create it again.";

    private readonly Stream archive;
    private readonly string file;

    private ZipDirectory(Stream archive, string file) => (this.archive, this.file) = (archive, file);

    /// <summary>Members in the order of the directory.</summary>
    public IReadOnlyList<ZipMember> Members { get; private set; } = [];

    /// <summary>Where it starts.</summary>
    public long Offset { get; private set; }

    public static ZipDirectory Read(Stream archive, string file)
    {
        var directory = new ZipDirectory(archive, file);
        directory.Members = directory.ReadMembers();
        return directory;
    }

    /// <summary>First byte of a member's data, behind its local header.</summary>
    public long DataOffset(ZipMember member)
    {
        byte[] local = Bytes(member.HeaderOffset, LocalLength, $"the local header of '{member.Name}'");
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != LocalSignature)
        {
            throw Error(member.HeaderOffset, "no local header", $"one for '{member.Name}'");
        }

        long start = member.HeaderOffset + LocalLength + U16(local, 26) + U16(local, 28);
        return start + member.CompressedLength <= archive.Length
            ? start
            : throw Error(member.DirectoryOffset, $"'{member.Name}' of {member.CompressedLength} bytes from byte {start}", $"data inside the {archive.Length} bytes of the file");
    }

    private List<ZipMember> ReadMembers()
    {
        var (count, length, offset, end) = FindDirectory();
        if (offset > end || length > end - offset || length > MaximumDirectoryBytes || count > length / RecordLength)
        {
            throw Error(end, $"a directory of {count} members in {length} bytes from byte {offset}", "one that fits in front of it");
        }

        Offset = offset;
        byte[] bytes = Bytes(offset, (int)length, "the directory");
        var members = new List<ZipMember>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            ZipMember member = ReadRecord(bytes, ref at, offset);
            if (!names.Add(member.Name))
            {
                throw Error(member.DirectoryOffset, $"the name '{member.Name}' again", "each name once");
            }

            members.Add(member);
        }

        RequireApart(members, offset);
        return members;
    }

    private ZipMember ReadRecord(byte[] bytes, ref int at, long directoryOffset)
    {
        long offset = directoryOffset + at;
        if (bytes.Length - at < RecordLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) != RecordSignature)
        {
            throw Error(offset, "no directory record", "the next one");
        }

        ReadOnlySpan<byte> record = bytes.AsSpan(at);
        int flags = U16(record, 8), method = U16(record, 10);
        int nameLength = U16(record, 28), extraLength = U16(record, 30), commentLength = U16(record, 32);
        if (record.Length < RecordLength + nameLength + extraLength + commentLength)
        {
            throw Error(offset, "a record longer than the directory", "one inside it");
        }

        string name = ((flags & 0x800) != 0 ? Encoding.UTF8 : Encoding.Latin1).GetString(record.Slice(RecordLength, nameLength));
        if ((flags & 1) != 0)
        {
            throw new FileFormatException(file, offset, $"'{name}' encrypted", "plain members", "Save it with numpy.savez.");
        }

        if (method is not (0 or 8))
        {
            throw new FileFormatException(
                file, offset, $"'{name}' compressed by method {method}", "stored (0) or deflate (8)", "Save it with numpy.savez or savez_compressed.");
        }

        long compressed = U32(record, 20), length = U32(record, 24), header = U32(record, 42);
        ReadZip64(record.Slice(RecordLength + nameLength, extraLength), offset, ref length, ref compressed, ref header);
        if (method == 0 && compressed != length)
        {
            throw Error(offset, $"'{name}' stored with {compressed} bytes for {length}", "equal lengths");
        }

        at += RecordLength + nameLength + extraLength + commentLength;
        return new ZipMember(name, method == 8, (uint)U32(record, 16), compressed, length, header, offset);
    }

    /// <summary>64-bit values of the extra field 1, present for those that are all ones in the record, in this order.</summary>
    private void ReadZip64(ReadOnlySpan<byte> extra, long offset, ref long length, ref long compressed, ref long header)
    {
        const long Missing = uint.MaxValue;
        if (length != Missing && compressed != Missing && header != Missing)
        {
            return;
        }

        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), size = U16(extra, 2);
            if (size > extra.Length - 4)
            {
                break;
            }

            if (id == 1)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, size);
                length = Next(ref values, length);
                compressed = Next(ref values, compressed);
                header = Next(ref values, header);
                break;
            }

            extra = extra[(4 + size)..];
        }

        if (length < 0 || compressed < 0 || header < 0)
        {
            throw Error(offset, "64-bit lengths beyond 2⁶³", "lengths inside the file");
        }

        static long Next(ref ReadOnlySpan<byte> values, long value)
        {
            if (value != Missing || values.Length < 8)
            {
                return value;
            }

            long read = BinaryPrimitives.ReadInt64LittleEndian(values);
            values = values[8..];
            return read;
        }
    }

    /// <summary>Members share no bytes with each other or the directory: small archives that decode to huge ones do.</summary>
    private void RequireApart(List<ZipMember> members, long directoryOffset)
    {
        long limit = directoryOffset;
        foreach (ZipMember member in members.OrderByDescending(m => m.HeaderOffset))
        {
            if (member.HeaderOffset > limit || member.CompressedLength > limit - member.HeaderOffset - LocalLength)
            {
                throw Error(
                    member.DirectoryOffset, $"'{member.Name}' of {member.CompressedLength} bytes from byte {member.HeaderOffset}",
                    $"an end before byte {limit}, where the next part starts");
            }

            limit = member.HeaderOffset;
        }
    }

    private (long Count, long Length, long Offset, long End) FindDirectory()
    {
        int tailLength = (int)Math.Min(archive.Length, EndLength + ushort.MaxValue);
        long tailOffset = archive.Length - tailLength;
        byte[] tail = Bytes(tailOffset, tailLength, "the end of the archive");
        for (int at = tailLength - EndLength; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != EndSignature || U16(tail, at + 20) != tailLength - EndLength - at)
            {
                continue;
            }

            long end = tailOffset + at;
            long count = U16(tail, at + 10), length = U32(tail, at + 12), offset = U32(tail, at + 16);
            bool zip64 = count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue;
            return zip64 && end >= LocatorLength + End64Length ? ReadEnd64(end) ?? (count, length, offset, end) : (count, length, offset, end);
        }

        throw new FileFormatException(
            file, archive.Length, "no end-of-directory record", "one in the last 65557 bytes", "The file is no zip archive or is truncated: copy or create it again.");
    }

    private (long Count, long Length, long Offset, long End)? ReadEnd64(long end)
    {
        byte[] locator = Bytes(end - LocatorLength, LocatorLength, "the zip64 locator");
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != LocatorSignature)
        {
            return null;
        }

        long at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (at < 0 || at > end - LocatorLength - End64Length)
        {
            throw Error(end - LocatorLength, $"a zip64 record at byte {at}", $"one before byte {end - LocatorLength}");
        }

        byte[] record = Bytes(at, End64Length, "the zip64 end record");
        long count = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32));
        long length = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40));
        long offset = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48));
        return BinaryPrimitives.ReadUInt32LittleEndian(record) == End64Signature && count >= 0 && length >= 0 && offset >= 0
            ? (count, length, offset, at)
            : throw Error(at, "no zip64 end record", "the one its locator names");
    }

    private byte[] Bytes(long offset, int length, string what)
    {
        if (offset < 0 || offset > archive.Length || length > archive.Length - offset)
        {
            throw Error(offset, $"{Math.Max(0, archive.Length - offset)} bytes left", $"{length} bytes of {what}");
        }

        var bytes = new byte[length];
        archive.Position = offset;
        new ByteReader(archive, file, length).Read(bytes, what);
        return bytes;
    }

    private FileFormatException Error(long offset, string got, string expected) => new(file, offset, got, expected, Damaged);

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
