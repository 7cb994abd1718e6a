namespace Precoding.Simulation;

/// <summary>Writes a file beside its final place and renames it when complete: a reader never sees half a file, an interrupted run leaves the old one.</summary>
public static class AtomicFile
{
    internal const int ErrnoNoSpace = 28; // ENOSPC, the HResult .NET reports on Unix
    private const int ErrnoQuota = 122; // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Calls <paramref name="write"/> on a temporary file in the same directory, then renames it to <paramref name="path"/>.</summary>
    public static void Write(string path, Action<Stream> write) => WriteAt(path, temporary => WriteStream(temporary, write));

    /// <summary>The same for what writes to a name rather than to a stream.</summary>
    public static void WriteAt(string path, Action<string> write) => WriteThen(path, write, (temporary, full) => File.Move(temporary, full, overwrite: true));

    internal static void WriteStream(string temporary, Action<Stream> write)
    {
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        write(stream);
    }

    /// <summary>Writes a temporary file beside <paramref name="path"/>, forces it to the disk and has it named; what is left of it is deleted.</summary>
    /// <param name="name">Gives the temporary file the full path.</param>
    internal static void WriteThen(string path, Action<string> write, Action<string, string> name)
    {
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            write(temporary);
            using (var written = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                written.Flush(flushToDisk: true);
            }

            name(temporary, full);
        }
        catch (IOException error) when (IsDiskFull(error))
        {
            throw new IOException(
                $"{full}: the disk is full (or over quota); nothing was written there. Free some space or choose another place.", error);
        }
        catch (Exception error) when (error is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new IOException($"{full}: cannot be written ({error.Message}). Create the directory or choose another place.", error);
        }
        finally
        {
            if (File.Exists(temporary)) // never there when the directory is missing
            {
                File.Delete(temporary);
            }
        }
    }

    internal static bool IsDiskFull(IOException error) =>
        error.HResult is ErrnoNoSpace or ErrnoQuota or WindowsDiskFull or WindowsHandleDiskFull;
}
