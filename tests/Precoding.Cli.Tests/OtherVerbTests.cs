using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Precoding.Cli.Devices;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

public sealed class OtherVerbTests : CliTest
{
    [Test]
    public async Task DemoShowsATableAndAPicture()
    {
        string picture = PathOf("demo.svg");
        CliResult result = await Cli.Run("demo", "--svg", picture);
        XElement svg = XElement.Parse(File.ReadAllText(picture));
        string[] texts = [.. svg.Descendants(svg.Name.Namespace + "text").Select(text => text.Value)];
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out.Split('\n'), Has.Length.LessThan(24), "three lines, one table, one picture, one next step");
            Assert.That(result.Out, Does.Contain($"picture   {picture}"));
            foreach (string name in AllPrecoders.Split(','))
            {
                Assert.That(Regex.Matches(result.Out, $@"^{name} ", RegexOptions.Multiline), Has.Count.EqualTo(1), name);
                Assert.That(texts, Does.Contain(name));
            }

            Assert.That(svg.Descendants(svg.Name.Namespace + "polyline").Count(), Is.EqualTo(PrecoderFamily.SingleAntenna.Count));
        });
    }

    /// <summary>What demo says to do next is pasted: it solves the drop that the table is of.</summary>
    [Test]
    [Platform("Linux,MacOsX", Reason = "commands are bash's")]
    public async Task DemoSaysWhatToDoNext()
    {
        await File.WriteAllTextAsync(PathOf("tool"), $"#!/bin/sh\nBEAMPRECODING_COMMAND=\"$0\" exec dotnet '{Cli.ToolPath}' \"$@\"\n");
        string demo = await Bash("chmod +x tool && ./tool demo --seed 5"), next = await Bash(demo.TrimEnd().Split('\n')[^1]);
        Assert.Multiple(() =>
        {
            Assert.That(PathOf("demo.svg"), Does.Exist);
            Assert.That(RateOf(next), Is.EqualTo(RateOf(demo)).And.Not.Null);
        });

        static string? RateOf(string text) => Regex.Match(text, @"^reduced-cg +([\d.]+) ", RegexOptions.Multiline) is { Success: true } row ? row.Groups[1].Value : null;
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "commands are bash's")]
    public async Task DemoWritesOverItsOwnPicturesOnly()
    {
        string tool = $"dotnet '{Cli.ToolPath}' demo";
        await Bash(tool);
        await Bash(tool);
        await File.WriteAllTextAsync(PathOf("demo.svg"), "<svg/>");
        string refused = await Bash($"{tool} 2>&1 || echo code $?");
        Assert.Multiple(() =>
        {
            Assert.That(refused, Does.Contain("not a picture of demo").And.EndWith("code 2\n"));
            Assert.That(File.ReadAllText(PathOf("demo.svg")), Is.EqualTo("<svg/>"));
        });
    }

    [Test]
    public async Task DropWritesWhatInspectReads()
    {
        string path = PathOf("drop.npz");
        CliResult drop = await Cli.Run("drop", "--users", "6", "--access-points", "3", "--antennas", "16", "--realizations", "2", "--seed", "9", "--out", path);
        CliResult inspect = await Cli.Run("inspect", path);
        Assert.Multiple(() =>
        {
            Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
            Assert.That(drop.Out, Does.Contain("[2, 6, 3, 16]").And.Contain("path loss, link, dB").And.Contain("reference"));
            Assert.That(inspect.ExitCode, Is.Zero, inspect.ToString());
            Assert.That(inspect.Out, Does.Contain("[realization 2, user 6, accessPoint 3, antenna 16]"));
            Assert.That(inspect.Out, Does.Contain("p50").And.Contain("singular values").And.Contain("support ratio").And.Contain("solve would assume"));
        });
    }

    [TestCase(".mat")]
    [TestCase(".csv")]
    public async Task EveryFormatHoldsTheSameDrop(string ending)
    {
        string[] sizes = ["drop", "--users", "4", "--access-points", "2", "--antennas", "6", "--realizations", "2", "--seed", "9"];
        string path = PathOf($"drop{ending}"), numpy = PathOf("drop.npz");
        CliResult drop = await Cli.Run([.. sizes, "--out", path]);
        await Cli.Run([.. sizes, "--out", numpy]);
        ChannelFileContent file = ChannelFile.Read(path), expected = ChannelFile.Read(numpy);
        CliResult inspect = await Cli.Run("inspect", path);
        Assert.Multiple(() =>
        {
            Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
            Assert.That(drop.Out.Contains("channels only", StringComparison.Ordinal), Is.EqualTo(ending == ".csv"));
            Assert.That(inspect.ExitCode, Is.Zero, inspect.ToString());
            Assert.That(inspect.Out, Does.Contain("[realization 2, user 4, accessPoint 2, antenna 6]").And.Contain("solve would assume"));
            Assert.That(
                ending == ".csv" ? [.. file.Channels.AsDouble().ToArray().Select(c => (ComplexF)c)] : file.Channels.AsSingle().ToArray(),
                Is.EqualTo(expected.Channels.AsSingle().ToArray()));
            Assert.That(file.MetaJson, Does.Contain("\"seed\":9").And.EqualTo(expected.MetaJson));
        });
    }

    [Test]
    public async Task ATableOfACellFreeDropSaysWhatItLacks()
    {
        CliResult drop = await Cli.Run("drop", "--scenario", "rayleigh-cell-free", "--antennas", "2", "--user-antennas", "2", "--out", PathOf("drop.csv"));
        Assert.Multiple(() =>
        {
            Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
            Assert.That(drop.Out, Does.Contain("no powers, weights, positions or serving sets").And.Not.Contain("are in the file"));
            Assert.That(ChannelFile.Read(PathOf("drop.csv")).Channels.Shape, Is.EqualTo(new ChannelShape(1, 8, 4, 2, 2)));
        });
    }

    [Test]
    public async Task DropDependsOnTheSeedOnly()
    {
        string[] files = [PathOf("a.npz"), PathOf("b.npz"), PathOf("c.npz"), PathOf("d.npz")];
        await Drop(files[0], "--seed", "1", "--threads", "1");
        await Drop(files[1], "--seed", "1", "--threads", "2");
        await Drop(files[2], "--seed", "2", "--threads", "2");
        await Drop(files[3], "--seed", "1", "--device", "opencl");
        byte[][] bytes = [.. files.Select(f => NumpyFile.ReadNpz(f)["H"].ToComplex().SelectMany(c => BitConverter.GetBytes(c.Real)).ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(bytes[1], Is.EqualTo(bytes[0]));
            Assert.That(bytes[2], Is.Not.EqualTo(bytes[0]));
            Assert.That(bytes[3], Is.EqualTo(bytes[0]));
        });

        static async Task Drop(string path, params string[] options)
        {
            CliResult result = await Cli.Run(["drop", "--users", "4", "--antennas", "8", .. options, "--out", path, "--quiet"]);
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Is.Empty);
        }
    }

    [Test]
    public async Task CellFreeDropsCarryPositionsAndServingSetsOfEveryRealization()
    {
        string path = PathOf("drop.npz");
        CliResult drop = await Cli.Run("drop", "--scenario", "rayleigh-cell-free", "--antennas", "8", "--realizations", "3", "--seed", "4", "--out", path);
        ChannelFileContent file = ChannelFile.Read(path);
        CliResult inspect = await Cli.Run("inspect", path);
        Assert.Multiple(() =>
        {
            Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
            Assert.That(drop.Out, Does.Contain("serving nearest:2: 2 of 4 access points per user"));
            Assert.That(file.Channels.Shape, Is.EqualTo(new ChannelShape(3, 8, 4, 8, 4)));
            Assert.That(file.Channels.Network.AccessPoints.Select(a => a.PowerBudgetWatts), Is.All.EqualTo(1));
            Assert.That(file.PowerWatts, Is.EqualTo(new double[] { 1, 1, 1, 1 }));
            Assert.That(file.NoiseWatts, Is.Null); // solve sets it
            Assert.That(file.AccessPointPositions!.GetLength(0), Is.EqualTo(3));
            Assert.That(file.UserPositions!.GetLength(0), Is.EqualTo(3));
            Assert.That(file.Serving!.RealizationCount, Is.EqualTo(3));
            Assert.That(inspect.ExitCode, Is.Zero, inspect.ToString());
            Assert.That(inspect.Out, Does.Contain("userAntenna 4").And.Contain("serving  file, 2 of 4 access points per user"));
            Assert.That(inspect.Out, Does.Contain("1 from each serving access point; ncjt-lsa, ncjt-lus: chosen, at most 4 per user").And.Contain("ncjt-rwmmse or cjt-wmmse"));
        });
        ServingMap expected = ServingMap.Nearest(file.AccessPointPositions!, file.UserPositions!, 2);
        Assert.That(
            Enumerable.Range(0, 3 * 4 * 8).All(i => file.Serving![i / 32, i / 8 % 4, i % 8] == expected[i / 32, i / 8 % 4, i % 8]));
    }

    [TestCase("all", 1, 4)]
    [TestCase("strongest:3", 2, 3)]
    [TestCase("nearest:1", 2, 1)]
    public async Task DropServesAsAsked(string serving, int realizations, int servers)
    {
        string path = PathOf("drop.npz");
        CliResult drop = await Cli.Run(
            "drop", "--scenario", "rayleigh-cell-free", "--antennas", "4", "--user-antennas", "2", "--realizations", "2", "--serving", serving, "--out", path, "--quiet");
        ServingMap map = ChannelFile.Read(path).Serving!;
        Assert.Multiple(() =>
        {
            Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
            Assert.That(map.RealizationCount, Is.EqualTo(realizations));
            Assert.That(Enumerable.Range(0, 8).Select(k => map.ServerCount(0, k)), Is.All.EqualTo(servers));
        });
    }

    [Test]
    public async Task ADropOfMoreRealizationsBeginsWithTheSame()
    {
        string[] files = [PathOf("few.npz"), PathOf("many.npz")];
        foreach (var (file, count) in files.Zip(["2", "5"]))
        {
            await Cli.Run("drop", "--scenario", "rayleigh-cell-free", "--antennas", "4", "--realizations", count, "--seed", "6", "--out", file, "--quiet");
        }

        ChannelFileContent few = ChannelFile.Read(files[0]), many = ChannelFile.Read(files[1]);
        Assert.Multiple(() =>
        {
            Assert.That(many.Channels.AsSingle()[..few.Channels.AsSingle().Length].SequenceEqual(few.Channels.AsSingle()));
            Assert.That(many.UserPositions!.Cast<Position>().Take(16), Is.EqualTo(few.UserPositions!.Cast<Position>()));
        });
    }

    [Test]
    public async Task InspectMeasuresGainsOfKnownChannels()
    {
        string path = PathOf("flat.npz"); // every entry 0.1: each link has ‖h‖²/M = 0.01, −20 dB
        NpzWriter.Write(path, archive => archive.Add<ComplexF>("H", [1, 2, 2, 4], [.. Enumerable.Repeat(new ComplexF(0.1f, 0), 16)]));
        CliResult result = await Cli.Run("inspect", path);
        Match link = Regex.Match(result.Out, @"link, ‖h‖²/M\s+(\S+)\s+(\S+)");
        Assert.Multiple(() =>
        {
            Assert.That(double.Parse(link.Groups[1].Value, CultureInfo.InvariantCulture), Is.EqualTo(-20));
            Assert.That(result.Out, Does.Contain("users cannot all be told apart")); // two equal users
        });
    }

    [Test]
    public async Task DoctorTriesDevicesAndNamesWhatIsMissing()
    {
        CliResult result = await Cli.RunProcess(["doctor"]), json = await Cli.RunProcess(["doctor", "--json"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Match("(?m)^ok +system ").And.Match("(?m)^ok +results ").And.Match("(?m)^(missing +CUDA|ok +CUDA +\\d+ devices?)"));
            Assert.That(result.Out, Does.Match("(?m)^reference +ok ").And.Match(@"(?m)^cpu( \(auto\))? +ok +\d\.\de-\d"));
            Assert.That(result.Out.TrimEnd(), Does.EndWith("next       beamprecoding demo"));
            Assert.That(json.ExitCode, Is.Zero, json.ToString());
            Assert.That((string)json.Json["next"]!, Is.EqualTo("beamprecoding demo"));
        });
        foreach (string id in (string[])["reference", "cpu"])
        {
            JsonNode device = json.Json["devices"]!.AsArray().Single(d => (string)d!["id"]! == id)!;
            Assert.That((string)device["status"]!, Is.EqualTo("ok"));
            Assert.That((double)device["trial"]!["relativeDifference"]!, Is.LessThanOrEqualTo((double)device["trial"]!["bound"]!));
        }
    }

    [Test]
    public async Task DoctorMayOnlyLook()
    {
        CliResult result = await Cli.Run("doctor", "--try", "none", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Json["devices"]!.AsArray().Select(d => d!["trial"]), Is.All.Null);
        });
    }

    /// <summary>An OpenCL driver that cannot launch what is asked of it.</summary>
    [Test]
    public async Task ADeviceThatFailsIsNamedAndCostsTheExitCode()
    {
        if (Gpu.OpenClDevice.Search().Devices is [] || !Gpu.OpenClDevice.Search().Devices[0].Info.Details.Contains("Portable Computing Language", StringComparison.Ordinal))
        {
            Assert.Ignore("PoCL is not installed");
        }

        CliResult result = await Cli.RunProcess(["doctor", "--try", "all"], ("POCL_MAX_WORK_GROUP_SIZE", "1"));
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(4), result.ToString());
            Assert.That(result.Out, Does.Match("(?m)^problem +results ").And.Match("(?m)^opencl:0 +problem ").And.Match("(?m)^opencl:0: .*CL_INVALID_WORK_GROUP_SIZE"));
        });
    }

    /// <summary>Single precision is wrong where double is promised, and a device that computes less is wrong anywhere.</summary>
    [Test]
    public void ADeviceThatComputesWronglyIsFoundOut()
    {
        DeviceInfo reference = Cpu.ReferenceDevice.Enumerate()[0], cpu = Cpu.SimdDevice.Enumerate()[0];
        DeviceTrial wrong = DeviceTrial.Of(reference, () => Cpu.SimdDevice.Open()), right = DeviceTrial.Of(cpu, () => Cpu.SimdDevice.Open());
        Assert.Multiple(() =>
        {
            Assert.That(wrong.Problem, Does.Contain("is off by").And.Contain("1e-10 is allowed"));
            Assert.That(right.Problem, Is.Null);
        });
    }

    [Test]
    public async Task BenchSetsIterationsBesideTheRateOfProducts()
    {
        CliResult result = await Cli.RunProcess(["bench", "--channels", SmallChannels(), "--iterations", "3"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Contain("GFLOP/s complex"));
            foreach (PrecoderEntry entry in PrecoderFamily.SingleAntenna)
            {
                Assert.That(result.Out, Does.Contain(entry.Name));
            }
        });
    }

    [Test]
    public async Task DoctorWithoutAnOpenClDriverSaysHowToGetOne()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("OCL_ICD_VENDORS hides drivers on Linux only");
        }

        string empty = Directory.CreateDirectory(PathOf("no drivers")).FullName;
        CliResult result = await Cli.RunProcess(["doctor"], ("OCL_ICD_VENDORS", empty));
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Match("(?m)^missing +OpenCL ").And.Contain("pocl-opencl-icd"));
            Assert.That(result.Out, Does.Not.Contain("opencl:0"));
        });
    }

    /// <summary>Runs a line in the test's directory; what it prints.</summary>
    private async Task<string> Bash(string line)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", line]) { WorkingDirectory = DirectoryPath, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, $"{line}\n{await output}\n{await error}");
        return await output;
    }
}
