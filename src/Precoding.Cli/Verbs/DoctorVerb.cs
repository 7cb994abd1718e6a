using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Cli.Verbs;

/// <summary>Which devices doctor lets solve something small.</summary>
internal enum TriedDevices
{
    /// <summary>All but OpenCL on a processor, which compiles for a while at first.</summary>
    Fast,
    All,
    None,
}

/// <summary>doctor: what there is, whether it computes what it must, what is missing and how to get it.</summary>
internal static class DoctorVerb
{
    private const string Ok = "ok", Missing = "missing", Problem = "problem", NotTried = "not tried";

    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var tried = new Option<string>("--try")
        {
            Description = "Devices that solve something small, beside the reference: fast, all but OpenCL on a processor, which compiles for a while at first; all; none.", HelpName = "which", DefaultValueFactory = _ => "fast",
        };
        var command = new Command("doctor", "Lists devices, tries them, and says what is missing for others and how to get it. Exit code 4: a device computes wrongly or not at all.") { tried, json };
        command.SetAction(parsed => Run(terminal, OptionValues.Choice<TriedDevices>("--try", parsed.GetValue(tried)!), parsed.GetValue(json)));
        Examples.AddTo(command, "beamprecoding doctor", "beamprecoding doctor --try all", "beamprecoding doctor --try none --json");
        return command;
    }

    private static int Run(Terminal terminal, TriedDevices tried, bool json)
    {
        GpuSearch openCl = OpenClDevice.Search(), cuda = CudaDevice.Search();
        Found[] devices =
        [
            .. ReferenceDevice.Enumerate().Concat(SimdDevice.Enumerate()).Select(info => Look(info, obstacle: null, tried != TriedDevices.None)),
            .. openCl.Devices.Concat(cuda.Devices).Select(gpu => Look(gpu.Info, gpu.Obstacle, tried == TriedDevices.All || (tried == TriedDevices.Fast && gpu.IsGpu))),
        ];
        string preferred = DeviceChoice.Preferred(cuda, openCl);
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string system = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {architecture}, {Environment.ProcessorCount} processors";
        Check[] checks = [new(Ok, "system", system, null), OfKind("CUDA", cuda), OfKind("OpenCL", openCl), OfTrials(devices)];
        string next = $"{ToolVersion.Command} {Next(devices, preferred)}";
        int exitCode = devices.Any(device => device.Status == Problem) ? ExitCode.Device : ExitCode.Done;
        if (json)
        {
            terminal.Out.WriteLine(ResultJson.ToText(new JsonObject
            {
                ["tool"] = ToolVersion.Name,
                ["version"] = ToolVersion.Version,
                ["system"] = system,
                ["checks"] = new JsonArray([.. checks.Select(c => new JsonObject { ["status"] = c.Status, ["check"] = c.Name, ["finding"] = c.Finding, ["remedy"] = c.Remedy })]),
                ["defaultDevice"] = preferred,
                ["devices"] = new JsonArray([.. devices.Select(ToJson)]),
                ["missing"] = new JsonArray([.. new[] { ("OpenCL", openCl), ("CUDA", cuda) }.Where(m => m.Item2.Problem is not null).Select(m => new JsonObject
                {
                    ["kind"] = m.Item1, ["problem"] = m.Item2.Problem, ["remedy"] = m.Item2.Remedy,
                })]),
                ["next"] = next,
            }));
            return exitCode;
        }

        terminal.Out.WriteLine($"{ToolVersion.Name} {ToolVersion.Version}");
        terminal.Out.WriteLine();
        foreach (Check check in checks)
        {
            terminal.Out.WriteLine($"{check.Status,-9}  {check.Name,-7}  {check.Finding}");
            if (check.Remedy is not null)
            {
                terminal.Out.WriteLine($"{"",18}  {check.Remedy}.");
            }
        }

        terminal.Out.WriteLine();
        var table = new TextTable(("device", "", false), ("", "", false), ("off by", "relative", true), ("seconds", "at first", true), ("name and details", "", false));
        foreach (Found device in devices)
        {
            table.Add(
                device.Info.Id + (device.Info.Id == preferred ? " (auto)" : ""), device.Status, device.Trial?.Difference is { } difference ? Format.Number(difference, "0.0e+0") : "-",
                device.Trial is { } trial ? Format.Seconds(trial.Seconds) : "-", $"{device.Info.Name}, {device.Info.Details}");
        }

        table.Write(terminal.Out);
        foreach (Found device in devices.Where(device => device.Reason is not null))
        {
            terminal.Out.WriteLine($"{device.Info.Id}: {device.Reason}.");
        }

        terminal.Out.WriteLine();
        terminal.Out.WriteLine($"next       {next}");
        return exitCode;
    }

    private static Found Look(DeviceInfo info, string? obstacle, bool tries)
    {
        DeviceTrial? trial = tries && obstacle is null ? DeviceTrial.Of(info) : null;
        string status = obstacle is not null ? Missing : trial is null ? NotTried : trial.Problem is null ? Ok : Problem;
        return new Found(info, status, obstacle ?? trial?.Problem, trial);
    }

    private static Check OfKind(string name, GpuSearch search)
    {
        int count = search.Devices.Count, gpus = search.Devices.Count(device => device.IsGpu);
        string there = $"{count} {(count == 1 ? "device" : "devices")}, {(gpus == 0 ? "no GPU" : gpus == count ? "GPU" : $"{gpus} of them GPUs")}";
        return search.Problem is null
            ? new Check(count > 0 ? Ok : Missing, name, there, null)
            : new Check(count > 0 ? Problem : Missing, name, count > 0 ? $"{there}; {search.Problem}" : search.Problem, search.Remedy);
    }

    private static Check OfTrials(Found[] devices)
    {
        int tried = devices.Count(device => device.Trial is not null), right = devices.Count(device => device.Status == Ok);
        return tried == 0
            ? new Check(NotTried, "results", "no device solved anything", "doctor without --try none lets them")
            : new Check(right == tried ? Ok : Problem, "results", $"{right} of {tried} devices tried solve a small problem as the equations say", right == tried ? null : "Leave the device out by --device, update its driver, and report what is below");
    }

    /// <summary>The words after the tool's name.</summary>
    private static string Next(Found[] devices, string preferred) =>
        devices.All(device => device.Trial is null) ? "doctor"
        : devices.Single(device => device.Info.Id == preferred).Status == Ok ? "demo"
        : $"demo --device {devices.LastOrDefault(device => device.Status == Ok)?.Info.Id ?? "reference"}";

    private static JsonObject ToJson(Found device) => new()
    {
        ["id"] = device.Info.Id,
        ["name"] = device.Info.Name,
        ["details"] = device.Info.Details,
        ["memoryBytes"] = device.Info.MemoryBytes,
        ["solves"] = device.Status is Ok or NotTried,
        ["obstacle"] = device.Reason,
        ["status"] = device.Status,
        ["trial"] = device.Trial is not { } trial ? null : new JsonObject { ["relativeDifference"] = trial.Difference, ["bound"] = trial.Bound, ["seconds"] = trial.Seconds },
    };

    /// <param name="Reason">Why it cannot solve, or what came out wrong.</param>
    private sealed record Found(DeviceInfo Info, string Status, string? Reason, DeviceTrial? Trial);

    private sealed record Check(string Status, string Name, string Finding, string? Remedy);
}
