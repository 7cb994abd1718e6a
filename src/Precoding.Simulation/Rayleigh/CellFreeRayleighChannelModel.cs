namespace Precoding.Simulation;

/// <summary>
/// Cell-free Rayleigh scenario of the non-coherent figures: access points and users uniform in a square, distances clipped below,
/// independent fading CN(0, 1) times the path loss 128.1 + 37.6 lg(d/km) dB. [NCJT] leaves layout and minimum distance open: these are ours.
/// </summary>
public sealed class CellFreeRayleighChannelModel : IChannelModel
{
    private const double InterceptDb = 128.1, SlopeDb = 37.6, MinimumDistanceMetres = 10;

    /// <summary>Path loss at distance d, dB: 128.1 + 37.6 lg(max(d, 10 m)/km).</summary>
    public static double PathLossDb(double distanceMetres) =>
        InterceptDb + (SlopeDb * Math.Log10(Math.Max(distanceMetres, MinimumDistanceMetres) / 1000));

    /// <summary>Positions uniform in a square centred at the origin, a pure function of (seed, drop, number of the user or access point).</summary>
    public static Network CreateNetwork(
        int accessPointCount, int antennaCount, int userCount, int userAntennaCount, ulong seed, int drop = 0, double sideMetres = 500) => new()
        {
            AccessPoints =
            [
                .. Enumerable.Range(0, accessPointCount).Select(l => new AccessPoint(
                    Uniform(seed, drop, l, 1, sideMetres), new UniformLinearArray(antennaCount), 1)),
            ],
            Users =
            [
                .. Enumerable.Range(0, userCount).Select(k => new User(Uniform(seed, drop, k, 0, sideMetres), new UniformLinearArray(userAntennaCount))),
            ],
            CarrierFrequencyHz = 2e9, // the band of the path-loss formula; nothing else depends on it
        };

    public ChannelBatch Generate(Network network, int realizationCount, ulong seed) =>
        RayleighFading.Generate(network, realizationCount, seed, (_, user, accessPoint) => Math.Pow(
            10, -PathLossDb(network.Users[user].Position.DistanceTo(network.AccessPoints[accessPoint].Position)) / 20));

    private static Position Uniform(ulong seed, int drop, int number, int isAccessPoint, double sideMetres)
    {
        var random = new CounterRandom(seed, RandomPurpose.UserPosition, drop, number, isAccessPoint);
        return new Position((random.Uniform(0) - 0.5) * sideMetres, (random.Uniform(1) - 0.5) * sideMetres);
    }
}
