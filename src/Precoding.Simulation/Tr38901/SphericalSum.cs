namespace Precoding.Simulation;

/// <summary>
/// h[m] = Σ_p coefficient_p exp(j2π(f/f_c)(|q_p − a_m| − |q_p|)), a_m = m/2 along the array, q_p the point that ray p comes from, r_p = |q_p| = d3D + f_c τ_p away, all in wavelengths of the carrier:
/// |q_p − a_m|² = r_p² − r_p m cosine_p + m²/4. For r_p → ∞ that is <see cref="SteeringSum"/>.
/// </summary>
internal static class SphericalSum
{
    public static void Write(LinkRays rays, Span<ComplexF> h)
    {
        var re = new double[h.Length];
        var im = new double[h.Length];
        for (int p = 0; p < rays.TurnedCoefficient.Length; p++)
        {
            ComplexF coefficient = rays.TurnedCoefficient[p];
            if (coefficient == default)
            {
                continue;
            }

            double r = rays.DistanceWavelengths + (rays.CarrierHz * rays.Delay[p]), cosine = rays.Cosine[p];
            for (int m = 0; m < h.Length; m++)
            {
                double longer = m * ((m / 4.0) - (r * cosine)); // |q − a|² − r²
                double cycles = rays.FrequencyRatio * longer / (Math.Sqrt((r * r) + longer) + r);
                var (sin, cos) = Math.SinCos(2 * Math.PI * (cycles - Math.Round(cycles)));
                re[m] += (coefficient.Real * cos) - (coefficient.Imaginary * sin);
                im[m] += (coefficient.Real * sin) + (coefficient.Imaginary * cos);
            }
        }

        for (int m = 0; m < h.Length; m++)
        {
            h[m] = new ComplexF((float)re[m], (float)im[m]);
        }
    }
}
