using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <summary>
/// What evaluating couplings or gradient costs in either order, in operations over measured rates (docs/decisions/0004). It looks at sizes, density,
/// vector width and precision and never at a clock, so the same problem takes the same order, and gives the same bits, on every run.
/// </summary>
/// <param name="Couplings">Gathered couplings, GFLOP/s of one thread.</param>
/// <param name="Gradient">Gathered gradient.</param>
/// <param name="Products">Dense complex products.</param>
/// <param name="Transforms">Beam transforms with scatter or gather of their slots.</param>
internal readonly record struct EvaluationCost(double Couplings, double Gradient, double Products, double Transforms)
{
    /// <summary>Measured on one thread of a Xeon at 2.8 GHz, K = 256, M = 512, F = 2, with and without its wide vectors (CouplingsBenchmarks, GradientBenchmarks and their dense twins).</summary>
    public static EvaluationCost Of<T>()
        where T : unmanaged => (SimdLevel.Bits, typeof(T) == typeof(float)) switch
        {
            (512, true) => new(72, 57, 135, 20),
            (512, false) => new(25, 23, 65, 12),
            (256, true) => new(41, 34, 85, 16),
            (256, false) => new(15, 17, 40, 13),
            (_, true) => new(16, 21, 26, 12),
            _ => new(7.5, 10.5, 12.5, 5),
        };

    /// <summary>Up to so many slots of a realization, gathering at this rate is the cheaper order: 8 operations per slot and user, in whole vectors of users.</summary>
    public double MostSlots<T>(double gatheredRate, CoherentProblem problem, BeamSupport support)
        where T : unmanaged => Dense<T>(problem, support) * gatheredRate / (8 * Padded<T>(problem.K));

    /// <summary>L products K × M × K, and a transform of N points per link at 5 N log₂ N operations; operations over rates.</summary>
    private double Dense<T>(CoherentProblem problem, BeamSupport support)
        where T : unmanaged
    {
        double products = 8.0 * problem.L * problem.M * problem.K * Padded<T>(problem.K);
        double transforms = 5.0 * problem.L * problem.K * support.N * Math.Log2(support.N);
        return (products / Products) + (transforms / Transforms);
    }

    private static double Padded<T>(int users)
        where T : unmanaged => (users + SimdLevel.Width<T>() - 1) / SimdLevel.Width<T>() * SimdLevel.Width<T>();
}
