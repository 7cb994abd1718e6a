using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class RayleighTests
{
    private static readonly CellFreeRayleighChannelModel Drop = new() { DropSideMetres = CellFreeRayleighChannelModel.DefaultSideMetres };

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
    public void EveryRealizationOfCellFreeDropsHasItsOwnPositions()
    {
        const int AccessPoints = 3, Users = 5, Drops = 4;
        Network network = CellFreeRayleighChannelModel.CreateNetwork(AccessPoints, 256, Users, 4, seed: 2);
        Position[,] sites = CellFreeRayleighChannelModel.AccessPointPositionTable(AccessPoints, 2, 0, Drops), users = CellFreeRayleighChannelModel.UserPositionTable(Users, 2, 0, Drops);
        double[,,] gains = ChannelNormalization.LinkGains(Drop.Generate(network, Drops, 2));
        Assert.That(sites[0, 1], Is.EqualTo(network.AccessPoints[1].Position)); // the network is that of drop 0
        Assert.That(users.Cast<Position>().Concat(sites.Cast<Position>()).Distinct().Count(), Is.EqualTo(Drops * (AccessPoints + Users)));
        for (int r = 0; r < Drops; r++)
        {
            for (int k = 0; k < Users; k++)
            {
                for (int l = 0; l < AccessPoints; l++)
                {
                    double loss = CellFreeRayleighChannelModel.PathLossDb(users[r, k].DistanceTo(sites[r, l]));
                    Assert.That(10 * Math.Log10(gains[r, k, l]), Is.EqualTo(-loss).Within(0.7)); // mean of 1024 |h|²: 0.14 dB a deviation
                }
            }
        }
    }

    [Test]
    public void CellFreeDropsDoNotDependOnTheBatch([Values(0, 3)] int realization)
    {
        Network network = CellFreeRayleighChannelModel.CreateNetwork(2, 8, 3, 2, seed: 5);
        ChannelBatch few = Drop.Generate(network, realization + 1, 5), many = Drop.Generate(network, 7, 5);
        Assert.That(few.Slice(realization, 1).AsSingle().SequenceEqual(many.Slice(realization, 1).AsSingle()), Is.True);
        Assert.That(
            CellFreeRayleighChannelModel.UserPositionTable(3, 5, realization, 1).Cast<Position>(),
            Is.EqualTo(CellFreeRayleighChannelModel.UserPositionTable(3, 5, 0, 7).Cast<Position>().Skip(3 * realization).Take(3)));
    }

    [Test]
    public void CellFreePositionsAreUniformInTheSquare()
    {
        const int Count = 20000;
        Position[] positions = [.. CellFreeRayleighChannelModel.UserPositionTable(20, 9, 0, Count / 20).Cast<Position>()];
        Position[] sites = [.. CellFreeRayleighChannelModel.AccessPointPositionTable(20, 9, 0, Count / 20).Cast<Position>()];
        double side = CellFreeRayleighChannelModel.DefaultSideMetres, fiveDeviations = 5 / Math.Sqrt(Count);
        using (Assert.EnterMultipleScope())
        {
            foreach (Position[] points in new[] { positions, sites })
            {
                Assert.That(points.All(p => Math.Abs(p.X) < side / 2 && Math.Abs(p.Y) < side / 2 && p.Z == 0));
                Assert.That(points.Average(p => p.X) / side, Is.Zero.Within(fiveDeviations));
                Assert.That(points.Average(p => p.Y) / side, Is.Zero.Within(fiveDeviations));
                Assert.That(12 * points.Average(p => p.X * p.X) / (side * side), Is.EqualTo(1).Within(fiveDeviations)); // a uniform number's variance is side²/12
                Assert.That(12 * points.Average(p => p.X * p.Y) / (side * side), Is.Zero.Within(fiveDeviations));
            }

            // mean distance of two points uniform in a unit square: (2 + √2 + 5 ln(1 + √2))/15, deviation 0.248
            double distance = positions.Zip(sites, (p, q) => p.DistanceTo(q)).Average() / side;
            Assert.That(distance, Is.EqualTo((2 + Math.Sqrt(2) + (5 * Math.Log(1 + Math.Sqrt(2)))) / 15).Within(0.25 * fiveDeviations));
        }
    }

    [Test]
    public void CellFreeFadingIsRayleighAndIndependent()
    {
        const int Drops = 200, Antennas = 16;
        Network network = CellFreeRayleighChannelModel.CreateNetwork(2, Antennas, 2, 2, seed: 4);
        ChannelBatch channels = Drop.Generate(network, Drops, 4);
        Position[,] sites = CellFreeRayleighChannelModel.AccessPointPositionTable(2, 4, 0, Drops), users = CellFreeRayleighChannelModel.UserPositionTable(2, 4, 0, Drops);
        ChannelBatch unit = channels.Scaled((r, k, l) => Math.Pow(10, CellFreeRayleighChannelModel.PathLossDb(users[r, k].DistanceTo(sites[r, l])) / 20));
        ComplexF[] h = unit.AsSingle().ToArray();
        double[] powers = [.. h.Select(c => ((double)c.Real * c.Real) + ((double)c.Imaginary * c.Imaginary))];
        double neighbours = Enumerable.Range(0, h.Length - 1).Average(i => ((double)h[i].Real * h[i + 1].Real) + ((double)h[i].Imaginary * h[i + 1].Imaginary));
        double fiveDeviations = 5 / Math.Sqrt(h.Length);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(powers.Average(), Is.EqualTo(1).Within(fiveDeviations));
            Assert.That(powers.Average(p => p * p), Is.EqualTo(2).Within(fiveDeviations * Math.Sqrt(20))); // E|h|⁴ = 2, variance of |h|⁴ is 24 − 4
            Assert.That(neighbours, Is.Zero.Within(fiveDeviations));
        }
    }

    [TestCase(0)]
    [TestCase(double.NaN)]
    public void SquaresWithoutExtentAreRefused(double side) => Assert.That(
        () => new CellFreeRayleighChannelModel { DropSideMetres = side }.Generate(CellFreeRayleighChannelModel.CreateNetwork(1, 1, 1, 1, 0), 1, 0),
        Throws.TypeOf<ValidationException>().With.Message.Contains("DropSideMetres is"));

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
