using System.Diagnostics;
using NUnit.Framework;

namespace Precoding.Sweep.Tests;

/// <summary>What a run of the tool left behind.</summary>
internal sealed record ToolResult(int ExitCode, string Out, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Out}\n{Error}";
}

/// <summary>The built tool, as a process of its own.</summary>
internal static class BuiltTool
{
    public static string Path => System.IO.Path.Combine(TestContext.CurrentContext.TestDirectory, "beamprecoding.dll");

    public static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static Task<ToolResult> Run(IReadOnlyDictionary<string, string>? environment, params string[] arguments) => Collect(Start(environment, arguments));

    /// <summary>Another command.</summary>
    public static Task<ToolResult> RunCommand(string command, params string[] arguments) =>
        Collect(Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!);

    private static async Task<ToolResult> Collect(Process started)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolResult(process.ExitCode, await output, await error);
    }
}
