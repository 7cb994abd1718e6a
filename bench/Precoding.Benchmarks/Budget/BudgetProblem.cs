using Precoding.Simulation;

namespace Precoding.Benchmarks.Budget;

/// <summary>One drop at one SNR.</summary>
/// <param name="Drops">As tables spell it.</param>
internal sealed record BudgetProblem(string Drops, int Realization, Normalization Normalization, double SnrDb)
{
    /// <summary>What means are taken over the drops of.</summary>
    public (string Drops, Normalization Normalization, double SnrDb) Setting => (Drops, Normalization, SnrDb);
}

/// <summary>What everybody does on a drop.</summary>
/// <param name="Ours">By start.</param>
/// <param name="Theirs">By precoder.</param>
internal sealed record BudgetCurves(BudgetProblem Problem, IReadOnlyList<(string Start, RateCurve Curve)> Ours, IReadOnlyList<(string Precoder, RateCurve Curve)> Theirs)
{
    /// <summary>Each of ours against each of theirs at every budget.</summary>
    public IEnumerable<BudgetRow> Compare() =>
        from theirs in Theirs
        from ours in Ours
        from row in BudgetRow.Compare(new BudgetRow(Problem, ours.Start, theirs.Precoder, BudgetKind.Iterations, 0, 0, 0), ours.Curve, theirs.Curve)
        select row;
}
