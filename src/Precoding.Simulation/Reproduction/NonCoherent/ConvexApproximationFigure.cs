namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 3] and [NCJT Fig. 4]: WMMSE beside successive convex approximation for users with one antenna, rates or times.</summary>
internal sealed class ConvexApproximationFigure(bool isOfTimes)
    : FigureStudy("ncjt", isOfTimes ? 4 : 3, isOfTimes ? "time of WMMSE and SCA" : "sum rate of WMMSE and SCA")
{
    private protected override StudyOutcome Compute(StudyContext context)
    {
        CellFreeDrops drops = CellFreeDrops.Of(context, users: 4, antennas: 8, userAntennas: 1);
        double[] snrs = context.Choose<double[]>([0, 10], [0, 5, 10, 15, 20], [0, 5, 10, 15, 20]);
        int limit = context.Choose(500, 5000, 20_000);
        PrecodingResult[] wmmse = [.. snrs.Select(snr => context.Solve(new ReducedWmmse(new() { MaxIterations = limit, Tolerance = 1e-8 }), drops.At(snr), $"{snr} dB"))];
        PrecodingResult[] sca = [.. snrs.Select(snr => context.Solve(new SuccessiveConvexApproximation(), drops.At(snr), $"{snr} dB"))];
        (string Name, PrecodingResult[] Results)[] methods = [("WMMSE (ncjt-rwmmse)", wmmse), ("SCA (ncjt-sca)", sca)];
        if (!isOfTimes)
        {
            double[] ratios = [.. wmmse.Zip(sca).SelectMany(pair => pair.First.WeightedSumRate.ToArray().Zip(pair.Second.WeightedSumRate.ToArray(), (a, b) => a / b))];
            Estimate ratio = Estimate.Of(ratios);
            int equal = ratios.Count(r => Math.Abs(r - 1) < 1e-3);
            return new StudyOutcome(drops.ToString(), [RateCharts.OverSnr("users with one antenna, one stream a link", snrs, [.. methods.Select(m => (m.Name, Rates(m.Results)))])],
            [
                new("SCA and WMMSE achieve the same sum rate", "all SNRs", $"WMMSE over SCA {ratio.ToString("0.0000")}; equal to 0.1 % in {equal} of {ratios.Length} drops", Judgement.Within(ratio, 0.99, 1.01),
                    "some drops have several local optima, or WMMSE has not come to rest"),
            ]);
        }

        double[][] Seconds(PrecodingResult[] results) => [.. results.Select(r => r.SecondsSolve.ToArray())];
        Chart chart = new(
            "wall time of a drop in a batch", new ChartAxis("SNR, dB"), new ChartAxis("seconds", ChartScale.Logarithmic),
            [.. methods.Select(m => new ChartSeries(m.Name, [.. snrs.Select((snr, i) => ChartPoint.Of(snr, Seconds(m.Results)[i].Average()))]))]);
        double slower = Seconds(sca).SelectMany(s => s).Average() / Seconds(wmmse).SelectMany(s => s).Average();
        return new StudyOutcome(drops.ToString(), [chart],
        [
            new("SCA takes more than 100 times the time of WMMSE", "all SNRs, both run to rest", $"SCA over WMMSE {slower:0.##}", slower > 100 ? Verdict.Agrees : Verdict.Differs,
                "the paper solves every convex problem with CVX, a general solver; here a first-order method made for it does"),
        ]);

        static double[][] Rates(PrecodingResult[] results) => [.. results.Select(r => r.WeightedSumRate.ToArray())];
    }
}
