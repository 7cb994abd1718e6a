namespace Precoding.Simulation;

/// <summary>Named arrays of a file: names at once, arrays when asked for.</summary>
public interface IArrayReader
{
    /// <summary>In the order of the file.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The array of that name; an absent one is a <see cref="ValidationException"/> that lists the others.</summary>
    FileArray Read(string name);
}

/// <summary>Takes named arrays for a file.</summary>
public interface IArrayWriter
{
    /// <summary>Adds an array: numbers, bool, ComplexF or Complex, row-major.</summary>
    void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged;

    /// <summary>Adds one string.</summary>
    void AddText(string name, string text);
}

/// <summary>Files of named arrays; the ending of the name tells the format: .npz (numpy) or .mat (MATLAB level 5).</summary>
public static class ArrayFile
{
    /// <summary>From a seekable stream that the caller owns; read at any later <see cref="IArrayReader.Read"/>.</summary>
    public static IArrayReader Open(Stream stream, string name) => Ending(name) switch
    {
        ".npz" => new NpzReader(stream, name),
        ".mat" => new MatReader(stream, name),
        _ => throw Unknown(name),
    };

    /// <summary>Writes a file whose arrays <paramref name="fill"/> adds; it appears complete or not at all.</summary>
    public static void Write(string path, Action<IArrayWriter> fill)
    {
        switch (Ending(path))
        {
            case ".npz":
                NpzWriter.Write(path, fill);
                break;
            case ".mat":
                MatWriter.Write(path, fill);
                break;
            default:
                throw Unknown(path);
        }
    }

    internal static string Ending(string name) => Path.GetExtension(name).ToLowerInvariant();

    private static ValidationException Unknown(string name) => new($"{name}: a file of named arrays ends in .npz or .mat. Give it such a name.");
}
