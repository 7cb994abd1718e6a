using System.Globalization;
using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Cli.Devices;

/// <summary>--device, --precision and --threads: what they open.</summary>
internal static class DeviceChoice
{
    /// <summary>Every device of the machine, where several can work side by side.</summary>
    public const string All = "all";

    public const string Expected = "auto, cpu, reference, opencl, opencl:I, cuda or cuda:I";

    /// <summary>Throws where the text is no device's name.</summary>
    /// <param name="allowAll">Whether all may stand for every device of the machine.</param>
    public static void Check(string text, bool allowAll)
    {
        if (!(allowAll && text == All))
        {
            Parse(text);
        }
    }

    /// <summary>Devices to work side by side, each once; all: every CUDA device or, without any, every OpenCL GPU, and the processor.</summary>
    public static IReadOnlyList<IDevice> OpenSeveral(IReadOnlyList<string> texts, Precision? precision, int? threadCount)
    {
        var devices = new List<IDevice>();
        try
        {
            foreach (string text in texts.SelectMany(text => text == All ? Everything() : [text]))
            {
                IDevice device = Open(text, precision, Parse(text).Kind is "auto" or "cpu" ? threadCount : null);
                if (devices.Any(other => other.Info.Id == device.Info.Id))
                {
                    device.Dispose();
                }
                else
                {
                    devices.Add(device);
                }
            }

            return devices;
        }
        catch
        {
            devices.ForEach(device => device.Dispose());
            throw;
        }
    }

    /// <summary>What auto is.</summary>
    public static string Preferred(GpuSearch cuda, GpuSearch openCl) => FirstGpu(cuda)?.Info.Id ?? FirstGpu(openCl)?.Info.Id ?? "cpu";

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
            case "auto" when threadCount is null:
                return Open(Preferred(CudaDevice.Search(), OpenClDevice.Search()), precision, null);
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

    private static GpuDescription? FirstGpu(GpuSearch search) => Gpus(search).FirstOrDefault();

    private static IEnumerable<GpuDescription> Gpus(GpuSearch search) => search.Devices.Where(device => device.IsGpu && device.Obstacle is null);

    /// <summary>A GPU is there for CUDA and for OpenCL: one of them is enough.</summary>
    private static IEnumerable<string> Everything()
    {
        string[] cuda = [.. Gpus(CudaDevice.Search()).Select(device => device.Info.Id)];
        return [.. cuda.Length > 0 ? cuda : Gpus(OpenClDevice.Search()).Select(device => device.Info.Id), "cpu"];
    }

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
