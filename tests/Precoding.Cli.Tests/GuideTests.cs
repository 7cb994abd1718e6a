using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Cli.Tests;

/// <summary>Guides are true: their commands are run in a fresh directory, one after the other, as a reader would.</summary>
[Parallelizable(ParallelScope.Children)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class GuideTests : DirectoryTest
{
    private const string NotRun = "<!-- not run:";

    private static string Folder => Path.Combine(Repository.Root, "docs", "guides");

    private static IEnumerable<string> Guides => Directory.EnumerateFiles(Folder, "*.md").Select(path => Path.GetFileName(path)).Where(name => name != "README.md").Order();

    [TestCaseSource(nameof(Guides))]
    [Platform("Linux,MacOsX", Reason = "commands are bash's")]
    public async Task CommandsRun(string guide)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(Folder, guide));
        await File.WriteAllTextAsync(PathOf("beamprecoding"), $"#!/bin/sh\nexec dotnet '{Cli.ToolPath}' \"$@\"\n");
        await Run("chmod", ["+x", "beamprecoding"]);
        int run = 0;
        foreach (Match block in Blocks().Matches(text))
        {
            string before = text[..block.Index].TrimEnd();
            if (before.EndsWith("-->", StringComparison.Ordinal) && before[before.LastIndexOf("<!--", StringComparison.Ordinal)..].StartsWith(NotRun, StringComparison.Ordinal))
            {
                continue;
            }

            bool isPython = block.Groups["language"].Value == "python";
            if (isPython && !await HasNumpy())
            {
                Assert.Ignore("python3 with numpy is not here; Debian and Ubuntu: apt-get install python3-numpy");
            }

            await Run(isPython ? "/usr/bin/python3" : "bash", isPython ? ["-c", block.Groups["text"].Value] : ["-euo", "pipefail", "-c", block.Groups["text"].Value]);
            run++;
        }

        Assert.That(run, Is.GreaterThan(0), "commands");
    }

    /// <summary>Links between the pages and to files of the repository lead somewhere.</summary>
    [Test]
    public void LinksLeadSomewhere()
    {
        string[] pages = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories), Path.Combine(Repository.Root, "README.md"), Path.Combine(Repository.Root, "CONTRIBUTING.md")];
        IEnumerable<string> broken =
            from page in pages
            from Match link in Links().Matches(File.ReadAllText(page))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            let path = Path.Combine(Path.GetDirectoryName(page)!, target)
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{Path.GetRelativePath(Repository.Root, page)}: {link.Value}";
        Assert.That(broken, Is.Empty);
    }

    private static async Task<bool> HasNumpy()
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            return false;
        }

        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", "import numpy"]) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private async Task Run(string command, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { WorkingDirectory = DirectoryPath, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, $"{arguments[^1]}\n{await output}\n{await error}");
    }

    [GeneratedRegex("^```(?<language>bash|python)\n(?<text>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();
}
