using System.Numerics;

namespace Precoding.Simulation;

/// <summary>
/// H[realization, user, accessPoint, userAntenna, antenna] = √g_k · CN(0, 1), independent, with 10 lg g_k ~ N(0, <see cref="UserGainSpreadDb"/>²)
/// drawn once per realization and user (near and far users); all g_k = 1 by default. Single precision.
/// </summary>
public sealed class IndependentRayleighChannelModel : IChannelModel
{
    /// <summary>Standard deviation of the users' gains, dB.</summary>
    public double UserGainSpreadDb { get; init; }

    /// <summary>Users move, and every drop is as many realizations as there are blocks, drop after drop: h(t + 1) = ρ h(t) + √(1 − ρ²) w(t), ρ the <see cref="BlockMotion.Correlation"/>, gains as they were. Null: a realization a drop.</summary>
    public BlockMotion? Motion { get; init; }

    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization = 0)
    {
        if (!(UserGainSpreadDb >= 0) || !double.IsFinite(UserGainSpreadDb))
        {
            throw new ValidationException($"IndependentRayleighChannelModel.UserGainSpreadDb is {UserGainSpreadDb}; it must be finite and not negative.");
        }

        return RayleighFading.Generate(network, realizationCount, seed, firstRealization, Motion, (drop, user, _) =>
            Math.Pow(10, UserGainSpreadDb / 20 * new CounterRandom(seed, RandomPurpose.LargeScale, drop, user).Normal(0)));
    }
}

/// <summary>Independent complex normal coefficients times an amplitude per link.</summary>
internal static class RayleighFading
{
    /// <param name="motion">Blocks of a drop, which are realizations; null for one. Block t is ρ times the last and √(1 − ρ²) times what it would be alone, so that its energy stays.</param>
    /// <param name="amplitude">√gain of (drop in the series, user, accessPoint).</param>
    public static ChannelBatch Generate(Network network, int dropCount, ulong seed, int firstDrop, BlockMotion? motion, Func<int, int, int, double> amplitude)
    {
        motion?.Validate();
        int blocks = motion?.BlockCount ?? 1;
        double rho = motion?.Correlation(network.CarrierFrequencyHz) ?? 0, fresh = Math.Sqrt(Math.Max(0, 1 - (rho * rho)));
        ChannelShape drops = GeneratedShape.Of(network, dropCount, firstDrop), shape = drops with { RealizationCount = checked(dropCount * blocks) };
        int linkLength = shape.UserAntennaCount * shape.AntennaCount;
        var coefficients = new ComplexF[shape.RealizationCount * shape.CoefficientsPerRealization];
        int linksPerRealization = shape.UserCount * shape.AccessPointCount;
        Parallel.For(0, dropCount * linksPerRealization, link =>
        {
            int drop = link / linksPerRealization, user = link / shape.AccessPointCount % shape.UserCount, accessPoint = link % shape.AccessPointCount;
            double scale = amplitude(firstDrop + drop, user, accessPoint);
            var fading = new Complex[linkLength];
            for (int block = 0; block < blocks; block++)
            {
                var random = new CounterRandom(seed, RandomPurpose.IndependentFading, ((firstDrop + drop) * blocks) + block, user, accessPoint);
                Span<ComplexF> h = coefficients.AsSpan(((((drop * blocks) + block) * linksPerRealization) + (link % linksPerRealization)) * linkLength, linkLength);
                for (int i = 0; i < h.Length; i++)
                {
                    Complex alone = random.ComplexNormal((uint)i);
                    fading[i] = block == 0 ? alone : (rho * fading[i]) + (fresh * alone);
                    h[i] = (ComplexF)(fading[i] * scale);
                }
            }
        });
        return ChannelBatch.FromArray(network, shape, coefficients).StartingAt(checked(firstDrop * blocks));
    }
}
