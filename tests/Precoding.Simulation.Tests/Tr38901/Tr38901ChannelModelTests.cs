using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class Tr38901ChannelModelTests
{
    // a sum of 400 rays of random sign in single precision: √400 roundings
    private const double SteeringTolerance = 20 * 1.2e-7;

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(300)]
    [TestCase(1024)]
    public void ChannelsEqualTheSumOfTheirPaths(int antennas)
    {
        ChannelBatch channels = new Tr38901ChannelModel().Generate(PaperScenario.CreateNetwork(3, antennas, seed: 1), 2, seed: 9);
        Assert.That(PathSum.WorstRelativeError(channels), Is.LessThan(SteeringTolerance));
    }

    [Test]
    public void RealizationDoesNotDependOnTheBatch([Values(0, 2)] int realization)
    {
        Network network = PaperScenario.CreateNetwork(6, 16, seed: 1);
        Tr38901ChannelModel model = PaperScenario.CreateModel(6, seed: 1, keepPaths: false);
        ChannelBatch few = model.Generate(network, realization + 1, 5), many = model.Generate(network, 6, 5);
        Assert.That(few.Slice(realization, 1).AsSingle().SequenceEqual(many.Slice(realization, 1).AsSingle()), Is.True);
    }

    [Test]
    public void UsersDoNotDependOnLaterUsers()
    {
        ChannelBatch few = new Tr38901ChannelModel().Generate(PaperScenario.CreateNetwork(5, 8, seed: 1), 1, 2);
        ChannelBatch many = new Tr38901ChannelModel().Generate(PaperScenario.CreateNetwork(12, 8, seed: 1), 1, 2);
        Assert.That(many.AsSingle()[..few.AsSingle().Length].SequenceEqual(few.AsSingle()), Is.True);
    }

    [Test]
    public void ThreadsDoNotChangeABit([Values(2, 5)] int threads)
    {
        Network network = PaperScenario.CreateNetwork(20, 40, seed: 1);
        ChannelBatch alone = PaperScenario.CreateModel(20, 1, threadCount: 1).Generate(network, 2, 5);
        ChannelBatch together = PaperScenario.CreateModel(20, 1, threadCount: threads).Generate(network, 2, 5);
        Assert.That(together.AsSingle().SequenceEqual(alone.AsSingle()), Is.True);
        Assert.That(together.Paths![1, 19, 2, 399], Is.EqualTo(alone.Paths![1, 19, 2, 399]));
    }

    /// <summary>Links of one drop in several pieces, on the kernels and on the processor.</summary>
    [Test]
    public void DevicesDoNotChangeABit()
    {
        Network network = PaperScenario.CreateNetwork(200, 40, seed: 1);
        Tr38901Options options = PaperScenario.OptionsFor(200, 1) with { FrequencyOffsetsHz = [0, 1e7] };
        ChannelBatch alone = new Tr38901ChannelModel(options).Generate(network, 2, 5);
        using IDevice device = EngineUnderTest.OpenCl(Precision.Single).Open();
        ChannelBatch there = new Tr38901ChannelModel(options with { Device = device }).Generate(network, 2, 5);
        Assert.That(there.AsSingle().SequenceEqual(alone.AsSingle()), Is.True);
        Assert.That(PathSum.WorstRelativeError(alone), Is.LessThan(SteeringTolerance));
    }

    [Test]
    public void RealizationsAndSeedsDiffer()
    {
        Network network = PaperScenario.CreateNetwork(4, 8, seed: 1);
        var model = new Tr38901ChannelModel();
        ChannelBatch first = model.Generate(network, 2, 1), second = model.Generate(network, 1, 2);
        ComplexF[] all = [.. first.AsSingle(), .. second.AsSingle()];
        Assert.That(all.Distinct().Count(), Is.EqualTo(all.Length));
    }

    [Test]
    public void ManyUsersAtOnePlaceShareTheirLargeScaleParameters()
    {
        Position[] places = [new(1, 2, 1.5), new(1, 2, 1.5), new(1, 2, 1.5), new(300, 2, 1.5)];
        double[,,] draws = new LargeScaleMap(places, new ParallelOptions()).Draw(1, 0, 2, new ParallelOptions());
        for (int parameter = 0; parameter < UrbanMacroTable.Order.Length; parameter++)
        {
            Assert.That(draws[1, 1, parameter], Is.EqualTo(draws[0, 1, parameter]));
            Assert.That(draws[2, 1, parameter], Is.EqualTo(draws[0, 1, parameter]).Within(1e-9));
            Assert.That(draws[3, 1, parameter], Is.Not.EqualTo(draws[0, 1, parameter]).Within(1e-9));
        }
    }

    [Test]
    public void LargeScaleParametersCorrelateOverDistanceAndWithEachOther()
    {
        const int Realizations = 4000;
        const double FiveDeviations = 5 / 63.2; // of a correlation from 4000 pairs
        Position[] places = [new(0, 0, 1.5), new(40, 0, 1.5)];
        var map = new LargeScaleMap(places, new ParallelOptions());
        double shadow = 0, delay = 0, cross = 0, sites = 0;
        for (int r = 0; r < Realizations; r++)
        {
            double[,,] draw = map.Draw(3, r, 2, new ParallelOptions());
            shadow += draw[0, 0, 0] * draw[1, 0, 0];
            delay += draw[0, 0, 1] * draw[0, 0, 0];
            cross += draw[0, 0, 4] * draw[0, 0, 2];
            sites += draw[0, 0, 0] * draw[0, 1, 0];
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(shadow / Realizations, Is.EqualTo(Math.Exp(-40.0 / 50)).Within(FiveDeviations));
            Assert.That(delay / Realizations, Is.EqualTo(-0.4).Within(FiveDeviations));
            Assert.That(cross / Realizations, Is.EqualTo(0.5).Within(FiveDeviations));
            Assert.That(sites / Realizations, Is.Zero.Within(FiveDeviations));
        }
    }

    [Test]
    public void UserRightOfBroadsideHasAPositiveCosine()
    {
        // access point at (0, 519.6) faces −y: the user at −x stands to its right
        Network network = PaperScenario.CreateNetwork(1, 4) with { Users = [new User(new Position(-400, 100, 1.5), new UniformLinearArray(1))] };
        PropagationPaths paths = new Tr38901ChannelModel().Generate(network, 40, 1).Paths!;
        double mean = Enumerable.Range(0, 40).Average(r => Enumerable.Range(0, 400).Average(p => paths[r, 0, 0, p].Cosine));
        Assert.That(mean, Is.GreaterThan(0.3));
    }

    [Test]
    public void WrongNetworksAreRefusedInWords()
    {
        Network network = PaperScenario.CreateNetwork(2, 4);
        var model = new Tr38901ChannelModel();
        void Refuses(Network wrong, string reason) =>
            Assert.That(() => model.Generate(wrong, 1, 1), Throws.TypeOf<ValidationException>().With.Message.Contains(reason));
        using (Assert.EnterMultipleScope())
        {
            Refuses(network with { CarrierFrequencyHz = 1e8 }, "0.5e9 to 100e9");
            Refuses(network with { Users = [network.Users[0] with { Position = new Position(1, 2) }] }, "user 0 is at");
            Refuses(network with { Users = [network.Users[0] with { Array = new UniformLinearArray(2) }] }, "one-antenna users");
            Refuses(network with { AccessPoints = [network.AccessPoints[0] with { Array = new UniformLinearArray(4, 0.7) }] }, "spacing 0.5");
            Refuses(network with { AccessPoints = [network.AccessPoints[0] with { Position = default }] }, "is 0 m high");
            Assert.That(
                () => PaperScenario.CreateModel(3, 1).Generate(network, 1, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("gave 3 positions, expected 2"));
        }
    }
}

/// <summary>H = Σ_p coefficient exp(−jπ m cosine), term by term in double.</summary>
internal static class PathSum
{
    /// <summary>Largest ‖h − sum‖/‖sum‖ over the links.</summary>
    public static double WorstRelativeError(ChannelBatch channels)
    {
        ChannelShape shape = channels.Shape;
        var link = new Complex[shape.AntennaCount];
        double worst = 0;
        for (int index = 0; index < shape.RealizationCount * shape.UserCount * shape.AccessPointCount; index++)
        {
            int accessPoint = index % shape.AccessPointCount, user = index / shape.AccessPointCount % shape.UserCount;
            int realization = index / shape.AccessPointCount / shape.UserCount;
            channels.CopyLink(realization, user, accessPoint, link);
            double error = 0, norm = 0;
            for (int m = 0; m < link.Length; m++)
            {
                Complex sum = 0;
                for (int path = 0; path < channels.Paths!.PathCount; path++)
                {
                    var (coefficient, cosine) = channels.Paths[realization, user, accessPoint, path];
                    sum += coefficient * Complex.Exp(new Complex(0, -Math.PI * m * cosine));
                }

                error += Math.Pow((link[m] - sum).Magnitude, 2);
                norm += Math.Pow(sum.Magnitude, 2);
            }

            worst = Math.Max(worst, Math.Sqrt(error / norm));
        }

        return worst;
    }
}
