namespace Precoding;

/// <summary>Streams in numbers: room for each user's, and which access points send them in every realization.</summary>
/// <param name="StreamsOfUser">[user]</param>
/// <param name="Branches">B.</param>
/// <param name="AccessPoints">[realization, stream, branch], −1 where nothing is sent.</param>
internal sealed record StreamLayout(int[] StreamsOfUser, int Branches, int[] AccessPoints)
{
    public int BranchCount => StreamsOfUser.Sum() * Branches;

    public bool FitsMemoryOf(StreamLayout? other) => other is not null && Branches == other.Branches && StreamsOfUser.SequenceEqual(other.StreamsOfUser);
}

/// <summary>Who sends which streams, decided on the host from serving sets, stream rule and limits before a solve.</summary>
/// <param name="Streams">The streams of the result.</param>
/// <param name="Others">Streams of one branch each that the method needs besides: candidates to select from, or the non-coherent start of a coherent method.</param>
internal sealed record StreamPlan(StreamLayout Streams, StreamLayout? Others = null)
{
    public bool FitsMemoryOf(StreamPlan? other) =>
        other is not null && Streams.FitsMemoryOf(other.Streams) && (Others is null ? other.Others is null : Others.FitsMemoryOf(other.Others));

    /// <summary>d_{l,k} streams from access point l to user k, of one branch each, sorted by user, then access point.</summary>
    /// <param name="streams">d of (realization, access point, user).</param>
    public static StreamLayout Separate(ChannelShape shape, Func<int, int, int, int> streams)
    {
        var sum = new int[shape.RealizationCount, shape.UserCount];
        var room = new int[shape.UserCount];
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            for (int k = 0; k < shape.UserCount; k++)
            {
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    sum[r, k] += streams(r, l, k);
                }

                room[k] = Math.Max(room[k], sum[r, k]);
            }
        }

        int S = room.Sum();
        int[] accessPoints = NoAccessPoints(shape.RealizationCount, S);
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            for (int k = 0, first = r * S; k < shape.UserCount; first += room[k], k++)
            {
                for (int l = 0, at = first; l < shape.AccessPointCount; l++)
                {
                    for (int m = streams(r, l, k); m > 0; m--)
                    {
                        accessPoints[at++] = l;
                    }
                }
            }
        }

        return new StreamLayout(room, 1, accessPoints);
    }

    /// <summary>As many streams per user as a layout of one branch each, every one from all access points serving the user.</summary>
    public static StreamLayout Joint(ChannelShape shape, StreamLayout separate, ServingMap serving)
    {
        int S = separate.StreamsOfUser.Sum(), R = shape.RealizationCount;
        int[] users = [.. Enumerable.Range(0, shape.UserCount).SelectMany(k => Enumerable.Repeat(k, separate.StreamsOfUser[k]))];
        int[][] servers = [.. Enumerable.Range(0, R * shape.UserCount).Select(i =>
            Enumerable.Range(0, shape.AccessPointCount).Where(l => serving[i / shape.UserCount, l, i % shape.UserCount]).ToArray())];
        int B = Math.Max(1, servers.Max(list => list.Length));
        int[] accessPoints = NoAccessPoints(R, S * B);
        for (int i = 0; i < R * S; i++)
        {
            if (separate.AccessPoints[i] >= 0)
            {
                servers[(i / S * shape.UserCount) + users[i % S]].CopyTo(accessPoints, i * B);
            }
        }

        return new StreamLayout(separate.StreamsOfUser, B, accessPoints);
    }

    public static int[] NoAccessPoints(int realizationCount, int branches)
    {
        var accessPoints = new int[checked(realizationCount * branches)];
        Array.Fill(accessPoints, -1);
        return accessPoints;
    }
}
