namespace Precoding.Benchmarks.Race;

/// <summary>
/// What an iteration of one realization costs on a GPU, counted from the launches of Precoding.Gpu: real operations in the engine's precision, and bytes that have
/// to move between memory and the multiprocessors when every launch reads and writes each of its tensors once. In units of a complex K × K matrix and of a
/// complex product of such matrices; steps that are skipped when nothing fails are not counted. Sums in double are not counted either: 2 % of the operations.
/// </summary>
/// <param name="Flops">Real operations.</param>
/// <param name="Bytes">Of device memory.</param>
/// <param name="CachedBytes">Those that gathered sums read again and again, out of the second-level cache at best.</param>
internal readonly record struct GpuCounts(double Flops, double Bytes, double CachedBytes)
{
    private const int ComplexBytes = 8;
    private const double RefreshInterval = 10;

    /// <summary>Of a factorization in matrices: 8 block columns read what is left of them, 120 blocks of 64, and write 36.</summary>
    private const double FactorTraffic = 2.4;

    /// <summary>The factor and right-hand sides, there and back.</summary>
    private const double SubstituteTraffic = 3.1;

    /// <summary>Rounds of the multiplier's root finder, 3 or 4 as a rule.</summary>
    private const double SecularRounds = 4;

    /// <summary>Products and right-hand sides of a factorization: K³/3 as executed, every group forms the diagonal block again, and K³ for both substitutions.</summary>
    private const double Factor = 1.0 / 3, Substitutions = 1;

    /// <summary>Of Jacobi's method on the systems of cell-free drops of order 16: the mean over those of 60 drops in four iterations, 5 to 7 each.</summary>
    private const double Sweeps = 5.3;

    /// <summary>Of Newton's method for a multiplier, from that of the iteration before.</summary>
    private const double MultiplierSteps = 4;

    /// <summary>An iteration of ncjt-rwmmse for one drop, every user with its streams from as many access points; all operations are in double.</summary>
    public static GpuCounts OfStreams(CellFreeSize size)
    {
        double L = size.L, K = size.K, N = size.N, n = K * N, D = size.Serving * size.Streams, rank = Math.Min(N, D), q = K * rank, branches = K * D;
        const double multiplyAdd = 8, turn = 20, wide = 2 * sizeof(double), narrow = ComplexBytes;
        double even = q + (q % 2), pairs = even / 2, rounds = even - 1;
        double grams = L * n * n * narrow, systems = L * q * q * wide, values = L * q * sizeof(double), rotated = branches * q * wide, blocks = branches * n, factors = q * N * narrow;
        double memory = K * wide * ((2 * N * N) + (N * D) + (2 * N * rank) + (rank * rank));
        return new GpuCounts(
            (L * q * (q + 1) / 2 * ((N * N) + N) * multiplyAdd)                                                  // reducedSystems
                + (L * Sweeps * rounds * turn * ((pairs * (pairs - 1) / 2 * 4) + (pairs * q)))                   // hermitianEigenShared: blocks above the diagonal, vectors
                + (branches * q * rank * multiplyAdd)                                                            // streamTargets
                + (L * q * ((3 * branches / L) + (MultiplierSteps * 12)))                                        // streamMultipliers
                + (branches * ((q * q * (multiplyAdd + 2)) + (n * rank * multiplyAdd) + (n * n * multiplyAdd)))  // streamCoordinates
                + (K * multiplyAdd * ((N * (N + 1) / 2 * (branches - D)) + (N * N * N / 3) + (2 * N * N * D) + (2 * N * D * D))), // streamFactors
            grams + factors + systems                               // reducedSystems
                + (2 * systems) + values                            // hermitianEigenShared
                + systems + factors + (2 * rotated)                 // streamTargets
                + rotated + (3 * values)                            // streamMultipliers
                + systems + grams + (2 * rotated) + (2 * blocks * wide) // streamCoordinates
                + (2 * blocks * wide) + (2 * blocks * narrow)       // storeStreams
                + (blocks * narrow) + (2 * memory) + factors        // streamFactors
                + (2 * blocks * narrow),                            // keepBest
            0);
    }

    /// <param name="precoder">One of those that iterate.</param>
    /// <param name="shape">K, L, M.</param>
    /// <param name="slots">Beams in all supports of a realization; for the beam domain only.</param>
    public static GpuCounts Of(string precoder, ChannelShape shape, double slots)
    {
        double K = shape.UserCount, L = shape.AccessPointCount, M = shape.AntennaCount, product = 8 * K * K * K, matrix = ComplexBytes * K * K;
        switch (precoder)
        {
            case "reduced-cg":
                double refreshes = 1 / RefreshInterval;
                double matrices = ((L + 1) * 2)                                         // rateWeights; dots with W
                    + (L + 2) + 2 + FactorTraffic + SubstituteTraffic + 2               // preconditionSides, weightedSystem, the solve, preconditionResult
                    + ((2 * L) + 1) + (L + 1)                                           // images of Q; dots with Q
                    + ((5 * L) + 2) + ((7 * L) + 1)                                     // directionDots, moveDirection
                    + (2 * L) + (6 * L)                                                 // searchForms, retract
                    + (refreshes * 10 * L);                                             // images, dots, scaling, rates
                return new GpuCounts(product * (L + (refreshes * L) + Factor + Substitutions), matrix * matrices, 0);
            case "reduced-hamiltonian":
                return new GpuCounts(
                    product * (L + 1),
                    matrix * (((2 * L) + 1) + (3 * L) + (3 * L)                         // dampThenKick, drift, images
                        + (4 * L) + (8 * L)                                             // driftDots, returnToSphere
                        + (L + 1) + 3 + 3 + 2                                           // rateWeights, difference, its image, their dots
                        + ((3 * L) + 1) + ((3 * L) + 1) + (2 * L)),                     // kickDots, kickThenDamp, keepBest
                    0);
            case "bsp-hamiltonian":
                double N = 2 * M, transform = 5 * L * K * N * Math.Log2(N), antennas = ComplexBytes * L * K * M, table = ComplexBytes * L * K * N, slotBytes = ComplexBytes * slots;
                return new GpuCounts(
                    (2 * 8 * K * slots) + (3 * transform),
                    (28 * slotBytes)                                                    // kicks 4 and 4, drift 3, return 5, transforms 3, gathers 2, sums 5, keepBest 2
                        + (8 * antennas)                                                // two transforms to antennas, driftDots 2, returnAntennas 3, one transform back
                        + (2 * table) + (5 * matrix),                                   // gathers from the table; couplings and weights
                    2 * ComplexBytes * K * slots);
            default:
                return new GpuCounts(
                    product * L * ((SecularRounds * (Factor + (1.5 * Substitutions))) + 1),
                    matrix * (L + (L * ((SecularRounds * (2 + FactorTraffic + (1.5 * SubstituteTraffic))) + (L + 1) + 2 + 3 + 2 + 4))), // receivers; target, coordinates, product, dots, scaling
                    0);
        }
    }
}
