namespace Precoding.Benchmarks;

/// <summary>A benchmark class whose calls do a known number of real operations; its table gets columns with rates.</summary>
public interface ICountsFlops
{
    /// <summary>Real operations of one call, from the parameters alone; null when they are not counted.</summary>
    double? FlopsPerCall { get; }

    int ThreadCount { get; }
}
