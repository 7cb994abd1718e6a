using NUnit.Framework;
using Precoding.Benchmarks.Budget;

namespace Precoding.Benchmarks.Tests;

public class BudgetTests
{
    private static readonly BudgetRow Drop = new(new("drops", 0, Normalization.Mean, 20), "wrzf", "wmmse", BudgetKind.Iterations, 0, 0, 0);

    [Test]
    public void ACurveIsTheBestSoFar()
    {
        var curve = new RateCurve([1, 3, 2, 4], [0.5, 1, 2, 3]);
        Assert.Multiple(() =>
        {
            Assert.That(curve.AtIteration(2), Is.EqualTo(3), "iteration 2 is worse than 1");
            Assert.That(curve.AtIteration(100), Is.EqualTo(4), "a settled one stays");
            Assert.That(curve.AtTime(0.4), Is.Zero, "before the start");
            Assert.That(curve.AtTime(0.5), Is.EqualTo(1));
            Assert.That(curve.AtTime(2.9), Is.EqualTo(3));
        });
    }

    [Test]
    public void BudgetsAreThoseOfTheOther()
    {
        var ours = new RateCurve([5, 6], [1.5, 2]);
        var theirs = new RateCurve([1, 4, 8, 8], [0, 1, 1.75, 2.5]);
        BudgetRow[] rows = [.. BudgetRow.Compare(Drop, ours, theirs)];
        Assert.Multiple(() =>
        {
            Assert.That(rows.Single(r => r is { Kind: BudgetKind.Iterations, Iteration: 3 }).Ratio, Is.EqualTo(6.0 / 8));
            Assert.That(rows.Single(r => r is { Kind: BudgetKind.Time, Iteration: 3 }).Ratio, Is.EqualTo(6.0 / 8));
            Assert.That(rows.Single(r => r.Kind == BudgetKind.BeforeStart), Is.EqualTo(Drop with { Kind = BudgetKind.BeforeStart, Iteration = 1, Ours = 0, Theirs = 4 }));
            Assert.That(rows.Single(r => r.Kind == BudgetKind.WorstTime), Is.EqualTo(Drop with { Kind = BudgetKind.WorstTime, Iteration = 2, Ours = 5, Theirs = 8 }));
            Assert.That(BudgetReport.ToCsv(rows).Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(rows.Length + 1));
        });
    }

    [Test]
    public void EveryOtherIterativePrecoderIsComparedOnADrop()
    {
        BudgetDrops drops = BudgetDrops.Generate(antennas: 8, load: 0.5, drops: 1).Last();
        BudgetRow[] rows = [.. BudgetCommand.Measure(drops, 0, Normalization.User, 20, new([], null, Iterations: 3, Repeats: 1)).Compare()];
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(r => r.Opponent).Distinct(), Is.EquivalentTo(new[] { "wmmse", "bsp-hamiltonian", "bsp-cg", "reduced-hamiltonian" }));
            Assert.That(rows.Select(r => r.Start), Is.All.EqualTo("wrzf"));
            Assert.That(rows.Where(r => r.Kind == BudgetKind.Iterations).Select(r => r.Ours), Is.All.GreaterThan(0));
            Assert.That(BudgetReport.ToMarkdown(rows), Does.Contain("| wmmse | 3 iterations |"));
        });
    }

    [Test]
    public void SpreadWeightsAndBudgetsStayWithinTheirSpread()
    {
        BudgetDrops drops = BudgetDrops.Generate(antennas: 8, load: 1, drops: 1).Last() with { WeightSpreadDb = 10, BudgetSpreadDb = 20 };
        Network network = drops.Prepare(0, Normalization.Mean, 30).Network;
        double[] weights = [.. network.Users.Select(u => 10 * Math.Log10(u.Weight))];
        Assert.Multiple(() =>
        {
            Assert.That(weights, Is.All.InRange(-5, 5));
            Assert.That(weights.Max() - weights.Min(), Is.GreaterThan(5));
            Assert.That(network.AccessPoints.Select(a => a.PowerBudgetWatts), Is.EqualTo(new[] { 1000.0, 100, 10 }).Within(1e-9));
        });
    }

    [Test]
    public void ChartsHaveEveryCurveAndQuantilesOfAllProblems()
    {
        BudgetDrops drops = BudgetDrops.Generate(antennas: 8, load: 0.5, drops: 1).Last();
        BudgetCurves curves = BudgetCommand.Measure(drops, 0, Normalization.User, 20, new(["mrt", "wrzf"], "rzf", Iterations: 3, Repeats: 1));
        string svg = BudgetChart.Draw([curves]);
        Assert.Multiple(() =>
        {
            Assert.That(svg, Does.Contain("reduced-cg from mrt").And.Contain("reduced-cg from wrzf").And.Contain("bsp-cg"));
            Assert.That(BudgetChart.Quantile([4, 1, 3, 2], 0.25), Is.EqualTo(1));
            Assert.That(BudgetChart.Quantile([4, 1, 3, 2, 5], 0.5), Is.EqualTo(3));
        });
    }
}
