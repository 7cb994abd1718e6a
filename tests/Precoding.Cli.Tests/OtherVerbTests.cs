using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

public sealed class OtherVerbTests : CliTest
{
    [Test]
    public async Task DemoShowsATableAndAPicture()
    {
        string picture = PathOf("demo.svg");
        CliResult result = await Cli.Run("demo", "--svg", picture);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            foreach (string name in AllPrecoders.Split(','))
            {
                Assert.That(Regex.Matches(result.Out, $@"\b{name}\b"), Has.Count.GreaterThanOrEqualTo(2), name); // table and legend
            }

            Assert.That(result.Out, Does.Contain("sum rate, bit/s/Hz"));
            XElement svg = XElement.Parse(File.ReadAllText(picture));
            Assert.That(svg.Descendants(svg.Name.Namespace + "polyline").Count(), Is.EqualTo(PrecoderCatalog.Entries.Count));
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

    [Test]
    public async Task DropDependsOnTheSeedOnly()
    {
        string[] files = [PathOf("a.npz"), PathOf("b.npz"), PathOf("c.npz")];
        await Drop("1", "1", files[0]);
        await Drop("1", "2", files[1]);
        await Drop("2", "2", files[2]);
        byte[][] bytes = [.. files.Select(f => NumpyFile.ReadNpz(f)["H"].ToComplex().SelectMany(c => BitConverter.GetBytes(c.Real)).ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(bytes[1], Is.EqualTo(bytes[0]));
            Assert.That(bytes[2], Is.Not.EqualTo(bytes[0]));
        });

        static async Task Drop(string seed, string threads, string path)
        {
            CliResult result = await Cli.Run("drop", "--users", "4", "--antennas", "8", "--seed", seed, "--threads", threads, "--out", path, "--quiet");
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Is.Empty);
        }
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
    public async Task DoctorListsDevicesAndNamesWhatIsMissing()
    {
        CliResult result = await Cli.RunProcess(["doctor"]), json = await Cli.RunProcess(["doctor", "--json"]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Contain("reference").And.Contain("cpu"));
            Assert.That(result.Out, Does.Contain("CUDA").Or.Contain("cuda:0"));
            Assert.That(json.Json["devices"]!.AsArray().Select(d => (string)d!["id"]!), Does.Contain("cpu").And.Contain("reference"));
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
            foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
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
            Assert.That(result.Out, Does.Contain("OpenCL: ").And.Contain("pocl-opencl-icd"));
            Assert.That(result.Out, Does.Not.Contain("opencl:0"));
        });
    }
}
