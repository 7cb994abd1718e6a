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

    /// <summary>
    /// U in 28 digits is never above the bound of double precision, at any λ and q: user gains over 40 dB, powers over 120, twins that differ in the ninth digit, weights
    /// and none, orders on lanes and on tiles; and the margin for rounding stays what it is for, a margin.
    /// </summary>
    [Test]
    public void AdvanceUplink_BoundsTheExactNumber([ValueSource(nameof(EnginesInDouble))] EngineUnderTest engine, [Range(1, 16)] int seed)
    {
        ProblemShape shape = seed % 4 == 0 ? new(1, 2, 5, 14) : new(1, 1 + (seed % 3), 1 + (seed % 5), 2 + (seed % 6));
        double[] noise = [.. RandomProblem.Normals(shape.L, (ulong)seed).Select(v => 0.1 + v.Magnitude)];
        double[] power = [.. RandomProblem.Normals(shape.K, (ulong)seed + 100).Select(v => Math.Pow(10, (seed % 5) - (v.Real > 0.5 ? 12 : 0)) * (0.1 + v.Magnitude))];
        var scale = power.Sum() / shape.L;
        Network network = Network.WithoutGeometry(
            shape.Channels, [.. noise.Select(v => scale / v)], null, seed % 2 == 0 ? [.. Enumerable.Range(0, shape.K).Select(k => Math.Max(0, 2 - (0.3 * k)))] : null);
        System.Numerics.Complex[] h = RandomProblem.Normals(shape.K * shape.L * shape.M, (ulong)seed + 200);
        double[] gain = [.. RandomProblem.Normals(shape.K, (ulong)seed + 300).Select(v => Math.Pow(10, v.Real))];
        int user = shape.L * shape.M;
        for (int i = 0; i < h.Length; i++)
        {
            h[i] = (i / user == 1 ? h[i - user] * (1 + (1e-9 * h[i])) : h[i] * gain[i / user]) * (i / user == 3 ? 0 : 1);
        }

        ChannelBatch channels = ChannelBatch.FromArray(network, shape.Channels, h);
        using IDevice device = engine.Open();
        using IEngine ops = device.CreateEngine();
        using var problem = new CoherentProblem(ops, network, channels.Shape, 1);
        using var control = new SolveControl(ops, 1, 1, 0, 1) { RealizationCount = 1 };
        using var uplink = new UplinkState(ops, problem);
        ops.BeginControl(0, control);
        ops.LoadChannels(channels, 0, problem, control);
        ops.GramMatrices(problem, control);
        uplink.Begin();
        uplink.Noise.Write(noise);
        uplink.Power.Write(power);
        ops.UplinkCapacity(problem, uplink, control);
        ops.AdvanceUplink(problem, uplink, control);
        double bound = ReadControl(uplink.Bound)[0], exact = ExactUplink.Bound(h, shape, noise, power, problem);
        TestContext.Out.WriteLine($"{shape}: U {exact:g17}, bound above it by {bound - exact:g3}, relative {(bound - exact) / exact:g3}");
        Assert.That(bound, Is.GreaterThanOrEqualTo(exact).And.LessThanOrEqualTo(exact * (1 + 1e-6)));
    }

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.Fast;

    private static IEnumerable<EngineUnderTest> EnginesInDouble => EngineUnderTest.InDouble;
}
