namespace Precoding.Simulation;

/// <summary>
/// Cell-free Rayleigh scenario of the non-coherent figures: access points and users uniform in a square, distances clipped below,
/// independent fading CN(0, 1) times the path loss 128.1 + 37.6 lg(d/km) dB. [NCJT] leaves layout and minimum distance open: these are ours.
/// </summary>
public sealed class CellFreeRayleighChannelModel : IChannelModel
{
    /// <summary>Side of the square, ours.</summary>
    public const double DefaultSideMetres = 500;

    private const double InterceptDb = 128.1, SlopeDb = 37.6, MinimumDistanceMetres = 10;

    /// <summary>Side of the square in which every realization places access points and users anew, a drop a realization; null: they stay where the network has them.</summary>
    public double? DropSideMetres { get; init; }

    /// <summary>As <see cref="IndependentRayleighChannelModel.Motion"/>; positions stay while a drop lasts.</summary>
    public BlockMotion? Motion { get; init; }

    /// <summary>Path loss at distance d, dB: 128.1 + 37.6 lg(max(d, 10 m)/km).</summary>
    public static double PathLossDb(double distanceMetres) =>
        InterceptDb + (SlopeDb * Math.Log10(Math.Max(distanceMetres, MinimumDistanceMetres) / 1000));

    /// <summary>Positions uniform in a square centred at the origin, a pure function of (seed, drop, number of the user or access point).</summary>
    public static Network CreateNetwork(
        int accessPointCount, int antennaCount, int userCount, int userAntennaCount, ulong seed, int drop = 0, double sideMetres = DefaultSideMetres) => new()
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

    /// <summary>Access points of drops first … first + count − 1 as <see cref="CreateNetwork"/> places them, [drop, accessPoint].</summary>
    public static Position[,] AccessPointPositionTable(int accessPointCount, ulong seed, int firstDrop, int dropCount, double sideMetres = DefaultSideMetres) =>
        Table(accessPointCount, seed, firstDrop, dropCount, 1, sideMetres);

    /// <summary>Users likewise, [drop, user].</summary>
    public static Position[,] UserPositionTable(int userCount, ulong seed, int firstDrop, int dropCount, double sideMetres = DefaultSideMetres) =>
        Table(userCount, seed, firstDrop, dropCount, 0, sideMetres);

    /// <summary>H[realization, user, accessPoint, userAntenna, antenna]. With <see cref="DropSideMetres"/> the network's positions do not matter.</summary>
    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization = 0)
    {
        ChannelShape shape = GeneratedShape.Of(network, realizationCount, firstRealization);
        if (DropSideMetres is not { } side)
        {
            return RayleighFading.Generate(network, realizationCount, seed, firstRealization, Motion, (_, k, l) => Amplitude(network.Users[k].Position, network.AccessPoints[l].Position));
        }

        if (!(side > 0) || !double.IsFinite(side))
        {
            throw new ValidationException($"CellFreeRayleighChannelModel.DropSideMetres is {side}; it must be positive and finite, or absent.");
        }

        Position[,] accessPoints = AccessPointPositionTable(shape.AccessPointCount, seed, firstRealization, realizationCount, side);
        Position[,] users = UserPositionTable(shape.UserCount, seed, firstRealization, realizationCount, side);
        return RayleighFading.Generate(network, realizationCount, seed, firstRealization, Motion, (r, k, l) => Amplitude(users[r - firstRealization, k], accessPoints[r - firstRealization, l]));
    }

    private static double Amplitude(Position user, Position accessPoint) => Math.Pow(10, -PathLossDb(user.DistanceTo(accessPoint)) / 20);

    private static Position[,] Table(int count, ulong seed, int firstDrop, int dropCount, int isAccessPoint, double sideMetres)
    {
        var positions = new Position[dropCount, count];
        for (int r = 0; r < dropCount; r++)
        {
            for (int i = 0; i < count; i++)
            {
                positions[r, i] = Uniform(seed, firstDrop + r, i, isAccessPoint, sideMetres);
            }
        }

        return positions;
    }

    private static Position Uniform(ulong seed, int drop, int number, int isAccessPoint, double sideMetres)
    {
        var random = new CounterRandom(seed, RandomPurpose.UserPosition, drop, number, isAccessPoint);
        return new Position((random.Uniform(0) - 0.5) * sideMetres, (random.Uniform(1) - 0.5) * sideMetres);
    }
}
