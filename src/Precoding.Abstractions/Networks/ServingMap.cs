namespace Precoding;

/// <summary>
/// Which access points serve which users, for every realization or the same for all: K_i and I_k of [NCJT III]. Immutable.
/// </summary>
public sealed class ServingMap
{
    private readonly bool[] serves;

    private ServingMap(int realizationCount, int accessPointCount, int userCount, bool[] serves)
    {
        (RealizationCount, AccessPointCount, UserCount, this.serves) = (realizationCount, accessPointCount, userCount, serves);
    }

    /// <summary>1 where the map is the same for all realizations.</summary>
    public int RealizationCount { get; }

    public int AccessPointCount { get; }

    public int UserCount { get; }

    /// <summary>Does the access point serve the user?</summary>
    public bool this[int realization, int accessPoint, int user] =>
        serves[((((RealizationCount == 1 ? 0 : realization) * AccessPointCount) + accessPoint) * UserCount) + user];

    /// <summary>Every access point serves every user.</summary>
    public static ServingMap All(int accessPointCount, int userCount) => Create(1, accessPointCount, userCount, (_, _, _) => true);

    /// <param name="realizationCount">1 for a map that holds for all realizations.</param>
    public static ServingMap Create(int realizationCount, int accessPointCount, int userCount, Func<int, int, int, bool> serves)
    {
        var table = new bool[checked(realizationCount * accessPointCount * userCount)];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = serves(i / userCount / accessPointCount, i / userCount % accessPointCount, i % userCount);
        }

        return new ServingMap(realizationCount, accessPointCount, userCount, table);
    }

    /// <summary>The L access points nearest to each user. Ties go to the lower number.</summary>
    public static ServingMap Nearest(IReadOnlyList<Position> accessPoints, IReadOnlyList<Position> users, int servingCount) =>
        Best(1, accessPoints.Count, users.Count, servingCount, "nearest", (_, accessPoint, user) => -users[user].DistanceTo(accessPoints[accessPoint]));

    /// <summary>The L access points with the largest ‖H_{k,l}‖² for each user, realization by realization. Ties go to the lower number.</summary>
    public static ServingMap Strongest(ChannelBatch channels, int servingCount)
    {
        double[,,] gains = ChannelNormalization.LinkGains(channels);
        ChannelShape shape = channels.Shape;
        return Best(shape.RealizationCount, shape.AccessPointCount, shape.UserCount, servingCount, "strongest", (r, accessPoint, user) => gains[r, user, accessPoint]);
    }

    /// <summary>Maps of several batches, one after the other; each counts once per realization of its batch.</summary>
    public static ServingMap Concatenate(IReadOnlyList<ServingMap> maps) =>
        Create(maps.Count, maps[0].AccessPointCount, maps[0].UserCount, (r, accessPoint, user) => maps[r][0, accessPoint, user]);

    /// <summary>Realizations first … first + count − 1.</summary>
    public ServingMap Slice(int first, int count) =>
        RealizationCount == 1 ? this : Create(count, AccessPointCount, UserCount, (r, accessPoint, user) => this[first + r, accessPoint, user]);

    private static ServingMap Best(int realizationCount, int accessPointCount, int userCount, int servingCount, string rule, Func<int, int, int, double> score)
    {
        if (servingCount < 1 || servingCount > accessPointCount)
        {
            throw new ValidationException($"ServingMap: the {servingCount} {rule} access points cannot be taken from {accessPointCount}; ask for 1 to {accessPointCount}.");
        }

        var table = new bool[checked(realizationCount * accessPointCount * userCount)];
        for (int r = 0; r < realizationCount; r++)
        {
            for (int user = 0; user < userCount; user++)
            {
                foreach (int accessPoint in Enumerable.Range(0, accessPointCount).OrderByDescending(l => score(r, l, user)).Take(servingCount))
                {
                    table[(((r * accessPointCount) + accessPoint) * userCount) + user] = true;
                }
            }
        }

        return new ServingMap(realizationCount, accessPointCount, userCount, table);
    }
}
