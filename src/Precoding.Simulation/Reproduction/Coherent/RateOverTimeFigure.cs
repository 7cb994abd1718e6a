namespace Precoding.Simulation;

/// <summary>What users need most: sum rate against wall time and against iterations, every iterative precoder from every start, one drop, 20 dB.</summary>
internal sealed class RateOverTimeFigure() : FigureStudy("ours", 2, "sum rate over time and iterations, 20 dB")
{
    private const double SnrDb = 20;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        int limit = context.Choose(100, 300, 300);
        (string Name, InitialPrecoder Start)[] starts = [("MRT", new InitialPrecoder.MaximumRatio()), ("RZF", new InitialPrecoder.RegularizedZeroForcing()), ("wrzf", new InitialPrecoder.WeightedZeroForcing()), ("wmmse:3", new InitialPrecoder.Wmmse(3))];
        var panels = new List<Chart>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            ChannelBatch channels = drops.At(normalization, SnrDb).Slice(0, 1);
            foreach (var (name, start) in starts)
            {
                (string Name, IPrecoder Precoder)[] methods =
                [
                    ("BSP-Hamiltonian", new BeamStructuredHamiltonian(new() { MaxIterations = limit, Tolerance = 0, Starts = [start], CheckInterval = 1 })),
                    ("bsp-cg (ours)", new BeamConjugateGradient(new() { MaxIterations = limit, Tolerance = 0, Starts = [start], CheckInterval = 1 })),
                    ("reduced-hamiltonian (ours)", new ReducedHamiltonian(new() { MaxIterations = limit, Tolerance = 0, Starts = [start], CheckInterval = 1 })),
                    ("reduced-cg (ours)", new ReducedConjugateGradient(new() { MaxIterations = limit, Tolerance = 0, Starts = [start], CheckInterval = 1 })),
                    ("WMMSE", new Wmmse(new() { MaxIterations = limit, Tolerance = 0, Starts = [start], CheckInterval = 1 })), // looked at every iteration: a GPU's clock is then that of its work
                ];
                var overTime = new List<ChartSeries>();
                var overIterations = new List<ChartSeries>();
                foreach (var (method, precoder) in methods)
                {
                    context.Solve(precoder, channels, $"to warm up, from {name}, {setting}");
                    PrecodingResult result = context.Solve(precoder, channels, $"from {name}, {setting}");
                    IReadOnlyList<TracePoint> trace = result.Trace(0);
                    overTime.Add(new ChartSeries(method, [.. trace.Skip(1).Select(p => ChartPoint.Of(1e3 * (result.Timings.Upload + p.Seconds), Traces.BestAt(result, 0, p.Iteration)))]));
                    overIterations.Add(new ChartSeries(method, [.. trace.Select(p => ChartPoint.Of(p.Iteration, Traces.BestAt(result, 0, p.Iteration)))]));
                }

                panels.Add(new Chart($"{name} start, {setting}", new ChartAxis("wall time with preparation, ms", ChartScale.Logarithmic), new ChartAxis("best sum rate so far, bit/s/Hz", FromZero: true), overTime));
                panels.Add(new Chart($"{name} start, {setting}", new ChartAxis("iteration", ChartScale.LogarithmicFromZero), new ChartAxis("best sum rate so far, bit/s/Hz", FromZero: true), overIterations));
            }
        }

        return new StudyOutcome($"drop 0 of: {drops}", panels, []);
    }
}
