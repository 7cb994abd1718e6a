namespace Precoding.Benchmarks.Race;

/// <summary>What each kind of row is to reach: factors by which we are to be faster, unless said otherwise.</summary>
internal static class Targets
{
    /// <summary>Factorizations, Gram matrices and eigendecompositions: level with OpenBLAS.</summary>
    public const double Kernel = 1;

    /// <summary>Products, against OpenBLAS.</summary>
    public static double Product(Precision precision) => precision == Precision.Single ? 0.95 : 0.9;

    /// <summary>Whole solves at the paper's scale, against the same algorithm in numpy on OpenBLAS.</summary>
    public static double WholeSolve(string precoder) => precoder switch
    {
        "bsp-hamiltonian" => 8,
        "wmmse" => 3,
        _ => 4,
    };

    /// <summary>Small drops as a batch against one by one, where calls and temporaries rule.</summary>
    public const double SmallBatch = 10;

    /// <summary>Seconds of 1000 cell-free drops, 30 iterations of ncjt-rwmmse, on two threads.</summary>
    public const double StreamSeconds = 3;

    /// <summary>The same against numpy, batched or a drop at a time.</summary>
    public const double StreamsAgainstNumpy = 50;

    /// <summary>Two threads against one, of whole solves: one drop at the paper's scale, and a batch of small ones.</summary>
    public const double TwoThreads = 1.8;

    /// <summary>Gathered products, GFLOP/s a core.</summary>
    public const double GatheredGigaflopsPerCore = 60;

    /// <summary>The largest batch of the GPU race, which its targets are for.</summary>
    public const int GpuBatch = 256;

    /// <summary>Realizations a second on a GPU, whole solves of reduced-cg to 10 iterations.</summary>
    public const double GpuRealizationsPerSecond = 1500;

    /// <summary>On a GPU, against the same algorithm in PyTorch.</summary>
    public const double GpuAgainstTorch = 2;

    /// <summary>Milliseconds of 10 iterations of reduced-cg on a GPU, one realization by itself.</summary>
    public const double GpuSingleMilliseconds = 2;

    /// <summary>Cell-free drops at a time that the GPU race has targets for.</summary>
    public const int GpuStreamBatch = 16_384;

    /// <summary>Those a second on a GPU, whole solves of ncjt-rwmmse to 30 iterations.</summary>
    public const double GpuDropsPerSecond = 20_000;

    /// <summary>The same on a GPU against PyTorch, the faster of its two ways.</summary>
    public const double GpuStreamsAgainstTorch = 5;

    /// <summary>Microseconds per iteration and realization at the paper's scale on a GPU of the H200's class.</summary>
    public static double? GpuMicroseconds(string precoder) => precoder switch
    {
        "reduced-hamiltonian" => 15,
        "bsp-hamiltonian" => 30,
        "reduced-cg" => 40,
        _ => null,
    };

    /// <summary>Share of the roofline that iterations of reduced-cg reach.</summary>
    public const double RooflineShare = 0.5;
}
