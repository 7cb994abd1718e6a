using System.Globalization;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Precoding.Package.Tests;

/// <summary>The packages as a stranger uses them: installed from a feed, outside the repository.</summary>
public sealed class UseTests
{
    private static readonly string[] Solve = ["solve", "--channels", "drop.npz", "--normalize", "mean", "--snr-db", "20", "--precoder", "reduced-cg", "--json", "--device"];

    private string tool = string.Empty;

    [OneTimeSetUp]
    public async Task InstallTheTool()
    {
        await Workshop.Run("dotnet", "tool", "install", "BeamPrecoding.Tool", "--tool-path", Workshop.At("tools"), "--version", Workshop.Version, "--configfile", Workshop.ConfigFile);
        tool = Workshop.At(OperatingSystem.IsWindows() ? "tools/beamprecoding.exe" : "tools/beamprecoding");
        await Workshop.Run(tool, "drop", "--users", "6", "--antennas", "16", "--seed", "3", "--out", "drop.npz");
    }

    [Test]
    public async Task ToolRuns()
    {
        string help = await Workshop.Run(tool, "--help"), doctor = await Workshop.Run(tool, "doctor"), demo = await Workshop.Run(tool, "demo", "--device", "cpu");
        Assert.Multiple(() =>
        {
            Assert.That(help, Does.Contain("Examples:\n  beamprecoding demo"));
            Assert.That(doctor, Does.Contain("cpu"));
            Assert.That(demo, Does.Contain("reduced-cg").And.Contain("wmmse"));
        });
    }

    [Test]
    public async Task ProgramSolvesAsTheToolDoes()
    {
        Directory.CreateDirectory(Workshop.At("stranger"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Stranger", "Program.cs"), Workshop.At("stranger/Program.cs"));
        await File.WriteAllTextAsync(Workshop.At("stranger/stranger.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="BeamPrecoding.Gpu" Version="[VERSION]" />
                <PackageReference Include="BeamPrecoding.Simulation" Version="[VERSION]" />
              </ItemGroup>
            </Project>
            """.Replace("VERSION", Workshop.Version, StringComparison.Ordinal));
        await Workshop.Run("dotnet", "build", "stranger", "-c", "Release", "-o", Workshop.At("built"), "--nologo", "-tl:off", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        string[] lines = (await Workshop.Run("dotnet", Workshop.At("built/stranger.dll"), "drop.npz")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines.Select(line => line.Split(' ')[0]), Does.Contain("cpu"));
        foreach (string[] parts in lines.Select(line => line.Split(' ')))
        {
            JsonNode json = JsonNode.Parse(await Workshop.Run(tool, [.. Solve, parts[0]]))!;
            Assert.That(double.Parse(parts[1], CultureInfo.InvariantCulture), Is.EqualTo((double)json["precoders"]![0]!["realizations"]![0]!["sumRateBitPerSecondPerHertz"]!), parts[0]);
        }
    }

    /// <summary>eng/archive, unpacked and run without .NET in sight.</summary>
    [Test]
    public async Task ArchiveRunsWithoutDotnet()
    {
        if (!OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64)
        {
            Assert.Ignore("the archive that is tested is that for linux-x64");
        }

        await Workshop.Run([("NUGET_PACKAGES", null)], Path.Combine(Workshop.Root, "eng/archive"), "linux-x64", Workshop.At("archives"));
        string archive = Directory.GetFiles(Workshop.At("archives")).Single();
        await Workshop.Run("tar", "-xzf", archive);
        string directory = Workshop.At(Path.GetFileName(archive)[..^".tar.gz".Length]), own = Path.Combine(directory, "beamprecoding");
        Task<string> Bare(params string[] arguments) => Workshop.Run("env", ["-i", own, .. arguments]);
        JsonNode RateOf(string json) => JsonNode.Parse(json)!["precoders"]![0]!["realizations"]![0]!["sumRateBitPerSecondPerHertz"]!;
        string version = await Bare("--version"), doctor = await Bare("doctor"), rate = await Bare([.. Solve, "cpu"]);
        Assert.Multiple(async () =>
        {
            Assert.That(Path.GetFileName(archive), Is.EqualTo($"beamprecoding-{version.Trim()}-linux-x64.tar.gz"));
            Assert.That(doctor, Does.Contain("cpu"));
            Assert.That((double)RateOf(rate), Is.EqualTo((double)RateOf(await Workshop.Run(tool, [.. Solve, "cpu"]))), "what is compiled ahead computes the same bits");
            foreach (string file in (string[])["LICENSE", "THIRD-PARTY-NOTICES.txt", "echarts.licences.txt", "dotnet-THIRD-PARTY-NOTICES.txt"])
            {
                Assert.That(new FileInfo(Path.Combine(directory, file)), Has.Length.GreaterThan(1000), file);
            }
        });
    }
}
