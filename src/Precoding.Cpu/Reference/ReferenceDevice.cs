using Precoding.Engines;

namespace Precoding.Cpu;

/// <summary>The oracle: double precision, one realization at a time, every step straight from its equation. Slow on purpose.</summary>
public sealed class ReferenceDevice : IDevice
{
    private ReferenceDevice() => Info = Enumerate()[0];

    public DeviceInfo Info { get; }

    public Precision Precision => Precision.Double;

    /// <summary>There is always exactly one.</summary>
    public static IReadOnlyList<DeviceInfo> Enumerate() =>
        [new DeviceInfo(DeviceKind.Reference, 0, "Reference", "double precision, one thread, from the equations; for checking, not for speed")];

    public static ReferenceDevice Open() => new();

    public IEngine CreateEngine(Precision? precision = null) => new ReferenceEngine(Info);

    public void Dispose()
    {
    }
}
