using Precoding.Engines;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Engine;

/// <summary>A GPU, or what OpenCL offers in its place, in use.</summary>
internal sealed class GpuDevice(
    GpuDescription description, IBackend backend, Precision precision, LaunchShapes shapes, ProgramCache? cache, long? memoryBudgetBytes,
    ProductAccuracy accuracy = ProductAccuracy.Full) : IDevice
{
    private readonly Lock gate = new();
    private readonly Dictionary<Precision, KernelLibrary> libraries = [];

    public DeviceInfo Info => description.Info;

    public Precision Precision => precision;

    public ProductAccuracy Accuracy => accuracy;

    /// <summary>The most shared memory that a group may use, bytes.</summary>
    public int SharedBytes => backend.SharedBytes;

    /// <summary>Device memory a solver may take.</summary>
    public long MemoryBudgetBytes => memoryBudgetBytes ?? (long)(MemoryPlan.DefaultShare * backend.FreeBytes());

    public IEngine CreateEngine(Precision? asked = null) => new GpuEngine(this, backend, LibraryFor(asked ?? precision));

    public IReadOnlyList<IEngine> CreateEngines(ChannelShape shape, long bytesPerRealization, Precision? asked = null)
    {
        KernelLibrary library = LibraryFor(asked ?? precision);
        return [.. Enumerable.Range(0, PlanFor(shape, bytesPerRealization, library.Precision).EngineCount).Select(_ => new GpuEngine(this, backend, library))];
    }

    /// <param name="shape">What there is to solve.</param>
    /// <param name="bytesPerRealization">What a solver needs for one realization beside an engine's scratch.</param>
    /// <param name="computed">Arithmetic.</param>
    public MemoryPlan PlanFor(ChannelShape shape, long bytesPerRealization, Precision computed) =>
        MemoryPlan.For(shape, bytesPerRealization + GpuEngine.ScratchBytes(shape, computed, shapes), MemoryBudgetBytes, backend.LargestAllocationBytes, shapes.BusyEntries);

    public void Dispose()
    {
        foreach (KernelLibrary library in libraries.Values)
        {
            library.Dispose();
        }

        backend.Dispose();
    }

    private KernelLibrary LibraryFor(Precision computed)
    {
        lock (gate)
        {
            if (!libraries.TryGetValue(computed, out KernelLibrary? library))
            {
                libraries[computed] = library = new KernelLibrary(backend, computed, shapes, cache);
            }

            return library;
        }
    }
}
