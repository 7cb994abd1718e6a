using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IBeamSearchOps"/> against the reference: supports by pursuit, F = 2, and every beam allowed, F = 1 and 3.</summary>
public class BeamSearchOpsTests
{
    private static IEnumerable<TestCaseData> Supports =>
        from c in Conformance.Cases
        from fine in (int[])[1, 2, 3]
        where fine == 2 || ((ProblemShape)c.Arguments[1]!).K < 24 // full supports of the large shapes cost the reference seconds
        select new TestCaseData(c.Arguments[0], c.Arguments[1], fine);

    /// <summary>Without single users, for whom every direction is rounding.</summary>
    private static IEnumerable<TestCaseData> DirectionCases => Supports.Where(c => ((ProblemShape)c.Arguments[1]!).K > 1);

    private static IEnumerable<TestCaseData> Later => from c in DirectionCases from iteration in (int[])[0, 1] select new TestCaseData(c.Arguments[0], c.Arguments[1], c.Arguments[2], iteration);

    private static IEnumerable<TestCaseData> Searches =>
        from c in DirectionCases
        from state in (LineSearchState[])[LineSearchState.Searching, LineSearchState.Retry, LineSearchState.Accepted]
        select new TestCaseData(c.Arguments[0], c.Arguments[1], c.Arguments[2], state);

    [TestCaseSource(nameof(Supports))]
    public void BeamImages_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) => Check(engine, Inputs(shape, fine), shape.M, run =>
        run.Ops.BeamImages(run.Problem, run.Support, run.In("u"), run.OutSquare("images"), run.InOut("constraintGradient", 0.5), run.Control));

    [TestCaseSource(typeof(Conformance), nameof(Cases))]
    public void StreamCouplings_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.L, run => run.Ops.StreamCouplings(run.Problem, run.In("beamS"), run.Out("sT", shape.K, shape.K), run.Control));

    [TestCaseSource(nameof(DirectionCases))]
    public void PreconditionBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) => Check(engine, Inputs(shape, fine), shape.K * shape.M, run =>
        run.Ops.PreconditionBeams(
            run.Problem, run.Support, run.In("u"), run.In("gradient"), run.In("constraintGradient"), run.In("positiveCurvature"), run.OutControl("lambda", shape.L), run.InOut("y", 0.5),
            run.Control));

    [TestCaseSource(nameof(Later))]
    public void BeamConjugateDirection_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine, int iteration) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M * shape.L, run =>
        {
            run.Control.Iteration.Write([.. Enumerable.Repeat(iteration, shape.R)]);
            run.Control.Objective.Write(ReadControl(run.In("beamObjective")));
            run.Ops.BeamConjugateDirection(
                run.Problem, run.Support, PointOf(run), run.In("gradient"), run.In("previousGradient", 0.1), run.In("beamMultiplier"), run.In("previousMultiplier"), run.InOut("beamEta"),
                DirectionOf(run), run.OutControl("movedPower", shape.L, 3), run.Control);
        });

    [TestCaseSource(nameof(DirectionCases))]
    public void BeamSteepestDirection_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) => Check(engine, Inputs(shape, fine), shape.K * shape.M, run =>
    {
        run.Control.SearchState.Write([.. Enumerable.Range(0, shape.R).Select(r => (int)(r == 0 ? LineSearchState.Retry : LineSearchState.Accepted))]);
        run.Ops.BeamSteepestDirection(run.Problem, run.Support, PointOf(run), DirectionOf(run), run.OutControl("movedPower", shape.L, 3), run.Control);
    });

    [TestCaseSource(nameof(Searches))]
    public void BeamLineSearch_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine, LineSearchState state) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.K * shape.L, run =>
        {
            run.Control.SearchState.Write([.. Enumerable.Repeat((int)state, shape.R)]);
            run.Control.Objective.Write(ReadControl(run.In("beamObjective")));
            Tensor u = run.InOut("u"), s = run.InOut("beamS"), normal = run.InOut("constraintGradient");
            run.Ops.BeamLineSearch(run.Problem, run.Support, DirectionOf(run), run.In("beamPower"), new BeamPoint(u, s, normal), run.Control);
        });

    private static OpInputs Inputs(ProblemShape shape, int fine) => OpInputs.Of(shape, fine, allBeams: fine != 2);

    private static BeamPoint PointOf(OpRun run) => new(run.In("u"), run.In("beamS"), run.In("constraintGradient"));

    private static BeamDirection DirectionOf(OpRun run) =>
        new(run.In("y"), run.In("yImage"), run.In("yNormal"), run.InOut("beamD", 0.5), run.InOut("beamDImage", 0.5), run.InOut("beamDNormal", 0.5));
}
