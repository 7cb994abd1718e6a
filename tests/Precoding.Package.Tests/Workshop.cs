using System.Diagnostics;
using System.Xml.Linq;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Package.Tests;

/// <summary>A directory outside the repository with a feed of what is packed from the built solution, and NuGet's packages of its own, so that nothing stale is used.</summary>
[SetUpFixture]
public sealed class Workshop
{
    private static readonly string[] Projects = ["Abstractions", "Cpu", "Gpu", "Simulation", "Cli"];

    public static string Path { get; private set; } = string.Empty;

    public static string Feed => At("feed");

    /// <summary>Adds the feed to the machine's sources below this directory.</summary>
    public static string ConfigFile => At("nuget.config");

    public static string Root { get; } = Repository.Root;

    public static string Version { get; } = XDocument.Load(System.IO.Path.Combine(Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    public static string At(string name) => System.IO.Path.Combine(Path, name);

    [OneTimeSetUp]
    public async Task PackWhatIsBuilt()
    {
        Path = Directory.CreateTempSubdirectory("beamprecoding packages ").FullName;
        Directory.CreateDirectory(Feed);
        await File.WriteAllTextAsync(ConfigFile, $"""
            <configuration>
              <packageSources>
                <add key="feed" value="{Feed}" />
              </packageSources>
            </configuration>
            """);
        foreach (string project in Projects)
        {
            await Pack(project, Feed);
        }
    }

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(Path, recursive: true);

    public static Task<string> Pack(string project, string feed) => Run(
        "dotnet", "pack", System.IO.Path.Combine(Root, "src", $"Precoding.{project}"), "-c", "Release", "--no-build", "-o", feed, "--nologo", "-tl:off", "-v", "q", "-nodeReuse:false");

    /// <summary>Runs a program in the directory; its output, or a failed test.</summary>
    public static Task<string> Run(string program, params string[] arguments) => Run([], program, arguments);

    public static async Task<string> Run((string Name, string? Value)[] environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path };
        foreach (var (name, value) in (IEnumerable<(string, string?)>)[("NUGET_PACKAGES", At("packages")), ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), .. environment])
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        TestContext.Progress.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s: {program} {string.Join(' ', arguments.Take(2))}");
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{await output}\n{await error}");
        return await output;
    }
}
