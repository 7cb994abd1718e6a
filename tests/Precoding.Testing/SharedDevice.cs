using System.Collections.Concurrent;
using Precoding.Engines;

namespace Precoding.Testing;

/// <summary>A device that stays open for all tests of a process, because its programs take long to load; closing it is left to the end of the process.</summary>
internal sealed class SharedDevice : IDevice
{
    private static readonly ConcurrentDictionary<string, Lazy<IDevice>> Opened = new();
    private readonly IDevice device;

    private SharedDevice(IDevice device) => this.device = device;

    public DeviceInfo Info => device.Info;

    public Precision Precision => device.Precision;

    public static IDevice Of(string name, Func<IDevice> open) => new SharedDevice(Opened.GetOrAdd(name, _ => new Lazy<IDevice>(open)).Value);

    public IEngine CreateEngine(Precision? precision = null) => device.CreateEngine(precision);

    public IReadOnlyList<IEngine> CreateEngines(ChannelShape shape, long bytesPerRealization, Precision? precision = null) =>
        device.CreateEngines(shape, bytesPerRealization, precision);

    public void Dispose()
    {
    }
}
