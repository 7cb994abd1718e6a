using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop.Cuda;

/// <summary>The CUDA driver functions in use, under their own names.</summary>
internal static unsafe partial class CudaNative
{
    public const string Library = "cuda";

    /// <summary>For tests: names a library to load in place of the driver.</summary>
    public const string DriverVariable = "BEAMPRECODING_CUDA_DRIVER";

    /// <summary>Linux and Windows names of the driver library; the display driver installs it.</summary>
    public static IReadOnlyList<string> FileNames =>
        Environment.GetEnvironmentVariable(DriverVariable) is { Length: > 0 } given ? [given] : ["libcuda.so.1", "nvcuda.dll"];

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

    [LibraryImport(Library)]
    internal static partial CuResult cuDevicePrimaryCtxRetain(out nint pctx, int dev);

    [LibraryImport(Library)]
    internal static partial CuResult cuDevicePrimaryCtxRelease_v2(int dev);

    [LibraryImport(Library)]
    internal static partial CuResult cuCtxSetCurrent(nint ctx);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemAlloc_v2(out nint dptr, nuint bytesize);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemFree_v2(nint dptr);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemsetD8Async(nint dstDevice, byte uc, nuint n, CuStream hStream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemcpyHtoDAsync_v2(nint dstDevice, void* srcHost, nuint byteCount, CuStream hStream);

    [LibraryImport(Library)]
    internal static partial CuResult cuMemcpyDtoHAsync_v2(void* dstHost, nint srcDevice, nuint byteCount, CuStream hStream);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamCreate(out nint phStream, CuStreamFlags flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamDestroy_v2(nint hStream);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamSynchronize(CuStream hStream);

    [LibraryImport(Library)]
    internal static partial CuResult cuModuleLoadData(out nint module, byte* image);

    [LibraryImport(Library)]
    internal static partial CuResult cuModuleUnload(nint hmod);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial CuResult cuModuleGetFunction(out nint hfunc, CuModule hmod, string name);

    [LibraryImport(Library)]
    internal static partial CuResult cuFuncSetAttribute(nint hfunc, CuFunctionAttribute attrib, int value);

    [LibraryImport(Library)]
    internal static partial CuResult cuLaunchKernel(
        nint f, uint gridDimX, uint gridDimY, uint gridDimZ, uint blockDimX, uint blockDimY, uint blockDimZ, uint sharedMemBytes, CuStream hStream, void** kernelParams, void** extra);
}
