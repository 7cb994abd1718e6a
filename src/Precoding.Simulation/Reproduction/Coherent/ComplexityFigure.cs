namespace Precoding.Simulation;

/// <summary>[BSP Fig. 9]: counted complexity of design and implementation over the users, 20 dB.</summary>
internal sealed class ComplexityFigure() : FigureStudy("bsp", 9, "counted complexity over users, 20 dB")
{
    private const double SnrDb = 20, Reached = 0.99;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] users = context.Choose<int[]>([8, 16], [16, 32, 64, 96], [64, 128, 192, 256]);
        CoherentDrops[] drops = [.. users.Select(K => CoherentDrops.Of(context, users: K))];
        double[] places = [.. users.Select(k => (double)k)];
        double[][] beams = [.. drops.Select(d => CoherentMethods.BeamsPerLink(context, d))];
        Complexity Flow(int i, int r) => Complexity.Of(CoherentMethods.BeamStructured(context), drops[i].Shape, beams[i][r]);
        Complexity Spatial(int i) => Complexity.Of(new Wmmse(), drops[i].Shape);
        Complexity Ours(int i) => Complexity.Of(new ReducedConjugateGradient(), drops[i].Shape);
        var x = new ChartAxis("users, K");
        var panels = new List<Chart>();
        var claims = new List<Claim>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            double[][] IterationsOf(Func<IPrecoder> method) => [.. drops.Select(d => Traces.IterationsTo(Reached, context.Solve(method(), d.At(normalization, SnrDb), $"K = {d.Users}, {setting}")))];
            double[][] flowIterations = IterationsOf(() => CoherentMethods.BeamStructured(context)), spatialIterations = IterationsOf(() => CoherentMethods.Wmmse(context));
            double[][] ourIterations = IterationsOf(() => new ReducedConjugateGradient(new() { MaxIterations = 100 }));
            double[][] Designs(double[][] iterations, Func<int, int, Complexity> cost) => [.. iterations.Select((drop, i) => (double[])[.. drop.Select((n, r) => cost(i, r).Design(Math.Max(1, (int)n)))])];
            double[][] flow = Designs(flowIterations, Flow), spatial = Designs(spatialIterations, (i, _) => Spatial(i)), ours = Designs(ourIterations, (i, _) => Ours(i));
            panels.Add(Counts($"design, {setting}, to 99 % of each one's best", x, places, [("BSP-Hamiltonian", flow), ("WMMSE, spatial form", spatial), ("reduced-cg (ours)", ours)]));
            Estimate[] ratios = [.. flow.Zip(spatial, Estimate.OfRatio)];
            claims.Add(new(
                "BSP has the lower design complexity at every K", setting, "over WMMSE's: " + string.Join("; ", users.Zip(ratios, (k, r) => $"K = {k}: {r.ToString("0.000")}")), Judgement.All(ratios.Select(r => Judgement.Below(r, 1)))));
        }

        double[][] beamPath = [.. drops.Select((d, i) => (double[])[.. Enumerable.Range(0, d.Drops).Select(r => Flow(i, r).PerSymbol)])];
        double[][] spatialPath = [.. drops.Select((d, i) => (double[])[.. Enumerable.Repeat(Spatial(i).PerSymbol, d.Drops)])];
        panels.Add(Counts("implementation, a symbol of every user", x, places, [("BSP, by beams", beamPath), ("any other, spatial", spatialPath)]));
        Estimate[] paths = [.. beamPath.Zip(spatialPath, Estimate.OfRatio)];
        claims.Add(new(
            "BSP has the lower implementation complexity", "", "over the spatial: " + string.Join("; ", users.Zip(paths, (k, r) => $"K = {k}: {r.ToString("0.000")}")), Judgement.All(paths.Select(r => Judgement.Below(r, 1))),
            "counted; a measured comparison of both paths is among the benchmarks"));
        return new StudyOutcome($"L = 3, M = {drops[0].Antennas}, {drops[0].Drops} drops of 3GPP TR 38.901 UMa NLOS, seed {context.Seed}", panels, claims);
    }

    private static Chart Counts(string title, ChartAxis x, double[] places, IReadOnlyList<(string Name, double[][] Counts)> methods) => new(
        title, x, new ChartAxis("complex multiplications", ChartScale.Logarithmic), [.. methods.Select(m => new ChartSeries(m.Name, [.. places.Select((k, i) => ChartPoint.Of(k, Estimate.Of(m.Counts[i])))]))]);
}
