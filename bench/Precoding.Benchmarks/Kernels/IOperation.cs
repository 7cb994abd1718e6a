namespace Precoding.Benchmarks.Kernels;

/// <summary>One operation that this engine and OpenBLAS do on the same numbers, each in its natural layout, packing included.</summary>
internal interface IOperation : IDisposable
{
    /// <summary>Real operations of one call; null when they are not counted.</summary>
    double? Flops { get; }

    /// <summary>By the SIMD engine's kernels.</summary>
    void Simd();

    void OpenBlas();

    /// <summary>‖ours − theirs‖/‖theirs‖ after a call of each.</summary>
    double RelativeDifference();
}
