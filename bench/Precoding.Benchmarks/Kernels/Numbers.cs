using System.Numerics;

namespace Precoding.Benchmarks.Kernels;

/// <summary>Numbers to compute with, and how far results are apart.</summary>
internal static class Numbers
{
    /// <summary>Real and imaginary parts uniform in ±1, the same for the same seed.</summary>
    public static Complex[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => new Complex((2 * random.NextDouble()) - 1, (2 * random.NextDouble()) - 1))];
    }

    /// <summary>R Rᴴ/n + I of a random R, row-major: Hermitian, condition number a few.</summary>
    public static Complex[] PositiveDefinite(int n, int seed)
    {
        Complex[] r = Random(n * n, seed), a = new Complex[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Complex sum = 0;
                for (int k = 0; k < n; k++)
                {
                    sum += r[(i * n) + k] * Complex.Conjugate(r[(j * n) + k]);
                }

                a[(i * n) + j] = (sum / n) + (i == j ? 1 : 0);
                a[(j * n) + i] = Complex.Conjugate(a[(i * n) + j]);
            }
        }

        return a;
    }

    /// <summary>‖a − b‖/‖b‖.</summary>
    public static double RelativeDifference(IEnumerable<(Complex A, Complex B)> pairs)
    {
        double difference = 0, norm = 0;
        foreach ((Complex a, Complex b) in pairs)
        {
            Complex d = a - b;
            difference += (d.Real * d.Real) + (d.Imaginary * d.Imaginary);
            norm += (b.Real * b.Real) + (b.Imaginary * b.Imaginary);
        }

        return Math.Sqrt(difference / norm);
    }
}
