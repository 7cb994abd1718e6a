namespace Precoding.Simulation;

/// <summary>A stream whose position is known, whose length is a promise to be checked, and whose every failure names file and byte.</summary>
/// <param name="length">Position where the source says it ends.</param>
/// <param name="start">Position of the first byte, for a part of a file.</param>
internal sealed class ByteReader(Stream stream, string file, long length, long start = 0)
{
    private const int ChunkBytes = 1 << 16;
    private const string Remedy = "The file is truncated or damaged: copy or create it again.";

    public string File => file;

    /// <summary>Where the source says it ends; reading past it is an error, reading less is for the caller to find.</summary>
    public long Length => length;

    public long Position { get; private set; } = start;

    /// <summary>Fills <paramref name="destination"/> or throws.</summary>
    public void Read(Span<byte> destination, string what)
    {
        if (destination.Length > length - Position)
        {
            throw new FileFormatException(file, Position, $"{length - Position} bytes left", $"{destination.Length} bytes of {what}", Remedy);
        }

        int got = 0;
        try
        {
            while (got < destination.Length)
            {
                int now = stream.Read(destination[got..]);
                if (now == 0)
                {
                    throw new FileFormatException(
                        file, Position + got, "the end of the data", $"{destination.Length - got} more bytes of {what}", Remedy);
                }

                got += now;
            }
        }
        catch (InvalidDataException error)
        {
            throw new FileFormatException(file, Position + got, "bytes that are no deflate stream", $"compressed {what}", Remedy, error);
        }

        Position += got;
    }

    /// <summary>Reads and forgets.</summary>
    public void Skip(long count, string what)
    {
        var bytes = new byte[Math.Min(count, ChunkBytes)];
        for (; count > 0; count -= Math.Min(count, ChunkBytes))
        {
            Read(bytes.AsSpan(0, (int)Math.Min(count, ChunkBytes)), what);
        }
    }

    /// <summary>Throws unless the source ends here, as its header says.</summary>
    public void RequireEnd()
    {
        Span<byte> more = stackalloc byte[1];
        int got;
        try
        {
            got = stream.Read(more);
        }
        catch (InvalidDataException error)
        {
            throw new FileFormatException(file, Position, "bytes that are no deflate stream", "the end of the data", Remedy, error);
        }

        if (got != 0 || Position != length)
        {
            throw new FileFormatException(
                file, Position, got != 0 ? "more bytes" : $"the end, {length - Position} bytes early", "the end of the array", Remedy);
        }
    }
}
