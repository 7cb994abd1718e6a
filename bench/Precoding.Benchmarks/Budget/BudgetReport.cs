using System.Globalization;
using System.Text;

namespace Precoding.Benchmarks.Budget;

/// <summary>Rows as CSV, and in words how often ours is ahead, level within 1 % and behind.</summary>
internal static class BudgetReport
{
    /// <summary>Rates that differ by less are level.</summary>
    public const double Level = 0.01;

    private const int ListedExceptions = 12;

    public static string ToCsv(IEnumerable<BudgetRow> rows)
    {
        var text = new StringBuilder("drops,realization,normalization,snr_db,start,opponent,kind,iteration,ours,theirs,ratio\n");
        foreach (BudgetRow r in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{r.Problem.Drops},{r.Problem.Realization},{r.Problem.Normalization},{r.Problem.SnrDb},{r.Start},{r.Opponent},{r.Kind},{r.Iteration},{r.Ours:G9},{r.Theirs:G9},{r.Ratio:F5}\n");
        }

        return text.ToString();
    }

    /// <summary>
    /// Per start, opponent and budget: in how many drops ours is more than 1 % ahead, level, or behind, the least and the mean ratio, and in how many settings (drops, normalization and
    /// SNR) the mean over the drops is below theirs by more than rounding, 0.01 %; then the worst drops.
    /// </summary>
    public static string ToMarkdown(IReadOnlyCollection<BudgetRow> rows)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, BudgetRow> start in rows.GroupBy(r => r.Start))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## start {start.Key}\n\n| against | budget | ahead | level | behind | least ratio | mean ratio | settings behind in the mean | worst of these |\n|---|---|---|---|---|---|---|---|---|\n");
            foreach (var budget in start.Where(r => r.Kind != BudgetKind.BeforeStart).GroupBy(r => (r.Opponent, r.Kind, Iteration: r.Kind == BudgetKind.WorstTime ? 0 : r.Iteration)).OrderBy(g => g.Key))
            {
                double[] ratios = [.. budget.Select(r => r.Ratio)];
                double[] settings = [.. budget.GroupBy(r => r.Problem.Setting).Select(g => g.Sum(r => r.Ours) / g.Sum(r => r.Theirs))];
                string name = budget.Key.Kind switch
                {
                    BudgetKind.Iterations => $"{budget.Key.Iteration} iterations",
                    BudgetKind.Time => $"time of {budget.Key.Iteration}",
                    _ => "worst time",
                };
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {budget.Key.Opponent} | {name} | {ratios.Count(r => r > 1 + Level)} | {ratios.Count(r => Math.Abs(r - 1) <= Level)} | {ratios.Count(r => r < 1 - Level)} | {ratios.Min():F3} | {ratios.Average():F3} | {settings.Count(s => s < 0.9999)} of {settings.Length} | {settings.Min():F3} |\n");
            }

            text.Append("\nTheir iterations that end before our start, median and most:");
            foreach (IGrouping<string, BudgetRow> opponent in start.Where(r => r.Kind == BudgetKind.BeforeStart).GroupBy(r => r.Opponent))
            {
                int[] iterations = [.. opponent.Select(r => r.Iteration).Order()];
                text.Append(CultureInfo.InvariantCulture, $" {opponent.Key} {iterations[iterations.Length / 2]} and {iterations[^1]};");
            }

            text.Append('\n');
            BudgetRow[] compared = [.. start.Where(r => r.Kind != BudgetKind.BeforeStart)], behind = [.. compared.Where(r => r.Ratio < 1 - Level).OrderBy(r => r.Ratio)];
            text.Append(CultureInfo.InvariantCulture, $"\n{behind.Length} of {compared.Length} comparisons are behind by more than 1 %; the worst:\n\n");
            foreach (BudgetRow r in behind.Take(ListedExceptions))
            {
                text.Append(CultureInfo.InvariantCulture, $"* {r.Problem.Drops} #{r.Problem.Realization}, {r.Problem.Normalization}, {r.Problem.SnrDb} dB, {r.Opponent}, {r.Kind} at {r.Iteration}: {r.Ours:F2} to {r.Theirs:F2}, {r.Ratio:F3}\n");
            }
        }

        return text.ToString();
    }
}
