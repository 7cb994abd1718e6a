using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop.Cuda;

/// <summary>The CUDA driver functions in use, under their own names.</summary>
internal static partial class CudaNative
{
    public const string Library = "cuda";

    /// <summary>Linux and Windows names of the driver library; the display driver installs it.</summary>
    public static readonly string[] FileNames = ["libcuda.so.1", "nvcuda.dll"];

    [LibraryImport(Library)]
    internal static partial CuResult cuInit(uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuDriverGetVersion(out int driverVersion);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetName([Out] byte[] name, int len, int dev);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceTotalMem_v2(out nuint bytes, int dev);

    [LibraryImport(Library)]
    internal static partial CuResult cuDeviceGetAttribute(out int pi, CuDeviceAttribute attrib, int dev);
}
