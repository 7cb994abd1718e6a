using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop.OpenCl;

/// <summary>The OpenCL 1.2 functions in use, under their own names.</summary>
internal static partial class OpenClNative
{
    public const string Library = "OpenCL";

    /// <summary>Linux, Windows and macOS names of the ICD loader.</summary>
    public static readonly string[] FileNames = ["libOpenCL.so.1", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL"];

    [LibraryImport(Library)]
    internal static partial ClStatus clGetPlatformIDs(uint num_entries, [Out] nint[]? platforms, out uint num_platforms);

    [LibraryImport(Library)]
    internal static partial ClStatus clGetPlatformInfo(nint platform, ClPlatformInfo param_name, nuint param_value_size, [Out] byte[]? param_value, out nuint param_value_size_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clGetDeviceIDs(nint platform, ClDeviceType device_type, uint num_entries, [Out] nint[]? devices, out uint num_devices);

    [LibraryImport(Library)]
    internal static partial ClStatus clGetDeviceInfo(nint device, ClDeviceInfo param_name, nuint param_value_size, [Out] byte[]? param_value, out nuint param_value_size_ret);
}
