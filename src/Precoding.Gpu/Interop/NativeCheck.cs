using System.Runtime.CompilerServices;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Interop.Cuda;
using Precoding.Gpu.Interop.OpenCl;

namespace Precoding.Gpu.Interop;

/// <summary>Turns a status that is not success into a <see cref="DeviceException"/> with device and call.</summary>
internal static class NativeCheck
{
    private const string NewerCompiler = $" NVRTC is newer than the driver: update the driver, or name an older libnvrtc by {Nvrtc.PathVariable}.";

    public static void ThrowIfFailed(ClStatus status, DeviceInfo device, string? detail = null, [CallerArgumentExpression(nameof(status))] string? call = null)
    {
        if (status != ClStatus.CL_SUCCESS)
        {
            Throw(status, (int)status, device, detail, call, Remedy(status is ClStatus.CL_MEM_OBJECT_ALLOCATION_FAILURE or ClStatus.CL_OUT_OF_RESOURCES or ClStatus.CL_OUT_OF_HOST_MEMORY));
        }
    }

    public static void ThrowIfFailed(CuResult status, DeviceInfo device, string? detail = null, [CallerArgumentExpression(nameof(status))] string? call = null)
    {
        if (status != CuResult.CUDA_SUCCESS)
        {
            Throw(status, (int)status, device, detail, call, status == CuResult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ? NewerCompiler : Remedy(status == CuResult.CUDA_ERROR_OUT_OF_MEMORY));
        }
    }

    public static void ThrowIfFailed(NvrtcResult status, DeviceInfo device, string? detail = null, [CallerArgumentExpression(nameof(status))] string? call = null)
    {
        if (status != NvrtcResult.NVRTC_SUCCESS)
        {
            Throw(status, (int)status, device, detail, call, string.Empty);
        }
    }

    private static string Remedy(bool isMemory) => isMemory ? " Free device memory, lower the memory budget, or solve fewer realizations at once." : string.Empty;

    private static void Throw<T>(T status, int code, DeviceInfo device, string? detail, string? call, string remedy)
    {
        string function = call is null ? "a driver call" : call.Split('(')[0].Split('.')[^1].Split(' ')[^1];
        throw new DeviceException($"Device {device.Id} ({device.Name}): {function} failed with {status} ({code}){(detail is null ? "" : $", {detail}")}.{remedy}");
    }
}
