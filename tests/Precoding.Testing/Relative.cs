using System.Numerics;

namespace Precoding.Testing;

/// <summary>Relative differences in the 2-norm.</summary>
public static class Relative
{
    /// <summary>‖a − b‖₂/‖b‖₂; 0 when both are zero, ∞ when only b is or anything is not a number.</summary>
    public static double Error(ReadOnlySpan<Complex> actual, ReadOnlySpan<Complex> expected)
    {
        RequireSameLength(actual.Length, expected.Length);
        (double difference, double scale) = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Energy(actual[i] - expected[i]);
            scale += Energy(expected[i]);
        }

        return Ratio(difference, scale);
    }

    public static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        RequireSameLength(actual.Length, expected.Length);
        (double difference, double scale) = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            scale += expected[i] * expected[i];
        }

        return Ratio(difference, scale);
    }

    public static double Error(double actual, double expected) => Error([actual], [expected]);

    /// <summary>The largest relative difference of corresponding entries.</summary>
    public static double WorstEntry(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        RequireSameLength(actual.Length, expected.Length);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            worst = Math.Max(worst, Error(actual[i], expected[i]));
        }

        return worst;
    }

    private static double Ratio(double difference, double scale) =>
        difference == 0 ? 0 : double.IsNaN(difference) || scale == 0 ? double.PositiveInfinity : Math.Sqrt(difference / scale);

    private static double Energy(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    private static void RequireSameLength(int actual, int expected)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"Relative.Error: got {actual} values, expected {expected}.");
        }
    }
}
