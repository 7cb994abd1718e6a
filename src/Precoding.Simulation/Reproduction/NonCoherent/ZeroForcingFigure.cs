namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 7]: Local EZF, RWMMSE and WMMSE over the SNR for several numbers of users.</summary>
internal sealed class ZeroForcingFigure() : FigureStudy("ncjt", 7, "Local EZF, RWMMSE and WMMSE")
{
    private const double PrintedRate = 108.9, PrintedGain = 1.48;

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
            double[][] forcing = Rates(NonCoherentMethods.ZeroForcing), reduced = Rates(() => NonCoherentMethods.Reduced(context)), full = Rates(() => NonCoherentMethods.Wmmse(context));
            panels.Add(RateCharts.OverSnr($"K = {K}", snrs, [("Local EZF", forcing), ("RWMMSE", reduced), ("WMMSE", full)]));
            double apart = reduced.Zip(full).Max(pair => Math.Abs((pair.First.Average() / pair.Second.Average()) - 1));
            Estimate[] gains = [.. reduced.Zip(forcing, Estimate.OfRatio)];
            claims.Add(new("WMMSE and RWMMSE yield almost the same sum rate", $"K = {K}", $"mean rates differ by at most {apart:0.0e+0}", apart < 5e-3 ? Verdict.Agrees : Verdict.Differs));
            claims.Add(new(
                "Both significantly outperform Local EZF", $"K = {K}", string.Join("; ", snrs.Zip(gains, (snr, g) => $"{snr} dB: {g.ToString("0.00")}")) + " times", Judgement.All(gains.Select(g => Judgement.Above(g, 1.05))), "significantly: by 5 %"));
            int at = Array.IndexOf(snrs, 15);
            if (K == 8)
            {
                Estimate rate = Estimate.Of(reduced[at]);
                claims.Add(new(
                    "At one K and SNR, RWMMSE has 108.9 bit/s/Hz, 48 % above Local EZF", $"K = {K}, {snrs[at]} dB", $"{rate.ToString("0.0")} bit/s/Hz, {gains[at].ToString("0.00")} times",
                    Math.Abs(rate.Mean - PrintedRate) < 0.1 * PrintedRate && Math.Abs(gains[at].Mean - PrintedGain) < 0.1 ? Verdict.Agrees : Verdict.Open,
                    "the paper's sizes and SNR at that point are not known; these were fitted to its numbers, so agreement shows consistency only"));
            }
        }

        return new StudyOutcome(CellFreeDrops.Of(context).ToString(), panels, claims);
    }
}
