using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IAntennaOps"/> against the reference, and the projection against what makes it one.</summary>
public class AntennaOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    [TestCaseSource(nameof(Cases))]
    public void AntennaPowers_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.K, run =>
            run.Ops.AntennaPowers(run.Problem, run.In("precoders"), run.OutControl("powers", shape.L, shape.M), run.Control));

    /// <summary>At powers far below the limits, about them and far above.</summary>
    [TestCaseSource(nameof(Cases))]
    public void LimitAntennas_MatchReference(EngineUnderTest engine, ProblemShape shape)
    {
        foreach (double scale in (double[])[1e-3, 0.3, 1, 30])
        {
            Conformance.Check(engine, shape, shape.M, run =>
                run.Ops.LimitAntennas(run.Problem, run.In("antennaPower", scale), run.InOut("gain"), run.OutControl("factor", shape.L, shape.M), run.Control));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void ScaleAntennas_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, 1, run =>
            run.Ops.ScaleAntennas(run.Problem, run.In("gain"), run.In("precoders"), run.Out("scaled", shape.L, shape.K, shape.M), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void TakeRates_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.K, run => run.Ops.TakeRates(run.Problem, run.In("rates"), run.In("blockPower"), run.In("designed"), run.Control));

    /// <summary>
    /// The projection is feasible, changes nothing that was, and meets the conditions of the nearest point: rows below their limits are all scaled by one s ≤ 1, rows at them by no
    /// more than that, and s = 1 unless the budget is used to the full.
    /// </summary>
    [TestCaseSource(nameof(Engines))]
    public void LimitAntennas_ProjectsOntoTheNearestFeasiblePoint(EngineUnderTest engine)
    {
        var shape = new ProblemShape(1, 3, 13, 4);
        foreach (double scale in (double[])[1e-3, 0.3, 1, 30])
        {
            using var run = new OpRun(engine, OpInputs.Of(shape));
            run.Control.Status.Write(new int[2]);
            double[] a = [.. RandomProblem.Normals(2 * shape.L * shape.M, 5).Select(v => scale * 4 * v.Magnitude * v.Magnitude)];
            Tensor antennaPower = run.Ops.Create("a", ElementKind.Control, 2, shape.L, shape.M), gain = run.In("gain"), factor = run.OutControl("factor", shape.L, shape.M);
            antennaPower.Write(a);
            double[] g = Conformance.ReadControl(gain);
            run.Ops.LimitAntennas(run.Problem, antennaPower, gain, factor, run.Control);
            double[] f = Conformance.ReadControl(factor), next = Conformance.ReadControl(gain);
            for (int l = 0; l < shape.L; l++)
            {
                int[] rows = [.. Enumerable.Range(l * shape.M, shape.M)];
                double budget = run.Problem.PowerBudget[l], used = rows.Sum(i => a[i] * f[i] * f[i]);
                double s = rows.Max(i => f[i] / g[i]);
                Assert.Multiple(() =>
                {
                    Assert.That(used, Is.LessThanOrEqualTo(budget * (1 + 1e-12)), "budget");
                    Assert.That(s, Is.LessThanOrEqualTo(1 + 1e-15), "never louder");
                    bool allAtLimits = rows.All(i => a[i] * f[i] * f[i] >= run.Problem.AntennaPowerLimit[i] * (1 - 1e-12));
                    Assert.That(s < 1 - 1e-12 && !allAtLimits ? used : budget, Is.EqualTo(budget).Within(1e-9 * budget), "quieter than the limits ask for only where the budget binds");
                    foreach (int i in rows)
                    {
                        double limit = run.Problem.AntennaPowerLimit[i], power = a[i] * f[i] * f[i];
                        Assert.That(power, Is.LessThanOrEqualTo(limit * (1 + 1e-12)), "limit");
                        Assert.That(power < limit * (1 - 1e-12) ? f[i] / g[i] : s, Is.EqualTo(s).Within(1e-12), "one factor for all antennas below their limits");
                    }

                    // the directions under the new weights, up to one factor an access point, use limits and budget to the full; antennas below their limits weigh the same, and least
                    double limits = rows.Sum(i => run.Problem.AntennaPowerLimit[i]);
                    double[] w = [.. rows.Select(i => 1 / (next[i] * next[i]))];
                    double[] sent = [.. rows.Select((i, m) => a[i] / (g[i] * g[i]) / (w[m] * w[m]))];
                    double fill = Math.Min(budget, limits) / sent.Sum();
                    for (int m = 0; m < shape.M; m++)
                    {
                        double limit = run.Problem.AntennaPowerLimit[rows[m]];
                        Assert.That(fill * sent[m], Is.LessThanOrEqualTo(limit * (1 + 1e-9)), "limit under the new weights");
                        Assert.That(fill * sent[m] < limit * (1 - 1e-9) ? w[m] : w.Min(), Is.EqualTo(w.Min()).Within(1e-9 * w.Min()), "weight of an antenna below its limit");
                    }
                });
            }
        }
    }
}
