using MathNet.Numerics.Distributions;

namespace Precoding.Simulation;

/// <summary>A mean over independent drops with its 95 % confidence interval, mean ± t₀.₉₇₅(n − 1)·s/√n.</summary>
/// <param name="HalfWidth">Half the interval; not a number for a single drop, which says nothing of the spread.</param>
public readonly record struct Estimate(double Mean, double HalfWidth, int Count)
{
    public double Low => double.IsNaN(HalfWidth) ? Mean : Mean - HalfWidth;

    public double High => double.IsNaN(HalfWidth) ? Mean : Mean + HalfWidth;

    /// <param name="samples">At least one.</param>
    public static Estimate Of(IReadOnlyCollection<double> samples)
    {
        double mean = samples.Average();
        return Of(mean, samples.Sum(x => (x - mean) * (x - mean)), samples.Count);
    }

    /// <summary>From the moments of n samples, x̄ and ∑(x − x̄)².</summary>
    internal static Estimate Of(double mean, double squaredDeviations, int n) => new(
        mean, n < 2 ? double.NaN : StudentT.InvCDF(0, 1, n - 1, 0.975) * Math.Sqrt(squaredDeviations / (n - 1) / n), n);

    /// <summary>Of a(i)/b(i), both of the same drops.</summary>
    public static Estimate OfRatio(IReadOnlyList<double> a, IReadOnlyList<double> b) => Of([.. a.Zip(b, (x, y) => x / y)]);

    /// <summary>"12.3 ± 0.4", in the number format given.</summary>
    public string ToString(string format) => double.IsNaN(HalfWidth)
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Mean.ToString(format, System.Globalization.CultureInfo.InvariantCulture)}")
        : $"{Mean.ToString(format, System.Globalization.CultureInfo.InvariantCulture)} ± {HalfWidth.ToString(format, System.Globalization.CultureInfo.InvariantCulture)}";

    public override string ToString() => ToString("G4");
}
