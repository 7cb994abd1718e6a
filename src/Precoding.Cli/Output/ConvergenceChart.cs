using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>Sum rate against iterations of one realization, for a picture.</summary>
internal static class ConvergenceChart
{
    /// <summary>The best rate so far of each precoder, which is what it would return, the best precoder first; closed forms are levels, and so is what has settled.</summary>
    public static Chart Of(IReadOnlyList<PrecodingResult> results, int realization, string title)
    {
        (string Name, IReadOnlyList<TracePoint> Points)[] traces = [.. results.Select(r => (r.PrecoderName, TraceCsv.PointsOf(r, realization))).Where(t => t.Item2.Count > 0)];
        int last = Math.Max(1, traces.Max(t => t.Points[^1].Iteration));
        return new Chart(
            title,
            new ChartAxis("iteration (logarithmic from 0)", ChartScale.LogarithmicFromZero),
            new ChartAxis("best sum rate so far, bit/s/Hz", FromZero: true),
            [.. traces.Select(t => new ChartSeries(t.Name, BestSoFar(t.Points, last))).OrderByDescending(s => s.Points[^1].Y)]);
    }

    private static List<ChartPoint> BestSoFar(IReadOnlyList<TracePoint> trace, int last)
    {
        var points = new List<ChartPoint>();
        foreach (TracePoint point in trace)
        {
            points.Add(ChartPoint.Of(point.Iteration, points.Count == 0 ? point.SumRate : Math.Max(point.SumRate, points[^1].Y)));
        }

        if (points[^1].X < last)
        {
            points.Add(ChartPoint.Of(last, points[^1].Y));
        }

        return points;
    }
}
