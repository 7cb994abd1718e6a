using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IWmmseOps"/> against the reference.</summary>
public class WmmseOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    [TestCaseSource(nameof(Cases))]
    public void Receivers_MatchReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.L * shape.K, run =>
            run.Ops.Receivers(run.Problem, run.In("s"), run.Out("receiver", shape.K), run.OutControl("weight", shape.K), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void UpdateBlock_MatchesReference(EngineUnderTest engine, ProblemShape shape) => Check(engine, shape, Update(0));

    [TestCaseSource(nameof(Cases))]
    public void UpdateBlock_OfTheLastAccessPointMatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, Update(shape.L - 1));

    /// <summary>Receivers so sensitive that the budget is not used up: λ = 0.</summary>
    [TestCaseSource(nameof(Cases))]
    public void UpdateBlock_NeedsNoMultiplierInsideTheBudget(EngineUnderTest engine, ProblemShape shape)
    {
        shape = shape with { K = Math.Max(1, Math.Min(shape.K, shape.M / 2)) }; // well conditioned: single precision must decide too

        Check(engine, shape, Update(0, stretch: 1000));
        using var run = new OpRun(engine, OpInputs.Of(shape));
        Update(0, stretch: 1000)(run);
        Assert.That(ReadControl(run.Named("powerMultiplier"))[0], Is.Zero);
    }

    [TestCaseSource(nameof(Cases))]
    public void UpdateBlock_DoesNotDependOnItsWarmStart(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, Update(0, warmStart: 3));

    [TestCaseSource(nameof(Cases))]
    public void SumRate_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Conformance.Check(engine, shape, shape.L * shape.K, run => run.Ops.SumRate(run.Problem, run.In("s"), run.Control));

    private static void Check(EngineUnderTest engine, ProblemShape shape, Action<OpRun> step) => Conformance.Check(
        engine, OpInputs.Of(shape), shape.K * shape.K, step, allowance: engine.Precision == Precision.Single ? 2e-6 : 1e-12); // of the root finder

    /// <param name="stretch">Factor on the receivers: the wanted powers fall with its square.</param>
    private static Action<OpRun> Update(int l, double stretch = 1, double warmStart = 0) => run =>
    {
        Tensor multiplier = run.OutControl("powerMultiplier", run.Shape.L);
        multiplier.Write(Enumerable.Repeat(warmStart, (int)multiplier.Length).ToArray());
        run.Control.PowerExcess.Write(Enumerable.Repeat(-0.5, run.Shape.R + 1).ToArray());
        run.Ops.UpdateBlock(run.Problem, l, run.In("receiver", stretch), run.In("weight"), run.InOut("x"), run.InOut("s", 1 / stretch), multiplier, run.Control);
    };
}
