namespace Precoding.Gpu.Interop.OpenCl;

internal sealed class ClContext(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => OpenClNative.clReleaseContext(handle) == ClStatus.CL_SUCCESS;
}

internal sealed class ClQueue(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => OpenClNative.clReleaseCommandQueue(handle) == ClStatus.CL_SUCCESS;
}

internal sealed class ClMemory(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => OpenClNative.clReleaseMemObject(handle) == ClStatus.CL_SUCCESS;
}

internal sealed class ClProgram(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => OpenClNative.clReleaseProgram(handle) == ClStatus.CL_SUCCESS;
}

internal sealed class ClKernel(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => OpenClNative.clReleaseKernel(handle) == ClStatus.CL_SUCCESS;
}
