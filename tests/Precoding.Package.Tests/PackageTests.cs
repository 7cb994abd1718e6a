using System.IO.Compression;
using System.Xml.Linq;
using NUnit.Framework;

namespace Precoding.Package.Tests;

/// <summary>What is in the packages.</summary>
public sealed class PackageTests
{
    [TestCase("Abstractions", 0)]
    [TestCase("Cpu", 2)]
    [TestCase("Gpu", 1)]
    [TestCase("Simulation", 4)]
    [TestCase("Tool", 0)]
    public void HoldsWhatItShould(string name, int dependencyCount)
    {
        using ZipArchive package = Open(name, "nupkg"), symbols = Open(name, "snupkg");
        XElement metadata = XDocument.Load(package.GetEntry($"BeamPrecoding.{name}.nuspec")!.Open()).Root!.Elements().Single();
        string Value(string element) => metadata.Elements().Single(e => e.Name.LocalName == element).Value;
        string[] files = [.. package.Entries.Where(e => e.Length > 0).Select(e => e.FullName)];
        XElement[] dependencies = [.. metadata.Descendants().Where(e => e.Name.LocalName == "dependency")];
        XElement repository = metadata.Elements().Single(e => e.Name.LocalName == "repository");
        Assert.Multiple(() =>
        {
            Assert.That(Value("version"), Is.EqualTo(Workshop.Version));
            Assert.That(Value("license"), Is.EqualTo("Apache-2.0"));
            Assert.That(Value("description"), Does.Contain("BeamPrecoding").Or.Contain("recoders"));
            Assert.That(repository.Attribute("url"), Is.Null, "there is no address to give");
            Assert.That((string?)repository.Attribute("commit"), Does.Match("^[0-9a-f]{40}$"));
            Assert.That(files, Is.SupersetOf(new[] { "README.md", "LICENSE" }));
            Assert.That(files, Has.Some.EndsWith(".xml"));
            Assert.That(symbols.Entries.Select(e => e.Name), Has.Some.EndsWith(".pdb"));
            Assert.That(dependencies, Has.Length.EqualTo(dependencyCount));
            foreach (XElement dependency in dependencies.Where(d => ((string)d.Attribute("id")!).StartsWith("BeamPrecoding.", StringComparison.Ordinal)))
            {
                Assert.That((string?)dependency.Attribute("version"), Is.EqualTo($"[{Workshop.Version}]"), "they share internals");
            }
        });
    }

    [Test]
    public void NoticesNameEveryAssemblyOfOthers()
    {
        using ZipArchive tool = Open("Tool", "nupkg"), simulation = Open("Simulation", "nupkg");
        string notices = Read(tool, "tools/net10.0/any/THIRD-PARTY-NOTICES.txt");
        string[] carried = [.. tool.Entries.Select(e => e.Name).Where(n => Path.GetExtension(n) is ".dll" or ".so" or ".dylib" or ".a" && !n.StartsWith("Precoding.", StringComparison.Ordinal) && n != "beamprecoding.dll").Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(carried, Has.Length.GreaterThan(5));
            Assert.That(carried.Where(name => !notices.Contains(name, StringComparison.Ordinal)), Is.Empty);
            Assert.That(Read(tool, "tools/net10.0/any/echarts.licences.txt"), Does.StartWith("Apache ECharts"));
            Assert.That(Read(simulation, "THIRD-PARTY-NOTICES.txt"), Does.StartWith("Apache ECharts"));
        });
    }

    [Test]
    public async Task PackedTwiceIsTheSameBytes()
    {
        await Task.Delay(TimeSpan.FromSeconds(2)); // the resolution of a clock in a zip file
        await Workshop.Pack("Gpu", Workshop.At("again"));
        string name = $"BeamPrecoding.Gpu.{Workshop.Version}.nupkg";
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(Workshop.At("again"), name)), Is.EqualTo(await File.ReadAllBytesAsync(Path.Combine(Workshop.Feed, name))));
    }

    private static ZipArchive Open(string name, string extension) => ZipFile.OpenRead(Path.Combine(Workshop.Feed, $"BeamPrecoding.{name}.{Workshop.Version}.{extension}"));

    private static string Read(ZipArchive archive, string entry)
    {
        using var reader = new StreamReader(archive.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }
}
