using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>No precoder may exceed what the dual uplink allows, by an independent transcription, and the best known rates are within reach.</summary>
public class CertificateTests
{
    [TestCase("c1_tiny", 15.0249)]
    [TestCase("c2_small", 56.3083)]
    [TestCase("c3_nearfar", 78.4659)]
    [TestCase("c4_fine1", 54.3927)]
    public void BoundMatchesTheGoldenOne(string name, double expected) =>
        Assert.That(DualUplinkBound.Of(Scenario.Of(GoldenCase.Read(name).Channels)), Is.EqualTo(expected).Within(1e-4));

    [Test]
    public void NoPrecoderExceedsTheBound([ValueSource(typeof(GoldenCase), nameof(GoldenCase.Complete))] string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        double bound = DualUplinkBound.Of(Scenario.Of(golden.Channels));
        Assert.Multiple(() =>
        {
            foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
            {
                PrecodingResult result = GoldenDriverTests.Solve(EngineUnderTest.Reference, golden, entry.Create(entry.DefaultOptions with { MaxIterations = 100 }));
                Assert.That(result.WeightedSumRate[0], Is.LessThanOrEqualTo(bound), entry.Name);
            }
        });
    }

    [Test]
    public void BestKnownRatesAreReached(
        [ValueSource(typeof(EngineUnderTest), nameof(EngineUnderTest.InDouble))] EngineUnderTest engine,
        [ValueSource(typeof(GoldenCase), nameof(GoldenCase.Complete))] string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        var precoder = new ReducedConjugateGradient(new ReducedConjugateGradientOptions
        {
            MaxIterations = 300,
            Tolerance = 0,
            Starts = InitialPrecoder.ParseList("mrt,rzf,wmmse:3,random:8"),
        });
        PrecodingResult result = GoldenDriverTests.Solve(engine, golden, precoder);
        double best = GoldenCase.BestKnownSumRate(name);
        TestContext.Out.WriteLine($"{result.WeightedSumRate[0]} of {best} bit/s/Hz from {result.Start(0)}");
        Assert.That(result.WeightedSumRate[0], Is.GreaterThan(0.999 * best));
    }
}
