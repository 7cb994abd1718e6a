using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="ICommonOps"/> against the reference.</summary>
public class CommonOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.Fast;

    [TestCaseSource(nameof(Cases))]
    public void LoadChannels_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, 1, run =>
        {
            run.Problem.H.Write(new Complex[run.Problem.H.Length]);
            run.Ops.LoadChannels(run.Channels, 0, run.Problem, run.Control);
            run.AlsoCompare(run.Problem.H);
        });

    [TestCaseSource(nameof(Engines))]
    public void LoadChannels_TakesTheBatchFromItsFirst(EngineUnderTest engine) =>
        Conformance.Check(engine, new ProblemShape(5, 2, 3, 4), 1, run =>
        {
            run.Control.RealizationCount = 2;
            run.Control.Status.Write(new int[2]);
            run.Ops.LoadChannels(run.Channels, 3, run.Problem, run.Control);
            run.AlsoCompare(run.Problem.H);
        });

    [TestCaseSource(nameof(Cases))]
    public void GramMatrices_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.M, run =>
        {
            run.Problem.Gram.Write(new Complex[run.Problem.Gram.Length]);
            run.Problem.GramSum.Write(new Complex[run.Problem.GramSum.Length]);
            run.Ops.GramMatrices(run.Problem, run.Control);
            run.AlsoCompare(run.Problem.Gram);
            run.AlsoCompare(run.Problem.GramSum);
        });

    [TestCaseSource(nameof(Cases))]
    public void SynthesizePrecoders_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.K, run =>
            run.Ops.SynthesizePrecoders(run.Problem, run.In("x", 0.5), run.Out("synthesized", shape.L, shape.K, shape.M), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void SynthesizePrecoders_KeepsThemOnTheBudget(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.K * shape.M, run =>
            run.Ops.SynthesizePrecoders(run.Problem, run.In("x", 3), run.Out("synthesized", shape.L, shape.K, shape.M), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void EvaluatePrecoders_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.L * shape.M * shape.K, run =>
            run.Ops.EvaluatePrecoders(run.Problem, run.In("precoders"), run.OutControl("rates", shape.K), run.OutControl("blockPower", shape.L), run.Control));

    [TestCaseSource(nameof(Engines))]
    public void BeginControl_MatchesReference(EngineUnderTest engine) =>
        Conformance.Check(engine, new ProblemShape(3, 1, 2, 2), 1, run =>
        {
            foreach (Tensor counter in (Tensor[])[run.Control.Status, run.Control.Iteration, run.Control.CalmIterations, run.Control.RootMissing, run.Control.SearchState])
            {
                counter.Write([2, 2, 2, 2]);
            }

            run.Ops.BeginControl(0.125, run.Control);
        });

    [TestCaseSource(nameof(Cases))]
    public void ClearComplex_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, 1, run => run.Ops.ClearComplex(run.Out("cleared", shape.L, shape.K, shape.K), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void ClearWhereNotFinite_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, 1, run =>
        {
            run.Control.Objective.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => r % 2 == 0 ? double.NaN : 1)]);
            run.Ops.ClearWhereNotFinite(run.InOut("x"), run.Control);
        });

    [TestCaseSource(nameof(Engines))]
    public void RecordStart_MatchesReference(EngineUnderTest engine) =>
        Conformance.Check(engine, new ProblemShape(3, 1, 2, 2), 1, run =>
        {
            run.Control.Objective.Write([1.5, 2.5, 3.5]);
            run.Control.PowerExcess.Write([1e-3, 2e-3, 3e-3]);
            run.Ops.RecordStart(run.Control);
        });

    /// <summary>Every stopping rule: a change too large, calm, not finite, exhausted, the limit; and how they take precedence.</summary>
    [TestCaseSource(nameof(Engines))]
    public void AdvanceControl_MatchesReference(EngineUnderTest engine) =>
        Conformance.Check(engine, new ProblemShape(9, 1, 2, 2), 1, run =>
        {
            run.Control.Status.Write([0, 1, 0, 0, 0, 0, 0, 0, 0]);
            double[] objective = [2, 2, 2, double.NaN, double.PositiveInfinity, 2, 2, 0.5, 2];
            double[] previous = [1, 2, 2.0001, 2, 2, 2, 1, 0.5003, 2.01];
            run.Control.Objective.Write(objective);
            run.Control.PreviousObjective.Write(previous);
            run.Control.CalmIterations.Write([1, 1, 1, 1, 1, 1, 0, 1, 1]);
            run.Control.SearchState.Write([1, 1, 1, 1, 1, 3, 3, 2, 1]);
            run.Control.Iteration.Write([0, 0, 0, 0, 0, 0, 0, 2, 2]); // the limit is 3
            run.Ops.AdvanceControl(run.Control);
        });

    [TestCaseSource(nameof(Engines))]
    public void AdvanceControl_GivesEveryStatus(EngineUnderTest engine)
    {
        using var run = new OpRun(engine, OpInputs.Of(new ProblemShape(5, 1, 2, 2)));
        run.Control.Status.Write([0, 0, 0, 0, 0]);
        run.Control.Objective.Write([2.0, 2, double.NaN, 2, 2]);
        run.Control.PreviousObjective.Write([1.0, 2, 2, 1, 1]);
        run.Control.CalmIterations.Write([0, 1, 0, 0, 0]);
        run.Control.SearchState.Write([1, 1, 1, 3, 1]);
        run.Control.Iteration.Write([0, 0, 0, 0, 2]);
        run.Ops.AdvanceControl(run.Control);
        SolveStatus[] expected = [SolveStatus.Running, SolveStatus.Converged, SolveStatus.Diverged, SolveStatus.Stalled, SolveStatus.IterationLimit];
        Assert.That(Conformance.ReadInteger(run.Control.Status)[..5], Is.EqualTo(expected.Select(s => (int)s)));
    }

    [TestCaseSource(nameof(Engines))]
    public void AdaptStepSize_MatchesReference(EngineUnderTest engine) =>
        Conformance.Check(engine, new ProblemShape(5, 1, 2, 2), 1, run =>
        {
            run.Control.ForceChange.Write([0.3, 0.3, 0, 5, 1]);
            run.Control.RootMissing.Write([0, 1, 0, 1, 0]);
            run.Ops.AdaptStepSize(2, 0.1, run.Control);
        });

    [TestCaseSource(nameof(Cases))]
    public void KeepBest_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, 1, run =>
        {
            double[] objective = [1, 2, double.NaN, 0];
            double[] best = [0.5, 0.5, 0.5, 0.5];
            run.Control.Objective.Write(objective.AsSpan(0, shape.R + 1));
            run.Control.BestObjective.Write(best.AsSpan(0, shape.R + 1));
            run.Ops.KeepBest(run.In("x"), run.Out("best", shape.L, shape.K, shape.K), run.Control);
        });

    [TestCaseSource(nameof(Engines))]
    public void KeepBest_KeepsTheBetterAndTheFinite(EngineUnderTest engine)
    {
        var shape = new ProblemShape(4, 1, 2, 2);
        using var run = new OpRun(engine, OpInputs.Of(shape));
        run.Control.Status.Write(new int[4]);
        run.Control.Objective.Write([1, 1, double.NaN, double.PositiveInfinity]);
        run.Control.BestObjective.Write([0.5, 1.5, 0.5, 0.5]);
        Tensor best = run.Out("best", shape.L, shape.K, shape.K), current = run.In("x");
        run.Ops.KeepBest(current, best, run.Control);
        bool[] taken = [.. Enumerable.Range(0, 4).Select(r => Conformance.ReadComplex(best)[r * 4] == Conformance.ReadComplex(current)[r * 4])];
        Assert.Multiple(() =>
        {
            Assert.That(taken, Is.EqualTo((bool[])[true, false, false, false]));
            Assert.That(Conformance.ReadControl(run.Control.BestObjective)[..4], Is.EqualTo((double[])[1, 1.5, 0.5, 0.5]));
        });
    }
}
