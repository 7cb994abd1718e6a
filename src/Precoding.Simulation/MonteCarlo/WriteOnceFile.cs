using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Precoding.Simulation;

/// <summary>
/// Files that appear complete or not at all, once: written beside their place, forced to the disk and given their name by a hard link, which the file system refuses
/// when somebody was first. Renaming would put a later copy in the place of an earlier one that somebody may be reading.
/// </summary>
public static partial class WriteOnceFile
{
    private const int Exists = 17, NotPermitted = 1, TooManyLinks = 31, NotSupported = 95, NotSupportedMac = 45; // errno
    private const int WindowsExists = 183, WindowsInvalidFunction = 1, WindowsNotSupported = 50;
    private const int ReadOnlyDirectory = 0;

    /// <returns>Whether this copy is the one that is there; false when another was first.</returns>
    public static bool Publish(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return false;
        }

        bool isFirst = false;
        AtomicFile.WriteThen(full, temporary => AtomicFile.WriteStream(temporary, write), (temporary, _) =>
        {
            isFirst = Link(temporary, full);
            FlushDirectory(Path.GetDirectoryName(full)!);
        });
        return isFirst;
    }

    private static bool Link(string from, string to)
    {
        int error = OperatingSystem.IsWindows()
            ? (CreateHardLink(to, from, 0) ? 0 : Marshal.GetLastPInvokeError())
            : (LinkPosix(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError());
        bool exists = OperatingSystem.IsWindows() ? error == WindowsExists : error == Exists;
        bool cannot = OperatingSystem.IsWindows() ? error is WindowsInvalidFunction or WindowsNotSupported : error is NotPermitted or TooManyLinks or NotSupported or NotSupportedMac;
        if (error == 0 || exists)
        {
            return error == 0;
        }

        if (!cannot)
        {
            throw new IOException($"{to}: cannot be given its name ({new Win32Exception(error).Message}).", OperatingSystem.IsWindows() ? unchecked((int)0x80070000) | error : error);
        }

        try
        {
            File.Move(from, to, overwrite: false); // a file system without hard links: all but two at the same instant
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
    }

    /// <summary>A name is on the disk when its directory is.</summary>
    private static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // done with the file
        }

        int handle = OpenPosix(directory, ReadOnlyDirectory);
        if (handle >= 0)
        {
            _ = FlushPosix(handle); // some network file systems refuse it for directories, and do it by themselves
            _ = ClosePosix(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkPosix(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPosix(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushPosix(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int ClosePosix(int handle);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string to, string from, nint security);
}
