namespace Precoding.Simulation;

/// <summary>[BSP Fig. 6]: convergence from several starts beside WMMSE, 20 dB.</summary>
internal sealed class StartsFigure() : FigureStudy("bsp", 6, "convergence from several starts, 20 dB")
{
    private const double SnrDb = 20, Reached = 0.99;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        (string Name, InitialPrecoder Start)[] starts = [("MRT", new InitialPrecoder.MaximumRatio()), ("uniform", new InitialPrecoder.Uniform()), ("random", new InitialPrecoder.Random(0))];
        int last = CoherentMethods.WmmseLimit(context);
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            ChannelBatch channels = drops.At(normalization, SnrDb);
            PrecodingResult[] flows = [.. starts.Select(s => context.Solve(
                CoherentMethods.BeamStructured(context, o => o with { Starts = [s.Start] }), channels, $"from {s.Name}, {setting}"))];
            PrecodingResult wmmse = context.Solve(CoherentMethods.Wmmse(context), channels, setting), ours = context.Solve(new ReducedConjugateGradient(new() { MaxIterations = 100, Starts = [new InitialPrecoder.MaximumRatio()] }), channels, setting);
            panels.Add(new Chart(
                setting, new ChartAxis("iteration", ChartScale.LogarithmicFromZero), new ChartAxis(RateCharts.SumRate, FromZero: true),
                [
                    .. starts.Select((s, i) => Traces.Mean($"BSP-Hamiltonian, {s.Name} start", flows[i], last)), Traces.Mean("WMMSE, MRT start", wmmse, last),
                    Traces.Mean("reduced-cg, MRT start (ours)", ours, last),
                ]));
            Estimate[] reached = [.. flows.Select(f => Estimate.Of(Traces.IterationsTo(Reached, f)))];
            Estimate slow = Estimate.Of(Traces.IterationsTo(Reached, wmmse));
            double[] final = [.. flows.Select(f => f.WeightedSumRate.ToArray().Average())];
            Estimate[] ratios = [.. flows.Skip(1).Select(f => Estimate.OfRatio(f.WeightedSumRate.ToArray(), flows[0].WeightedSumRate.ToArray()))];
            string counts = string.Join("; ", starts.Select((s, i) => $"{s.Name} {reached[i].ToString("0")}"));
            claims.Add(new(
                "Every start converges within about 200 iterations", setting, $"iterations to 99 % of their best: {counts}", Judgement.All(reached.Select(r => Judgement.Below(r, 200)))));
            claims.Add(new(
                "to comparable sum rates", setting, string.Join("; ", starts.Select((s, i) => $"{s.Name} {final[i]:0.#}")) + " bit/s/Hz", Judgement.All(ratios.Select(r => Judgement.Within(r, 0.97, 1.03))), "comparable: within 3 %"));
            claims.Add(new("The MRT start needs the fewest iterations", setting, counts, Judgement.All(flows.Skip(1).Select(f => Judgement.Above(Fewer(f, flows[0]), 0)))));
            claims.Add(new(
                "WMMSE needs more than 800 iterations", setting, $"iterations to 99 % of its best of {last}: {slow.ToString("0")}",
                last <= 800 ? Verdict.Open : Judgement.Above(slow, 800),
                "the number depends on how unlike the users' gains are, that is on sizes and normalisation"));
        }

        return new StudyOutcome(drops.ToString(), panels, claims);
    }

    /// <summary>Iterations of one less those of another, drop by drop.</summary>
    private static Estimate Fewer(PrecodingResult one, PrecodingResult other) => Estimate.Of([.. Traces.IterationsTo(Reached, one).Zip(Traces.IterationsTo(Reached, other), (a, b) => a - b)]);
}
