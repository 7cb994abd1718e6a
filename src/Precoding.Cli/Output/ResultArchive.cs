using System.Numerics;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>
/// The --out file, .npz or .mat: P, sumRate[realization], rates[realization, user], iterations[realization], status[realization] (numbers of
/// <see cref="SolveStatus"/>), where asked for upperBound[realization], where they vary weights[realization, user], and meta (JSON); with several precoders the names are prefixed, wmmse.P (wmmse_P in .mat). P is [realization, user, accessPoint, antenna] for
/// single-antenna users; [realization, antenna, stream] with streamAccessPoint and streamUser[stream] where every stream leaves one access point;
/// [realization, accessPoint, antenna, stream] with streamUser for coherent streams. Streams of all realizations have a column each, 0 where one has not got it.
/// </summary>
internal static class ResultArchive
{
    /// <param name="isOfSeveral">Whether several precoders were asked for, be there results of one: names do not depend on what became of the others.</param>
    public static void Write(string path, IReadOnlyList<PrecodingResult> results, bool isOfSeveral, SumRateBounds? bounds, string metaJson) => OutputFile.Write(path, p => ArrayFile.Write(p, archive =>
    {
        AddAll(archive, results, isOfSeveral, bounds);
        archive.AddText("meta", metaJson);
    }));

    /// <summary>Adds all arrays but the meta text.</summary>
    public static void AddAll(IArrayWriter archive, IReadOnlyList<PrecodingResult> results, bool isOfSeveral, SumRateBounds? bounds)
    {
        foreach (PrecodingResult result in results)
        {
            Add(archive, Prefix(result, isOfSeveral), result);
        }

        if (bounds is not null)
        {
            archive.Add("upperBound", [bounds.UpperBound.Length], bounds.UpperBound);
        }
    }

    /// <summary>What stands before the names of a precoder's arrays.</summary>
    public static string Prefix(PrecodingResult result, bool isOfSeveral) => isOfSeveral ? $"{result.PrecoderName}." : string.Empty;

    private static void Add(IArrayWriter archive, string prefix, PrecodingResult result)
    {
        ChannelShape shape = result.Precoders.Shape;
        int R = shape.RealizationCount, K = shape.UserCount;
        PrecoderEntry entry = PrecoderCatalog.Find(result.PrecoderName);
        if (!entry.HasStreams())
        {
            AddPrecoders(archive, prefix, [R, K, shape.AccessPointCount, shape.AntennaCount], result.Precoders);
        }
        else if (entry.IsNonCoherent())
        {
            AddSeparateStreams(archive, prefix, result.Precoders);
        }
        else
        {
            AddJointStreams(archive, prefix, result.Precoders);
        }

        archive.Add($"{prefix}sumRate", [R], result.WeightedSumRate);
        archive.Add<double>($"{prefix}rates", [R, K], [.. Enumerable.Range(0, R).SelectMany(r => result.Rates(r).ToArray())]);
        if (result.HasOwnWeights)
        {
            archive.Add<double>($"{prefix}weights", [R, K], [.. Enumerable.Range(0, R * K).Select(i => result.Weight(i / K, i % K))]);
        }

        archive.Add($"{prefix}iterations", [R], result.Iterations);
        archive.Add<int>($"{prefix}status", [R], [.. result.Status.ToArray().Select(s => (int)s)]);
    }

    private static void AddPrecoders(IArrayWriter archive, string prefix, int[] extents, PrecoderBatch precoders)
    {
        if (precoders.Precision == Precision.Single)
        {
            archive.Add($"{prefix}P", extents, precoders.AsSingle());
        }
        else
        {
            archive.Add($"{prefix}P", extents, precoders.AsDouble());
        }
    }

    /// <summary>Columns are the (access point, user, number) that any realization has, in this order; number counts the streams of the pair.</summary>
    private static void AddSeparateStreams(IArrayWriter archive, string prefix, PrecoderBatch precoders)
    {
        int R = precoders.Shape.RealizationCount, M = precoders.Shape.AntennaCount;
        var keys = new (int AccessPoint, int User, int Number)?[R, precoders.StreamCount];
        var seen = new SortedSet<(int AccessPoint, int User, int Number)>();
        for (int r = 0; r < R; r++)
        {
            var counts = new Dictionary<(int, int), int>();
            for (int stream = 0; stream < precoders.StreamCount; stream++)
            {
                (int accessPoint, int user) = (precoders.AccessPointOf(r, stream, 0), precoders.StreamUser[stream]);
                if (accessPoint >= 0)
                {
                    int number = counts[(accessPoint, user)] = counts.GetValueOrDefault((accessPoint, user), -1) + 1;
                    keys[r, stream] = (accessPoint, user, number);
                    seen.Add((accessPoint, user, number));
                }
            }
        }

        int S = seen.Count;
        Dictionary<(int, int, int), int> columns = seen.Select((key, i) => (key, i)).ToDictionary(c => c.key, c => c.i);
        var P = new Complex[checked(R * M * S)];
        var p = new Complex[M];
        for (int r = 0; r < R; r++)
        {
            for (int stream = 0; stream < precoders.StreamCount; stream++)
            {
                if (keys[r, stream] is { } key)
                {
                    precoders.CopyTo(r, stream, 0, p);
                    Scatter(p, P, r * M * S, S, columns[key]);
                }
            }
        }

        AddComplex(archive, $"{prefix}P", [R, M, S], P, precoders.Precision);
        archive.Add<int>($"{prefix}streamAccessPoint", [S], [.. seen.Select(key => key.AccessPoint)]);
        archive.Add<int>($"{prefix}streamUser", [S], [.. seen.Select(key => key.User)]);
    }

    private static void AddJointStreams(IArrayWriter archive, string prefix, PrecoderBatch precoders)
    {
        ChannelShape shape = precoders.Shape;
        int R = shape.RealizationCount, L = shape.AccessPointCount, M = shape.AntennaCount, S = precoders.StreamCount;
        var P = new Complex[checked(R * L * M * S)];
        var p = new Complex[M];
        for (int r = 0; r < R; r++)
        {
            for (int stream = 0; stream < S; stream++)
            {
                for (int branch = 0; branch < precoders.BranchCount; branch++)
                {
                    if (precoders.AccessPointOf(r, stream, branch) is >= 0 and var accessPoint)
                    {
                        precoders.CopyTo(r, stream, branch, p);
                        Scatter(p, P, ((r * L) + accessPoint) * M * S, S, stream);
                    }
                }
            }
        }

        AddComplex(archive, $"{prefix}P", [R, L, M, S], P, precoders.Precision);
        archive.Add<int>($"{prefix}streamUser", [S], [.. precoders.StreamUser]);
    }

    /// <summary>A column of a row-major matrix of <paramref name="width"/> columns that begins at <paramref name="start"/>.</summary>
    private static void Scatter(ReadOnlySpan<Complex> values, Span<Complex> matrix, int start, int width, int column)
    {
        for (int m = 0; m < values.Length; m++)
        {
            matrix[start + (m * width) + column] = values[m];
        }
    }

    private static void AddComplex(IArrayWriter archive, string name, ReadOnlySpan<int> extents, Complex[] values, Precision precision)
    {
        if (precision == Precision.Single)
        {
            archive.Add<ComplexF>(name, extents, Array.ConvertAll(values, v => (ComplexF)v));
        }
        else
        {
            archive.Add<Complex>(name, extents, values);
        }
    }
}
