using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IScaOps"/> against the reference; realization 2, where there is one, is in the midst of a sub-problem.</summary>
public class ScaOpsTests
{
    /// <summary>One antenna per user, several sizes and serving sets, two streams of one access point, more users than antennas, more realizations than lanes.</summary>
    private static readonly StreamShape[] Shapes =
    [
        new("one", 1, 1, 1, 1, 1, (_, _, _) => 1),
        new("oneUser", 3, 2, 8, 1, 1, (_, l, _) => 1 + l),
        new("idle", 3, 3, 10, 4, 1, (r, l, k) => k == 3 || l == 2 || (l == 1 && (r + k) % 3 == 0) ? 0 : 1),
        new("overloaded", 3, 2, 3, 7, 1, (_, _, _) => 1),
        new("single", 3, 3, 5, 4, 1, (_, l, k) => l == k ? 0 : 1),
        new("many", 19, 2, 7, 3, 1, (r, l, k) => l == 1 && (r + k) % 4 == 0 ? 0 : 1),
        new("equal", 4, 4, 16, 8, 1, (_, l, k) => (l + k) % 2, IsEqual: true),
    ];

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> Cases => from engine in Engines from shape in Shapes select new TestCaseData(engine, shape);

    private static IEnumerable<TestCaseData> Larger => from engine in Engines from shape in Shapes where shape.K > 1 select new TestCaseData(engine, shape);

    [TestCaseSource(nameof(Cases))]
    public void MinorantTangent_MatchesReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Marked(run);
        state.Outcome.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => (int)(r == 2 ? ScaOutcome.Improving : ScaOutcome.PassLimit))]);
        run.Ops.MinorantTangent(run.Problem, run.Streams, run.InOut("x", 0.8), run.InOut("e"), state, run.Control);
    });

    [TestCaseSource(nameof(Cases))]
    public void MinorantTangent_MatchesReferenceAboveTheBudget(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Marked(run);
        state.BeginFirst();
        run.Ops.MinorantTangent(run.Problem, run.Streams, run.InOut("x", 1.25), run.InOut("e"), state, run.Control);
    });

    [TestCaseSource(nameof(Cases))]
    public void MinorantGradient_MatchesReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Begun(run);
        state.EY.Write([.. ReadComplex(state.EY).Select(v => 0.9 * v)]);
        run.Ops.MinorantGradient(run.Problem, run.Streams, state, run.Control);
    });

    [TestCaseSource(nameof(Cases))]
    public void MinorantStep_MatchesReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run => Passes(run, Begun(run), 1));

    /// <summary>With momentum.</summary>
    [TestCaseSource(nameof(Larger))]
    public void MinorantStep_MatchesReferenceAgainAndAgain(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run => Passes(run, Begun(run), 4));

    /// <summary>Far outside what the minorant promises; where f is linear, every step is fine.</summary>
    [TestCaseSource(nameof(Larger))]
    public void MinorantStep_RejectsAsTheReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Begun(run);
        run.Control.StepSize.Write([.. Enumerable.Repeat(30.0, shape.R + 1)]);
        Passes(run, state, 1);
    });

    [TestCaseSource(nameof(Larger))]
    public void MinorantStep_EndsAsTheReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run => Passes(run, Begun(run, gapTolerance: 100), 1));

    [TestCaseSource(nameof(Larger))]
    public void MinorantStep_EndsAtTheLimitAsTheReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run => Passes(run, Begun(run, passLimit: 1), 2));

    /// <summary>The best is better than what a short step from Y reaches: back to it, or the end where Y is the best.</summary>
    [TestCaseSource(nameof(Larger))]
    public void MinorantStep_GoesBackAsTheReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Begun(run);
        (Tensor x, Tensor e) = Passes(run, state, 1);
        double[] gap = ReadControl(state.Gap);
        state.Value.Write([.. ReadControl(state.Value).Select((f, r) => Running(run, r) ? f + (gap[r] / 4) : f)]);
        state.IsBest.Write([.. ReadInteger(state.IsBest).Select((best, r) => Running(run, r) ? r / 2 % 2 : best)]);
        run.Control.StepSize.Write([.. Enumerable.Repeat(1e-3, shape.R + 1)]);
        run.Ops.MinorantGradient(run.Problem, run.Streams, state, run.Control);
        run.Ops.MinorantStep(run.Problem, run.Streams, x, e, state, run.Control);
    });

    [TestCaseSource(nameof(Cases))]
    public void AdvanceSubproblems_MatchesReference(EngineUnderTest engine, StreamShape shape) => Check(engine, shape, run =>
    {
        ScaState state = Marked(run);
        state.Outcome.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => (r + 1) % 4)]); // 3, where there are so many, goes on
        run.Control.Objective.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => r == 4 ? double.NaN : 2.0 + (r % 3))]);
        run.Control.PreviousObjective.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => 2.0 + (r % 2))]);
        run.Control.Iteration.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => r % 3)]);
        for (int i = 0; i < 2; i++)
        {
            run.Ops.AdvanceSubproblems(state, run.Control);
        }
    });

    [Test]
    public void SeveralAntennasOrBranchesAreRefused()
    {
        var two = new StreamShape("two", 1, 2, 4, 2, 2, (_, _, _) => 1);
        using var antennas = new StreamRun(EngineUnderTest.Reference, StreamInputs.Of(two));
        using var branches = new StreamRun(EngineUnderTest.Reference, StreamInputs.Of(two with { N = 1 }, isJoint: true));
        Assert.That(() => Marked(antennas), Throws.ArgumentException.With.Message.Contains("2 antennas"));
        Assert.That(() => Marked(branches), Throws.ArgumentException.With.Message.Contains("2 branches"));
    }

    /// <summary>A single user's precoders are optimal as they are, and gaps rounding.</summary>
    private static void Check(EngineUnderTest engine, StreamShape shape, Action<StreamRun> step) =>
        Conformance.Check(engine, StreamInputs.Of(shape), 10 * shape.L * shape.K * shape.K, step, skip: shape.K == 1 ? ["gap", "stationarity"] : null);

    private static bool Running(StreamRun run, int r) => run.Statuses()[r] == (int)SolveStatus.Running;

    /// <summary>A state whose every tensor is marked and compared.</summary>
    private static ScaState Marked(StreamRun run, int passLimit = 100, double gapTolerance = 1e-6)
    {
        var state = new ScaState(run.Ops, run.Problem, run.Streams, run.Control, passLimit, gapTolerance, gapShare: 0.1);
        foreach (Tensor tensor in (Tensor[])[
            state.Y, state.EY, state.W, state.GW, state.Slope, state.Curvature, state.InverseCurvature, state.Value, state.ValueAtY, state.StartValue, state.Bound, state.Gap,
            state.Stationarity, state.Momentum, state.Outcome, state.PassCount, state.IsBest, state.Passes, state.PassesAt])
        {
            run.FillAndCompare(tensor);
        }

        return state;
    }

    /// <summary>The first sub-problem of every realization, at x and e of the inputs.</summary>
    private static ScaState Begun(StreamRun run, int passLimit = 100, double gapTolerance = 1e-6)
    {
        ScaState state = Marked(run, passLimit, gapTolerance);
        state.BeginFirst();
        run.Ops.MinorantTangent(run.Problem, run.Streams, run.In("x"), run.In("e"), state, run.Control);
        state.SetOutcome(ScaOutcome.Improving);
        return state;
    }

    private static (Tensor X, Tensor E) Passes(StreamRun run, ScaState state, int count)
    {
        Tensor x = run.InOut("x"), e = run.InOut("e");
        for (int i = 0; i < count; i++)
        {
            run.Ops.MinorantGradient(run.Problem, run.Streams, state, run.Control);
            run.Ops.MinorantStep(run.Problem, run.Streams, x, e, state, run.Control);
        }

        return (x, e);
    }
}
