using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop.OpenCl;

/// <summary>The OpenCL 1.2 functions in use, under their own names.</summary>
internal static unsafe partial class OpenClNative
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

    [LibraryImport(Library)]
    internal static partial nint clCreateContext(nint properties, uint num_devices, in nint devices, nint pfn_notify, nint user_data, out ClStatus errcode_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clReleaseContext(nint context);

    [LibraryImport(Library)]
    internal static partial nint clCreateCommandQueue(ClContext context, nint device, ulong properties, out ClStatus errcode_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clReleaseCommandQueue(nint command_queue);

    [LibraryImport(Library)]
    internal static partial nint clCreateBuffer(ClContext context, ulong flags, nuint size, nint host_ptr, out ClStatus errcode_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clReleaseMemObject(nint memobj);

    [LibraryImport(Library)]
    internal static partial nint clCreateProgramWithSource(ClContext context, uint count, byte** strings, nuint* lengths, out ClStatus errcode_ret);

    [LibraryImport(Library)]
    internal static partial nint clCreateProgramWithBinary(
        ClContext context, uint num_devices, in nint device_list, in nuint lengths, byte** binaries, out ClStatus binary_status, out ClStatus errcode_ret);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ClStatus clBuildProgram(ClProgram program, uint num_devices, in nint device_list, string options, nint pfn_notify, nint user_data);

    [LibraryImport(Library)]
    internal static partial ClStatus clGetProgramBuildInfo(
        ClProgram program, nint device, ClProgramBuildInfo param_name, nuint param_value_size, [Out] byte[]? param_value, out nuint param_value_size_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clGetProgramInfo(ClProgram program, ClProgramInfo param_name, nuint param_value_size, void* param_value, out nuint param_value_size_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clReleaseProgram(nint program);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint clCreateKernel(ClProgram program, string kernel_name, out ClStatus errcode_ret);

    [LibraryImport(Library)]
    internal static partial ClStatus clReleaseKernel(nint kernel);

    [LibraryImport(Library)]
    internal static partial ClStatus clSetKernelArg(ClKernel kernel, uint arg_index, nuint arg_size, void* arg_value);

    [LibraryImport(Library)]
    internal static partial ClStatus clEnqueueNDRangeKernel(
        ClQueue command_queue, ClKernel kernel, uint work_dim, nuint* global_work_offset, nuint* global_work_size, nuint* local_work_size, uint num_events, nint wait_list, nint @event);

    [LibraryImport(Library)]
    internal static partial ClStatus clEnqueueWriteBuffer(
        ClQueue command_queue, ClMemory buffer, int blocking_write, nuint offset, nuint size, void* ptr, uint num_events, nint wait_list, nint @event);

    [LibraryImport(Library)]
    internal static partial ClStatus clEnqueueReadBuffer(
        ClQueue command_queue, ClMemory buffer, int blocking_read, nuint offset, nuint size, void* ptr, uint num_events, nint wait_list, nint @event);

    [LibraryImport(Library)]
    internal static partial ClStatus clEnqueueFillBuffer(
        ClQueue command_queue, ClMemory buffer, void* pattern, nuint pattern_size, nuint offset, nuint size, uint num_events, nint wait_list, nint @event);

    [LibraryImport(Library)]
    internal static partial ClStatus clFinish(ClQueue command_queue);

    [LibraryImport(Library)]
    internal static partial ClStatus clFlush(ClQueue command_queue);
}
