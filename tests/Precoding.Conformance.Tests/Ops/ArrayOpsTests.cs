using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IArrayOps"/> against the reference.</summary>
public class ArrayOpsTests
{
    /// <summary>Rays and antennas: one, fewer and more than tables, rows and blocks hold.</summary>
    private static readonly (int Links, int Rays, int Antennas)[] Extents = [(1, 1, 1), (3, 5, 16), (2, 32, 17), (1, 70, 130), (2, 33, 512), (1, 20, 1100)];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.Fast from e in Extents select new TestCaseData(engine, e.Links, e.Rays, e.Antennas);

    private static IEnumerable<TestCaseData> CasesOfPrecisions =>
        from precision in (Precision[])[Precision.Single, Precision.Double] from e in Extents select new TestCaseData(precision, e.Links, e.Rays, e.Antennas);

    [TestCaseSource(nameof(Cases))]
    public void ArrayResponses_MatchReference(EngineUnderTest engine, int links, int rays, int antennas) =>
        Conformance.Check(
            engine, OpInputs.Of(new ProblemShape(2, 1, 1, 1)), rays,
            run =>
            {
                using Tensor from = RandomRays(run.Ops, run.Shape.R + 1, links, rays);
                run.Ops.ArrayResponses(from, run.Out("responses", links, antennas), run.Control);
            },
            allowance: antennas * Tolerance.Epsilon(Precision.Double)); // w^m has m times the rounding of w

    /// <summary>Channels are the same wherever they are formed.</summary>
    [TestCaseSource(nameof(CasesOfPrecisions))]
    public void ArrayResponses_HaveTheSameBitsOnEveryFastEngine(Precision precision, int links, int rays, int antennas)
    {
        Complex[][] responses = [.. EngineUnderTest.Fast.Where(engine => engine.Precision == precision).Select(engine =>
        {
            using IDevice device = engine.Open();
            using IEngine ops = device.CreateEngine();
            using var control = new SolveControl(ops, 2, 1, 0, 1) { RealizationCount = 2 };
            using Tensor from = RandomRays(ops, 2, links, rays), to = ops.Create("responses", ElementKind.Complex, 2, links, antennas);
            ops.ArrayResponses(from, to, control);
            return Conformance.ReadComplex(to);
        })];
        Assert.That(responses, Has.Length.GreaterThan(1));
        Assert.That(responses, Has.All.EqualTo(responses[0]));
    }

    private static Tensor RandomRays(IEngine ops, int realizations, int links, int rays)
    {
        var random = new Random(17);
        var values = new double[realizations * links * rays * 4];
        for (int at = 0; at < values.Length; at += 4)
        {
            (values[at], values[at + 1]) = (random.NextDouble() - 0.5, random.NextDouble() - 0.5);
            (values[at + 3], values[at + 2]) = Math.SinCos(-Math.PI * ((2 * random.NextDouble()) - 1));
        }

        Tensor tensor = ops.Create("rays", ElementKind.Control, realizations, links, rays, 4);
        tensor.Write(values);
        return tensor;
    }
}
