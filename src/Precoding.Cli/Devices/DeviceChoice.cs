using System.Globalization;
using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Cli.Devices;

/// <summary>--device, --precision and --threads: what they open.</summary>
internal static class DeviceChoice
{
    public const string Expected = "auto, cpu, reference, opencl, opencl:I, cuda or cuda:I";

    /// <summary>Opens the device; <paramref name="precision"/> null takes the device's own default.</summary>
    public static IDevice Open(string text, Precision? precision, int? threadCount)
    {
        (string kind, int ordinal) = Parse(text);
        if (threadCount is not null && kind is not ("auto" or "cpu"))
        {
            throw new UsageException($"--threads has no effect on --device {text}; it is for cpu.");
        }

        switch (kind)
        {
            case "auto" when threadCount is null && FirstGpu(CudaDevice.Search()) is { } cuda:
                return CudaDevice.Open(cuda, precision ?? Precision.Single);
            case "auto" when threadCount is null && FirstGpu(OpenClDevice.Search()) is { } openCl:
                return OpenClDevice.Open(openCl, precision ?? Precision.Single);
            case "auto" or "cpu":
                return SimdDevice.Open(0, precision ?? Precision.Single, threadCount);
            case "reference" when precision == Precision.Single:
                throw new UsageException("--device reference computes in double only; got --precision single. Leave --precision out, or choose --device cpu.");
            case "reference":
                return ReferenceDevice.Open();
            case "opencl":
                return OpenClDevice.Open(ordinal, precision ?? Precision.Single);
            default:
                return CudaDevice.Open(ordinal, precision ?? Precision.Single);
        }
    }

    /// <summary>The device line of human output.</summary>
    public static string Describe(IDevice device, string asked)
    {
        string why = asked == "auto" ? " (auto)" : string.Empty;
        string precision = device.Info.Kind == DeviceKind.Reference ? string.Empty : $", {device.Precision.ToString().ToLowerInvariant()} precision"; // the reference has one
        return $"{device.Info.Id}: {device.Info.Name}, {device.Info.Details}{precision}{why}";
    }

    private static int? FirstGpu(GpuSearch search) => search.Devices.FirstOrDefault(device => device.IsGpu && device.Obstacle is null)?.Info.Ordinal;

    private static (string Kind, int Ordinal) Parse(string text)
    {
        string[] parts = text.ToLowerInvariant().Split(':', 2);
        int ordinal = 0;
        bool known = parts.Length == 1
            ? parts[0] is "auto" or "cpu" or "reference" or "opencl" or "cuda"
            : parts[0] is "opencl" or "cuda" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ordinal);
        return known ? (parts[0], ordinal) : throw new UsageException($"--device is '{text}'; expected {Expected}, with I from 0.");
    }
}
