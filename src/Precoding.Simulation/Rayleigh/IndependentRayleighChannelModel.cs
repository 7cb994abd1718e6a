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

    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization = 0)
    {
        if (!(UserGainSpreadDb >= 0) || !double.IsFinite(UserGainSpreadDb))
        {
            throw new ValidationException($"IndependentRayleighChannelModel.UserGainSpreadDb is {UserGainSpreadDb}; it must be finite and not negative.");
        }

        return RayleighFading.Generate(network, realizationCount, seed, firstRealization, (realization, user, _) =>
            Math.Pow(10, UserGainSpreadDb / 20 * new CounterRandom(seed, RandomPurpose.LargeScale, realization, user).Normal(0)));
    }
}

/// <summary>Independent complex normal coefficients times an amplitude per link.</summary>
internal static class RayleighFading
{
    /// <param name="amplitude">√gain of (realization in the series, user, accessPoint).</param>
    public static ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization, Func<int, int, int, double> amplitude)
    {
        ChannelShape shape = GeneratedShape.Of(network, realizationCount, firstRealization);
        int linkLength = shape.UserAntennaCount * shape.AntennaCount;
        var coefficients = new ComplexF[shape.RealizationCount * shape.CoefficientsPerRealization];
        int linksPerRealization = shape.UserCount * shape.AccessPointCount;
        Parallel.For(0, shape.RealizationCount * linksPerRealization, link =>
        {
            int realization = firstRealization + (link / linksPerRealization);
            int user = link / shape.AccessPointCount % shape.UserCount, accessPoint = link % shape.AccessPointCount;
            var random = new CounterRandom(seed, RandomPurpose.IndependentFading, realization, user, accessPoint);
            double scale = amplitude(realization, user, accessPoint);
            Span<ComplexF> h = coefficients.AsSpan(link * linkLength, linkLength);
            for (int i = 0; i < h.Length; i++)
            {
                h[i] = (ComplexF)(random.ComplexNormal((uint)i) * scale);
            }
        });
        return ChannelBatch.FromArray(network, shape, coefficients).StartingAt(firstRealization);
    }
}
