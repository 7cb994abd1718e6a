namespace Precoding.Benchmarks.Race;

/// <summary>What each kind of row is to reach: factors by which we are to be faster, unless said otherwise.</summary>
internal static class Targets
{
    /// <summary>Products, factorizations and Gram matrices: level with OpenBLAS.</summary>
    public const double Kernel = 1;

    /// <summary>Whole solves at the paper's scale: the peer's products are OpenBLAS's, so what is left to win is everything else.</summary>
    public const double WholeSolve = 2;

    /// <summary>Small drops as a batch against one by one, where calls and temporaries rule.</summary>
    public const double SmallBatch = 10;

    /// <summary>Two threads against one.</summary>
    public const double TwoThreads = 1.7;

    /// <summary>Gathered products, GFLOP/s a core.</summary>
    public const double GatheredGigaflopsPerCore = 65;

    /// <summary>Share of the roofline that iterations of reduced-cg reach.</summary>
    public const double RooflineShare = 0.5;
}
