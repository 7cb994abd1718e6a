using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class RayleighTests
{
    [Test]
    public void CoefficientsHaveUnitVarianceAndNoMean()
    {
        const int Users = 40, Antennas = 64;
        ChannelBatch channels = new IndependentRayleighChannelModel().Generate(PaperScenario.CreateNetwork(Users, Antennas), 20, seed: 1);
        double count = channels.AsSingle().Length, power = 0, re = 0, im = 0, pseudo = 0;
        foreach (ComplexF h in channels.AsSingle())
        {
            power += ((double)h.Real * h.Real) + ((double)h.Imaginary * h.Imaginary);
            (re, im) = (re + h.Real, im + h.Imaginary);
            pseudo += ((double)h.Real * h.Real) - ((double)h.Imaginary * h.Imaginary);
        }

        double fiveDeviations = 5 / Math.Sqrt(count); // |h|² and the parts have standard deviations of at most 1
        using (Assert.EnterMultipleScope())
        {
            Assert.That(power / count, Is.EqualTo(1).Within(fiveDeviations));
            Assert.That(re / count, Is.Zero.Within(fiveDeviations));
            Assert.That(im / count, Is.Zero.Within(fiveDeviations));
            Assert.That(pseudo / count, Is.Zero.Within(fiveDeviations));
        }
    }

    [Test]
    public void UserGainsSpreadAsAsked()
    {
        const double SpreadDb = 8;
        const int Users = 400;
        ChannelBatch channels = new IndependentRayleighChannelModel { UserGainSpreadDb = SpreadDb }.Generate(PaperScenario.CreateNetwork(Users, 64), 1, seed: 1);
        double[,,] gains = ChannelNormalization.LinkGains(channels);
        double[] gainsDb = [.. Enumerable.Range(0, Users).Select(k => 10 * Math.Log10((gains[0, k, 0] + gains[0, k, 1] + gains[0, k, 2]) / 3))];
        double mean = gainsDb.Average(), deviation = Math.Sqrt(gainsDb.Average(g => (g - mean) * (g - mean)));
        Assert.That(deviation, Is.EqualTo(SpreadDb).Within(4 * SpreadDb / Math.Sqrt(2 * Users)));
    }

    [Test]
    public void RealizationDoesNotDependOnTheBatch([Values(0, 2)] int realization)
    {
        Network network = PaperScenario.CreateNetwork(3, 8);
        var model = new IndependentRayleighChannelModel { UserGainSpreadDb = 6 };
        ChannelBatch few = model.Generate(network, realization + 1, 5), many = model.Generate(network, 7, 5);
        Assert.That(few.Slice(realization, 1).AsSingle().SequenceEqual(many.Slice(realization, 1).AsSingle()), Is.True);
    }

    [Test]
    public void SeedsGiveOtherChannels()
    {
        Network network = PaperScenario.CreateNetwork(3, 8);
        ComplexF[] first = new IndependentRayleighChannelModel().Generate(network, 1, 1).AsSingle().ToArray();
        ComplexF[] second = new IndependentRayleighChannelModel().Generate(network, 1, 2).AsSingle().ToArray();
        Assert.That(first.Intersect(second), Is.Empty);
    }

    [Test]
    public void CellFreeGainsFollowThePathLoss()
    {
        Network network = CellFreeRayleighChannelModel.CreateNetwork(4, 256, 6, 4, seed: 2);
        double[,,] gains = ChannelNormalization.LinkGains(new CellFreeRayleighChannelModel().Generate(network, 1, 2));
        for (int k = 0; k < 6; k++)
        {
            for (int l = 0; l < 4; l++)
            {
                double loss = CellFreeRayleighChannelModel.PathLossDb(network.Users[k].Position.DistanceTo(network.AccessPoints[l].Position));
                Assert.That(10 * Math.Log10(gains[0, k, l]), Is.EqualTo(-loss).Within(0.7)); // mean of 1024 |h|²: 0.14 dB a deviation
            }
        }
    }

    [TestCase(1000, 128.1)]
    [TestCase(100, 90.5)]
    [TestCase(1, 52.9)] // clipped at 10 m
    public void CellFreePathLossAtKnownDistances(double metres, double expectedDb) =>
        Assert.That(CellFreeRayleighChannelModel.PathLossDb(metres), Is.EqualTo(expectedDb).Within(1e-9));

    [Test]
    public void WrongArgumentsAreRefusedInWords()
    {
        Network network = PaperScenario.CreateNetwork(3, 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new IndependentRayleighChannelModel().Generate(network, 0, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("realizationCount is 0"));
            Assert.That(
                () => new IndependentRayleighChannelModel().Generate(network, int.MaxValue, 1),
                Throws.TypeOf<ValidationException>().With.Message.Contains("several batches"));
            Assert.That(
                () => new IndependentRayleighChannelModel { UserGainSpreadDb = -1 }.Generate(network, 1, 1),
                Throws.TypeOf<ValidationException>().With.Message.Contains("UserGainSpreadDb is -1"));
        }
    }
}
