using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Interop.OpenCl;

namespace Precoding.Gpu.Tests;

/// <summary>The first OpenCL device, opened below what users see.</summary>
internal static class OpenClTesting
{
    public static OpenClBackend OpenBackend()
    {
        var handles = new List<nint>();
        GpuSearch search = OpenClDevice.Search(OpenClNative.Library, OpenClNative.FileNames, handles);
        Assert.That(search.Devices, Is.Not.Empty, $"No OpenCL device: {search.Problem}. {search.Remedy}; the OpenCL tests need it, so its absence is a failure.");
        return new OpenClBackend(handles[0], search.Devices[0]);
    }
}
