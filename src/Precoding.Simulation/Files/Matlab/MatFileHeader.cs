using System.Text;

namespace Precoding.Simulation;

/// <summary>The first 128 bytes of a MAT-file: text, version, byte order. Other versions are told apart to say how to convert them.</summary>
internal static class MatFileHeader
{
    public const int Length = 128;

    private const int VersionOffset = 124, OrderOffset = 126, Level5 = 1, Level73 = 2;

    private static readonly byte[] Hdf5Signature = [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Whether the file is big-endian; throws for anything but level 5.</summary>
    public static bool ReadIsBigEndian(Stream stream, string file)
    {
        stream.Position = 0;
        var header = new byte[(int)Math.Min(Length, stream.Length)];
        new ByteReader(stream, file, stream.Length).Read(header, "the header");
        if (header.AsSpan().StartsWith(Hdf5Signature))
        {
            throw Refuse(file, 0, "an HDF5 file");
        }

        if (Encoding.Latin1.GetString(header).StartsWith("# Created by Octave", StringComparison.Ordinal))
        {
            throw Refuse(file, 0, "Octave's text format");
        }

        const int TypeLength = 4; // of level 4, which has no text there
        if (header.Length >= TypeLength && header.AsSpan(0, TypeLength).Contains((byte)0))
        {
            throw Refuse(file, 0, "a zero among the first four bytes, as level 4 (save -v4) has it");
        }

        if (header.Length < Length)
        {
            throw new FileFormatException(
                file, 0, $"{header.Length} bytes", $"a header of {Length} bytes", "The file is no MAT-file or is truncated: copy or create it again.");
        }

        bool bigEndian = (char)header[OrderOffset] switch
        {
            'I' when header[OrderOffset + 1] == 'M' => false,
            'M' when header[OrderOffset + 1] == 'I' => true,
            _ => throw Refuse(file, OrderOffset, $"the bytes {header[OrderOffset]:X2}-{header[OrderOffset + 1]:X2}", "the byte order, IM or MI, of a level 5 MAT-file"),
        };
        int version = header[VersionOffset + (bigEndian ? 0 : 1)], minor = header[VersionOffset + (bigEndian ? 1 : 0)];
        return version switch
        {
            Level5 => bigEndian,
            Level73 => throw Refuse(file, VersionOffset, "version 7.3, which is HDF5"),
            _ => throw Refuse(file, VersionOffset, $"version {version}.{minor}"),
        };
    }

    /// <summary>HDF5 under whatever name: MATLAB 7.3, h5py and others.</summary>
    public static FileFormatException Hdf5(string file) => Refuse(file, 0, "an HDF5 file");

    private static FileFormatException Refuse(string file, long offset, string got, string expected = "a level 5 MAT-file, as save -v6 and -v7 write it") => new(
        file, offset, got, expected,
        $"In MATLAB: S = load('{Path.GetFileName(file)}'); save('{Path.ChangeExtension(Path.GetFileName(file), null)}-v7.mat', '-struct', 'S', '-v7'). " +
        "In Octave: load FILE; save -v7 OTHER.mat. In Python: numpy.savez(path, H=array).");
}
