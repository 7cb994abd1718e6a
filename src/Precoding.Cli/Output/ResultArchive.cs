using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>
/// The --out archive: P[realization, user, accessPoint, antenna], sumRate[realization], rates[realization, user], iterations[realization],
/// status[realization] (numbers of <see cref="SolveStatus"/>) and meta (JSON); with several precoders the names are prefixed, wmmse.P.
/// </summary>
internal static class ResultArchive
{
    public static void Write(string path, IReadOnlyList<PrecodingResult> results, string metaJson) => OutputFile.Write(path, p => NpzWriter.Write(p, archive =>
    {
        foreach (PrecodingResult result in results)
        {
            Add(archive, results.Count > 1 ? $"{result.PrecoderName}." : string.Empty, result);
        }

        archive.AddText("meta", metaJson);
    }));

    private static void Add(NpzWriter archive, string prefix, PrecodingResult result)
    {
        ChannelShape shape = result.Precoders.Shape;
        int R = shape.RealizationCount, K = shape.UserCount;
        int[] extents = [R, K, shape.AccessPointCount, shape.AntennaCount];
        if (result.Precoders.Precision == Precision.Single)
        {
            archive.Add($"{prefix}P", extents, result.Precoders.AsSingle());
        }
        else
        {
            archive.Add($"{prefix}P", extents, result.Precoders.AsDouble());
        }

        archive.Add($"{prefix}sumRate", [R], result.WeightedSumRate);
        archive.Add<double>($"{prefix}rates", [R, K], [.. Enumerable.Range(0, R).SelectMany(r => result.Rates(r).ToArray())]);
        archive.Add($"{prefix}iterations", [R], result.Iterations);
        archive.Add<int>($"{prefix}status", [R], [.. result.Status.ToArray().Select(s => (int)s)]);
    }
}
