namespace Precoding.Gpu.Interop.Cuda;

/// <summary>A device's primary context, retained.</summary>
internal sealed class CuPrimaryContext(nint handle, int device) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => CudaNative.cuDevicePrimaryCtxRelease_v2(device) == CuResult.CUDA_SUCCESS;
}

/// <summary>Objects of a context: released with it current, because a finalizer may run on any thread.</summary>
internal abstract class CuObject : NativeHandle
{
    private readonly CuPrimaryContext context;

    protected CuObject(nint handle, CuPrimaryContext context)
        : base(handle)
    {
        bool added = false;
        context.DangerousAddRef(ref added); // the context outlives its objects
        this.context = context;
    }

    protected sealed override bool ReleaseHandle()
    {
        CuResult current = CudaNative.cuCtxSetCurrent(context.DangerousGetHandle());
        CuResult result = current == CuResult.CUDA_SUCCESS ? Release() : current;
        context.DangerousRelease();
        return result == CuResult.CUDA_SUCCESS;
    }

    protected abstract CuResult Release();
}

internal sealed class CuMemory(nint handle, CuPrimaryContext context) : CuObject(handle, context)
{
    protected override CuResult Release() => CudaNative.cuMemFree_v2(handle);
}

internal sealed class CuStream(nint handle, CuPrimaryContext context) : CuObject(handle, context)
{
    protected override CuResult Release() => CudaNative.cuStreamDestroy_v2(handle);
}

internal sealed class CuModule(nint handle, CuPrimaryContext context) : CuObject(handle, context)
{
    protected override CuResult Release() => CudaNative.cuModuleUnload(handle);
}

internal sealed class NvrtcProgram(nint handle) : NativeHandle(handle)
{
    protected override bool ReleaseHandle() => NvrtcNative.nvrtcDestroyProgram(ref handle) == NvrtcResult.NVRTC_SUCCESS;
}
