namespace Precoding.Simulation;

/// <summary>
/// Layout of [BSP §5]: access points at (0, 300√3), (−450, −150√3), (450, −150√3) m, 25 m high, half-wavelength linear arrays facing the centre;
/// users uniform in the disc of radius 360√3 m, 1.5 m high; 10 GHz.
/// </summary>
public static class PaperScenario
{
    private const double AccessPointHeightMetres = 25, UserHeightMetres = 1.5, CarrierFrequencyHz = 10e9;

    /// <summary>Distance of every access point from the centre, 300√3 m.</summary>
    public static readonly double AccessPointRadiusMetres = 300 * Math.Sqrt(3);

    /// <summary>Radius of the users' disc, 360√3 m.</summary>
    public static readonly double UserRadiusMetres = 360 * Math.Sqrt(3);

    /// <summary>Any number of access points, evenly on the circle from (0, 300√3) on; budgets 1 W; the users of drop 0.</summary>
    public static Network CreateNetwork(int userCount, int antennaCount, int accessPointCount = 3, ulong seed = 0) => new()
    {
        AccessPoints =
        [
            .. Enumerable.Range(0, accessPointCount).Select(l =>
                new AccessPoint(OnCircle(AccessPointRadiusMetres, 0.25 + ((double)l / accessPointCount), AccessPointHeightMetres), new UniformLinearArray(antennaCount), 1)),
        ],
        Users = [.. UserPositions(userCount, seed, 0).Select(position => new User(position, new UniformLinearArray(1)))],
        CarrierFrequencyHz = CarrierFrequencyHz,
    };

    /// <summary>A model whose every realization has users of its own, those of <see cref="UserPositions"/>: a drop a realization.</summary>
    public static Tr38901ChannelModel CreateModel(int userCount, ulong seed, bool keepPaths = true, int? threadCount = null) =>
        new(OptionsFor(userCount, seed) with { KeepPaths = keepPaths, ThreadCount = threadCount });

    /// <summary>Options of such a model.</summary>
    public static Tr38901Options OptionsFor(int userCount, ulong seed) => new() { UserPositions = realization => UserPositions(userCount, seed, realization) };

    /// <summary>Users of one realization, [user]; user k is a pure function of (seed, realization, k).</summary>
    public static IReadOnlyList<Position> UserPositions(int userCount, ulong seed, int realization) =>
    [
        .. Enumerable.Range(0, userCount).Select(k =>
        {
            var random = new CounterRandom(seed, RandomPurpose.UserPosition, realization, k);
            return OnCircle(UserRadiusMetres * Math.Sqrt(random.Uniform(0)), random.Uniform(1), UserHeightMetres);
        }),
    ];

    /// <summary>Users of many realizations, [realization, user], as <see cref="ChannelFileExtras.UserPositions"/> stores them.</summary>
    public static Position[,] UserPositionTable(int userCount, ulong seed, int firstRealization, int realizationCount)
    {
        var positions = new Position[realizationCount, userCount];
        for (int r = 0; r < realizationCount; r++)
        {
            IReadOnlyList<Position> drop = UserPositions(userCount, seed, firstRealization + r);
            for (int k = 0; k < userCount; k++)
            {
                positions[r, k] = drop[k];
            }
        }

        return positions;
    }

    private static Position OnCircle(double radius, double turns, double height)
    {
        var (sin, cos) = Math.SinCos(2 * Math.PI * turns);
        return new Position(radius * cos, radius * sin, height);
    }
}
