namespace Precoding.Engines;

/// <summary>
/// The seam between algorithms and devices: memory and named batched steps. A step is an equation or an algorithm line over the whole batch; it
/// allocates nothing and returns nothing to the host; what it reads comes first in the argument list, what it writes last. Every step works on
/// the first <see cref="SolveControl.RealizationCount"/> realizations and skips those whose status is not <see cref="SolveStatus.Running"/>,
/// and what it does for one realization depends on no other. Reductions have a fixed order: same engine, same sizes, same bits.
/// </summary>
public interface IEngine : ICommonOps, IReducedOps, IWmmseOps, IBeamOps, IBeamSearchOps, IStreamOps, IStreamSearchOps, IScaOps, IArrayOps, IUplinkOps, IAntennaOps, IDisposable
{
    DeviceInfo Device { get; }

    Precision Precision { get; }

    /// <summary>New memory, zeroed.</summary>
    Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> shape);

    /// <summary>
    /// How many realizations to hold at once when one needs <paramref name="bytesPerRealization"/> beside the engine's own scratch; at least 1. Only
    /// speed and memory depend on it.
    /// </summary>
    int RealizationsAtOnce(ChannelShape shape, long bytesPerRealization);
}
