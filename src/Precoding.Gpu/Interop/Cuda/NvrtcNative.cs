using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop.Cuda;

/// <summary>The NVRTC functions in use, under their own names.</summary>
internal static unsafe partial class NvrtcNative
{
    public const string Library = "nvrtc";

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcVersion(out int major, out int minor);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetNumSupportedArchs(out int numArchs);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetSupportedArchs([Out] int[] supportedArchs);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcCreateProgram(out nint prog, byte* src, byte* name, int numHeaders, byte** headers, byte** includeNames);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcDestroyProgram(ref nint prog);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcCompileProgram(NvrtcProgram prog, int numOptions, byte** options);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetPTXSize(NvrtcProgram prog, out nuint ptxSizeRet);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetPTX(NvrtcProgram prog, byte* ptx);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetProgramLogSize(NvrtcProgram prog, out nuint logSizeRet);

    [LibraryImport(Library)]
    internal static partial NvrtcResult nvrtcGetProgramLog(NvrtcProgram prog, byte* log);
}
