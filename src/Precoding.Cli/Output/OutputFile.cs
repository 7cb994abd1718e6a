using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>Files the user asked for: refused before the work when they cannot be written, not after.</summary>
internal static class OutputFile
{
    /// <summary>Throws unless the name ends in one of <paramref name="extensions"/> and its directory exists.</summary>
    public static void Require(string option, string? path, params ReadOnlySpan<string> extensions)
    {
        if (path is null)
        {
            return;
        }

        if (!extensions.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            string endings = extensions.Length == 1 ? extensions[0] : $"{string.Join(", ", extensions[..^1])} or {extensions[^1]}";
            throw new UsageException($"{option} is '{path}'; this version writes {endings} there. Give a name ending in {endings}.");
        }

        if (Directory.Exists(path))
        {
            throw new UsageException($"{option}: '{path}' is a directory; give the name of a file.");
        }

        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(directory))
        {
            throw new UsageException($"{option}: the directory '{directory}' does not exist. Create it or choose another place.");
        }
    }

    /// <summary>Throws when an output file is one of the input files.</summary>
    public static void RefuseOverwriting(string option, string? path, params ReadOnlySpan<(string Option, string? Path)> inputs)
    {
        foreach (var (inputOption, input) in inputs)
        {
            if (path is not null && input is not null && Path.GetFullPath(path) == Path.GetFullPath(input))
            {
                throw new UsageException($"{option} is '{path}', which {inputOption} reads; it would be overwritten. Give another name.");
            }
        }
    }

    /// <summary>Runs a writer; what the system refuses becomes an <see cref="EnvironmentException"/>.</summary>
    public static void Write(string path, Action<string> write)
    {
        try
        {
            write(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string prefix = error.Message.Contains(path, StringComparison.Ordinal) ? string.Empty : $"{path} was not written: ";
            throw new EnvironmentException(prefix + error.Message, error);
        }
    }
}
