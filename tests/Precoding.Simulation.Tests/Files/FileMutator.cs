using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Precoding.Simulation.Tests;

/// <summary>Damages copies of a file: bytes anywhere, and behind checksum and compression, which are made anew so that the damage is not found at the door.</summary>
internal sealed class FileMutator(string name, byte[] original, System.Random random)
{
    private static readonly int[] TellingNumbers = [0, 1, 2, 4, 8, 9, 14, 15, 64, 127, 255, 256, 65535, 65536, int.MaxValue, int.MinValue, -1, 1 << 30];
    private static readonly byte[] TellingText = [.. "0123456789-,.()'<>|nOUcfe#\n\r \"LHre"u8];

    // (name, content) of an archive's members; elements of a MAT-file behind its header, decompressed
    private readonly (string Name, byte[] Content)[] parts = Split(name, original);

    public byte[] Next()
    {
        if (parts.Length == 0 || random.Next(2) == 0)
        {
            return Damage(original);
        }

        int chosen = random.Next(parts.Length);
        (string Name, byte[] Content)[] changed = [.. parts.Select((part, i) => i == chosen ? (part.Name, Damage(part.Content)) : part)];
        if (name.EndsWith(".npz", StringComparison.Ordinal))
        {
            return NumpyBytes.Zip(random.Next(2) == 0 ? CompressionLevel.NoCompression : CompressionLevel.Fastest, changed);
        }

        var mat = new MatBytes(original[126] == 'M');
        bool compressed = random.Next(2) == 0;
        return [.. original[..128], .. changed.SelectMany(part => compressed ? mat.Compress(part.Content) : part.Content)];
    }

    private byte[] Damage(byte[] file)
    {
        byte[] bytes = [.. file];
        int changes = random.Next(1, 5);
        for (int change = 0; change < changes && bytes.Length > 0; change++)
        {
            bytes = Change(bytes, random.Next(bytes.Length));
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes, int at)
    {
        switch (random.Next(9))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                return bytes[..Math.Max(1, at)];
            case 3: // repeats a piece
                return [.. bytes[..at], .. bytes[random.Next(at + 1)..]];
            case 4: // leaves one out
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 65))..]];
            case 5:
                bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                return bytes;
            case 6 when bytes.Length >= 8: // a number where numbers stand
                int aligned = Math.Min(at, bytes.Length - 4) & ~(random.Next(2) * 3), number = TellingNumbers[random.Next(TellingNumbers.Length)];
                if (random.Next(2) == 0)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(aligned), number);
                }
                else
                {
                    BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(aligned), number);
                }

                return bytes;
            case 7: // swaps neighbours: extents, fields of a line
                int length = Math.Min(random.Next(1, 9), (bytes.Length - at) / 2);
                return [.. bytes[..at], .. bytes[(at + length)..(at + (2 * length))], .. bytes[at..(at + length)], .. bytes[(at + (2 * length))..]];
            default:
                bytes[at] = TellingText[random.Next(TellingText.Length)];
                return bytes;
        }
    }

    private static (string Name, byte[] Content)[] Split(string name, byte[] file)
    {
        try
        {
            return Path.GetExtension(name) switch { ".npz" => SplitArchive(file), ".mat" => [.. SplitMat(file)], _ => [] };
        }
        catch (Exception)
        {
            return []; // a bad file of the corpus
        }
    }

    private static (string Name, byte[] Content)[] SplitArchive(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        return [.. archive.Entries.Select(entry =>
        {
            using Stream stream = entry.Open();
            return (entry.FullName, All(stream));
        })];
    }

    private static IEnumerable<(string Name, byte[] Content)> SplitMat(byte[] file)
    {
        bool big = file[126] == 'M';
        for (int at = 128; at < file.Length;)
        {
            uint type = MatTag.U32(file.AsSpan(at), big), length = MatTag.U32(file.AsSpan(at + 4), big);
            int end = (int)Math.Min(file.Length, at + 8 + (long)length);
            yield return (string.Empty, type == (uint)MatType.Compressed ? All(new ZLibStream(new MemoryStream(file[(at + 8)..end]), CompressionMode.Decompress)) : file[at..end]);
            at = end;
        }
    }

    private static byte[] All(Stream stream)
    {
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
