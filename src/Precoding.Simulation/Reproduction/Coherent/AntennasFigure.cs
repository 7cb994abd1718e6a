namespace Precoding.Simulation;

/// <summary>[BSP Fig. 8]: sum rate over the antennas of an access point beside WMMSE.</summary>
internal sealed class AntennasFigure() : FigureStudy("bsp", 8, "sum rate over antennas, 20 dB")
{
    private const double SnrDb = 20;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] antennas = context.Choose<int[]>([16, 32, 64], [64, 128, 192, 256], [128, 256, 384, 512]);
        CoherentDrops[] drops = [.. antennas.Select(M => CoherentDrops.Of(context, antennas: M))];
        double[] places = [.. antennas.Select(m => (double)m)];
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            double[][] Rates(Func<IPrecoder> method) => context.SumRates(drops, d => d.At(normalization, SnrDb), d => $"M = {d.Antennas}, {setting}", method);
            double[][] flow = Rates(() => CoherentMethods.BeamStructured(context)), wmmse = Rates(() => CoherentMethods.Wmmse(context)), ours = Rates(() => new ReducedConjugateGradient(new() { MaxIterations = 100 }));
            panels.Add(RateCharts.Over(setting, new ChartAxis("antennas per access point, M"), places, [("BSP-Hamiltonian", flow), ("WMMSE", wmmse), ("reduced-cg (ours)", ours)]));
            Estimate[] ratios = [.. flow.Zip(wmmse, Estimate.OfRatio)];
            string found = string.Join("; ", antennas.Zip(ratios, (m, r) => $"M = {m}: {r.ToString("0.000")}"));
            claims.Add(new("BSP is close to WMMSE at every M", setting, $"over WMMSE: {found}", Judgement.All(ratios.Select(r => Judgement.Above(r, 0.9))), "close: above 90 %"));
            claims.Add(new(
                "The relative gap falls as M grows", setting, $"over WMMSE: {found}", Judgement.Above(Growth(flow, wmmse), 0), "judged from the fewest antennas to the most"));
        }

        return new StudyOutcome($"L = 3, K = {drops[0].Users}, {drops[0].Drops} drops of 3GPP TR 38.901 UMa NLOS, seed {context.Seed}", panels, claims);
    }

    /// <summary>By how much the ratio grows from the first place to the last, over drops that have the same users.</summary>
    private static Estimate Growth(double[][] flow, double[][] wmmse) => Estimate.Of([.. Enumerable.Range(0, flow[0].Length).Select(r => (flow[^1][r] / wmmse[^1][r]) - (flow[0][r] / wmmse[0][r]))]);
}
