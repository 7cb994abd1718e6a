using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IUplinkOps"/> against the reference.</summary>
public class UplinkOpsTests
{
    private static IEnumerable<TestCaseData> Cases => Conformance.Cases;

    /// <summary>Weights rise and fall with the number of the user, and one is 0.</summary>
    [TestCaseSource(nameof(Cases))]
    public void UplinkCapacity_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K * shape.K, run => run.Ops.UplinkCapacity(run.Problem, run.Uplink(), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void AdvanceUplink_MatchesReference(EngineUnderTest engine, ProblemShape shape) =>
        Check(engine, shape, shape.K, run => run.Ops.AdvanceUplink(run.Problem, run.EvaluatedUplink(double.PositiveInfinity), run.Control));

    [TestCaseSource(nameof(Cases))]
    public void AdvanceUplink_KeepsTheSmallerBound(EngineUnderTest engine, ProblemShape shape)
    {
        using var run = new OpRun(engine, OpInputs.Of(shape));
        UplinkState uplink = run.EvaluatedUplink(1e-3);
        run.Ops.AdvanceUplink(run.Problem, uplink, run.Control);
        Assert.That(ReadControl(uplink.Bound), Is.All.EqualTo(1e-3));
        Assert.That(ReadControl(run.Control.Objective)[0], Is.GreaterThan(1e-3));
    }

    /// <summary>Where nothing is received, nothing is there to share out, and the bound is rounding.</summary>
    [TestCaseSource(nameof(Engines))]
    public void AdvanceUplink_StaysWhereEveryChannelIsZero(EngineUnderTest engine)
    {
        using var run = new OpRun(engine, OpInputs.Of(new ProblemShape(1, 2, 5, 3)));
        run.Problem.Gram.Write(new System.Numerics.Complex[run.Problem.Gram.Length]);
        UplinkState uplink = run.EvaluatedUplink(double.PositiveInfinity);
        double[] noise = ReadControl(uplink.Noise), power = ReadControl(uplink.Power);
        run.Ops.UplinkCapacity(run.Problem, uplink, run.Control);
        run.Ops.AdvanceUplink(run.Problem, uplink, run.Control);
        Assert.Multiple(() =>
        {
            Assert.That(ReadControl(uplink.Noise), Is.EqualTo(noise));
            Assert.That(ReadControl(uplink.Power), Is.EqualTo(power));
            Assert.That(ReadControl(uplink.Bound)[0], Is.InRange(0, 1e-10));
        });
    }

    /// <summary>A user whose power is all but 0 has the marginal of the limit: no difference of nearly equal numbers is taken.</summary>
    [TestCaseSource(nameof(Engines))]
    public void UplinkCapacity_KnowsMarginalsAtVanishingPowers(EngineUnderTest engine)
    {
        double[] Marginals(EngineUnderTest which, double power)
        {
            using var run = new OpRun(which, OpInputs.Of(new ProblemShape(1, 3, 16, 24)));
            UplinkState uplink = run.Uplink();
            double[] powers = ReadControl(uplink.Power);
            powers[0] = powers[7] = powers[20] = power;
            uplink.Power.Write(powers);
            run.Ops.UplinkCapacity(run.Problem, uplink, run.Control);
            return ReadControl(uplink.Marginal);
        }

        double[] expected = Marginals(EngineUnderTest.Reference, 1e-11), actual = Marginals(engine, 1e-11);
        foreach (int k in (int[])[0, 7, 20])
        {
            Assert.That(actual[k], Is.EqualTo(expected[k]).Within(engine.Precision == Precision.Double ? 1e-10 : 1e-2).Percent, $"user {k}");
        }
    }

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.Fast;
}
