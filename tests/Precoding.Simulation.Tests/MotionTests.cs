using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Drops that are given at several moments: what turns, how fast, and what stays.</summary>
[TestFixture]
public class MotionTests
{
    private const double SpeedOfLight = 299_792_458, Carrier = 10e9;

    // tabulated values; 2.4048… is the first zero
    [TestCase(0, 1)]
    [TestCase(1, 0.765197686557967)]
    [TestCase(2.404825557695773, 0)]
    [TestCase(10, -0.245935764451348)]
    [TestCase(100, 0.019985850304223)]
    public void BesselFunction(double x, double expected) => Assert.That(BlockMotion.BesselJ0(x), Is.EqualTo(expected).Within(1e-14));

    [Test]
    public void AtRestNothingChanges([Values(false, true)] bool spherical)
    {
        Network network = PaperScenario.CreateNetwork(5, 16, seed: 1);
        Tr38901Options options = PaperScenario.OptionsFor(5, 1) with { SphericalWavefronts = spherical, KeepPaths = false };
        ChannelBatch still = new Tr38901ChannelModel(options).Generate(network, 2, 7);
        ChannelBatch blocks = new Tr38901ChannelModel(options with { Motion = new BlockMotion(3, 5e-3, 0) }).Generate(network, 2, 7);
        for (int r = 0; r < 6; r++)
        {
            Assert.That(blocks.Slice(r, 1).AsSingle().SequenceEqual(still.Slice(r / 3, 1).AsSingle()), Is.True);
        }
    }

    [Test]
    public void TheFirstBlockIsTheDropAtRest()
    {
        Network network = PaperScenario.CreateNetwork(5, 16, seed: 1);
        ChannelBatch still = new Tr38901ChannelModel(PaperScenario.OptionsFor(5, 1)).Generate(network, 2, 7), moving = Moving(5, 4, 1e-3, 30).Generate(network, 2, 7);
        Assert.That(moving.Shape.RealizationCount, Is.EqualTo(8));
        Assert.That(moving.Slice(0, 1).AsSingle().SequenceEqual(still.Slice(0, 1).AsSingle()) && moving.Slice(4, 1).AsSingle().SequenceEqual(still.Slice(1, 1).AsSingle()), Is.True);
        Assert.That(moving.Slice(1, 1).AsSingle().SequenceEqual(still.Slice(0, 1).AsSingle()), Is.False);
    }

    /// <summary>Channels are the sum of their rays at every moment; a ray keeps its angle and its energy, and its phase turns evenly, by no more than v/λ.</summary>
    [Test]
    public void RaysTurnEvenly()
    {
        const double Speed = 20, Block = 2e-4;
        const int Blocks = 5, Users = 6;
        Network network = PaperScenario.CreateNetwork(Users, 32, seed: 1);
        ChannelBatch channels = Moving(Users, Blocks, Block, Speed).Generate(network, 1, 9);
        Assert.That(PathSum.WorstRelativeError(channels), Is.LessThan(20 * 1.2e-7));
        double largest = 0, bound = Speed * Carrier / SpeedOfLight;
        for (int user = 0; user < Users; user++)
        {
            for (int path = 0; path < 400; path++)
            {
                double? turn = null;
                for (int t = 0; t + 1 < Blocks; t++)
                {
                    var (here, cosine) = channels.Paths![t, user, 1, path];
                    var (next, nextCosine) = channels.Paths![t + 1, user, 1, path];
                    Assert.That(nextCosine, Is.EqualTo(cosine));
                    Assert.That(next.Magnitude, Is.EqualTo(here.Magnitude).Within(2e-7 * here.Magnitude));
                    if (here.Magnitude > 0)
                    {
                        double cycles = (next / here).Phase / (2 * Math.PI);
                        Assert.That(Math.IEEERemainder(cycles - (turn ?? cycles), 1), Is.Zero.Within(1e-6));
                        turn ??= cycles;
                    }
                }

                largest = Math.Max(largest, Math.Abs(turn ?? 0) / Block);
            }
        }

        Assert.That(largest, Is.InRange(0.9 * bound, bound * (1 + 1e-3)), "some ray comes from near ahead or behind");
    }

    /// <summary>
    /// Directions of travel are uniform, so over links the autocorrelation of a ray is J₀(2π f_D t sin θ), θ its zenith: 90° give or take some ZSA of 15°, so that
    /// 1 − sin θ is 0.06 or less in the mean, and |J₀'| ≤ 0.58. The mean of a thousand users is good for 0.02.
    /// </summary>
    [TestCase(0.5)]
    [TestCase(1)]
    [TestCase(2.4048)]
    public void OverUsersTheAutocorrelationIsThatOfClarke(double angle)
    {
        const int Users = 150, Drops = 8;
        double speed = angle / (2 * Math.PI) * SpeedOfLight / Carrier / 1e-3;
        ChannelBatch channels = Moving(Users, 2, 1e-3, speed).Generate(PaperScenario.CreateNetwork(Users, 1, seed: 1), Drops, 3);
        double sum = 0, odd = 0;
        for (int link = 0; link < Drops * Users * 3; link++)
        {
            (int drop, int user, int accessPoint) = (link / 3 / Users, link / 3 % Users, link % 3);
            System.Numerics.Complex correlation = 0;
            double power = 0;
            for (int path = 0; path < 400; path++)
            {
                System.Numerics.Complex first = channels.Paths![2 * drop, user, accessPoint, path].Coefficient, second = channels.Paths![(2 * drop) + 1, user, accessPoint, path].Coefficient;
                correlation += second * System.Numerics.Complex.Conjugate(first);
                power += first.Magnitude * first.Magnitude;
            }

            (sum, odd) = (sum + (correlation.Real / power), odd + (correlation.Imaginary / power));
        }

        double links = Drops * Users * 3;
        Assert.That(sum / links, Is.EqualTo(BlockMotion.BesselJ0(angle)).Within(0.02 + (0.035 * angle)));
        Assert.That(odd / links, Is.Zero.Within(0.05), "as many come as go");
    }

    /// <summary>Angles of arrival, from the Doppler towards two headings: about the straight line to the access point, and spread by ASA. Wrapping at ±180° takes from a spread of 65°.</summary>
    [Test]
    public void AnglesOfArrivalAreThoseOfTheReport()
    {
        const int Links = 3000;
        var geometry = LinkGeometry.Of(new Position(0, 0, 25), new Position(300, 0, 1.5), new Position(1, 0));
        var (ahead, aside) = (new LinkRays(), new LinkRays());
        var normals = new double[UrbanMacroTable.Order.Length];
        var spreads = new List<double>();
        double east = 0, zenithSum = 0, weight = 0;
        for (int link = 0; link < Links; link++)
        {
            var streams = LinkStreams.Of(4, link, 0, 0);
            RayGenerator.Generate(streams, geometry, normals, 1.5, 25, Carrier, ahead);
            RayGenerator.Generate(streams, geometry, normals, 1.5, 25, Carrier, aside);
            RayGenerator.GenerateDoppler(streams, geometry, normals, Carrier, 1, 0, ahead);
            RayGenerator.GenerateDoppler(streams, geometry, normals, Carrier, 1, 90, aside);
            double second = 0, power = 0;
            for (int ray = 0; ray < 400; ray++)
            {
                double x = ahead.DopplerHz[ray] / (Carrier / SpeedOfLight), y = aside.DopplerHz[ray] / (Carrier / SpeedOfLight), fromLine = Math.IEEERemainder((Math.Atan2(y, x) * 180 / Math.PI) - 180, 360);
                (second, power) = (second + (ahead.Power[ray] * fromLine * fromLine), power + ahead.Power[ray]);
                (east, zenithSum, weight) = (east + (ahead.Power[ray] * x), zenithSum + (ahead.Power[ray] * Math.Asin(Math.Min(1, Math.Sqrt((x * x) + (y * y)))) * 180 / Math.PI), weight + ahead.Power[ray]);
            }

            spreads.Add(Math.Sqrt(second / power));
        }

        double asa = Math.Pow(10, UrbanMacroTable.LgAzimuthSpreadOfArrival(10).Mean);
        Assert.That(asa, Is.EqualTo(64.57).Within(0.01)); // 10^(2.08 − 0.27)
        Assert.That(Math.Pow(10, UrbanMacroTable.LgZenithSpreadOfArrival(10).Mean), Is.EqualTo(15.43).Within(0.01)); // 10^(1.512 − 0.3236)
        TestContext.Out.WriteLine($"rms {spreads.Average():F1}, mean x {east / weight:F3}, mean distance from the vertical {zenithSum / weight:F1}");
        Assert.That(spreads.Average(), Is.EqualTo(asa).Within(0.15 * asa));
        Assert.That(east / weight, Is.Negative, "the user lies east of the access point, so waves come from the west");
    }

    [Test]
    public void RayleighBlocksKeepTheirEnergyAndFollowJakes()
    {
        const int Blocks = 4, Users = 40, Antennas = 64, Drops = 8;
        var motion = new BlockMotion(Blocks, 1e-3, 1.2 / (2 * Math.PI) * SpeedOfLight / Carrier / 1e-3);
        double rho = motion.Correlation(Carrier);
        Assert.That(rho, Is.EqualTo(0.671132744264363).Within(1e-12)); // J₀(1.2)
        ChannelBatch channels = new IndependentRayleighChannelModel { Motion = motion }.Generate(PaperScenario.CreateNetwork(Users, Antennas), Drops, seed: 1);
        int size = (int)channels.Shape.CoefficientsPerRealization;
        ComplexF[] h = channels.AsSingle().ToArray();
        double fiveDeviations = 5 / Math.Sqrt((double)Drops * size);
        for (int block = 0; block < Blocks; block++)
        {
            System.Numerics.Complex correlation = 0;
            double energy = 0;
            for (int i = 0; i < Drops * size; i++)
            {
                System.Numerics.Complex first = h[(i / size * Blocks * size) + (i % size)], now = h[(((i / size * Blocks) + block) * size) + (i % size)];
                (correlation, energy) = (correlation + (now * System.Numerics.Complex.Conjugate(first)), energy + (now.Magnitude * now.Magnitude));
            }

            Assert.That(energy / (Drops * size), Is.EqualTo(1).Within(fiveDeviations));
            Assert.That(correlation.Real / (Drops * size), Is.EqualTo(Math.Pow(rho, block)).Within(fiveDeviations * 1.5));
            Assert.That(correlation.Imaginary / (Drops * size), Is.Zero.Within(fiveDeviations));
        }
    }

    [Test]
    public void RayleighAtRestStays()
    {
        Network network = CellFreeRayleighChannelModel.CreateNetwork(2, 4, 3, 2, seed: 1);
        var still = new CellFreeRayleighChannelModel { DropSideMetres = 500, Motion = new BlockMotion(3, 1e-3, 0) };
        ChannelBatch channels = still.Generate(network, 2, 5);
        Assert.That(channels.Slice(5, 1).AsSingle().SequenceEqual(channels.Slice(3, 1).AsSingle()), Is.True);
        ChannelBatch one = new CellFreeRayleighChannelModel { DropSideMetres = 500 }.Generate(network, 1, 5);
        Assert.That(channels.Slice(0, 1).AsSingle().SequenceEqual(one.AsSingle()), Is.True);
    }

    /// <summary>Drop 2 alone is drop 2 of three, its blocks numbered as there.</summary>
    [Test]
    public void DropsDoNotDependOnTheBatch()
    {
        Network network = PaperScenario.CreateNetwork(4, 8, seed: 1);
        var motion = new BlockMotion(3, 1e-3, 10);
        foreach (IChannelModel model in (IChannelModel[])[Moving(4, 3, 1e-3, 10), new IndependentRayleighChannelModel { UserGainSpreadDb = 6, Motion = motion }, new CellFreeRayleighChannelModel { Motion = motion }])
        {
            ChannelBatch alone = model.Generate(network, 1, 5, firstRealization: 2), all = model.Generate(network, 3, 5);
            Assert.That(alone.AsSingle().SequenceEqual(all.Slice(6, 3).AsSingle()), Is.True, model.ToString());
            Assert.That(alone.FirstRealization, Is.EqualTo(6));
        }
    }

    [Test]
    public void WhatDoesNotFitIsSaid()
    {
        Network network = PaperScenario.CreateNetwork(4, 8, seed: 1);
        Assert.That(() => Moving(4, 0, -1, double.NaN).Generate(network, 1, 1), Throws.TypeOf<ValidationException>()
            .With.Message.Contains("BlockCount is 0").And.Message.Contains("BlockSeconds is -1").And.Message.Contains("SpeedMetresPerSecond is NaN"));
        Assert.That(() => new Tr38901ChannelModel(new() { Motion = new BlockMotion(2, 1e-3, 1), FrequencyOffsetsHz = [0] }).Generate(network, 1, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("not both"));
    }

    private static Tr38901ChannelModel Moving(int users, int blocks, double blockSeconds, double speed) =>
        new(PaperScenario.OptionsFor(users, 1) with { Motion = new BlockMotion(blocks, blockSeconds, speed) });
}
