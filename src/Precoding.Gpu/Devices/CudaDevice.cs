using System.Text;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Interop;
using Precoding.Gpu.Interop.Cuda;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu;

/// <summary>NVIDIA devices through the CUDA driver.</summary>
public static class CudaDevice
{
    private const int NameLength = 256; // cuDeviceGetName cuts longer names

    public static IReadOnlyList<DeviceInfo> Enumerate() => [.. Search().Devices.Select(d => d.Info)];

    /// <summary>Never throws for what is missing: the result says what and how to get it.</summary>
    public static GpuSearch Search() => Search(CudaNative.Library, CudaNative.FileNames);

    /// <param name="ordinal">Number among the CUDA devices.</param>
    /// <param name="precision">Arithmetic of its engines.</param>
    /// <param name="memoryBudgetBytes">Device memory a solver may take; null for 80 % of what is free.</param>
    /// <param name="accuracy">How products of the iterations are computed in single precision.</param>
    /// <exception cref="DeviceException">No such device, no NVRTC to compile its kernels, or no tensor cores that compute as <paramref name="accuracy"/> promises.</exception>
    public static IDevice Open(int ordinal = 0, Precision precision = Precision.Single, long? memoryBudgetBytes = null, ProductAccuracy accuracy = ProductAccuracy.Full)
    {
        GpuDescription description = Search().Require("cuda", ordinal);
        NativeCheck.ThrowIfFailed(CudaNative.cuDeviceGet(out int handle, ordinal), description.Info);
        var backend = new CudaBackend(handle, description);
        var device = new GpuDevice(description, backend, precision, LaunchShapes.For(description), ProgramCache.Default, memoryBudgetBytes, accuracy);
        if (accuracy == ProductAccuracy.SplitTensorFloat)
        {
            try
            {
                RequireSplitProducts(device, backend);
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }

        return device;
    }

    private static void RequireSplitProducts(GpuDevice device, CudaBackend backend)
    {
        if (backend.ComputeCapability < 80)
        {
            throw new DeviceException($"Device {device.Info.Id} ({device.Info.Name}) has compute capability {backend.ComputeCapability / 10.0:F1}, products on tensor cores need 8.0. Open it with ProductAccuracy.Full.");
        }

        using var engine = (GpuEngine)device.CreateEngine(Precision.Single);
        const double tolerance = 1e-5; // 2^-20 a product, with room
        double error = engine.SplitProductError(100, 70, 256);
        if (!(error < tolerance))
        {
            throw new DeviceException($"Device {device.Info.Id} ({device.Info.Name}): products on tensor cores are off by {error:g2}, expected at most {tolerance:g2}. Open it with ProductAccuracy.Full, and report this.");
        }
    }

    internal static GpuSearch Search(string library, IReadOnlyList<string> fileNames)
    {
        if (!NativeLibraryResolver.TryLoad(library, fileNames))
        {
            return new GpuSearch(
                [], $"the CUDA driver library ({fileNames[0]}) is not installed", "On a machine with an NVIDIA GPU, install NVIDIA's driver; no CUDA toolkit is needed to list devices");
        }

        CuResult result = CudaNative.cuInit(0);
        if (result == CuResult.CUDA_ERROR_NO_DEVICE)
        {
            return new GpuSearch([], "the CUDA driver is installed, but it sees no device", "Check nvidia-smi and CUDA_VISIBLE_DEVICES");
        }

        int count = 0, driver = 0;
        string call = "cuInit";
        if (result == CuResult.CUDA_SUCCESS)
        {
            (result, call) = (CudaNative.cuDriverGetVersion(out driver), "cuDriverGetVersion");
        }

        if (result == CuResult.CUDA_SUCCESS)
        {
            (result, call) = (CudaNative.cuDeviceGetCount(out count), "cuDeviceGetCount");
        }

        if (result != CuResult.CUDA_SUCCESS)
        {
            return new GpuSearch([], $"{call} failed with {Describe(result)}", "Check the driver with nvidia-smi");
        }

        var devices = new List<GpuDescription>();
        var problems = new List<string>();
        for (int ordinal = 0; ordinal < count; ordinal++)
        {
            result = DescribeDevice(ordinal, driver, out GpuDescription? description);
            if (description is not null)
            {
                devices.Add(description);
            }
            else
            {
                problems.Add($"device {ordinal} cannot be described: {Describe(result)}");
            }
        }

        return problems.Count == 0
            ? new GpuSearch(devices, count == 0 ? "the CUDA driver counts no device" : null, count == 0 ? "Check nvidia-smi and CUDA_VISIBLE_DEVICES" : null)
            : new GpuSearch(devices, string.Join("; ", problems), "Check the driver with nvidia-smi");
    }

    private static CuResult DescribeDevice(int ordinal, int driver, out GpuDescription? description)
    {
        description = null;
        var name = new byte[NameLength];
        nuint bytes = 0;
        int units = 0, major = 0, minor = 0;
        CuResult result = CudaNative.cuDeviceGet(out int device, ordinal);
        foreach (Func<CuResult> query in (Func<CuResult>[])
            [
                () => CudaNative.cuDeviceGetName(name, name.Length, device),
                () => CudaNative.cuDeviceTotalMem_v2(out bytes, device),
                () => CudaNative.cuDeviceGetAttribute(out units, CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
                () => CudaNative.cuDeviceGetAttribute(out major, CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device),
                () => CudaNative.cuDeviceGetAttribute(out minor, CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
            ])
        {
            result = result == CuResult.CUDA_SUCCESS ? query() : result;
        }

        if (result == CuResult.CUDA_SUCCESS)
        {
            string details = FormattableString.Invariant(
                $"GPU, {units} multiprocessors, {bytes / (double)(1 << 30):F1} GiB, compute capability {major}.{minor}, driver for CUDA {driver / 1000}.{driver % 1000 / 10}");
            int end = Array.IndexOf(name, (byte)0);
            var info = new DeviceInfo(DeviceKind.Cuda, ordinal, Encoding.UTF8.GetString(name, 0, end < 0 ? name.Length : end), details, (long)bytes);
            description = new GpuDescription(info, IsGpu: true, units, HasDoublePrecision: true, Nvrtc.Obstacle);
        }

        return result;
    }

    private static string Describe(CuResult result) => $"{result} ({(int)result})";
}
