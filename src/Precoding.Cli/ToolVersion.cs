using System.Reflection;

namespace Precoding.Cli;

internal static class ToolVersion
{
    public const string Name = "beamprecoding";

    public static string Version { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>What the user typed to run the tool, for commands to paste: the repository's launcher is not on the PATH, and says how it was called.</summary>
    public static string Command { get; } =
        Environment.GetEnvironmentVariable("BEAMPRECODING_COMMAND") is { Length: > 0 } launcher ? launcher.Contains(' ', StringComparison.Ordinal) ? $"'{launcher}'" : launcher : Name;
}
