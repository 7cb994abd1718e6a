using System.Security.Cryptography;
using System.Text;

namespace Precoding.Gpu.Kernels;

/// <summary>
/// Compiled programs on disk, one file each, named by the hash of what they were compiled from, by and for. A file that is damaged counts as absent and
/// is written anew; a directory that cannot be written to means compiling at every start, never an error.
/// </summary>
internal sealed class ProgramCache(string directory)
{
    /// <summary>Names another directory.</summary>
    public const string DirectoryVariable = "BEAMPRECODING_CACHE";

    private static ReadOnlySpan<byte> Magic => "BPKERN01"u8;

    public string Directory => directory;

    /// <summary>BEAMPRECODING_CACHE, else beamprecoding in the system's place for caches.</summary>
    public static ProgramCache Default
    {
        get
        {
            string? given = Environment.GetEnvironmentVariable(DirectoryVariable);
            if (string.IsNullOrEmpty(given))
            {
                string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
                string root = !string.IsNullOrEmpty(cache) ? cache
                    : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
                given = Path.Combine(root, "beamprecoding", "kernels");
            }

            return new ProgramCache(given);
        }
    }

    public static string KeyOf(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length)); // so that ("ab", "c") is not ("a", "bc")
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What was stored under the key, or null.</summary>
    public byte[]? Find(string key)
    {
        try
        {
            byte[] file = File.ReadAllBytes(PathOf(key));
            int head = Magic.Length + SHA256.HashSizeInBytes;
            if (file.Length < head || !file.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            {
                return null;
            }

            byte[] payload = file[head..];
            return SHA256.HashData(payload).AsSpan().SequenceEqual(file.AsSpan(Magic.Length, SHA256.HashSizeInBytes)) ? payload : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Stores whole or not at all; other processes may do the same.</summary>
    public void Store(string key, ReadOnlySpan<byte> payload)
    {
        try
        {
            System.IO.Directory.CreateDirectory(directory);
            string temporary = Path.Combine(directory, $".{key}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}");
            using (FileStream file = File.Create(temporary))
            {
                file.Write(Magic);
                file.Write(SHA256.HashData(payload));
                file.Write(payload);
            }

            File.Move(temporary, PathOf(key), overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // a full disk or a read-only home: compiled again next time
        }
    }

    private string PathOf(string key) => Path.Combine(directory, key + ".bin");
}
