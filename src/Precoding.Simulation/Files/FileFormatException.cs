namespace Precoding.Simulation;

/// <summary>A file is damaged, hostile or of a kind that is not read. The message names file, byte offset, what was found, what belongs there and the remedy.</summary>
public sealed class FileFormatException : Exception
{
    /// <param name="file">Path, with the member in brackets for a file inside an archive; offsets of a member count from its first byte after decompression.</param>
    public FileFormatException(string file, long byteOffset, string got, string expected, string remedy, Exception? inner = null)
        : base($"{file}, byte {byteOffset}: got {got}, expected {expected}. {remedy}", inner) =>
        (File, ByteOffset) = (file, byteOffset);

    public string File { get; }

    public long ByteOffset { get; }
}
