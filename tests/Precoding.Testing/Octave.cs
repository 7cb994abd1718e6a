using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Precoding.Testing;

/// <summary>GNU Octave without a window, which stands for MATLAB: it has its language and its files.</summary>
public static class Octave
{
    private static readonly Lazy<bool> IsInstalled = new(() =>
    {
        try
        {
            using Process process = Process.Start(StartInfo(["--version"]))!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    });

    /// <summary>Runs a script in a directory and fails the test with what it prints where an error ends it; without Octave the test is skipped.</summary>
    public static void Run(string directory, string script, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        if (!IsInstalled.Value)
        {
            Assert.Ignore("no octave-cli: apt-get install octave"); // no part of the tool needs it: it is what users have
        }

        ProcessStartInfo start = StartInfo(["--norc", "--quiet", "--eval", script]);
        start.WorkingDirectory = directory;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output.Result + error.Result);
    }

    private static ProcessStartInfo StartInfo(string[] arguments) => new("octave-cli", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
}
