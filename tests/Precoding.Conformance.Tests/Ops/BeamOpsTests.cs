using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IBeamOps"/> against the reference: supports by pursuit, F = 2; and every beam allowed, F = 1 and 3.</summary>
public class BeamOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    private static IEnumerable<TestCaseData> Supports =>
        from c in Conformance.Cases
        from fine in (int[])[1, 2, 3]
        where fine == 2 || ((ProblemShape)c.Arguments[1]!).K < 24 // full supports of the large shapes cost the reference seconds
        select new TestCaseData(c.Arguments[0], c.Arguments[1], fine);

    private static IEnumerable<TestCaseData> Orders =>
        from c in Supports from order in Enum.GetValues<EvaluationOrder>() select new TestCaseData(c.Arguments[0], c.Arguments[1], c.Arguments[2], order);

    [TestCaseSource(nameof(Supports))]
    public void BeamTable_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.M, run => run.Ops.BeamTable(run.Problem, run.Support, run.Out("table", shape.L * run.Support.N, shape.K), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void PursuitSupport_MatchesReference(EngineUnderTest engine, ProblemShape shape)
    {
        using var expected = new OpRun(EngineUnderTest.Reference, OpInputs.Of(shape));
        using var actual = new OpRun(engine, OpInputs.Of(shape));
        Assert.That(Pursue(actual), Is.EqualTo(Pursue(expected)));
    }

    [TestCaseSource(nameof(Supports))]
    public void MatchedBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.M, run => run.Ops.MatchedBeams(run.Problem, run.In("table"), run.Support, run.InOut("u"), run.Control));

    [TestCaseSource(nameof(Supports))]
    public void UnitBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), 3, run => run.Ops.UnitBeams(run.Problem, run.Support, run.InOut("u"), run.Control));

    [TestCaseSource(nameof(Supports))]
    public void ProjectedBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.M, run => run.Ops.ProjectedBeams(run.Problem, run.In("precoders"), run.Support, run.InOut("u"), run.Control));

    /// <summary>Where beams outnumber antennas u is only determined up to the null space of V: the fit V u is compared.</summary>
    [TestCaseSource(nameof(Supports))]
    public void LeastSquaresBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(
            engine, Inputs(shape, fine), shape.M * shape.M,
            run =>
            {
                Tensor u = run.InOut("u");
                run.Ops.LeastSquaresBeams(run.Problem, run.In("precoders"), run.Support, u, run.Control);
                run.Ops.PrecodersOfBeams(run.Problem, run.Support, u, run.Out("fit", shape.L, shape.K, shape.M), run.Control);
            },
            skip: fine == 1 ? null : ["u"]);

    [TestCaseSource(nameof(Supports))]
    public void ScaleBeamsToBudget_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, run =>
            run.Ops.ScaleBeamsToBudget(run.Problem, run.Support, run.InOut("u", 3), run.InOut("constraintGradient"), run.OutControl("power", shape.L), run.Control));

    [TestCaseSource(nameof(Orders))]
    public void Couplings_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine, EvaluationOrder order) =>
        Check(engine, Inputs(shape, fine), shape.L * shape.M, run =>
            run.Ops.Couplings(run.Problem, run.In("table"), run.Support, run.In("u"), order, run.Out("sT", shape.K, shape.K), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void StreamRateWeights_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K, run => run.Ops.StreamRateWeights(run.Problem, run.In("sT"), run.Out("wT", shape.K, shape.K), run.Control));

    [TestCaseSource(nameof(Orders))]
    public void Gradient_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine, EvaluationOrder order) =>
        Check(engine, Inputs(shape, fine), shape.M * shape.K, run =>
            run.Ops.Gradient(run.Problem, run.In("table"), run.Support, run.In("wT"), order, run.InOut("gradient", 0.5), run.Control));

    [Test]
    public void BeamCurvature_MatchesReference([ValueSource(nameof(Supports))] TestCaseData c, [Values] CurvatureKind kind)
    {
        var (engine, shape, fine) = ((EngineUnderTest)c.Arguments[0]!, (ProblemShape)c.Arguments[1]!, (int)c.Arguments[2]!);
        Check(engine, Inputs(shape, fine), shape.M * shape.K, run =>
            run.Ops.BeamCurvature(run.Problem, run.In("table"), run.Support, run.In("sT"), kind, run.InOut("curvature", 0.5), run.Control));
    }

    [TestCaseSource(nameof(Supports))]
    public void InverseMass_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, run => run.Ops.InverseMass(run.Problem, run.Support, 0.3, run.InOut("curvature"), run.Control));

    /// <summary>Without curvature the mass is the identity.</summary>
    [TestCaseSource(nameof(Cases))]
    public void InverseMass_OfNothingIsOne(EngineUnderTest engine, ProblemShape shape)
    {
        using var run = new OpRun(engine, OpInputs.Of(shape));
        Tensor mass = run.InOut("curvature", 0);
        run.Ops.InverseMass(run.Problem, run.Support, 0.3, mass, run.Control);
        Assert.That(ReadComplex(mass)[..ReadInteger(run.Support.Start)[shape.K * shape.L]], Is.All.EqualTo(System.Numerics.Complex.One));
    }

    [TestCaseSource(nameof(Supports))]
    public void ApplyInverseMass_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), 3, run => run.Ops.ApplyInverseMass(run.Problem, run.Support, run.In("inverseMass"), run.In("beamMomentum"), run.InOut("u"), run.Control));

    [TestCaseSource(nameof(Supports))]
    public void PrintedMultipliers_WithAMassMatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, Multipliers(1, massive: true));

    [TestCaseSource(nameof(Supports))]
    public void DriftOntoPowerEllipsoid_WithAMassMatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, DriftAlong(1, 1, exact: true, massive: true));

    [TestCaseSource(nameof(Supports))]
    public void PrintedMultipliers_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, Multipliers(1));

    /// <summary>Inside the budget λ is 0; within 10⁻⁶ of it, it is not.</summary>
    [TestCaseSource(nameof(Cases))]
    public void PrintedMultipliers_KnowTheInside(EngineUnderTest engine, ProblemShape shape)
    {
        Check(engine, OpInputs.Of(shape), shape.K * shape.M, Multipliers(1 - 1e-8));
        using var run = new OpRun(engine, OpInputs.Of(shape));
        Multipliers(0.99)(run);
        Assert.That(ReadControl(run.Named("lambda"))[..shape.L], Is.All.Zero);
    }

    [TestCaseSource(nameof(Supports))]
    public void BeamDampThenKick_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), 3, run => run.Ops.BeamDampThenKick(
            run.Problem, run.Support, run.In("gradient"), run.In("constraintGradient"), run.In("lambda"), 0.4, run.InOut("beamMomentum"), run.Control));

    [TestCaseSource(nameof(Supports))]
    public void DriftOntoPowerEllipsoid_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, DriftAlong(1, 1, exact: true));

    [TestCaseSource(nameof(Supports))]
    public void DriftOntoPowerEllipsoid_PrintedMatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, DriftAlong(1, 1, exact: false));

    [TestCaseSource(nameof(Cases))]
    public void DriftOntoPowerEllipsoid_LeavesTheInsideAlone(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, OpInputs.Of(shape), shape.K * shape.M, DriftAlong(0.25, 1e-3, exact: true));

    [TestCaseSource(nameof(Cases))]
    public void DriftOntoPowerEllipsoid_ScalesWhereNoRootIs(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, OpInputs.Of(shape), shape.K * shape.M, DriftAlong(1, 1e3, exact: true));

    [TestCaseSource(nameof(Supports))]
    public void BeamForceChange_MatchesReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.K * shape.M, run =>
            run.Ops.BeamForceChange(run.Problem, run.Support, run.In("gradient"), run.In("previousGradient"), run.Control));

    [Test]
    public void BeamKickThenDamp_MatchesReference([ValueSource(nameof(Supports))] TestCaseData c, [Values] bool printed, [Values(1, 0.5)] double powerShare, [Values] bool massive)
    {
        var (engine, shape, fine) = ((EngineUnderTest)c.Arguments[0]!, (ProblemShape)c.Arguments[1]!, (int)c.Arguments[2]!);
        Check(engine, Inputs(shape, fine), shape.K * shape.M, run => run.Ops.BeamKickThenDamp(
            run.Problem, run.Support, run.In("gradient"), run.In("constraintGradient"), run.In(massive ? "normal" : "constraintGradient"), run.Budgets(powerShare), 0.4, printed, run.InOut("beamMomentum"), run.Control));
    }

    [TestCaseSource(nameof(Supports))]
    public void PrecodersOfBeams_MatchReference(EngineUnderTest engine, ProblemShape shape, int fine) =>
        Check(engine, Inputs(shape, fine), shape.M, run =>
            run.Ops.PrecodersOfBeams(run.Problem, run.Support, run.In("u"), run.Out("synthesized", shape.L, shape.K, shape.M), run.Control));

    private static OpInputs Inputs(ProblemShape shape, int fine) => OpInputs.Of(shape, fine, allBeams: fine != 2);

    private static Action<OpRun> Multipliers(double powerShare, bool massive = false) => run => run.Ops.PrintedMultipliers(
        run.Problem, run.Support, run.In("gradient"), run.In("constraintGradient"), run.In(massive ? "normal" : "constraintGradient"), run.In(massive ? "velocity" : "beamMomentum"), run.Budgets(powerShare), run.OutControl("lambda", run.Shape.L), run.Control);

    private static Action<OpRun> DriftAlong(double position, double speed, bool exact, bool massive = false) => run =>
    {
        Tensor momentum = run.InOut("beamMomentum", speed), gradient = run.InOut("constraintGradient", position);
        run.Ops.DriftOntoPowerEllipsoid(
            run.Problem, run.Support, exact, massive ? run.In("velocity", speed) : momentum, massive ? run.In("normal", position) : gradient, run.InOut("u", position), momentum, gradient,
            run.OutControl("power", run.Shape.L), run.Control);
    };

    /// <summary>Start and beams of the realizations that run, slots in use only; what a settled one holds is checked to be untouched.</summary>
    private static List<int[]> Pursue(OpRun run)
    {
        using BeamSupport support = run.MarkedSupport();
        run.Ops.PursuitSupport(run.Problem, 0.03, support, run.Control);
        int[] start = ReadInteger(support.Start), beam = ReadInteger(support.Beam);
        int links = run.Shape.K * run.Shape.L;
        var found = new List<int[]>();
        for (int r = 0; r <= run.Shape.R; r++)
        {
            int[] starts = start[(r * (links + 1))..((r + 1) * (links + 1))];
            found.Add(starts);
            found.Add(run.Statuses()[r] == (int)SolveStatus.Running
                ? beam[(r * support.SlotCapacity)..((r * support.SlotCapacity) + starts[links])]
                : beam[(r * support.SlotCapacity)..((r + 1) * support.SlotCapacity)]);
        }

        return found;
    }
}
