using System.Runtime.CompilerServices;
using Precoding.Engines;

[module: SkipLocalsInit] // kernels fill their stack buffers themselves

namespace Precoding.Cpu;

/// <summary>The processor: SIMD lanes and threads. The production engine where there is no GPU.</summary>
public sealed class SimdDevice : IDevice
{
    private SimdDevice(Precision precision, int threadCount)
    {
        Precision = precision;
        ThreadCount = threadCount;
        Info = Describe(threadCount);
    }

    public DeviceInfo Info { get; }

    public Precision Precision { get; }

    /// <summary>Threads in all; results do not depend on it.</summary>
    public int ThreadCount { get; }

    public static IReadOnlyList<DeviceInfo> Enumerate() => [Describe(Environment.ProcessorCount)];

    /// <param name="ordinal">There is one: 0.</param>
    /// <param name="precision">Arithmetic of the engines.</param>
    /// <param name="threadCount">Threads in all; null for one per processor.</param>
    public static SimdDevice Open(int ordinal = 0, Precision precision = Precision.Single, int? threadCount = null)
    {
        if (ordinal != 0)
        {
            throw new DeviceException($"cpu:{ordinal} does not exist; there is one device of this kind, cpu.");
        }

        if (threadCount is < 1 or > 1024)
        {
            throw new DeviceException($"cpu: {threadCount} threads asked for; expected 1 to 1024.");
        }

        return new SimdDevice(precision, threadCount ?? Environment.ProcessorCount);
    }

    public IEngine CreateEngine(Precision? precision = null) => CreateEngine(precision ?? Precision, ThreadCount);

    /// <summary>
    /// Few realizations, or too large for every core to hold one: one engine whose threads share each. Many: an engine of one thread for every processor,
    /// with no joins between steps.
    /// </summary>
    public IReadOnlyList<IEngine> CreateEngines(ChannelShape shape, long bytesPerRealization, Precision? precision = null)
    {
        bool fits = 2.0 * ThreadCount * bytesPerRealization < ShareOfMemory * (Info.MemoryBytes ?? double.PositiveInfinity); // scratch is about as much again
        if (shape.RealizationCount < 2 * ThreadCount || !fits)
        {
            return [CreateEngine(precision)];
        }

        var engines = new List<IEngine>(ThreadCount);
        try
        {
            while (engines.Count < ThreadCount)
            {
                engines.Add(CreateEngine(precision ?? Precision, 1));
            }

            return engines;
        }
        catch
        {
            engines.ForEach(engine => engine.Dispose());
            throw;
        }
    }

    /// <summary>Of the machine's memory, for engines side by side.</summary>
    private const double ShareOfMemory = 0.25;

    public void Dispose()
    {
    }

    private IEngine CreateEngine(Precision precision, int threadCount) => precision == Precision.Single
        ? new Simd.SimdEngine<float>(Info, threadCount)
        : new Simd.SimdEngine<double>(Info, threadCount);

    private static DeviceInfo Describe(int threadCount) => new(
        DeviceKind.Cpu, 0, "built-in CPU engine", $"{Simd.SimdLevel.Bits}-bit vectors, {threadCount} thread{(threadCount == 1 ? "" : "s")}", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
