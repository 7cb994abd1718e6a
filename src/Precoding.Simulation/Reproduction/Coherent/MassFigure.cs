namespace Precoding.Simulation;

/// <summary>[BSP Fig. 7]: convergence for several mass matrices, 20 dB.</summary>
internal sealed class MassFigure() : FigureStudy("bsp", 7, "convergence for mass matrices, 20 dB")
{
    private const double SnrDb = 20, Reached = 0.95;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        int last = CoherentMethods.FlowLimit(context);
        (string Name, Func<BeamStructuredHamiltonianOptions, BeamStructuredHamiltonianOptions> Change)[] masses =
        [
            ("identity", o => o),
            ("diagonal Hessian, every iteration", o => o with { Mass = MassMatrix.DiagonalHessian, MassRefreshInterval = 1 }),
            ("diagonal Hessian, every 5 iterations", o => o with { Mass = MassMatrix.DiagonalHessian, MassRefreshInterval = 5 }),
        ];
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            PrecodingResult[] flows = [.. masses.Select(m => context.Solve(CoherentMethods.BeamStructured(context, m.Change), drops.At(normalization, SnrDb), $"{m.Name}, {setting}"))];
            panels.Add(new Chart(
                setting, new ChartAxis("iteration", ChartScale.LogarithmicFromZero), new ChartAxis(RateCharts.SumRate, FromZero: true), [.. masses.Select((m, i) => Traces.Mean(m.Name, flows[i], last))]));

            // all against the best that the identity finds: a method that stops early at less would look fast against its own best
            double[][] iterations = [.. flows.Select(f => IterationsTo(f, flows[0]))];
            Estimate[] means = [.. iterations.Select(i => Estimate.Of(i))];
            Estimate[] rates = [.. flows.Skip(1).Select(f => Estimate.OfRatio(f.WeightedSumRate.ToArray(), flows[0].WeightedSumRate.ToArray()))];
            claims.Add(new(
                "Both diagonal Hessians need fewer iterations than the identity", setting, $"to 95 % of the identity's best: {means[1].ToString("0")}, every 5: {means[2].ToString("0")}, identity {means[0].ToString("0")}",
                Judgement.All(iterations.Skip(1).Select(i => Judgement.Below(Difference(i, iterations[0]), 0)))));
            claims.Add(new(
                "Every 5 iterations is about as good as every one", setting, $"{means[2].ToString("0")} beside {means[1].ToString("0")} iterations", Judgement.Below(Estimate.OfRatio(iterations[2], iterations[1]), 1.5), "about: within 1.5 times"));
            claims.Add(new(
                "The final sum rates are comparable", setting, $"over the identity's: {rates[0].ToString("0.000")}, every 5: {rates[1].ToString("0.000")}", Judgement.All(rates.Select(r => Judgement.Within(r, 0.97, 1.03))), "comparable: within 3 %"));
        }

        return new StudyOutcome(drops.ToString(), panels, claims);
    }

    private static Estimate Difference(double[] a, double[] b) => Estimate.Of([.. a.Zip(b, (x, y) => x - y)]);

    private static double[] IterationsTo(PrecodingResult result, PrecodingResult identity) => [.. Enumerable.Range(0, result.Status.Length).Select(r =>
    {
        double target = Reached * identity.WeightedSumRate[r];
        IReadOnlyList<TracePoint> trace = result.Trace(r);
        return (double)(trace.Any(p => p.SumRate >= target) ? trace.First(p => p.SumRate >= target).Iteration : trace[^1].Iteration);
    })];
}
