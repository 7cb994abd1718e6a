using Precoding.Cli.Solving;

namespace Precoding.Cli.Output;

/// <summary>The comparison for people: one line a precoder, with units.</summary>
internal static class ResultTable
{
    /// <param name="bounds">Upper bounds on the sum rate, where they were asked for.</param>
    /// <param name="blocks">Blocks of a sequence, where realizations are time.</param>
    public static void Write(TextWriter output, IReadOnlyList<PrecodingResult> results, SumRateBounds? bounds = null, int? blocks = null)
    {
        double best = results.Max(r => Reached(r).Average(i => r.WeightedSumRate[i]));
        bool several = results[0].Status.Length > 1;
        bool streams = results.Any(r => PrecoderCatalog.Find(r.PrecoderName).HasStreams());
        bool designed = results.Any(r => !r.DesignedSumRate.IsEmpty);
        bool weighted = results[0].HasOwnWeights || results[0].Network.Users.Any(u => u.Weight != 1);
        var table = new TextTable([
            ("precoder", "", false),
            (weighted ? "weighted sum rate" : "sum rate", several ? "bit/s/Hz, mean ± std" : "bit/s/Hz", true),
            ("relative to best", "%", true),
            .. bounds is not null ? new[] { ("of upper bound", several ? "%, mean" : "%", true) } : [],
            .. designed ? new[] { ("as designed", several ? "bit/s/Hz, mean" : "bit/s/Hz", true) } : [],
            .. streams ? new[] { ("streams", several ? "mean" : "", true), ("exchanged", "complex up + down", true) } : [],
            ("iterations", several ? "mean" : "", true),
            ("worst power excess", "relative", true),
            ("seconds", "all realizations", true),
            ("status", several ? "realizations" : "", false)]);
        foreach (PrecodingResult result in results)
        {
            int[] reached = Reached(result);
            double[] rates = [.. reached.Select(r => result.WeightedSumRate[r])];
            table.Add([
                result.PrecoderName,
                Format.MeanAndDeviation(rates, "F3"),
                best > 0 ? Format.Number(100 * rates.Average() / best, "F1") : "-",
                .. bounds is not null ? new[] { Format.Number(100 * reached.Average(r => bounds.ShareOf(result, r)), "F2") } : [],
                .. designed ? new[] { Format.Number(reached.Average(r => result.DesignedSumRate[r]), "F3") } : [],
                .. streams ? new[] { Format.Number(reached.Average(r => result.Precoders.SentStreamCount(r)), several ? "F1" : "F0"), Exchanged(result, reached) } : [],
                Format.Number(reached.Average(r => result.Iterations[r]), several ? "F1" : "F0"),
                Format.Number(reached.Max(result.WorstPowerExcess), "0.0e+0"),
                Format.Seconds(result.Timings.Total),
                StatusText(result)]);
        }

        table.Write(output);
        if (blocks is { } count)
        {
            output.WriteLine();
            foreach (PrecodingResult result in results)
            {
                output.WriteLine($"{result.PrecoderName}: {SequenceSummary.Describe(SequenceSummary.Of(result, count))}");
            }
        }

        double[] known = bounds is null ? [] : [.. bounds.UpperBound.ToArray().Where(double.IsFinite)];
        if (known.Length > 0)
        {
            output.WriteLine();
            output.WriteLine($"upper bound {Format.MeanAndDeviation(known, "F3")} bit/s/Hz{(several ? ", mean ± std" : "")}, in {Format.Seconds(bounds!.Seconds)} s: no transmit scheme within the budgets has a larger {(weighted ? "weighted " : "")}sum rate");
        }
    }

    /// <summary>What access points and central unit exchange, complex numbers of one realization, the mean over them.</summary>
    private static string Exchanged(PrecodingResult result, int[] reached)
    {
        Interaction[] all = [.. reached.Select(result.Interaction).OfType<Interaction>()];
        return all.Length == 0 ? "-" : $"{Format.Number(all.Average(i => i.ComplexUp), "F0")} + {Format.Number(all.Average(i => i.ComplexDown), "F0")}";
    }

    /// <summary>Realizations that have a result; after an interruption the later ones have none and do not count.</summary>
    private static int[] Reached(PrecodingResult result) => [.. Enumerable.Range(0, result.Status.Length).Where(r => result.Start(r).Length > 0)];

    private static string StatusText(PrecodingResult result)
    {
        var counts = result.Status.ToArray().CountBy(s => s).OrderBy(c => c.Key).ToArray();
        return result.Status.Length == 1
            ? Format.Kebab(counts[0].Key.ToString())
            : string.Join(", ", counts.Select(c => $"{c.Value} {Format.Kebab(c.Key.ToString())}"));
    }
}
