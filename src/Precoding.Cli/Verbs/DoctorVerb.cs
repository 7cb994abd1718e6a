using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Precoding.Cli.Output;
using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Cli.Verbs;

/// <summary>doctor: devices, and what is missing for the others.</summary>
internal static class DoctorVerb
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("doctor", "Lists devices, and says what is missing for the others and how to get it.") { json };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(json)));
        Examples.AddTo(command, "beamprecoding doctor");
        return command;
    }

    private static int Run(Terminal terminal, bool json)
    {
        GpuSearch openCl = OpenClDevice.Search(), cuda = CudaDevice.Search();
        (DeviceInfo Info, string? Obstacle)[] devices =
        [
            .. ReferenceDevice.Enumerate().Concat(SimdDevice.Enumerate()).Select(d => (d, (string?)null)),
            .. openCl.Devices.Concat(cuda.Devices).Select(d => (d.Info, d.Obstacle)),
        ];
        (string Kind, GpuSearch Search)[] missing = [.. new[] { ("OpenCL", openCl), ("CUDA", cuda) }.Where(m => m.Item2.Problem is not null)];
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string system = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {architecture}, {Environment.ProcessorCount} processors";
        if (json)
        {
            terminal.Out.WriteLine(ResultJson.ToText(new JsonObject
            {
                ["tool"] = ToolVersion.Name,
                ["version"] = ToolVersion.Version,
                ["system"] = system,
                ["devices"] = new JsonArray([.. devices.Select(d => new JsonObject
                {
                    ["id"] = d.Info.Id, ["name"] = d.Info.Name, ["details"] = d.Info.Details, ["memoryBytes"] = d.Info.MemoryBytes, ["solves"] = d.Obstacle is null, ["obstacle"] = d.Obstacle,
                })]),
                ["missing"] = new JsonArray([.. missing.Select(m => new JsonObject { ["kind"] = m.Kind, ["problem"] = m.Search.Problem, ["remedy"] = m.Search.Remedy })]),
            }));
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"{ToolVersion.Name} {ToolVersion.Version} on {system}");
        terminal.Out.WriteLine();
        var table = new TextTable(("device", "", false), ("name", "", false), ("details", "", false));
        foreach (var (info, obstacle) in devices)
        {
            table.Add(info.Id, info.Name, obstacle is null ? info.Details : $"{info.Details}; cannot solve yet, see below");
        }

        table.Write(terminal.Out);
        foreach (var (info, obstacle) in devices.Where(device => device.Obstacle is not null))
        {
            terminal.Out.WriteLine($"  {info.Id}: {obstacle}.");
        }

        if (missing.Length > 0)
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine("missing");
            foreach (var (kind, search) in missing)
            {
                terminal.Out.WriteLine($"  {kind}: {search.Problem}. {search.Remedy}.");
            }
        }

        return ExitCode.Done;
    }
}
