using System.Numerics;
using Precoding.Simulation;

namespace Precoding.Testing;

/// <summary>A golden case of users with N antennas: channels, network, serving sets and what independent prototypes computed from them.</summary>
public sealed class StreamGoldenCase
{
    private readonly IReadOnlyDictionary<string, FileArray> arrays;

    private StreamGoldenCase(string name)
    {
        arrays = NumpyFile.ReadNpz(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".npz"));
        IReadOnlyList<int> extents = arrays["H"].Shape;
        Shape = new ChannelShape(1, extents[0], extents[1], extents[3], extents[2]);
        Complex[] H = Complexes("H");
        Network network = Network.WithoutGeometry(Shape, Reals("P"), Reals("sigma2"), Reals("alpha"));
        if (Has("Dmax"))
        {
            int[] most = Integers("Dmax");
            network = network with { Users = [.. network.Users.Select((user, k) => user with { MaxStreams = most[k] })] };
        }

        int[] serve = Integers("serve");
        ServingMap serving = ServingMap.Create(1, Shape.AccessPointCount, Shape.UserCount, (_, l, k) => serve[(l * Shape.UserCount) + k] != 0);
        Complex[] coefficients = Shape.UserAntennaCount == 1 ? [.. H.Select(Complex.Conjugate)] : H; // one antenna: a batch holds h, the file hᴴ
        Channels = ChannelBatch.FromArray(network, Shape, coefficients).WithServing(serving);
    }

    /// <summary>Cases with a table of streams.</summary>
    public static string[] Tables => ["v1_small", "v2_user_centric", "v3_overloaded", "v4_edges"];

    /// <summary>Those with a coherent trace too.</summary>
    public static string[] Coherent => ["v1_small", "v2_user_centric"];

    /// <summary>The case where streams are selected.</summary>
    public static string Selection => "v5_streams";

    public ChannelShape Shape { get; }

    /// <summary>With noise, weights, limits and serving sets of the case.</summary>
    public ChannelBatch Channels { get; }

    public static StreamGoldenCase Read(string name) => new(name);

    /// <summary>Of an array, outermost first.</summary>
    public IReadOnlyList<int> Extents(string array) => arrays[array].Shape;

    public bool Has(string array) => arrays.ContainsKey(array);

    public double[] Reals(string array) => arrays[array].ToDoubles();

    public int[] Integers(string array) => arrays[array].ToIntegers();

    public Complex[] Complexes(string array) => arrays[array].ToComplex();

    /// <summary>Streams by [accessPoint, user].</summary>
    public StreamRule.Table Table(string array = "d")
    {
        int[] d = Integers(array);
        var counts = new int[Shape.AccessPointCount, Shape.UserCount];
        Buffer.BlockCopy(d, 0, counts, 0, d.Length * sizeof(int));
        return new StreamRule.Table(counts);
    }

    /// <summary>
    /// P_{l,k}P_{l,k}ᴴ of a matrix M × S, [accessPoint, user, antenna, antenna]: which of its streams is which does not matter.
    /// </summary>
    /// <param name="array">V of the file.</param>
    /// <param name="accessPointOf">Of its columns.</param>
    /// <param name="userOf">Of its columns.</param>
    public Complex[] Covariances(string array, int[] accessPointOf, int[] userOf)
    {
        int M = Shape.AntennaCount, S = userOf.Length;
        Complex[] V = Complexes(array);
        return CovariancesOf(Enumerable.Range(0, S).Select(s => (accessPointOf[s], userOf[s], Enumerable.Range(0, M).Select(m => V[(m * S) + s]).ToArray())));
    }

    /// <summary>The same of a result.</summary>
    public Complex[] Covariances(PrecodingResult result) => CovariancesOf(
        from stream in Enumerable.Range(0, result.Precoders.StreamCount)
        from branch in Enumerable.Range(0, result.Precoders.BranchCount)
        where result.Precoders.AccessPointOf(0, stream, branch) >= 0
        select (result.Precoders.AccessPointOf(0, stream, branch), result.Precoders.StreamUser[stream], VectorOf(result, stream, branch)));

    /// <summary>P_k P_kᴴ of all access points together, [user, accessPoint and antenna, accessPoint and antenna], of a file's array [accessPoint, antenna, stream].</summary>
    public Complex[] JointCovariances(string array, int[] userOf)
    {
        int rows = Shape.AccessPointCount * Shape.AntennaCount, S = userOf.Length;
        Complex[] V = Complexes(array);
        return JointCovariancesOf(Enumerable.Range(0, S).Select(s => (userOf[s], Enumerable.Range(0, rows).Select(row => V[(row * S) + s]).ToArray())));
    }

    /// <summary>The same of a result.</summary>
    public Complex[] JointCovariances(PrecodingResult result)
    {
        int M = Shape.AntennaCount;
        return JointCovariancesOf(Enumerable.Range(0, result.Precoders.StreamCount).Select(stream =>
        {
            var stacked = new Complex[Shape.AccessPointCount * M];
            for (int branch = 0; branch < result.Precoders.BranchCount; branch++)
            {
                if (result.Precoders.AccessPointOf(0, stream, branch) is >= 0 and int l)
                {
                    VectorOf(result, stream, branch).CopyTo(stacked, l * M);
                }
            }

            return (result.Precoders.StreamUser[stream], stacked);
        }));
    }

    /// <summary>d_{l,k} of a result, [accessPoint, user], row-major.</summary>
    public int[] StreamCounts(PrecodingResult result)
    {
        var counts = new int[Shape.AccessPointCount * Shape.UserCount];
        for (int stream = 0; stream < result.Precoders.StreamCount; stream++)
        {
            if (result.Precoders.AccessPointOf(0, stream, 0) is >= 0 and int l)
            {
                counts[(l * Shape.UserCount) + result.Precoders.StreamUser[stream]]++;
            }
        }

        return counts;
    }

    private Complex[] CovariancesOf(IEnumerable<(int AccessPoint, int User, Complex[] P)> streams) =>
        Sums(Shape.AccessPointCount * Shape.UserCount, Shape.AntennaCount, streams.Select(s => ((s.AccessPoint * Shape.UserCount) + s.User, s.P)));

    private Complex[] JointCovariancesOf(IEnumerable<(int User, Complex[] P)> streams) =>
        Sums(Shape.UserCount, Shape.AccessPointCount * Shape.AntennaCount, streams);

    /// <summary>Σ ppᴴ by group.</summary>
    private static Complex[] Sums(int groups, int size, IEnumerable<(int Group, Complex[] P)> streams)
    {
        var sum = new Complex[groups * size * size];
        foreach ((int group, Complex[] p) in streams)
        {
            for (int i = 0; i < size * size; i++)
            {
                sum[(group * size * size) + i] += p[i / size] * Complex.Conjugate(p[i % size]);
            }
        }

        return sum;
    }

    private static Complex[] VectorOf(PrecodingResult result, int stream, int branch)
    {
        var p = new Complex[result.Precoders.Shape.AntennaCount];
        result.Precoders.CopyTo(0, stream, branch, p);
        return p;
    }
}
