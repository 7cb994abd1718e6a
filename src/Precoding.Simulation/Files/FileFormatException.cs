namespace Precoding.Simulation;

/// <summary>
/// A file is damaged, hostile or of a kind that is not read. The message names file, byte offset (line and column in text files), what was found, what belongs
/// there and the remedy.
/// </summary>
public sealed class FileFormatException : Exception
{
    /// <param name="file">Path, with the member in brackets for a file inside an archive; offsets of a member count from its first byte after decompression.</param>
    public FileFormatException(string file, long byteOffset, string got, string expected, string remedy, Exception? inner = null)
        : base($"{file}, byte {byteOffset}: got {got}, expected {expected}. {remedy}", inner) =>
        (File, ByteOffset) = (file, byteOffset);

    /// <param name="file">Path.</param>
    /// <param name="line">From 1.</param>
    /// <param name="column">From 1, in bytes.</param>
    public FileFormatException(string file, int line, int column, string got, string expected, string remedy)
        : base($"{file}, line {line}, column {column}: got {got}, expected {expected}. {remedy}") =>
        (File, ByteOffset, Line, Column) = (file, -1, line, column);

    public string File { get; }

    /// <summary>−1 in text files.</summary>
    public long ByteOffset { get; }

    /// <summary>In text files, from 1.</summary>
    public int? Line { get; }

    /// <summary>In text files, from 1, in bytes.</summary>
    public int? Column { get; }
}
