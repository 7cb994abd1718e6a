using System.Diagnostics;
using NUnit.Framework;

namespace Precoding.Testing;

/// <summary>clang, which reads the kernels' CUDA text without a CUDA toolkit and compiles the drivers that tests bring along.</summary>
public static class Clang
{
    private const string Remedy = "Install clang 16 or later with the NVPTX target, and libclc (Debian and Ubuntu: apt-get install clang-16 libclc-16); the tests need them, so their absence is a failure";

    private static readonly string[] Names = ["clang-16", "clang-17", "clang-18", "clang-19", "clang-20", "clang-21", "clang"];

    private static readonly Lazy<string?> Found = new(() => Names.Select(OnPath).FirstOrDefault(path => path is not null && Run(path, ["--print-targets"]).Output.Contains("nvptx64")));

    /// <summary>Its path.</summary>
    public static string Path => Found.Value ?? Missing<string>($"no {string.Join(", ", Names)} with the target nvptx64 is on PATH");

    /// <summary>OpenCL's library for NVIDIA devices as bitcode: double logarithms and exponentials.</summary>
    public static string NvidiaLibrary =>
        ((string[])["/usr/lib/clc/nvptx64--nvidiacl.bc", "/usr/share/clc/nvptx64--nvidiacl.bc"]).FirstOrDefault(File.Exists) ?? Missing<string>("nvptx64--nvidiacl.bc of libclc was not found");

    /// <summary>What clang prints; fails the test with that where it does not succeed.</summary>
    public static string Compile(string what, params string[] arguments)
    {
        (int code, string output) = Run(Path, arguments);
        if (code != 0)
        {
            Assert.Fail($"{what}: {Path} {string.Join(' ', arguments)} exits with {code}:\n{output}");
        }

        return output;
    }

    private static (int Code, string Output) Run(string file, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => System.IO.Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static T Missing<T>(string what)
    {
        Assert.Fail($"{what}. {Remedy}.");
        throw new InvalidOperationException(what);
    }
}
