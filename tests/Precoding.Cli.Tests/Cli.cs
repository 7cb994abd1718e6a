using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Cli.Output;

namespace Precoding.Cli.Tests;

/// <summary>What a run of the tool left behind.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;

    public override string ToString() => $"exit code {ExitCode}\n{Out}\n{Error}";
}

/// <summary>Runs the tool, in this process with captured writers, or as a process of its own.</summary>
internal static class Cli
{
    /// <summary>The built tool; the project reference brings it beside the tests.</summary>
    public static string ToolPath => Path.Combine(TestContext.CurrentContext.TestDirectory, "beamprecoding.dll");

    public static Task<CliResult> Run(params string[] arguments) => Run(arguments, errorIsTerminal: false, CancellationToken.None);

    public static async Task<CliResult> Run(string[] arguments, bool errorIsTerminal, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, errorIsTerminal, 100), cancellationToken);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs the tool on a terminal and cancels as soon as its progress shows an iteration of the precoder.</summary>
    public static async Task<CliResult> RunUntilIterating(string precoder, params string[] arguments)
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new WatchedWriter(text =>
        {
            if (text.Contains(precoder, StringComparison.Ordinal) && text.Contains("iteration", StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        });
        int exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, ErrorIsTerminal: true, 100), cancellation.Token);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Starts the tool with redirected output. Ignored signals of the test run are not inherited.</summary>
    public static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        bool isLinux = OperatingSystem.IsLinux();
        string[] command = [.. isLinux ? new[] { "--default-signal=INT", "dotnet" } : [], ToolPath, .. arguments];
        var start = new ProcessStartInfo(isLinux ? "env" : "dotnet", command) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static async Task<CliResult> RunProcess(string[] arguments, params (string Name, string Value)[] environment)
    {
        using Process process = Start(arguments, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    /// <summary>Tells of every text that is written to it.</summary>
    private sealed class WatchedWriter(Action<string> watch) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            watch(value ?? string.Empty);
        }
    }
}
