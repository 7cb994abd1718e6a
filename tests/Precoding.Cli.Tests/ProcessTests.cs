using System.Diagnostics;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>What only a process of its own shows: exit codes as the shell sees them, redirected output, signals.</summary>
public sealed class ProcessTests : CliTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Processor time after which a small solve has long begun, however busy the machine.</summary>
    private static readonly TimeSpan Started = TimeSpan.FromSeconds(2);

    [Test]
    public async Task ExitCodesReachTheShell()
    {
        string channels = SmallChannels();
        CliResult[] results = await Task.WhenAll(
            Cli.RunProcess(["solve", "--channels", channels, "--snr-db", "10"]),
            Cli.RunProcess(["solve", "--channels", channels, "--snr-db", "10", "--precoder", "nonsense"]),
            Cli.RunProcess(["solve", "--channels", PathOf("nowhere.npz"), "--snr-db", "10"]),
            Cli.RunProcess(["solve", "--channels", channels, "--snr-db", "10", "--device", "cuda:7"]));
        Assert.That(results.Select(r => r.ExitCode), Is.EqualTo(new[] { 0, 2, 3, 4 }));
    }

    [Test]
    public async Task RedirectedOutputHasNoControlCharacters()
    {
        CliResult result = await Cli.RunProcess(["demo", "--svg", PathOf("demo.svg")], ("TERM", "xterm-256color"));
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That((result.Out + result.Error).Where(c => char.IsControl(c) && c is not '\n'), Is.Empty);
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task InterruptWritesWhatWasComputedAndExitsWith130(bool json)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("sends a Unix signal");
        }

        string path = PathOf("out.npz"), trace = PathOf("trace.csv");
        string[] arguments =
        [
            "solve", "--channels", SmallChannels(), "--snr-db", "10", "--precoder", "wmmse", .. Endless,
            "--out", path, "--trace", trace, .. json ? new[] { "--json" } : [],
        ];
        using Process process = Cli.Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string heading = json ? string.Empty : (await process.StandardOutput.ReadLineAsync())!; // the solve begins after it
        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        while (!process.HasExited && process.TotalProcessorTime < Started)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }

        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync(limit.Token);
        var result = new CliResult(process.ExitCode, heading + await rest, await error);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
            Assert.That(result.Error, Does.Contain("interrupted; what was computed is reported and written"));
            Assert.That(NumpyFile.ReadNpz(path)["sumRate"].ToDoubles()[0], Is.Positive);
            Assert.That(File.ReadLines(trace).Count(), Is.GreaterThan(2));
            if (json)
            {
                Assert.That((string)result.Json["precoders"]![0]!["realizations"]![0]!["status"]!, Is.EqualTo("cancelled"));
            }
        });
    }
}
