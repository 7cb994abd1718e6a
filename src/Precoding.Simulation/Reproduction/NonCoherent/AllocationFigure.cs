namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 9]: stream allocation over the SNR for several numbers of users.</summary>
internal sealed class AllocationFigure() : FigureStudy("ncjt", 9, "stream allocation")
{
    private const int MostStreams = 4;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] users = context.Choose<int[]>([4, 8], [4, 8, 12], [4, 8, 12]);
        double[] snrs = context.Choose<double[]>([0, 15], [0, 5, 10, 15, 20], [0, 5, 10, 15, 20]);
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (int K in users)
        {
            CellFreeDrops drops = CellFreeDrops.Of(context, users: K);
            double[][] Rates(Func<IPrecoder> method) => context.SumRates(snrs, drops.At, snr => $"K = {K}, {snr} dB", method);
            double[][] average = Rates(() => NonCoherentMethods.Reduced(context, new StreamRule.Average(), mostStreams: MostStreams));
            double[][] linear = Rates(() => NonCoherentMethods.Selection(context, StreamCandidates.ServingAccessPoints, MostStreams));
            double[][] scheduled = Rates(() => NonCoherentMethods.Selection(context, StreamCandidates.AllAccessPoints, MostStreams));
            panels.Add(RateCharts.OverSnr($"K = {K}, at most {MostStreams} streams a user", snrs, [("RWMMSE, average streams", average), ("RWMMSE-LSA", linear), ("RWMMSE-LUS", scheduled)]));
            Estimate[] gain = [.. linear.Zip(average, Estimate.OfRatio)], more = [.. scheduled.Zip(linear, Estimate.OfRatio)];
            claims.Add(new("RWMMSE with average streams is the lowest", $"K = {K}", "LSA over average: " + List(snrs, gain), Judgement.All(gain.Select(g => Judgement.Above(g, 1))), "how much depends on the geometry, which the paper leaves open"));
            claims.Add(new(
                "RWMMSE-LUS is the highest", $"K = {K}", "LUS over LSA: " + List(snrs, more), Judgement.All(more.Select(m => Judgement.Above(m, 0.997))),
                more.All(m => m.Mean > 1) ? "" : "greedy choice by user ignores how loaded an access point is; within 0.3 % counts as level"));
        }

        return new StudyOutcome(CellFreeDrops.Of(context).ToString(), panels, claims);
    }

    private static string List(double[] snrs, Estimate[] values) => string.Join("; ", snrs.Zip(values, (snr, v) => $"{snr} dB {v.ToString("0.000")}"));
}
