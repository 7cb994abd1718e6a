using System.Globalization;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Budget;

/// <summary>Rates over iterations and over time, the median of all problems and the quarter that does worst.</summary>
internal static class BudgetChart
{
    private const int PointsPerDecade = 12;

    /// <summary>Fastest of everybody's starts: times begin there, in the mean time of an iteration of <see cref="Yardstick"/>.</summary>
    private const double ShortestTime = 0.1;

    private const string Yardstick = "wmmse";

    /// <summary>Four panels: over iterations and over time, median and lower quartile of the rate's share of the best that anybody found on the problem.</summary>
    public static string Draw(IReadOnlyCollection<BudgetCurves> problems)
    {
        string[] names = [.. Curves(problems.First()).Select(c => c.Name)];
        int limit = problems.Max(p => Curves(p).Max(c => c.Curve.Iterations));
        double[] iterations = [.. Enumerable.Range(0, limit + 1)], times = [.. Enumerable.Range(0, (int)(PointsPerDecade * Math.Log10(limit / ShortestTime)) + 1).Select(i => ShortestTime * Math.Pow(10, i / (double)PointsPerDecade))];
        string note = string.Create(CultureInfo.InvariantCulture, $"{problems.Count} problems: one drop at one SNR and normalisation each. Rates are shares of the best found on the problem by anybody; a curve begins where half, or three quarters, of the problems have begun. Times are in mean iterations of {Yardstick} on the problem.");
        var overIterations = new ChartAxis("iterations", ChartScale.LogarithmicFromZero);
        var overTime = new ChartAxis($"time, iterations of {Yardstick}", ChartScale.Logarithmic);
        return SvgChart.Draw(
            "Sum rate at equal budgets",
            [
                Panel("median, over iterations", overIterations, 0.5, iterations, AtIteration), Panel("median, over time", overTime, 0.5, times, AtTime),
                Panel("lower quartile, over iterations", overIterations, 0.25, iterations, AtIteration), Panel("lower quartile, over time", overTime, 0.25, times, AtTime),
            ],
            note);

        static double AtIteration(BudgetCurves problem, RateCurve curve, double x) => curve.AtIteration((int)x);

        static double AtTime(BudgetCurves problem, RateCurve curve, double x)
        {
            RateCurve yardstick = problem.Theirs.First(t => t.Precoder == Yardstick).Curve;
            return curve.AtTime(x * (yardstick.SecondsAt(yardstick.Iterations) - yardstick.StartSeconds) / yardstick.Iterations);
        }

        Chart Panel(string title, ChartAxis axis, double quantile, double[] at, Func<BudgetCurves, RateCurve, double, double> rate) => new(
            title, axis, new ChartAxis("share of the best rate found"),
            [.. names.Select((name, i) => new ChartSeries(name, [.. at.Select(x => (X: x, Y: Quantile(problems.Select(p => rate(p, Curves(p)[i].Curve, x) / Best(p)), quantile))).Where(p => p.Y > 0).Select(p => ChartPoint.Of(p.X, p.Y))]))]);
    }

    /// <summary>The smallest value that at least the given share of all does not exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    private static double Best(BudgetCurves problem) => Curves(problem).Max(c => c.Curve.AtIteration(c.Curve.Iterations));

    private static IReadOnlyList<(string Name, RateCurve Curve)> Curves(BudgetCurves problem) => [.. problem.Ours.Select(o => ($"reduced-cg from {o.Start}", o.Curve)), .. problem.Theirs];
}
