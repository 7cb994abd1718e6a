using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Simulation;

/// <summary>The array responses of up to so many links at once, formed on a device from their rays.</summary>
internal sealed class PlaneWaves : IDisposable
{
    private readonly IDevice? own;
    private readonly IEngine engine;
    private readonly SolveControl control;
    private readonly Tensor rays, responses;
    private readonly double[] values;

    /// <param name="device">Stays the caller's; null for the processor.</param>
    /// <param name="threadCount">Of the processor; null for one a core.</param>
    public PlaneWaves(IDevice? device, int? threadCount, int linksAtOnce, int antennaCount)
    {
        try
        {
            own = device is null ? SimdDevice.Open(threadCount: threadCount) : null;
            engine = (device ?? own!).CreateEngine(Precision.Single);
            control = new SolveControl(engine, capacity: 1, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = 1 };
            rays = engine.Create("rays", ElementKind.Control, 1, linksAtOnce, UrbanMacroTable.RayCount, 4);
            responses = engine.Create("responses", ElementKind.Complex, 1, linksAtOnce, antennaCount);
            values = new double[rays.Length];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The rays of one of the links, to be written before <see cref="Form"/>, [ray, 4].</summary>
    public Span<double> RaysOf(int link) => values.AsSpan(link * UrbanMacroTable.RayCount * 4, UrbanMacroTable.RayCount * 4);

    /// <summary>h of the first links, [link, antenna]; the rays of the others are left from before.</summary>
    public void Form(Span<ComplexF> h)
    {
        rays.Write(values);
        engine.ArrayResponses(rays, responses, control);
        responses.Read(h);
    }

    public void Dispose()
    {
        responses?.Dispose();
        rays?.Dispose();
        control?.Dispose();
        engine?.Dispose();
        own?.Dispose();
    }
}
