using System.Diagnostics;
using NUnit.Framework;

namespace Precoding.Cli.Tests;

/// <summary>What the tool suggests, and what shells make of it.</summary>
public sealed class CompletionTests : CliTest
{
    [TestCase("beamprecoding ", "bench completion demo doctor drop inspect reproduce shard solve sweep train")]
    [TestCase("beamprecoding so", "solve")]
    [TestCase("~/bin/bp so", "solve")]
    [TestCase("beamprecoding solve --pre", "--precision --precoder")]
    [TestCase("beamprecoding solve --precoder reduced-", "reduced-cg reduced-hamiltonian")]
    [TestCase("beamprecoding solve --channels drop.npz --json --precoder mrt,reduced-cg,reduced-", "mrt,reduced-cg,reduced-hamiltonian")]
    [TestCase("beamprecoding solve --normalize m", "mean median")]
    [TestCase("beamprecoding solve --snr-rule geo", "geometric-frobenius geometric-isotropic")]
    [TestCase("beamprecoding solve --set damp", "damping=")]
    [TestCase("beamprecoding drop --scenario ", "iid rayleigh-cell-free uma-nlos")]
    [TestCase("beamprecoding reproduce ", "all bsp fig1 fig2 fig3 fig4 fig5 fig6 fig7 fig8 fig9 ncjt ours")]
    [TestCase("beamprecoding reproduce bsp --profile ", "paper smoke workstation")]
    [TestCase("beamprecoding sweep st", "status")]
    [TestCase("beamprecoding sweep resume --eng", "--engine")]
    [TestCase("beamprecoding completion ", "bash fish powershell zsh")]
    [TestCase("beamprecoding solve --channels ", "")]
    [TestCase("beamprecoding solve --channels dro", "")]
    [TestCase("beamprecoding inspect ", "")]
    [TestCase("beamprecoding inspect --dow", "--downlink-gain")]
    [TestCase("beamprecoding nonsense", "")]
    public async Task Suggests(string line, string expected)
    {
        CliResult result = await Cli.Run("[suggest]", line);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out.ReplaceLineEndings(" ").Trim(), Is.EqualTo(expected));
            Assert.That(result.Error, Is.Empty);
        });
    }

    [Test]
    public async Task SuggestsEveryPrecoder()
    {
        CliResult result = await Cli.Run("[suggest]", "beamprecoding solve --precoder ");
        Assert.That(result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(PrecoderCatalog.Entries.Select(entry => entry.Name)));
    }

    [Test]
    public async Task SuggestsDevicesOfThisMachine()
    {
        string[] suggested = (await Cli.Run("[suggest]", "beamprecoding solve --device ")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var solving = (await Cli.Run("doctor", "--json")).Json["devices"]!.AsArray().Where(device => (bool)device!["solves"]!).Select(device => ((string)device!["id"]!).Replace("cpu:0", "cpu"));
        Assert.That(suggested, Is.EquivalentTo(solving.Append("auto")));
    }

    [Test]
    public async Task UnknownShellIsRefusedWithThoseThereAre()
    {
        CliResult result = await Cli.Run("completion", "tcsh");
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((2, "beamprecoding: completion: 'tcsh' is no shell of this version; it has bash, zsh, fish, powershell.\n")));
    }

    /// <summary>As readline calls it: words are broken at : and = too, and only the last part is replaced.</summary>
    [TestCase("beamprecoding so", "beamprecoding so", "solve")]
    [TestCase("beamprecoding solve --precoder mrt,reduced-", "beamprecoding solve --precoder mrt,reduced-", "mrt,reduced-cg mrt,reduced-hamiltonian")]
    [TestCase("beamprecoding drop --serving near", "beamprecoding drop --serving near", "nearest:")]
    [TestCase("beamprecoding solve --starts mrt,random:2,wm", "beamprecoding solve --starts mrt,random : 2,wm", "2,wmmse")]
    [TestCase("beamprecoding solve --channels dro", "beamprecoding solve --channels dro", "")]
    public async Task BashCompletes(string line, string words, string expected) =>
        Assert.That(
            await Shell("bash", ["--norc", "-c",
                "source <(beamprecoding completion bash); COMP_LINE=\"$1\" COMP_POINT=${#1} COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); " +
                "complete -p beamprecoding | grep -q -e '-o default' || echo no names of files; _beamprecoding beamprecoding; echo ${COMPREPLY[*]}", "bash", line, words]),
            Is.EqualTo(expected));

    /// <summary>Keys of a terminal: tab after what is typed, then enter; echo shows the completed line.</summary>
    [TestCase("solve --precoder mrt,bln", "solve --precoder mrt,bln-pgp")]
    [TestCase("solve --starts random:2,wm", "solve --starts random:2,wmmse")]
    [TestCase("solve --channels some", @"solve --channels some\ drop.npz")]
    public async Task BashCompletesWhatIsTyped(string typed, string expected)
    {
        await File.WriteAllTextAsync(PathOf("some drop.npz"), "");
        await File.WriteAllTextAsync(PathOf("keys"), $"beamprecoding {typed}\t\nexit\n");
        await File.WriteAllTextAsync(PathOf("show"), "source <(beamprecoding completion bash); trap 'echo \"[$BASH_COMMAND]\"' DEBUG; PS1=");
        string shown = await Shell("script", ["-qec", "bash --noprofile --rcfile show -i", "/dev/null"], PathOf("keys"));
        Assert.That(shown, Does.Contain($"[beamprecoding {expected}]"));
    }

    [TestCase("beamprecoding solve --precoder mrt,reduced-", "mrt,reduced-cg mrt,reduced-hamiltonian")]
    [TestCase("beamprecoding drop --scenario ", "iid rayleigh-cell-free uma-nlos")]
    [TestCase("beamprecoding solve --channels dro", "drop.npz")]
    public async Task FishCompletes(string line, string expected)
    {
        await File.WriteAllTextAsync(PathOf("drop.npz"), "");
        Assert.That(await Shell("fish", ["--no-config", "-c", "beamprecoding completion fish | source; complete -C $argv[1]", line]), Is.EqualTo(expected));
    }

    /// <summary>The function as zsh calls it, with what it hands on printed.</summary>
    [TestCase("beamprecoding solve --precoder mrt,reduced-", "mrt,reduced-cg mrt,reduced-hamiltonian")]
    [TestCase("beamprecoding drop --scenario ", "iid rayleigh-cell-free uma-nlos")]
    [TestCase("beamprecoding solve --channels dro", "names of files")]
    public async Task ZshCompletes(string line, string expected) =>
        Assert.That(
            await Shell("zsh", ["-f", "-c",
                "compdef() { }; compadd() { echo $candidates }; _files() { echo names of files }; eval \"$(beamprecoding completion zsh)\"; words=(\"${(@s: :)1}\"); CURRENT=$#words PREFIX=$words[-1]; _beamprecoding", "zsh", line]),
            Is.EqualTo(expected));

    /// <summary>Runs a shell in the test's directory with the tool on its PATH; one line out.</summary>
    private async Task<string> Shell(string shell, string[] arguments, string? keys = null)
    {
        if (OperatingSystem.IsWindows() || !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, shell))))
        {
            Assert.Ignore($"{shell} is not installed");
            return shell;
        }

        string tool = PathOf("beamprecoding");
        await File.WriteAllTextAsync(tool, $"#!/bin/sh\nexec dotnet '{Cli.ToolPath}' \"$@\"\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo(shell, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetDirectoryName(tool) };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(tool)}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(keys is null ? "" : await File.ReadAllTextAsync(keys));
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.That(await error, Is.Empty);
        return (await output).ReplaceLineEndings(" ").Trim();
    }
}
