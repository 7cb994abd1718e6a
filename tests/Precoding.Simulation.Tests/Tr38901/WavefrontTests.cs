using System.Numerics;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Channels beside the carrier, and from spherical waves.</summary>
public static class WavefrontTests
{
    private const int Users = 3, Antennas = 40;

    private static readonly double[] Offsets = [-30e6, 0, 30e6, 60e6];

    /// <summary>Every realization, at every frequency, is the sum of its paths; drops lie one after the other.</summary>
    [Test]
    public static void FrequenciesAreRealizationsDropAfterDrop()
    {
        ChannelBatch wide = Generate(new() { FrequencyOffsetsHz = Offsets }, 2), carrier = Generate(new(), 2), alone = Generate(new() { FrequencyOffsetsHz = [0] }, 2);
        Assert.Multiple(() =>
        {
            Assert.That(wide.Shape.RealizationCount, Is.EqualTo(8));
            Assert.That(PathSum.WorstRelativeError(wide), Is.LessThan(1e-5));
            Assert.That(wide.Realization(1).SequenceEqual(carrier.Realization(0)));
            Assert.That(wide.Realization(5).SequenceEqual(carrier.Realization(1)));
            Assert.That(alone.AsSingle().SequenceEqual(carrier.AsSingle()));
        });
    }

    /// <summary>From one frequency to the next every path turns by −2πΔτ, τ from 0 on and the same over the band, and its angle grows with the frequency.</summary>
    [Test]
    public static void DelaysTurnThePaths()
    {
        PropagationPaths paths = Generate(new() { FrequencyOffsetsHz = Offsets }, 1).Paths!;
        int seen = 0;
        for (int p = 0; p < 400; p++)
        {
            Complex[] at = [.. Enumerable.Range(0, 4).Select(s => (Complex)paths[s, 1, 2, p].Coefficient)];
            if (at[0] == 0)
            {
                continue;
            }

            Complex[] turns = [.. Enumerable.Range(0, 3).Select(s => at[s + 1] / at[s])];
            Assert.That(turns.Max(turn => (turn - turns[0]).Magnitude), Is.LessThan(1e-5));
            Assert.That(turns[0].Magnitude, Is.EqualTo(1).Within(1e-6));
            Assert.That(Math.IEEERemainder(paths[2, 1, 2, p].Cosine - (paths[1, 1, 2, p].Cosine * (1 + (30e6 / 10e9))), 2), Is.Zero.Within(1e-12));
            seen += (turns[0] - 1).Magnitude > 1e-3 ? 1 : 0;
        }

        Assert.That(seen, Is.GreaterThan(50), "most clusters come later than the first");
    }

    /// <summary>|E H(f)H*(f + Δ)|/E|H|² over the links of many drops falls with Δ: the band is wider than the coherence bandwidth of some 300 ns.</summary>
    [Test]
    public static void ChannelsFarApartInFrequencyAreStrangers()
    {
        ChannelBatch channels = Generate(new() { KeepPaths = false, FrequencyOffsetsHz = [0, 1e4, 2e7] }, 40);
        Assert.Multiple(() =>
        {
            Assert.That(Correlation(1), Is.GreaterThan(0.99));
            Assert.That(Correlation(2), Is.LessThan(0.3));
        });

        double Correlation(int other)
        {
            double sum = 0;
            var (a, b) = (new Complex[Antennas], new Complex[Antennas]);
            for (int r = 0; r < 40; r++)
            {
                for (int k = 0; k < Users; k++)
                {
                    channels.CopyLink(r * 3, k, 0, a);
                    channels.CopyLink((r * 3) + other, k, 0, b);
                    sum += a.Zip(b, (x, y) => (x * Complex.Conjugate(y)).Real).Sum() / a.Sum(z => z.Magnitude * z.Magnitude);
                }
            }

            return Math.Abs(sum / (40 * Users));
        }
    }

    /// <summary>Distances written out: from the point that a ray comes from to every antenna.</summary>
    [TestCase(200.0)]
    [TestCase(5e3)]
    public static void SphericalPhasesAreThoseOfTheDistances(double wavelengths)
    {
        LinkRays rays = OneRay(wavelengths, cosine: 0.3);
        var h = new ComplexF[600];
        SphericalSum.Write(rays, h);
        double worst = 0;
        for (int m = 0; m < h.Length; m++)
        {
            double x = (wavelengths * 0.3) - (m / 2.0), y = wavelengths * Math.Sqrt(1 - 0.09);
            Complex expected = Complex.FromPolarCoordinates(1, 2 * Math.PI * (Math.Sqrt((x * x) + (y * y)) - wavelengths));
            worst = Math.Max(worst, ((Complex)h[m] - expected).Magnitude);
        }

        Assert.That(worst, Is.LessThan(1e-6));
    }

    [Test]
    public static void FromFarAwayWavesArePlane()
    {
        LinkRays rays = OneRay(1e10, cosine: -0.7);
        ComplexF[] spherical = new ComplexF[512], plane = new ComplexF[512];
        SphericalSum.Write(rays, spherical);
        using var waves = new PlaneWaves(null, threadCount: 1, linksAtOnce: 1, antennaCount: 512);
        rays.WriteTurned(waves.RaysOf(0));
        waves.Form(plane);
        Assert.That(spherical.Zip(plane, (a, b) => ((Complex)a - b).Magnitude).Max(), Is.LessThan(1e-4));
    }

    /// <summary>The same rays with the same gain; a long array sees other phases, a short one does not.</summary>
    [Test]
    public static void LongArraysTellAndShortOnesDoNot()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Change(4), Is.LessThan(1e-3));
            Assert.That(Change(512), Is.GreaterThan(0.05));
        });

        static double Change(int antennas)
        {
            Network network = PaperScenario.CreateNetwork(Users, antennas, seed: 1);
            var options = PaperScenario.OptionsFor(Users, 1) with { KeepPaths = false };
            ReadOnlySpan<ComplexF> plane = new Tr38901ChannelModel(options).Generate(network, 1, 5).AsSingle();
            ReadOnlySpan<ComplexF> spherical = new Tr38901ChannelModel(options with { SphericalWavefronts = true }).Generate(network, 1, 5).AsSingle();
            double difference = 0, energy = 0;
            for (int i = 0; i < plane.Length; i++)
            {
                difference += Math.Pow(((Complex)plane[i] - spherical[i]).Magnitude, 2);
                energy += Math.Pow(((Complex)plane[i]).Magnitude, 2);
            }

            return difference / energy;
        }
    }

    [Test]
    public static void SubClustersAreTheTables() => Assert.That(
        UrbanMacroTable.SubCluster.CountBy(i => i).OrderBy(c => c.Key).Select(c => c.Value), Is.EqualTo((int[])[10, 6, 4]));

    [Test]
    public static void WhatCannotBeIsRefused() => Assert.Multiple(() =>
    {
        Assert.That(() => Generate(new() { SphericalWavefronts = true }, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("set KeepPaths to false"));
        Assert.That(() => Generate(new() { FrequencyOffsetsHz = [] }, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("FrequencyOffsetsHz is []"));
        Assert.That(() => Generate(new() { FrequencyOffsetsHz = [6e9] }, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("less than half the carrier"));
    });

    private static ChannelBatch Generate(Tr38901Options options, int drops) =>
        new Tr38901ChannelModel(options).Generate(PaperScenario.CreateNetwork(Users, Antennas, seed: 1), drops, seed: 9);

    private static ComplexF[] Realization(this ChannelBatch channels, int realization)
    {
        int size = (int)channels.Shape.CoefficientsPerRealization;
        return channels.AsSingle().Slice(realization * size, size).ToArray();
    }

    private static LinkRays OneRay(double wavelengths, double cosine)
    {
        var rays = new LinkRays { DistanceWavelengths = wavelengths };
        rays.Coefficient[7] = new ComplexF(1, 0);
        rays.Cosine[7] = cosine;
        rays.TurnTo(0, 10e9);
        return rays;
    }
}
