using System.Globalization;
using Precoding.Cpu;
using Precoding.Gpu;

namespace Precoding.Benchmarks;

/// <summary>Devices by the names that the command line has for them; in single precision, but for the reference.</summary>
internal static class BenchmarkDevice
{
    /// <summary>The processor engine, which every machine has.</summary>
    public const string Cpu = "cpu";

    private static readonly Lazy<GpuDescription[]> Found = new(() =>
        [.. ((GpuSearch[])[OpenClDevice.Search(), CudaDevice.Search()]).SelectMany(search => search.Devices.Where(device => device.Obstacle is null).Take(1))]);

    public static IDevice Open(string name)
    {
        string[] parts = name.Split(':', 2);
        int ordinal = parts.Length == 1 ? 0 : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
        return (parts[0], ordinal) switch
        {
            ("reference", 0) => ReferenceDevice.Open(),
            (Cpu, 0) => SimdDevice.Open(precision: Precision.Single),
            ("opencl", >= 0) => OpenClDevice.Open(ordinal),
            ("cuda", >= 0) => CudaDevice.Open(ordinal),
            _ => throw new DeviceException($"The device is '{name}'; expected reference, cpu, opencl, opencl:I, cuda or cuda:I, with I from 0."),
        };
    }

    /// <summary>The first OpenCL and the first CUDA device that can solve.</summary>
    public static IEnumerable<GpuDescription> Present => Found.Value;

    /// <summary>The processor engine and <see cref="Present"/>.</summary>
    public static IEnumerable<string> Names => [Cpu, .. Present.Select(gpu => gpu.Info.Id)];

    /// <summary>Whether a GPU engine runs on a GPU there, not on a processor.</summary>
    public static bool IsGpu(string name) => Present.Any(gpu => gpu.IsGpu && gpu.Info.Id == name);

    /// <summary>A line for each kind that is not there.</summary>
    public static IEnumerable<string> Absent =>
        from kind in ((string Name, GpuSearch Search)[])[("opencl", OpenClDevice.Search()), ("cuda", CudaDevice.Search())]
        where !kind.Search.Devices.Any(device => device.Obstacle is null)
        select $"{kind.Name} is left out: {kind.Search.Problem ?? kind.Search.Devices.Select(device => device.Obstacle).FirstOrDefault() ?? "no device"}.";
}
