using System.Reflection;

namespace Precoding.Cli;

internal static class ToolVersion
{
    public const string Name = "beamprecoding";

    public static string Version { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
