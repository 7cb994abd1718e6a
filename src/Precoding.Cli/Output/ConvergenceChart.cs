namespace Precoding.Cli.Output;

/// <summary>Sum rate against iterations of one realization: the data that both pictures draw.</summary>
/// <param name="Series">Name, mark and (iteration, bit/s/Hz) points; one point means a closed form.</param>
internal sealed record ConvergenceChart(IReadOnlyList<(string Name, char Mark, IReadOnlyList<(int Iteration, double SumRate)> Points)> Series)
{
    public const string XTitle = "iteration (logarithmic, from 0)";
    public const string YTitle = "sum rate, bit/s/Hz";
    private const string Marks = "*o+x#@%&=~";

    public int LastIteration { get; } = Math.Max(1, Series.Max(s => s.Points.Max(p => p.Iteration)));

    /// <summary>Top of the vertical axis: the next of 1, 2, 5 × 10ⁿ steps above the best rate.</summary>
    public double Top { get; } = Math.Ceiling(Series.Max(s => s.Points.Max(p => p.SumRate)) / Step(Series)) * Step(Series);

    /// <summary>Distance of labels on the vertical axis.</summary>
    public double LabelStep => Step(Series);

    /// <summary>Iterations to label: 0, 1, 2, 5, 10, …</summary>
    public IEnumerable<int> LabelledIterations => new[] { 0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000 }.Where(i => i <= LastIteration);

    public static ConvergenceChart Of(IReadOnlyList<PrecodingResult> results, int realization) => new(
        [
            .. results.Select((r, i) => (
                r.PrecoderName,
                Marks[i % Marks.Length],
                (IReadOnlyList<(int, double)>)[.. TraceCsv.PointsOf(r, realization).Select(p => (p.Iteration, p.SumRate))]))
            .Where(s => s.Item3.Count > 0),
        ]);

    /// <summary>Horizontal place of an iteration, 0…1: log(1 + i).</summary>
    public double XOf(int iteration) => Math.Log(1 + iteration) / Math.Log(1 + LastIteration);

    private static double Step(IReadOnlyList<(string Name, char Mark, IReadOnlyList<(int Iteration, double SumRate)> Points)> series)
    {
        double range = Math.Max(series.Max(s => s.Points.Max(p => p.SumRate)), 1e-9);
        double power = Math.Pow(10, Math.Floor(Math.Log10(range / 2)));
        return new[] { 1, 2, 5, 10 }.Select(m => m * power).First(s => range / s <= 6);
    }
}
