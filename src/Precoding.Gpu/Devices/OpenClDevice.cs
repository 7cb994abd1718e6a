using System.Runtime.InteropServices;
using System.Text;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Interop;
using Precoding.Gpu.Interop.OpenCl;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu;

/// <summary>OpenCL devices of every installed platform.</summary>
public static class OpenClDevice
{
    private const string DriverRemedy =
        "Install the OpenCL driver of the device's maker, or PoCL to compute on the processor (Debian and Ubuntu: apt-get install ocl-icd-libopencl1 pocl-opencl-icd)";

    public static IReadOnlyList<DeviceInfo> Enumerate() => [.. Search().Devices.Select(d => d.Info)];

    /// <summary>Never throws for what is missing: the result says what and how to get it.</summary>
    public static GpuSearch Search() => Search(OpenClNative.Library, OpenClNative.FileNames, []);

    /// <param name="ordinal">Number among the OpenCL devices.</param>
    /// <param name="precision">Arithmetic of its engines.</param>
    /// <param name="memoryBudgetBytes">Device memory a solver may take; null for 80 % of what is free.</param>
    /// <exception cref="DeviceException">No such device, or one without double precision, in which control and sums are kept.</exception>
    public static IDevice Open(int ordinal = 0, Precision precision = Precision.Single, long? memoryBudgetBytes = null)
    {
        var handles = new List<nint>();
        GpuDescription description = Search(OpenClNative.Library, OpenClNative.FileNames, handles).Require("opencl", ordinal);
        // PoCL keeps compiled kernels itself, and to hand out a program's binary it would first compile every kernel for every group size
        ProgramCache? cache = description.Info.Details.Contains("Portable Computing Language", StringComparison.Ordinal) ? null : ProgramCache.Default;
        return new GpuDevice(description, new OpenClBackend(handles[ordinal], description), precision, LaunchShapes.For(description), cache, memoryBudgetBytes);
    }

    /// <param name="library">Name under which it is remembered.</param>
    /// <param name="fileNames">Names to try.</param>
    /// <param name="handles">Filled with the drivers' handles of the devices.</param>
    internal static GpuSearch Search(string library, IReadOnlyList<string> fileNames, List<nint> handles)
    {
        if (!NativeLibraryResolver.TryLoad(library, fileNames))
        {
            return new GpuSearch([], $"the OpenCL loader ({fileNames[0]}) is not installed", DriverRemedy);
        }

        ClStatus status = OpenClNative.clGetPlatformIDs(0, null, out uint platformCount);
        if (status == ClStatus.CL_PLATFORM_NOT_FOUND_KHR || (status == ClStatus.CL_SUCCESS && platformCount == 0))
        {
            return new GpuSearch([], "the OpenCL loader is installed, but no driver (ICD) is", DriverRemedy);
        }

        var platforms = new nint[platformCount];
        if (status == ClStatus.CL_SUCCESS)
        {
            status = OpenClNative.clGetPlatformIDs(platformCount, platforms, out _);
        }

        if (status != ClStatus.CL_SUCCESS)
        {
            return new GpuSearch([], $"clGetPlatformIDs failed with {Describe(status)}", DriverRemedy);
        }

        var devices = new List<GpuDescription>();
        var problems = new List<string>();
        foreach (nint platform in platforms)
        {
            AddDevices(platform, devices, handles, problems);
        }

        return new GpuSearch(
            devices,
            problems.Count == 0 ? null : string.Join("; ", problems),
            problems.Count == 0 ? null : "With PoCL, set POCL_CACHE_DIR to a writable directory; otherwise check the driver with clinfo");
    }

    private static void AddDevices(nint platform, List<GpuDescription> devices, List<nint> handles, List<string> problems)
    {
        string platformName = Text((size, value, out needed) => OpenClNative.clGetPlatformInfo(platform, ClPlatformInfo.CL_PLATFORM_NAME, size, value, out needed));
        ClStatus status = OpenClNative.clGetDeviceIDs(platform, ClDeviceType.CL_DEVICE_TYPE_ALL, 0, null, out uint count);
        var ids = new nint[status == ClStatus.CL_SUCCESS ? count : 0];
        if (status == ClStatus.CL_SUCCESS && count > 0)
        {
            status = OpenClNative.clGetDeviceIDs(platform, ClDeviceType.CL_DEVICE_TYPE_ALL, count, ids, out _);
        }

        if (status != ClStatus.CL_SUCCESS)
        {
            problems.Add($"platform '{platformName}': clGetDeviceIDs failed with {Describe(status)}");
            return;
        }

        foreach (nint id in ids)
        {
            devices.Add(DescribeDevice(id, devices.Count, platformName));
            handles.Add(id);
        }
    }

    private static GpuDescription DescribeDevice(nint device, int ordinal, string platformName)
    {
        var type = (ClDeviceType)Number<ulong>(device, ClDeviceInfo.CL_DEVICE_TYPE);
        int units = (int)Number<uint>(device, ClDeviceInfo.CL_DEVICE_MAX_COMPUTE_UNITS);
        long memory = (long)Number<ulong>(device, ClDeviceInfo.CL_DEVICE_GLOBAL_MEM_SIZE);
        bool hasDouble = Number<ulong>(device, ClDeviceInfo.CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
        bool isGpu = type.HasFlag(ClDeviceType.CL_DEVICE_TYPE_GPU);
        string version = string.Join(' ', DeviceText(device, ClDeviceInfo.CL_DEVICE_VERSION).Split(' ').Take(2)); // makers append their own text
        string details = FormattableString.Invariant(
            $"{(isGpu ? "GPU" : type.HasFlag(ClDeviceType.CL_DEVICE_TYPE_CPU) ? "processor" : "accelerator")}, {units} compute units, {memory / (double)(1 << 30):F1} GiB, ") +
            $"{(hasDouble ? "double precision" : "no double precision")}, {version}, platform {platformName}, driver {DeviceText(device, ClDeviceInfo.CL_DRIVER_VERSION)}";
        return new GpuDescription(
            new DeviceInfo(DeviceKind.OpenCl, ordinal, DeviceText(device, ClDeviceInfo.CL_DEVICE_NAME), details, memory), isGpu, units, hasDouble,
            hasDouble ? null : "it has no double precision, which objectives, powers and sums need: choose another device");
    }

    /// <summary>A number of the device, 0 when the driver does not tell.</summary>
    private static T Number<T>(nint device, ClDeviceInfo parameter)
        where T : unmanaged
    {
        var value = new byte[Marshal.SizeOf<T>()];
        ClStatus status = OpenClNative.clGetDeviceInfo(device, parameter, (nuint)value.Length, value, out _);
        return status == ClStatus.CL_SUCCESS ? MemoryMarshal.Read<T>(value) : default;
    }

    private static string DeviceText(nint device, ClDeviceInfo parameter) =>
        Text((size, value, out needed) => OpenClNative.clGetDeviceInfo(device, parameter, size, value, out needed));

    private static string Text(Query query)
    {
        if (query(0, null, out nuint needed) != ClStatus.CL_SUCCESS)
        {
            return "unknown";
        }

        var value = new byte[needed];
        return query(needed, value, out _) == ClStatus.CL_SUCCESS ? Encoding.UTF8.GetString(value).TrimEnd('\0').Trim() : "unknown";
    }

    private static string Describe(ClStatus status) => $"{status} ({(int)status})";

    private delegate ClStatus Query(nuint size, byte[]? value, out nuint needed);
}
