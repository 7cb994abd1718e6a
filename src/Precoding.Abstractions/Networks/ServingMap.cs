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

    /// <summary>Does every access point serve every user in every realization?</summary>
    public bool ServesAll => !serves.Contains(false);

    /// <summary>|I_k|, how many access points serve the user.</summary>
    public int ServerCount(int realization, int user)
    {
        int count = 0;
        for (int l = 0; l < AccessPointCount; l++)
        {
            count += this[realization, l, user] ? 1 : 0;
        }

        return count;
    }

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

    /// <summary>The L access points nearest to each user, realization by realization. Ties go to the lower number.</summary>
    /// <param name="accessPoints">[realization, accessPoint]; one realization where they stay where they are.</param>
    /// <param name="users">[realization, user]; likewise.</param>
    public static ServingMap Nearest(Position[,] accessPoints, Position[,] users, int servingCount)
    {
        int siteDrops = accessPoints.GetLength(0), userDrops = users.GetLength(0);
        if (siteDrops != userDrops && siteDrops != 1 && userDrops != 1)
        {
            throw new ValidationException(
                $"ServingMap: positions of the access points in {siteDrops} realizations and of the users in {userDrops}; expected equal numbers, or 1 where they are the same in all.");
        }

        return Best(
            Math.Max(siteDrops, userDrops), accessPoints.GetLength(1), users.GetLength(1), servingCount, "nearest",
            (r, accessPoint, user) => -users[userDrops == 1 ? 0 : r, user].DistanceTo(accessPoints[siteDrops == 1 ? 0 : r, accessPoint]));
    }

    /// <summary>The L access points with the largest ‖H_{k,l}‖² for each user, realization by realization. Ties go to the lower number.</summary>
    public static ServingMap Strongest(ChannelBatch channels, int servingCount)
    {
        double[,,] gains = ChannelNormalization.LinkGains(channels);
        ChannelShape shape = channels.Shape;
        return Best(shape.RealizationCount, shape.AccessPointCount, shape.UserCount, servingCount, "strongest", (r, accessPoint, user) => gains[r, user, accessPoint]);
    }

    /// <summary>Realizations first … first + count − 1.</summary>
    public ServingMap Slice(int first, int count) => Select(first, 1, count);

    /// <summary>Realizations first, first + step, …</summary>
    internal ServingMap Select(int first, int step, int count) =>
        RealizationCount == 1 ? this : Create(count, AccessPointCount, UserCount, (r, accessPoint, user) => this[first + (r * step), accessPoint, user]);

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
