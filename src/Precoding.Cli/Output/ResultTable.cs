namespace Precoding.Cli.Output;

/// <summary>The comparison for people: one line a precoder, with units.</summary>
internal static class ResultTable
{
    public static void Write(TextWriter output, IReadOnlyList<PrecodingResult> results)
    {
        double best = results.Max(r => r.WeightedSumRate.ToArray().Average());
        bool several = results[0].Status.Length > 1;
        bool weighted = results[0].Network.Users.Any(u => u.Weight != 1);
        var table = new TextTable(
            ("precoder", "", false),
            (weighted ? "weighted sum rate" : "sum rate", several ? "bit/s/Hz, mean ± std" : "bit/s/Hz", true),
            ("relative to best", "%", true),
            ("iterations", several ? "mean" : "", true),
            ("worst power excess", "relative", true),
            ("seconds", "all realizations", true),
            ("status", several ? "realizations" : "", false));
        foreach (PrecodingResult result in results)
        {
            double[] rates = result.WeightedSumRate.ToArray();
            table.Add(
                result.PrecoderName,
                Format.MeanAndDeviation(rates, "F3"),
                Format.Number(100 * rates.Average() / best, "F1"),
                Format.Number(result.Iterations.ToArray().Average(), several ? "F1" : "F0"),
                Format.Number(WorstExcess(result), "0.0e+0"),
                Format.Seconds(result.Timings.Total),
                StatusText(result));
        }

        table.Write(output);
    }

    /// <summary>The worst over realizations; those that were never reached have no power and do not count.</summary>
    private static double WorstExcess(PrecodingResult result) => Enumerable.Range(0, result.Status.Length).Max(result.WorstPowerExcess);

    private static string StatusText(PrecodingResult result)
    {
        var counts = result.Status.ToArray().CountBy(s => s).OrderBy(c => c.Key).ToArray();
        return result.Status.Length == 1
            ? Format.Kebab(counts[0].Key.ToString())
            : string.Join(", ", counts.Select(c => $"{c.Value} {Format.Kebab(c.Key.ToString())}"));
    }
}
