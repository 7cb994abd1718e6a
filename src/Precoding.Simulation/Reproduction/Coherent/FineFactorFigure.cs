namespace Precoding.Simulation;

/// <summary>[BSP Fig. 4]: sum rate over the SNR for several fine factors, with beams chosen by pursuit and by the paper's own equation.</summary>
internal sealed class FineFactorFigure() : FigureStudy("bsp", 4, "sum rate for fine factors")
{
    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context, keepsPaths: true);
        double[] snrs = context.Choose<double[]>([0, 20], [0, 10, 20, 30], [0, 5, 10, 15, 20, 25, 30]);
        int[] factors = [1, 2, 3];
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (SupportSelector selector in (SupportSelector[])[SupportSelector.Pursuit, SupportSelector.PathBinning])
        {
            foreach (Normalization normalization in CoherentDrops.Normalizations)
            {
                string setting = $"{CoherentDrops.Describe(normalization)}, {(selector == SupportSelector.Pursuit ? "beams by pursuit" : "beams by (3)")}";
                double[][][] rates = [.. factors.Select(F => context.SumRates(
                    snrs, snr => drops.At(normalization, snr), snr => $"F = {F}, {snr} dB, {setting}", () => CoherentMethods.BeamStructured(context, o => o with { FineFactor = F, Support = selector })))];
                panels.Add(RateCharts.OverSnr(setting, snrs, [.. factors.Select((F, i) => ($"F = {F}", rates[i]))]));
                Estimate second = Estimate.OfRatio(rates[1][^1], rates[0][^1]), third = Estimate.OfRatio(rates[2][^1], rates[1][^1]);
                claims.Add(new(
                    "F = 2 is significantly above F = 1, most at high SNR", $"{setting}, {snrs[^1]} dB", $"F = 2 over F = 1: {second.ToString("0.000")}", Judgement.Above(second, 1.005),
                    selector == SupportSelector.Pursuit && second.Low <= 1.005 ? "pursuit gives F = 1 more beams instead (Figure 3), and rates are on the true channel" : ""));
                claims.Add(new(
                    "F = 3 is only marginally above F = 2", $"{setting}, {snrs[^1]} dB", $"F = 3 over F = 2: {third.ToString("0.000")}", Judgement.Within(third, 0.98, 1.02), "marginally: within 2 %"));
            }
        }

        return new StudyOutcome(drops.ToString(), panels, claims);
    }
}
