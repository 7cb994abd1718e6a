using Precoding.Engines;

namespace Precoding;

/// <summary>Arithmetic of an engine.</summary>
public enum Precision
{
    Single,
    Double,
}

public enum DeviceKind
{
    Reference,
    Cpu,
    OpenCl,
    Cuda,
}

/// <summary>A device as found, before anything is opened.</summary>
/// <param name="Kind">Which engine runs on it.</param>
/// <param name="Ordinal">Number among the devices of its kind.</param>
/// <param name="Name">The maker's name.</param>
/// <param name="Details">Width, threads, memory, driver: one line for people.</param>
/// <param name="MemoryBytes">Memory of the device, when it tells.</param>
public sealed record DeviceInfo(DeviceKind Kind, int Ordinal, string Name, string Details, long? MemoryBytes = null)
{
    /// <summary>How the command line names it: cpu, reference, opencl:0, cuda:1.</summary>
    public string Id => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.Reference => "reference",
        DeviceKind.OpenCl => $"opencl:{Ordinal}",
        _ => $"cuda:{Ordinal}",
    };
}

/// <summary>A device in use; engines made from it must be disposed before it.</summary>
public interface IDevice : IDisposable
{
    DeviceInfo Info { get; }

    Precision Precision { get; }

    /// <summary>A new engine with memory of its own.</summary>
    /// <param name="precision">Arithmetic; null for <see cref="Precision"/>. A device may compute more precisely than asked.</param>
    IEngine CreateEngine(Precision? precision = null);

    /// <summary>Engines to work side by side, each on realizations of its own; at least one.</summary>
    /// <param name="shape">What there is to solve.</param>
    /// <param name="bytesPerRealization">Memory that an engine needs for one of them, beside its own scratch.</param>
    IReadOnlyList<IEngine> CreateEngines(ChannelShape shape, long bytesPerRealization, Precision? precision = null) => [CreateEngine(precision)];
}

/// <summary>A device is absent, broken or unable to do what was asked.</summary>
public sealed class DeviceException : Exception
{
    public DeviceException(string message)
        : base(message)
    {
    }

    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
