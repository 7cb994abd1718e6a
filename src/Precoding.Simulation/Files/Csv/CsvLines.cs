namespace Precoding.Simulation;

/// <summary>Lines of a text file, one at a time, of bounded length; ends of line are \n or \r\n.</summary>
internal sealed class CsvLines(Stream stream)
{
    /// <summary>Longest line that is kept; the rest of a longer one is dropped and <see cref="IsTooLong"/> set.</summary>
    public const int MaximumLength = 1 << 16;

    private readonly byte[] buffer = new byte[1 << 14];
    private byte[] line = new byte[256];
    private int next;
    private int filled;

    /// <summary>Number of the line last read, from 1.</summary>
    public int Number { get; private set; }

    public bool IsTooLong { get; private set; }

    /// <summary>The next line without its end; false behind the last. The span is valid until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> text)
    {
        int length = 0;
        bool any = false;
        IsTooLong = false;
        while (Fill())
        {
            any = true;
            ReadOnlySpan<byte> left = buffer.AsSpan(next, filled - next);
            int end = left.IndexOf((byte)'\n');
            Append(end < 0 ? left : left[..end], ref length);
            next += end < 0 ? left.Length : end + 1;
            if (end >= 0)
            {
                break;
            }
        }

        Number += any ? 1 : 0;
        text = line.AsSpan(0, length > 0 && line[length - 1] == '\r' ? length - 1 : length);
        return any;
    }

    private bool Fill()
    {
        if (next == filled)
        {
            (next, filled) = (0, stream.Read(buffer));
        }

        return filled > 0;
    }

    private void Append(ReadOnlySpan<byte> bytes, ref int length)
    {
        int kept = Math.Min(bytes.Length, MaximumLength - length);
        IsTooLong |= kept < bytes.Length;
        if (length + kept > line.Length)
        {
            Array.Resize(ref line, Math.Min(MaximumLength, Math.Max(2 * line.Length, length + kept)));
        }

        bytes[..kept].CopyTo(line.AsSpan(length));
        length += kept;
    }
}
