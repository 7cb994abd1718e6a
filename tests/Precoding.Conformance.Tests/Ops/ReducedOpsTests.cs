using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IReducedOps"/> against the reference.</summary>
public class ReducedOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    private static IEnumerable<TestCaseData> DirectionCases => Conformance.DirectionCases;

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.Fast;

    [TestCaseSource(nameof(Cases))]
    public void MatchedCoordinates_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K, run => run.Ops.MatchedCoordinates(run.Problem, run.OutSquare("x"), run.OutSquare("s"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void RegularizedCoordinates_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.K, run => run.Ops.RegularizedCoordinates(run.Problem, run.OutSquare("x"), run.OutSquare("s"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void ScaleCoordinatesToBudget_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, run => run.Ops.ScaleCoordinatesToBudget(run.Problem, run.InOut("x", scale: 3), run.OutSquare("s"), run.Control));

    /// <summary>X itself is only determined up to the null space of G_l; its image S_l = G_l X_l is what every method uses.</summary>
    [TestCaseSource(nameof(Cases))]
    public void CoordinatesOfPrecoders_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, OpInputs.Of(shape), shape.K * shape.M,
            run =>
            {
                Tensor x = run.Out("x", shape.L, shape.K, shape.K);
                Tensor precoders = run.In("precoders", 1e-3); // far inside the budget
                run.Ops.CoordinatesOfPrecoders(run.Problem, precoders, x, run.Control);
                run.Ops.SynthesizePrecoders(run.Problem, x, run.Out("synthesized", shape.L, shape.K, shape.M), run.Control);
            },
            skip: ["x"],
            allowance: 10 * RidgeOf(engine)); // what the ridge, a share of the mean eigenvalue, takes from a direction with a tenth of that

    [TestCaseSource(nameof(Cases))]
    public void RefreshImages_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K, run => run.Ops.RefreshImages(run.Problem, run.In("x"), run.OutSquare("s"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void RateWeights_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.L * shape.K, run =>
            run.Ops.RateWeights(run.Problem, run.In("s"), run.Out("w", shape.K, shape.K), run.OutControl("signalWeight", shape.K), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void DampThenKick_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, 2, run => run.Ops.DampThenKick(run.Problem, run.In("w"), 0.4, run.InOut("momentum"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void DriftOntoPowerSphere_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, DriftAlong(1, 1));

    [TestCaseSource(nameof(Cases))]
    public void DriftOntoPowerSphere_LeavesTheInsideAlone(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, DriftAlong(0.25, 1e-3));

    /// <summary>A drift so long that the sphere cannot be reached along the normal: scaled onto it, RootMissing set.</summary>
    [TestCaseSource(nameof(Cases))]
    public void DriftOntoPowerSphere_ScalesWhereNoRootIs(EngineUnderTest engine, ProblemShape shape)
    {
        Check(engine, shape, shape.K * shape.K, DriftAlong(1, 1e4));
        using var run = new OpRun(engine, OpInputs.Of(shape));
        DriftAlong(1, 1e4)(run);
        Assert.That(ReadInteger(run.Control.RootMissing)[0], Is.EqualTo(1));
    }

    [TestCaseSource(nameof(Cases))]
    public void ForceChange_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, run => run.Ops.ForceChange(run.Problem, run.In("w"), run.In("previousW"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void KickThenDamp_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.K,
            run => run.Ops.KickThenDamp(run.Problem, run.In("x"), run.In("s"), run.In("w"), run.Budgets(), 0.4, run.InOut("momentum"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void KickThenDamp_IgnoresTheInside(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, 2, run =>
            run.Ops.KickThenDamp(run.Problem, run.In("x"), run.In("s"), run.In("w"), run.Budgets(0.5), 0.4, run.InOut("momentum"), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void TangentMultipliers_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.K,
            run => run.Ops.TangentMultipliers(run.Problem, run.In("s"), run.In("w"), run.OutControl("multiplier", shape.L), run.OutControl("regularizer"), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void BlendRegularizer_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K, run => run.Ops.BlendRegularizer(run.Problem, run.In("signalWeight"), 0.3, 0.7, run.InOut("regularizer"), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void ProjectedMomentumStep_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.K,
            run => run.Ops.ProjectedMomentumStep(run.Problem, run.In("q"), 1.5, 0.6, run.InOut("momentum", scale: 0.1), run.InOut("x"), run.OutSquare("s"), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void PreconditionGradient_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.L,
            run => run.Ops.PreconditionGradient(
                run.Problem, run.In("s"), run.In("w"), run.In("signalWeight"), run.In("multiplier"), run.In("regularizer"), run.Out("q", shape.K, shape.K), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void PreconditionedGradient_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(
            engine, shape, shape.K * shape.K,
            run => run.Ops.PreconditionedGradient(
                run.Problem, run.In("s"), run.In("q"), run.OutSquare("qImage"), run.OutControl("tangent", shape.L), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void ConjugateDirection_BeginsAlongSteepest(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, Conjugate(iteration: 0));

    [TestCaseSource(nameof(DirectionCases))]
    public void ConjugateDirection_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K * shape.L, Conjugate(iteration: 1));

    [TestCaseSource(nameof(DirectionCases))]
    public void SteepestDirection_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, run =>
        {
            run.Control.SearchState.Write([.. Enumerable.Range(0, shape.R + 1).Select(r => r % 2 == 0 ? (int)LineSearchState.Retry : (int)LineSearchState.Accepted)]);
            run.Ops.SteepestDirection(
                run.Problem, run.In("x"), run.In("s"), run.In("q"), run.In("qImage"), run.In("tangent"), run.InOut("d"), run.InOut("dImage"), run.InOut("movedPower"), run.Control);
        });

    [TestCaseSource(nameof(DirectionCases))]
    public void LineSearch_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.L, Search(LineSearchState.Searching));

    [TestCaseSource(nameof(DirectionCases))]
    public void LineSearch_RetriesAlike(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.L, Search(LineSearchState.Retry));

    [TestCaseSource(nameof(Cases))]
    public void LineSearch_LeavesTheAcceptedAlone(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, 1, Search(LineSearchState.Accepted));

    /// <summary>The point stays, and the state says what to do next.</summary>
    [Test]
    public void LineSearch_FailsWhereNothingIsBetter(
        [ValueSource(nameof(Engines))] EngineUnderTest engine, [Values(LineSearchState.Searching, LineSearchState.Retry)] LineSearchState state)
    {
        var shape = new ProblemShape(2, 2, 8, 5);
        using var run = new OpRun(engine, OpInputs.Of(shape));
        Tensor x = run.InOut("x"), s = run.InOut("s");
        var (xBefore, sBefore) = (ReadComplex(x), ReadComplex(s));
        run.Control.SearchState.Write([(int)state, (int)state, (int)state]);
        run.Control.Objective.Write([1e9, 1e9, 1e9]); // nothing is better
        run.Ops.LineSearch(run.Problem, run.In("d"), run.In("dImage"), run.In("movedPower"), x, s, run.Control);
        Assert.Multiple(() =>
        {
            Assert.That(ReadInteger(run.Control.SearchState)[0], Is.EqualTo((int)(state == LineSearchState.Searching ? LineSearchState.Retry : LineSearchState.Exhausted)));
            Assert.That(ReadComplex(x), Is.EqualTo(xBefore));
            Assert.That(ReadComplex(s), Is.EqualTo(sBefore));
            Assert.That(ReadControl(run.Control.StepSize)[0], Is.EqualTo(OpInputs.StepSize));
            Assert.That(ReadControl(run.Control.Objective)[0], Is.EqualTo(1e9));
        });
    }

    private static double RidgeOf(EngineUnderTest engine) => engine.Precision == Precision.Single ? 1e-6 : 1e-12;

    private static Action<OpRun> DriftAlong(double position, double speed) => run =>
        run.Ops.DriftOntoPowerSphere(
            run.Problem, run.InOut("x", position), run.InOut("s", position), run.InOut("momentum", speed), run.OutControl("power", run.Shape.L), run.Control);

    private static Action<OpRun> Conjugate(int iteration) => run =>
    {
        run.Control.Iteration.Write([.. Enumerable.Repeat(iteration, run.Shape.R + 1)]);
        run.Ops.ConjugateDirection(
            run.Problem, run.In("x"), run.In("s"), run.In("w"), run.In("previousW"), run.In("q"), run.In("qImage"), run.In("tangent"), run.In("multiplier"),
            run.In("previousMultiplier"), run.InOut("eta", 2), run.InOut("d"), run.InOut("dImage"), run.OutControl("movedPower", run.Shape.L, 3), run.Control);
    };

    private static Action<OpRun> Search(LineSearchState state) => run =>
    {
        run.Control.SearchState.Write([.. Enumerable.Repeat((int)state, run.Shape.R + 1)]);
        run.Control.Objective.Write(ReadControl(run.In("objective")));
        run.Ops.LineSearch(run.Problem, run.In("d"), run.In("dImage"), run.In("movedPower"), run.InOut("x"), run.InOut("s"), run.Control);
    };
}
