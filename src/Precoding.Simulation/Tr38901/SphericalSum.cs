using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Precoding.Simulation;

/// <summary>
/// h[m] = Σ_p coefficient_p exp(j2π(f/f_c)(|q_p − a_m| − |q_p|)), a_m = m/2 along the array, q_p the point that ray p comes from, r_p = |q_p| = d3D + f_c τ_p away, all in wavelengths of the carrier:
/// |q_p − a_m|² = r_p² − r_p m cosine_p + m²/4. For r_p → ∞ that is the response to plane waves.
/// </summary>
/// <remarks>Four antennas a vector, with explicit fused multiply-adds and a fixed width: same bits on every processor that rounds as IEEE 754 says.</remarks>
internal static class SphericalSum
{
    private const int Lanes = 4;

    // Taylor series around 0 for angles of up to an eighth of a turn: errors of 2e-14 (sine) and 4e-13 (cosine), where single precision keeps 6e-8.
    private static readonly double[] SineSeries = [2 * Math.PI, .. Series(3)], CosineSeries = [1, .. Series(2)];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(LinkRays rays, Span<ComplexF> h)
    {
        int vectors = (h.Length + Lanes - 1) / Lanes;
        var re = new Vector256<double>[vectors];
        var im = new Vector256<double>[vectors];
        for (int p = 0; p < rays.TurnedCoefficient.Length; p++)
        {
            ComplexF coefficient = rays.TurnedCoefficient[p];
            if (coefficient == default)
            {
                continue;
            }

            double distance = rays.DistanceWavelengths + (rays.CarrierHz * rays.Delay[p]);
            Vector256<double> r = Vector256.Create(distance), square = Vector256.Create(distance * distance), ratio = Vector256.Create(rays.FrequencyRatio);
            Vector256<double> slope = Vector256.Create(-distance * rays.Cosine[p]), quarter = Vector256.Create(0.25);
            Vector256<double> x = Vector256.Create((double)coefficient.Real), y = Vector256.Create((double)coefficient.Imaginary), m = Vector256.Create(0.0, 1, 2, 3);
            for (int v = 0; v < vectors; v++)
            {
                Vector256<double> longer = m * Vector256.FusedMultiplyAdd(m, quarter, slope); // |q − a|² − r²
                Vector256<double> cycles = ratio * longer / (Vector256.Sqrt(square + longer) + r);
                var (sin, cos) = SineAndCosine(cycles);
                re[v] = Vector256.FusedMultiplyAdd(-y, sin, Vector256.FusedMultiplyAdd(x, cos, re[v]));
                im[v] = Vector256.FusedMultiplyAdd(y, cos, Vector256.FusedMultiplyAdd(x, sin, im[v]));
                m += Vector256.Create((double)Lanes);
            }
        }

        for (int m = 0; m < h.Length; m++)
        {
            h[m] = new ComplexF((float)re[m / Lanes][m % Lanes], (float)im[m / Lanes][m % Lanes]);
        }
    }

    /// <summary>sin 2πt and cos 2πt: t less its nearest quarter turn, and the quarter's number says which is which and with what sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<double> Sine, Vector256<double> Cosine) SineAndCosine(Vector256<double> turns)
    {
        turns -= Vector256.Round(turns);
        Vector256<double> quarters = Vector256.Round(turns * 4), t = Vector256.FusedMultiplyAdd(quarters, Vector256.Create(-0.25), turns), t2 = t * t;
        Vector256<double> sine = t * Polynomial(SineSeries, t2), cosine = Polynomial(CosineSeries, t2);
        Vector256<double> swapped = Vector256.Equals(Vector256.Abs(quarters), Vector256<double>.One); // a quarter turn forwards or back
        Vector256<double> half = Vector256.Equals(Vector256.Abs(quarters), Vector256.Create(2.0));
        Vector256<double> s = Vector256.ConditionalSelect(swapped, quarters * cosine, Vector256.ConditionalSelect(half, -sine, sine));
        Vector256<double> c = Vector256.ConditionalSelect(swapped, -quarters * sine, Vector256.ConditionalSelect(half, -cosine, cosine));
        return (s, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Polynomial(double[] series, Vector256<double> t)
    {
        Vector256<double> sum = Vector256.Create(series[6]);
        for (int i = 5; i >= 0; i--)
        {
            sum = Vector256.FusedMultiplyAdd(sum, t, Vector256.Create(series[i]));
        }

        return sum;
    }

    /// <summary>Six more coefficients of the series in (2πt)², from that of t^first on.</summary>
    private static IEnumerable<double> Series(int first)
    {
        double coefficient = first == 3 ? 2 * Math.PI : 1;
        for (int n = first; n < first + 12; n += 2)
        {
            coefficient *= -4 * Math.PI * Math.PI / (n * (n - 1));
            yield return coefficient;
        }
    }
}
