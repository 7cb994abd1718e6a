using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Precoders judged on channels that they were not designed for.</summary>
public class EvaluationTests
{
    private static readonly IPrecoder[] Precoders =
    [
        new ReducedConjugateGradient(new() { MaxIterations = 5 }), new ReducedWmmse(new() { MaxIterations = 3 }), new CoherentStreamWmmse(new() { MaxIterations = 3 }),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All from precoder in Precoders select new TestCaseData(engine, precoder) { TestName = $"{{m}}({engine},{precoder.Name})" };

    /// <summary>On the channels of the design: the same rates and powers. More realizations than an engine may hold at once.</summary>
    [TestCaseSource(nameof(Cases))]
    public void OnTheDesignsChannelsNothingChanges(EngineUnderTest engine, IPrecoder precoder)
    {
        ChannelBatch channels = Channels(precoder, seed: 5);
        using IDevice device = engine.Open();
        PrecodingResult designed = precoder.Solve(channels, device), judged = designed.EvaluatedOn(channels, device);
        double tolerance = engine.Precision == Precision.Single ? 2e-5 : 1e-11;
        Assert.Multiple(() =>
        {
            Assert.That(designed.DesignedSumRate.IsEmpty);
            Assert.That(judged.DesignedSumRate.ToArray(), Is.EqualTo(designed.WeightedSumRate.ToArray()));
            Assert.That(Relative.WorstEntry(judged.WeightedSumRate, designed.WeightedSumRate), Is.LessThan(tolerance));
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                Assert.That(Relative.WorstEntry(judged.AccessPointPower(r), designed.AccessPointPower(r)), Is.LessThan(tolerance));
                Assert.That(judged.Trace(r), Is.SameAs(designed.Trace(r)));
            }

            Assert.That(judged.Status.ToArray(), Is.EqualTo(designed.Status.ToArray()));
            Assert.That(judged.Precoders, Is.SameAs(designed.Precoders));
        });
    }

    /// <summary>On others: what the reference says, and less than a design for them reaches.</summary>
    [TestCaseSource(nameof(Cases))]
    public void OnOtherChannelsTheRatesAreThose(EngineUnderTest engine, IPrecoder precoder)
    {
        ChannelBatch channels = Channels(precoder, seed: 5), others = Channels(precoder, seed: 6);
        using IDevice device = engine.Open(), reference = EngineUnderTest.Reference.Open();
        PrecodingResult designed = precoder.Solve(channels, device), judged = designed.EvaluatedOn(others, device), expected = designed.EvaluatedOn(others, reference);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(judged.WeightedSumRate, expected.WeightedSumRate), Is.LessThan(engine.Precision == Precision.Single ? 1e-4 : 1e-11));
            Assert.That(judged.WeightedSumRate.ToArray().Sum(), Is.LessThan(precoder.Solve(others, device).WeightedSumRate.ToArray().Sum()));
        });
    }

    [Test]
    public void OtherShapesAreRefused()
    {
        using IDevice device = EngineUnderTest.Reference.Open();
        ChannelBatch channels = Channels(Precoders[0], seed: 5);
        Assert.That(
            () => Precoders[0].Solve(channels, device).EvaluatedOn(channels.Slice(0, 2), device), Throws.TypeOf<ValidationException>().With.Message.Contains("were designed for"));
    }

    private static ChannelBatch Channels(IPrecoder precoder, ulong seed) => precoder is ReducedConjugateGradient
        ? RandomProblem.CreateUnequal(new ProblemShape(5, 2, 8, 4), seed)
        : new CellFreeDrops(3, 4, 8, 2, 2, 10, IsUnequal: true).Create(5, seed);
}
