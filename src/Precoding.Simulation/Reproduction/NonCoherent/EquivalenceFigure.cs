namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 5]: convergence of WMMSE and RWMMSE for several numbers of antennas.</summary>
internal sealed class EquivalenceFigure() : FigureStudy("ncjt", 5, "convergence of WMMSE and RWMMSE")
{
    private const double SnrDb = 10;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] antennas = context.Choose<int[]>([8, 16], [16, 32, 64], [16, 32, 64]);
        int last = context.Choose(30, 100, 100);
        var series = new List<ChartSeries>();
        double worst = 0;
        bool falls = false;
        foreach (int M in antennas)
        {
            ChannelBatch channels = CellFreeDrops.Of(context, antennas: M).At(SnrDb);
            PrecodingResult reduced = context.Solve(NonCoherentMethods.Reduced(context, limit: last), channels, $"M = {M}"), full = context.Solve(NonCoherentMethods.Wmmse(context, last), channels, $"M = {M}");
            series.Add(Traces.Mean($"WMMSE, M = {M}", full, last));
            series.Add(Traces.Mean($"RWMMSE, M = {M}", reduced, last));
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                worst = Math.Max(worst, Math.Abs((reduced.WeightedSumRate[r] / full.WeightedSumRate[r]) - 1));
                IReadOnlyList<TracePoint> trace = reduced.Trace(r);
                falls |= trace.Zip(trace.Skip(1)).Any(pair => pair.Second.SumRate < pair.First.SumRate * (1 - 1e-4));
            }
        }

        Chart chart = new($"{SnrDb} dB, one stream a link", new ChartAxis("iteration", ChartScale.LogarithmicFromZero), new ChartAxis(RateCharts.SumRate, FromZero: true), series);
        return new StudyOutcome(CellFreeDrops.Of(context).ToString(), [chart],
        [
            new("Both converge to the same sum rate", $"{SnrDb} dB, every M and drop", $"largest relative difference after {last} iterations {worst:0.0e+0}", worst < 1e-2 ? Verdict.Agrees : Verdict.Differs,
                "equal iterates in exact arithmetic; single precision may leave a saddle at another iteration"),
            new("Both converge smoothly", $"{SnrDb} dB, every M and drop", falls ? "some trace falls by more than 10⁻⁴" : "no trace falls by more than 10⁻⁴", falls ? Verdict.Differs : Verdict.Agrees),
        ]);
    }
}
