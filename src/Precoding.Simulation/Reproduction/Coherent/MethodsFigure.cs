namespace Precoding.Simulation;

/// <summary>[BSP Fig. 5]: sum rate of all methods over the SNR, and the ratios that the paper's conclusion names.</summary>
internal sealed class MethodsFigure() : FigureStudy("bsp", 5, "sum rate of all methods")
{
    private const double PrintedShare = 0.9786, PrintedComplexity = 0.0231, Reached = 0.99;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        double[] snrs = context.Choose<double[]>([0, 20], [0, 10, 20, 30], [0, 5, 10, 15, 20, 25, 30]), beams = CoherentMethods.BeamsPerLink(context, drops);
        Complexity[] flowCost = [.. beams.Select(n => Complexity.Of(CoherentMethods.BeamStructured(context), drops.Shape, n))];
        Complexity wmmseCost = Complexity.Of(new Wmmse(), drops.Shape);
        int at20 = Array.IndexOf(snrs, 20);
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            PrecodingResult[] Results(Func<IPrecoder> method) => [.. snrs.Select(snr => context.Solve(method(), drops.At(normalization, snr), $"{snr} dB, {setting}"))];
            PrecodingResult[] flow = Results(() => CoherentMethods.BeamStructured(context)), wmmse = Results(() => CoherentMethods.Wmmse(context));
            double[][] matched = [.. snrs.Select((_, i) => CoherentMethods.MatchedWmmse(wmmse[i], [.. flow[i].Iterations.ToArray().Select((n, r) => flowCost[r].Design(n))], drops.Shape))];
            (string Name, double[][] Rates)[] methods =
            [
                ("BSP-Hamiltonian (converged)", Rates(flow)), ("WMMSE (converged)", Rates(wmmse)), ("WMMSE (matched complexity)", matched), ("reduced-cg, 30 iterations (ours)", Rates(Results(() => new ReducedConjugateGradient()))),
                ("BLN-PGP", Rates(Results(() => new UnfoldedProjectedGradient()))), ("normalised RZF", Rates(Results(() => new RegularizedZeroForcing()))), ("DFT codebook", Rates(Results(() => new DftCodebook()))),
            ];
            panels.Add(RateCharts.OverSnr(setting, snrs, methods));
            Estimate share = Estimate.OfRatio(Rates(flow)[at20], Rates(wmmse)[at20]);
            claims.Add(new(
                "At 20 dB, BSP attains 97.86 % of the sum rate of WMMSE", setting, $"{(100 * share.Mean):0.0} ± {(100 * share.HalfWidth):0.0} %", Judgement.Within(share, PrintedShare - 0.02, PrintedShare + 0.02),
                "within 2 % counts; the ratio depends on the normalisation, which the paper does not state"));
            double[] flowIterations = Traces.IterationsTo(Reached, flow[at20]), wmmseIterations = Traces.IterationsTo(Reached, wmmse[at20]);
            Estimate complexity = Estimate.Of([.. flowIterations.Select((n, r) => flowCost[r].Design((int)n) / wmmseCost.Design((int)Math.Max(1, wmmseIterations[r])))]);
            claims.Add(new(
                "with 2.31 % of its design complexity", setting, $"{(100 * complexity.Mean):0.0} ± {(100 * complexity.HalfWidth):0.0} % to 99 % of each one's own best", Judgement.Below(complexity, 2 * PrintedComplexity),
                $"iterations {flowIterations.Average():0} against {wmmseIterations.Average():0}; one of BSP costs {(flowCost.Average(c => c.PerIteration) / wmmseCost.PerIteration):0.00} of one of WMMSE"));
            Estimate high = Estimate.OfRatio(Rates(flow)[^1], matched[^1]);
            claims.Add(new(
                "At matched complexity BSP outperforms WMMSE at high SNR", $"{setting}, {snrs[^1]} dB", $"BSP over WMMSE: {high.ToString("0.000")}", Judgement.Above(high, 1)));
            claims.Add(new(
                "The DFT codebook is the lowest of all", setting, string.Join("; ", snrs.Select((snr, i) => $"{snr} dB: {methods[^1].Rates[i].Average():0.#} of {methods.Min(m => m.Rates[i].Average()):0.#} … {methods.Max(m => m.Rates[i].Average()):0.#}")),
                snrs.Select((_, i) => i).All(i => methods.Min(m => m.Rates[i].Average()) == methods[^1].Rates[i].Average()) ? Verdict.Agrees : Verdict.Differs));
            claims.Add(new(
                "The sum rate of every method rises with the SNR", setting, "means over drops", methods.All(m => m.Rates.Zip(m.Rates.Skip(1)).All(p => p.Second.Average() > p.First.Average())) ? Verdict.Agrees : Verdict.Differs));
        }

        return new StudyOutcome(drops.ToString(), panels, claims);

        static double[][] Rates(PrecodingResult[] results) => [.. results.Select(r => r.WeightedSumRate.ToArray())];
    }
}
