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

    /// <summary>Links between the repository's pages lead to files, and to headings where they name one.</summary>
    [Test]
    public void LinksLeadSomewhere()
    {
        string[] pages =
        [
            .. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. ((string[])["bench", "docs", "matlab", "python", "samples", "src"]).SelectMany(name => Directory.EnumerateFiles(Path.Combine(Repository.Root, name), "*.md", SearchOption.AllDirectories))
                .Where(page => !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal)),
        ];
        IEnumerable<string> broken =
            from page in pages
            from Match link in Links().Matches(File.ReadAllText(page))
            let parts = link.Groups[1].Value.Split('#')
            where !parts[0].Contains(':', StringComparison.Ordinal)
            let path = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0])
            where (!File.Exists(path) && !Directory.Exists(path)) || (parts.Length > 1 && !Anchors(path).Contains(parts[1]))
            select $"{Path.GetRelativePath(Repository.Root, page)}: {link.Value}";
        Assert.That(broken, Is.Empty);
        Assert.That(pages, Has.Length.GreaterThan(40));
    }

    [Test]
    public void TheIndexHasEveryGuide()
    {
        string index = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.That(Guides.Where(guide => !index.Contains($"({guide})", StringComparison.Ordinal)), Is.Empty);
    }

    /// <summary>What hosts make of headings: lower case, letters, digits and hyphens kept, spaces as hyphens.</summary>
    private static IEnumerable<string> Anchors(string page) => Headings().Matches(File.ReadAllText(page)).Select(heading =>
        string.Concat(heading.Groups[1].Value.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)));

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

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();
}
