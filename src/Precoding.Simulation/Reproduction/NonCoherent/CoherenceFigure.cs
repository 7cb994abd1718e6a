namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 8]: coherent beside non-coherent transmission over antennas, and RWMMSE after three iterations.</summary>
internal sealed class CoherenceFigure() : FigureStudy("ncjt", 8, "coherent and non-coherent transmission, 15 dB")
{
    private const double SnrDb = 15;
    private const int Few = 3;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] antennas = context.Choose<int[]>([32, 64], [32, 48, 64, 96], [32, 48, 64, 96]);
        double[][] coherent = new double[antennas.Length][], separate = new double[antennas.Length][], few = new double[antennas.Length][];
        for (int i = 0; i < antennas.Length; i++)
        {
            ChannelBatch channels = CellFreeDrops.Of(context, antennas: antennas[i]).At(SnrDb);
            string what = $"M = {antennas[i]}";
            PrecodingResult reduced = context.Solve(NonCoherentMethods.Reduced(context), channels, what);
            coherent[i] = context.Solve(NonCoherentMethods.Coherent(context), channels, what).WeightedSumRate.ToArray();
            separate[i] = reduced.WeightedSumRate.ToArray();
            few[i] = [.. Enumerable.Range(0, channels.Shape.RealizationCount).Select(r => Traces.At(reduced, r, Few))];
        }

        Estimate[] gains = [.. coherent.Zip(separate, Estimate.OfRatio)], early = [.. few.Zip(separate, Estimate.OfRatio)];
        Chart chart = RateCharts.Over(
            $"{SnrDb} dB, one stream a link", new ChartAxis("antennas per access point, M"), [.. antennas.Select(m => (double)m)],
            [("CJT (cjt-wmmse)", coherent), ("NCJT (ncjt-rwmmse)", separate), ($"NCJT after {Few} iterations", few)]);
        return new StudyOutcome(CellFreeDrops.Of(context).ToString(), [chart],
        [
            new("CJT has about 30 % more sum rate than NCJT", $"{SnrDb} dB", string.Join("; ", antennas.Zip(gains, (m, g) => $"M = {m}: {g.ToString("0.00")}")) + " times", Judgement.All(gains.Select(g => Judgement.Within(g, 1.2, 1.4))),
                "the ratio grows with the access points that serve a user: it is near 2 for four"),
            new($"RWMMSE has most of its rate after {Few} iterations (the share is illegible)", $"{SnrDb} dB", string.Join("; ", antennas.Zip(early, (m, e) => $"M = {m}: {e.ToString("0.000")}")), Judgement.All(early.Select(e => Judgement.Above(e, 0.9))), "most: above 90 %"),
        ]);
    }
}
