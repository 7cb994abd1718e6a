using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Writers of numpy's .npy and .npz files; the same content gives the same bytes. Files appear complete or not at all.</summary>
public sealed class NpzWriter : IArrayWriter
{
    private static readonly DateTimeOffset FixedTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // zip's earliest: no clock in the bytes

    private readonly ZipArchive archive;

    private NpzWriter(ZipArchive archive) => this.archive = archive;

    /// <summary>Writes an archive: <paramref name="fill"/> adds the arrays. Stored, not compressed: channel coefficients do not compress.</summary>
    public static void Write(string path, Action<NpzWriter> fill) => AtomicFile.Write(path, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        fill(new NpzWriter(archive));
    });

    /// <summary>Writes one array as an .npy file, row-major.</summary>
    public static void WriteNpy<T>(string path, ReadOnlyMemory<int> shape, ReadOnlyMemory<T> values)
        where T : unmanaged => AtomicFile.Write(path, stream => WriteArray(stream, shape.Span, values.Span));

    /// <summary>Adds an array: numbers, bool, ComplexF or Complex, row-major.</summary>
    public void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        using Stream stream = Open(name);
        WriteArray(stream, shape, values);
    }

    /// <summary>Adds a text scalar, numpy's U type.</summary>
    public void AddText(string name, string text)
    {
        using Stream stream = Open(name);
        Rune[] runes = [.. text.EnumerateRunes()];
        int length = Math.Max(1, runes.Length); // numpy has no empty strings in files
        WriteHeader(stream, (BitConverter.IsLittleEndian ? "<U" : ">U") + length, []);
        var codes = new int[length];
        for (int i = 0; i < runes.Length; i++)
        {
            codes[i] = runes[i].Value;
        }

        stream.Write(MemoryMarshal.AsBytes(codes.AsSpan()));
    }

    private static void WriteArray<T>(Stream stream, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        long expected = 1;
        foreach (int extent in shape)
        {
            expected *= extent;
        }

        if (expected != values.Length)
        {
            throw new ArgumentException($"got {values.Length} values for shape ({string.Join(", ", shape.ToArray())}), expected {expected}.", nameof(values));
        }

        WriteHeader(stream, NumpyElements.Descr(typeof(T)), shape);
        const int ChunkElements = 1 << 16; // a span of bytes cannot cover more than 2 GiB
        for (int first = 0; first < values.Length; first += ChunkElements)
        {
            stream.Write(MemoryMarshal.AsBytes(values.Slice(first, Math.Min(ChunkElements, values.Length - first))));
        }
    }

    /// <summary>Version 1.0 header, padded so that the data starts at a multiple of 64 as numpy does it.</summary>
    private static void WriteHeader(Stream stream, string descr, ReadOnlySpan<int> shape)
    {
        string tuple = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape.ToArray())})";
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}";
        int total = (10 + text.Length + 1 + 63) / 64 * 64;
        text = text.PadRight(total - 11) + '\n';
        byte[] header = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, 0, 0, .. Encoding.Latin1.GetBytes(text)];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        stream.Write(header);
    }

    private Stream Open(string name)
    {
        ZipArchiveEntry entry = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
        entry.LastWriteTime = FixedTime;
        return entry.Open();
    }
}
