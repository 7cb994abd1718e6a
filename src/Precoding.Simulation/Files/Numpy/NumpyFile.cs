namespace Precoding.Simulation;

/// <summary>Readers of numpy's .npy and .npz files. Nothing in a file is trusted; what cannot be read throws <see cref="FileFormatException"/>.</summary>
public static class NumpyFile
{
    /// <summary>One array.</summary>
    public static FileArray ReadNpy(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return ReadNpy(stream, path);
    }

    /// <summary>One array from a seekable stream at its start; <paramref name="name"/> stands for the file in messages.</summary>
    public static FileArray ReadNpy(Stream stream, string name) =>
        NumpyDecoder.Decode(new ByteReader(stream, name, stream.Length), stream.Length);

    /// <summary>Every array of an archive by name, without the ending .npy.</summary>
    public static IReadOnlyDictionary<string, FileArray> ReadNpz(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return ReadNpz(stream, path);
    }

    /// <summary>Every array of an archive in a seekable stream.</summary>
    public static IReadOnlyDictionary<string, FileArray> ReadNpz(Stream stream, string name)
    {
        var reader = new NpzReader(stream, name);
        return reader.Names.ToDictionary(n => n, reader.Read);
    }
}
