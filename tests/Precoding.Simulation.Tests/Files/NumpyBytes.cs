using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Precoding.Simulation.Tests;

/// <summary>Foreign files byte by byte, as other programs write them or should not.</summary>
internal static class NumpyBytes
{
    public static byte[] Npy(string header, byte[] data, byte version = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header + "\n");
        byte[] length = version == 1 ? new byte[2] : new byte[4];
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        }

        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    public static byte[] Npy(string descr, string shape, byte[] data, bool fortran = false, byte version = 1) =>
        Npy($"{{'descr': '{descr}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}", data, version);

    public static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <summary>An archive as System.IO.Compression writes it.</summary>
    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] members)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A stored archive whose lengths and offsets all stand in zip64 fields.</summary>
    public static byte[] Zip64(params (string Name, byte[] Content)[] members)
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        var directory = new MemoryStream();
        var directoryWriter = new BinaryWriter(directory);
        foreach (var (name, content) in members)
        {
            long offset = stream.Position;
            byte[] nameBytes = Encoding.ASCII.GetBytes(name);
            var crc = new Crc32();
            crc.Append(content);
            writer.Write(0x04034b50u);
            WriteCommon(writer, crc.Value, nameBytes.Length, 20);
            writer.Write(nameBytes);
            writer.Write([1, 0, 16, 0]);
            writer.Write((long)content.Length);
            writer.Write((long)content.Length);
            writer.Write(content);

            directoryWriter.Write(0x02014b50u);
            directoryWriter.Write((ushort)45);
            WriteCommon(directoryWriter, crc.Value, nameBytes.Length, 28);
            directoryWriter.Write(new byte[10]); // comment length, disk, attributes
            directoryWriter.Write(uint.MaxValue); // offset
            directoryWriter.Write(nameBytes);
            directoryWriter.Write([1, 0, 24, 0]);
            directoryWriter.Write((long)content.Length);
            directoryWriter.Write((long)content.Length);
            directoryWriter.Write(offset);
        }

        long start = stream.Position;
        writer.Write(directory.ToArray());
        long end = stream.Position;
        writer.Write(0x06064b50u);
        writer.Write(44L);
        writer.Write([45, 0, 45, 0]);
        writer.Write(0L); // disks
        writer.Write((long)members.Length);
        writer.Write((long)members.Length);
        writer.Write(end - start);
        writer.Write(start);
        writer.Write(0x07064b50u);
        writer.Write(0u);
        writer.Write(end);
        writer.Write(1u);
        writer.Write(0x06054b50u);
        writer.Write(0u); // disks
        writer.Write(ushort.MaxValue);
        writer.Write(ushort.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write(uint.MaxValue);
        writer.Write((ushort)0);
        return stream.ToArray();

        // version, flags, method, time, date, crc, lengths behind zip64 marks, name length, extra length
        static void WriteCommon(BinaryWriter writer, uint crc, int nameLength, int extraLength)
        {
            writer.Write([45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            writer.Write(crc);
            writer.Write(uint.MaxValue);
            writer.Write(uint.MaxValue);
            writer.Write((ushort)nameLength);
            writer.Write((ushort)extraLength);
        }
    }
}
