using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Testing;

/// <summary>An engine that tests run on.</summary>
/// <param name="Name">What test names show.</param>
/// <param name="Open">A fresh device; whoever opens it disposes it.</param>
public sealed record EngineUnderTest(string Name, Precision Precision, Func<IDevice> Open)
{
    private static readonly Lazy<IReadOnlyList<EngineUnderTest>> fast = new(() =>
    [
        Cpu(Precision.Double, threadCount: 2),
        Cpu(Precision.Single, threadCount: 2),
        OpenCl(Precision.Double),
        OpenCl(Precision.Single),
        .. CudaDevice.Search().Devices.Any(device => device.Obstacle is null) ? (EngineUnderTest[])[Cuda(Precision.Double), Cuda(Precision.Single)] : [],
    ]);

    public static EngineUnderTest Reference { get; } = new("reference", Precision.Double, ReferenceDevice.Open);

    /// <summary>
    /// The engines that are checked against the reference; a device that must exist and does not fails the tests. CUDA is among them where a device can solve, and
    /// CudaEnumerationTests says where none is. Looked for when asked, not before: tests may bring a driver of their own.
    /// </summary>
    public static IReadOnlyList<EngineUnderTest> Fast => fast.Value;

    public static IReadOnlyList<EngineUnderTest> All => [Reference, .. Fast];

    /// <summary>The vectorised engine.</summary>
    public static EngineUnderTest Cpu(Precision precision, int threadCount) => new(
        $"cpu {precision.ToString().ToLowerInvariant()}", precision, () => SimdDevice.Open(ordinal: 0, precision: precision, threadCount: threadCount));

    /// <summary>The kernels, on the first OpenCL device: PoCL where there is no other.</summary>
    public static EngineUnderTest OpenCl(Precision precision) => new(
        $"opencl {precision.ToString().ToLowerInvariant()}", precision, () => SharedDevice.Of($"opencl {precision}", () => OpenClDevice.Open(0, precision)));

    /// <summary>The kernels, on the first CUDA device.</summary>
    public static EngineUnderTest Cuda(Precision precision) => new(
        $"cuda {precision.ToString().ToLowerInvariant()}", precision, () => SharedDevice.Of($"cuda {precision}", () => CudaDevice.Open(0, precision)));

    public static IEnumerable<EngineUnderTest> InDouble => All.Where(e => e.Precision == Precision.Double);

    public static IEnumerable<EngineUnderTest> InSingle => All.Where(e => e.Precision == Precision.Single);

    public override string ToString() => Name;
}
