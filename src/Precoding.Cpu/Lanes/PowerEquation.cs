namespace Precoding.Cpu.Lanes;

/// <summary>
/// The multiplier of a power budget: q(λ) = Σ_m b_m/(μ_m + λ)² = P, b_m ≥ 0, q falling strictly. Newton on 1/√q, which is concave, inside
/// a bracket. [noncoherent.md §4.3]
/// </summary>
internal static unsafe class PowerEquation
{
    private const int MaxSteps = 200;

    /// <summary>Eigenvalues at or below this are rounding where λ = 0.</summary>
    public static double Cut(double* mu, int count, double epsilon)
    {
        double largest = 0;
        for (int m = 0; m < count; m++)
        {
            largest = Math.Max(largest, mu[m]);
        }

        return 4 * count * epsilon * largest;
    }

    /// <summary>The smallest λ ≥ 0 with q(λ) ≤ P up to the tolerance; not a number when something in q is not.</summary>
    /// <param name="guess">Where to begin; 0 for no idea.</param>
    public static double Solve(double* mu, double* b, int count, double budget, double guess, double tolerance, double epsilon)
    {
        double cut = Cut(mu, count, epsilon), unconstrained = 0, sum = 0, largest = 0;
        for (int m = 0; m < count; m++)
        {
            sum += b[m];
            largest = Math.Max(largest, mu[m]);
            unconstrained += mu[m] > cut ? b[m] / (mu[m] * mu[m]) : 0;
        }

        if (unconstrained <= budget)
        {
            return sum - sum; // 0, unless it is no number
        }

        double high = Math.Sqrt(sum / budget), low = Math.Max(0, high - largest);
        double lambda = guess > low && guess < high ? guess : Math.Max(low, epsilon * high);
        for (int step = 0; step < MaxSteps; step++)
        {
            double q = 0, slope = 0;
            for (int m = 0; m < count; m++)
            {
                double inverse = 1 / (mu[m] + lambda), term = b[m] * inverse * inverse;
                q += term;
                slope -= 2 * term * inverse;
            }

            if (!(Math.Abs(q - budget) > tolerance * budget))
            {
                return lambda + (q - q); // what is no number shows
            }

            (low, high) = q > budget ? (lambda, high) : (low, lambda);
            double next = lambda + (2 * q / slope * (1 - Math.Sqrt(q / budget)));
            next = next > low && next < high ? next : low + ((high - low) / 2);
            if (next == lambda)
            {
                return lambda;
            }

            lambda = next;
        }

        return lambda;
    }
}
