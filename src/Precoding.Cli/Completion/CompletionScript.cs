namespace Precoding.Cli.Completion;

/// <summary>Scripts that make shells ask the tool what may follow.</summary>
internal static class CompletionScript
{
    private static readonly Dictionary<string, string> Files = new() { ["bash"] = "completion.bash", ["zsh"] = "completion.zsh", ["fish"] = "completion.fish", ["powershell"] = "completion.ps1" };

    public static IReadOnlyList<string> Shells { get; } = [.. Files.Keys];

    public static string Read(string shell)
    {
        if (!Files.TryGetValue(shell, out string? file))
        {
            throw new UsageException($"completion: '{shell}' is no shell of this version; it has {string.Join(", ", Shells)}.");
        }

        using var reader = new StreamReader(typeof(CompletionScript).Assembly.GetManifestResourceStream(file)!);
        return reader.ReadToEnd();
    }
}
