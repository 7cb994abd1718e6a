namespace Precoding.Gpu;

/// <summary>A device as its driver describes it.</summary>
/// <param name="Info">What the rest of the library knows it by.</param>
/// <param name="IsGpu">False for OpenCL on a processor.</param>
/// <param name="ComputeUnitCount">Compute units or multiprocessors.</param>
/// <param name="HasDoublePrecision">Whether it computes in double.</param>
/// <param name="Obstacle">Why nothing can be solved on it, and the remedy; null where it can.</param>
public sealed record GpuDescription(DeviceInfo Info, bool IsGpu, int ComputeUnitCount, bool HasDoublePrecision, string? Obstacle);

/// <summary>What a look for devices found.</summary>
/// <param name="Devices">In the driver's order; ordinals count over all platforms.</param>
/// <param name="Problem">Why there are none, or why some are missing; null when all went well.</param>
/// <param name="Remedy">What to do about <paramref name="Problem"/>.</param>
public sealed record GpuSearch(IReadOnlyList<GpuDescription> Devices, string? Problem, string? Remedy)
{
    /// <summary>The device of that ordinal; fails with what was found instead, or with its obstacle.</summary>
    internal GpuDescription Require(string kind, int ordinal)
    {
        GpuDescription found = Devices.FirstOrDefault(d => d.Info.Ordinal == ordinal) ?? throw new DeviceException(
            $"Device {kind}:{ordinal} is absent: {Problem ?? $"devices of this kind: {Devices.Count}"}. {Remedy ?? "See beamprecoding doctor"}.");
        return found.Obstacle is null ? found : throw new DeviceException($"Device {found.Info.Id} ({found.Info.Name}) was found, but {found.Obstacle}.");
    }
}
