namespace Precoding.Gpu.Engine;

/// <summary>How a batch of any size goes through a device's memory: how many engines side by side, and how many realizations each holds.</summary>
/// <param name="EngineCount">Two where that lets one upload and download while the other solves.</param>
/// <param name="RealizationsPerEngine">At least 1.</param>
internal readonly record struct MemoryPlan(int EngineCount, int RealizationsPerEngine)
{
    /// <summary>Share of the free memory that a solver may take unless told otherwise.</summary>
    public const double DefaultShare = 0.8;

    /// <summary>Bytes of channels on their way to the device at once.</summary>
    public const int UploadBytes = 64 << 20;

    /// <summary>Bytes that eigendecompositions take at once, whatever the number of realizations, unless a single one takes more.</summary>
    public const int EigenBytes = 64 << 20;

    /// <summary>Bytes that pursuits and least squares take at once, likewise.</summary>
    public const int PursuitBytes = 128 << 20;

    /// <summary>Bytes an engine takes whatever the number of realizations.</summary>
    public const int FixedBytes = UploadBytes + EigenBytes + PursuitBytes;

    /// <summary>Groups in a grid's third extent.</summary>
    private const int MostRealizations = 65_535;

    /// <param name="shape">What there is to solve.</param>
    /// <param name="bytesPerRealization">What one realization takes, the engine's scratch included.</param>
    /// <param name="budget">Bytes for all engines together.</param>
    /// <param name="largestAllocation">Bytes of one tensor.</param>
    /// <param name="busyEntries">Entries of n × n blocks, n the receive antennas, that keep the device busy: neither the solver's pieces for two engines, an eighth of the batch, nor what half the memory holds are to be smaller.</param>
    public static MemoryPlan For(ChannelShape shape, long bytesPerRealization, long budget, long largestAllocation, long busyEntries)
    {
        long count = shape.RealizationCount, rows = (long)shape.UserCount * shape.UserAntennaCount, entries = rows * rows;
        long busy = Math.Max(1, busyEntries / entries);
        int engines = count >= 8 * busy && Fitting(2) >= busy ? 2 : 1;
        long most = Math.Min(MostRealizations, largestAllocation / bytesPerRealization); // no tensor is larger than all of them together
        return new MemoryPlan(engines, (int)Math.Clamp(Math.Min(Fitting(engines), most), 1, count));

        long Fitting(int sharing) => ((budget / sharing) - FixedBytes) / bytesPerRealization;
    }
}
