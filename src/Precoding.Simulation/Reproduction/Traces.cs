namespace Precoding.Simulation;

/// <summary>Convergence over a batch.</summary>
internal static class Traces
{
    /// <summary>Sum rate of a realization at an iteration; a settled one stays where it is.</summary>
    public static double At(PrecodingResult result, int realization, int iteration)
    {
        IReadOnlyList<TracePoint> trace = result.Trace(realization);
        return trace.Count == 0 ? result.WeightedSumRate[realization] : trace[Math.Min(iteration, trace.Count - 1)].SumRate;
    }

    /// <summary>Best so far at an iteration: what a method that returns its best iterate has by then.</summary>
    public static double BestAt(PrecodingResult result, int realization, int iteration) =>
        result.Trace(realization).Take(iteration + 1).Select(p => p.SumRate).DefaultIfEmpty(result.WeightedSumRate[realization]).Max();

    /// <summary>The mean over realizations with its interval, at iterations that lie evenly on a logarithmic axis.</summary>
    public static ChartSeries Mean(string name, PrecodingResult result, int lastIteration) => new(name, [.. Iterations(lastIteration).Select(i =>
        ChartPoint.Of(i, Estimate.Of([.. Enumerable.Range(0, result.Status.Length).Select(r => At(result, r, i))])))]);

    /// <summary>Iterations until the best iterate has this share of the best of all, in each realization.</summary>
    public static double[] IterationsTo(double share, PrecodingResult result) => [.. Enumerable.Range(0, result.Status.Length).Select(r =>
    {
        IReadOnlyList<TracePoint> trace = result.Trace(r);
        double target = share * trace.Max(p => p.SumRate);
        return (double)trace.First(p => p.SumRate >= target).Iteration;
    })];

    private static IEnumerable<int> Iterations(int last) =>
        Enumerable.Range(0, 61).Select(i => (int)Math.Round(Math.Exp(i / 60.0 * Math.Log(1 + last)) - 1)).Distinct();
}
