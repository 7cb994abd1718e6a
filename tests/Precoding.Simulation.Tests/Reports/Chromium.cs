using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Precoding.Simulation.Tests.Reports;

/// <summary>Chromium without a window.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly Lazy<string?> Found = new(() => (
        from name in Names
        from directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        let path = Path.Combine(directory, name)
        where File.Exists(path)
        select path).FirstOrDefault());

    /// <summary>Opens a page and lets three seconds of its time pass.</summary>
    /// <param name="profile">A directory for what the browser keeps.</param>
    /// <returns>The page's elements as they then are, scripts left out, and every line that its console got.</returns>
    public static (string Dom, string[] Console) Open(string page, int width, string profile)
    {
        if (Found.Value is null)
        {
            Assert.Ignore("no chromium: apt-get install chromium"); // no part of the tool needs it: a browser is what readers of reports have
        }

        // no sandbox, because there is none for root or in most containers, and the page is ours; the other three: less to start
        var start = new ProcessStartInfo(Found.Value!)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", $"--user-data-dir={profile}", "--enable-logging=stderr",
                string.Create(CultureInfo.InvariantCulture, $"--window-size={width},1000"), "--virtual-time-budget=3000", "--dump-dom", new Uri(page).AbsoluteUri,
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> dom = process.StandardOutput.ReadToEndAsync(), log = process.StandardError.ReadToEndAsync();
        if (!Task.WhenAll(dom, log).Wait(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Found.Value} had not shown {page} after two minutes");
        }

        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, log.Result);
        return (Regex.Replace(dom.Result, "<script.*?</script>", "", RegexOptions.Singleline), [.. log.Result.Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal))]);
    }
}
