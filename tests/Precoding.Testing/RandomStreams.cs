using System.Numerics;

namespace Precoding.Testing;

/// <summary>Extents of a problem with users of N antennas, and who sends whom how many streams.</summary>
/// <param name="Name">What test names show.</param>
/// <param name="R">Realizations.</param>
/// <param name="L">Access points.</param>
/// <param name="M">Antennas per access point.</param>
/// <param name="K">Users.</param>
/// <param name="N">Antennas per user.</param>
/// <param name="Count">d of (realization, access point, user).</param>
/// <param name="IsEqual">Budgets, noise and weights are the same for all.</param>
public sealed record StreamShape(string Name, int R, int L, int M, int K, int N, Func<int, int, int, int> Count, bool IsEqual = false)
{
    public ChannelShape Channels => new(R, K, L, M, N);

    /// <summary>n = K·N.</summary>
    public int Rows => K * N;

    /// <summary>Room for streams of each user: most in any realization.</summary>
    public int[] StreamsOfUser =>
        [.. Enumerable.Range(0, K).Select(k => Enumerable.Range(0, R).Max(r => Enumerable.Range(0, L).Sum(l => Count(r, l, k))))];

    /// <summary>Streams of one branch each, sorted by user, then access point, −1 where a realization has fewer, [realization, stream].</summary>
    public int[] SeparateAccessPoints => [.. Enumerable.Range(0, R).SelectMany(SeparateAccessPointsOf)];

    /// <summary>Most access points serving a user.</summary>
    public int Branches => Math.Max(1, Enumerable.Range(0, R * K).Max(i => ServersOf(i / K, i % K).Length));

    /// <summary>As many streams, each from all access points serving the user, [realization, stream, branch].</summary>
    public int[] JointAccessPoints
    {
        get
        {
            int[] users = [.. StreamsOfUser.SelectMany((count, k) => Enumerable.Repeat(k, count))];
            return
            [
                .. from r in Enumerable.Range(0, R)
                   let separate = SeparateAccessPointsOf(r)
                   from s in Enumerable.Range(0, users.Length)
                   let servers = separate[s] < 0 ? [] : ServersOf(r, users[s])
                   from b in Enumerable.Range(0, Branches)
                   select b < servers.Length ? servers[b] : -1,
            ];
        }
    }

    public override string ToString() => $"{Name}_R{R}_L{L}_M{M}_K{K}_N{N}";

    private int[] ServersOf(int r, int k) => [.. Enumerable.Range(0, L).Where(l => Count(r, l, k) > 0)];

    private int[] SeparateAccessPointsOf(int r)
    {
        int[] room = StreamsOfUser;
        return
        [
            .. Enumerable.Range(0, K).SelectMany(k =>
            {
                int[] sent = [.. Enumerable.Range(0, L).SelectMany(l => Enumerable.Repeat(l, Count(r, l, k)))];
                return sent.Concat(Enumerable.Repeat(-1, room[k] - sent.Length));
            }),
        ];
    }
}

/// <summary>Seeded random channels to users with several antennas: a pure function of shape, seed and options.</summary>
public static class RandomStreams
{
    /// <summary>
    /// CN(0,1) coefficients times a gain per user; budgets, noise powers and weights unequal (one weight 0 from three users on) unless the shape says otherwise. Users are
    /// served by the access points that send them streams in the realization.
    /// </summary>
    public static ChannelBatch Create(StreamShape shape, ulong seed, double powerWatts = 2, double spreadDb = 3)
    {
        int K = shape.K, L = shape.L;
        double[] power = [.. Enumerable.Range(0, L).Select(l => shape.IsEqual ? powerWatts : powerWatts * Math.Pow(3, (l % 3) - 1))];
        double[] noise = [.. Enumerable.Range(0, K).Select(k => shape.IsEqual ? 1 : 0.5 + (0.25 * (k % 5)))];
        double[] weight = [.. Enumerable.Range(0, K).Select(k => shape.IsEqual ? 1 : k == 2 ? 0 : 0.5 + (0.5 * (k % 4)))];
        var coefficients = new Complex[shape.R * shape.Channels.CoefficientsPerRealization];
        int link = shape.N * shape.M, at = 0;
        for (int r = 0; r < shape.R; r++)
        {
            for (int k = 0; k < K; k++)
            {
                double gain = Math.Pow(10, spreadDb / 20 * new CounterRandom(seed, RandomPurpose.LargeScale, r, k).Normal(0));
                for (int l = 0; l < L; l++)
                {
                    var random = new CounterRandom(seed, RandomPurpose.IndependentFading, r, k, l);
                    for (uint i = 0; i < link; i++)
                    {
                        coefficients[at++] = gain * random.ComplexNormal(i);
                    }
                }
            }
        }

        return ChannelBatch.FromArray(Network.WithoutGeometry(shape.Channels, power, noise, weight), shape.Channels, coefficients)
            .WithServing(ServingMap.Create(shape.R, L, K, (r, l, k) => shape.Count(r, l, k) > 0));
    }
}
