using NUnit.Framework;
using Precoding.Cpu;

namespace Precoding.Simulation.Tests;

/// <summary>A realization belongs to its number in the series, in whichever batch it is made, estimated or solved.</summary>
[TestFixture]
public class SeriesTests
{
    private const int Users = 5, Antennas = 8, First = 3, Count = 2;
    private const ulong Seed = 7;

    private static readonly Network Urban = PaperScenario.CreateNetwork(Users, Antennas, seed: Seed);

    private static IEnumerable<TestCaseData> Models()
    {
        yield return new TestCaseData(new IndependentRayleighChannelModel { UserGainSpreadDb = 6 }, Urban).SetArgDisplayNames("independent");
        yield return new TestCaseData(PaperScenario.CreateModel(Users, Seed, keepPaths: false), Urban).SetArgDisplayNames("uma-nlos");
        yield return new TestCaseData(
            new CellFreeRayleighChannelModel { DropSideMetres = 500 }, CellFreeRayleighChannelModel.CreateNetwork(3, Antennas, Users, 2, Seed)).SetArgDisplayNames("cell-free");
    }

    [TestCaseSource(nameof(Models))]
    public void APartOfASeriesIsThatPart(IChannelModel model, Network network)
    {
        ChannelBatch part = model.Generate(network, Count, Seed, First), whole = model.Generate(network, First + Count, Seed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(part.FirstRealization, Is.EqualTo(First));
            Assert.That(whole.Slice(First, Count).FirstRealization, Is.EqualTo(First));
            Assert.That(part.AsSingle().SequenceEqual(whole.Slice(First, Count).AsSingle()), Is.True);
        }
    }

    [Test]
    public void EstimatesBelongToTheNumber()
    {
        ChannelBatch whole = new IndependentRayleighChannelModel().Generate(Urban, First + Count, Seed);
        ReadOnlySpan<ComplexF> part = whole.Slice(First, Count).Normalize(Normalization.Mean).Estimate(-10, Seed).AsSingle();
        Assert.That(part.SequenceEqual(whole.Normalize(Normalization.Mean).Estimate(-10, Seed).Slice(First, Count).AsSingle()), Is.True);
    }

    [Test]
    public void RandomStartsBelongToTheNumber([Values("reduced-cg", "bsp-cg")] string name)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        IPrecoder precoder = entry.Create(entry.DefaultOptions with { Starts = [new InitialPrecoder.Random(1)], MaxIterations = 3, Seed = Seed });
        ChannelBatch whole = new IndependentRayleighChannelModel().Generate(Urban.WithPowerBudget(100), First + Count, Seed);
        using IDevice device = SimdDevice.Open(0, Precision.Double, 1);
        ReadOnlySpan<double> all = precoder.Solve(whole, device).WeightedSumRate, part = precoder.Solve(whole.Slice(First, Count), device).WeightedSumRate;
        Assert.That(part.SequenceEqual(all.Slice(First, Count)), Is.True);
        Assert.That(part.SequenceEqual(precoder.Solve(whole.Slice(First, Count).StartingAt(0), device).WeightedSumRate), Is.False, "the number matters");
    }

    [Test]
    public void NumbersEndSomewhere() => Assert.That(
        () => new IndependentRayleighChannelModel().Generate(Urban, 2, Seed, int.MaxValue - 1),
        Throws.TypeOf<ValidationException>().With.Message.Contains("firstRealization is 2147483646"));
}
