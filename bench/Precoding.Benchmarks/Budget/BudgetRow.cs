namespace Precoding.Benchmarks.Budget;

/// <summary>What a budget is counted in.</summary>
internal enum BudgetKind
{
    /// <summary>As many iterations of ours as of theirs.</summary>
    Iterations,

    /// <summary>Ours by the time that theirs has done so many iterations.</summary>
    Time,

    /// <summary>Ours by the time of theirs where we do worst, over all their iterations that end after our start.</summary>
    WorstTime,

    /// <summary>Theirs while ours has not begun: how many of their iterations end before our start, and what they have then.</summary>
    BeforeStart,
}

/// <summary>Best sum rates so far of a drop at a budget, bit/s/Hz.</summary>
/// <param name="Start">The start of ours.</param>
/// <param name="Iteration">Theirs.</param>
internal sealed record BudgetRow(BudgetProblem Problem, string Start, string Opponent, BudgetKind Kind, int Iteration, double Ours, double Theirs)
{
    public static readonly int[] Budgets = [3, 10, 30, 100];

    /// <summary>Ours over theirs.</summary>
    public double Ratio => Ours / Theirs;

    /// <summary>One drop at every budget.</summary>
    public static IEnumerable<BudgetRow> Compare(BudgetRow drop, RateCurve ours, RateCurve theirs)
    {
        foreach (int budget in Budgets)
        {
            yield return drop with { Kind = BudgetKind.Iterations, Iteration = budget, Ours = ours.AtIteration(budget), Theirs = theirs.AtIteration(budget) };
            yield return AtTimeOf(budget) with { Kind = BudgetKind.Time };
        }

        int before = Enumerable.Range(1, theirs.Iterations).Count(i => theirs.SecondsAt(i) < ours.StartSeconds);
        yield return AtTimeOf(before) with { Kind = BudgetKind.BeforeStart, Ours = 0 };
        if (Enumerable.Range(1, theirs.Iterations).Skip(before).Select(AtTimeOf).MinBy(row => row.Ratio) is { } worst)
        {
            yield return worst with { Kind = BudgetKind.WorstTime };
        }

        BudgetRow AtTimeOf(int iteration) => drop with { Iteration = iteration, Ours = ours.AtTime(theirs.SecondsAt(iteration)), Theirs = theirs.AtIteration(iteration) };
    }
}
