using System.Numerics;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Estimates have the error that was asked for, where it was asked for.</summary>
public sealed class ChannelEstimationTests
{
    private const int Users = 6, Antennas = 32;

    private static ChannelBatch Truth(int count = 40) =>
        new IndependentRayleighChannelModel { UserGainSpreadDb = 10 }.Generate(PaperScenario.CreateNetwork(Users, Antennas), count, seed: 3);

    /// <summary>Every link by itself, whatever its gain: the mean of ‖E‖²/‖H‖² over links within five of its deviations.</summary>
    [TestCase(-10, EstimateError.Antennas)]
    [TestCase(3, EstimateError.Antennas)]
    [TestCase(-20, EstimateError.Beams)]
    [TestCase(0, EstimateError.Beams)]
    public void TheErrorOfEveryLinkIsThatAskedFor(double nmseDb, EstimateError error)
    {
        ChannelBatch truth = Truth(), estimate = truth.Estimate(nmseDb, seed: 9, error);
        double nmse = Math.Pow(10, nmseDb / 10);
        double[] ratios = [.. Links(truth, estimate).Select(link => link.Error / link.Energy / nmse)];
        double deviation = Math.Sqrt(ratios.Average(ratio => (ratio - 1) * (ratio - 1)) / ratios.Length);
        Assert.Multiple(() =>
        {
            Assert.That(ratios.Average(), Is.EqualTo(1).Within(5 * deviation));
            Assert.That(deviation, Is.LessThan(0.02), "the test can tell");
            Assert.That(estimate.Precision, Is.EqualTo(truth.Precision));
            Assert.That(estimate.Network, Is.SameAs(truth.Network));
        });
    }

    /// <summary>The errors of two antennas, or of an antenna and the channel there, have nothing to do with each other.</summary>
    [Test]
    public void ErrorsAreIndependent()
    {
        ChannelBatch truth = Truth(), estimate = truth.Estimate(0, seed: 9);
        Complex own = 0, neighbour = 0;
        double power = 0;
        int count = 0;
        for (int i = 0; i + 1 < truth.AsSingle().Length; i++, count++)
        {
            Complex h = truth.AsSingle()[i], error = estimate.AsSingle()[i] - h, next = (Complex)estimate.AsSingle()[i + 1] - truth.AsSingle()[i + 1];
            double scale = 1 / (error.Magnitude + 1e-30); // phases, whatever the link's gain
            own += error * scale * Complex.Conjugate(h) / (h.Magnitude + 1e-30);
            neighbour += error * scale * Complex.Conjugate(next) / (next.Magnitude + 1e-30);
            power += 1;
        }

        Assert.Multiple(() =>
        {
            Assert.That(own.Magnitude / count, Is.LessThan(5 / Math.Sqrt(count)));
            Assert.That(neighbour.Magnitude / count, Is.LessThan(5 / Math.Sqrt(count)));
            Assert.That(power, Is.EqualTo(count));
        });
    }

    /// <summary>A link of one beam has its error in that beam.</summary>
    [Test]
    public void ErrorsInBeamsStayWhereTheChannelIs()
    {
        const int Beam = 5;
        var shape = new ChannelShape(1, 1, 1, 16);
        Complex[] h = [.. Enumerable.Range(0, 16).Select(m => Complex.FromPolarCoordinates(2, 2 * Math.PI * Beam * m / 16))];
        ChannelBatch truth = ChannelBatch.FromArray(Network.WithoutGeometry(shape, [1], [1], [1]), shape, h);
        Complex[] inBeams = truth.Estimate(-3, seed: 1, EstimateError.Beams).AsDouble().ToArray(), anywhere = truth.Estimate(-3, seed: 1).AsDouble().ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(OutsideOf(Beam, inBeams), Is.LessThan(1e-24));
            Assert.That(inBeams[0], Is.Not.EqualTo(h[0]));
            Assert.That(OutsideOf(Beam, anywhere), Is.GreaterThan(1));
        });

        static double OutsideOf(int beam, Complex[] values) => Enumerable.Range(0, 16).Where(n => n != beam).Sum(n =>
        {
            Complex sum = values.Select((value, m) => value * Complex.FromPolarCoordinates(0.25, -2 * Math.PI * n * m / 16)).Aggregate((a, b) => a + b);
            return (sum.Real * sum.Real) + (sum.Imaginary * sum.Imaginary);
        });
    }

    [TestCase(EstimateError.Antennas)]
    [TestCase(EstimateError.Beams)]
    public void EqualSeedsGiveEqualErrorsInAnyBatch(EstimateError error)
    {
        ComplexF[] few = Truth(2).Estimate(-10, 4, error).AsSingle().ToArray(), many = Truth(5).Estimate(-10, 4, error).AsSingle().ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(many[..few.Length], Is.EqualTo(few));
            Assert.That(Truth(2).Estimate(-10, 5, error).AsSingle().ToArray(), Is.Not.EqualTo(few));
        });
    }

    [Test]
    public void WhatIsNotThereIsKnownNotToBe()
    {
        ChannelBatch truth = Truth(1).Scaled((_, user, accessPoint) => user == 2 && accessPoint == 1 ? 0 : 1).WithServing(ServingMap.Create(1, 3, Users, (_, l, k) => l != 0 || k == 0));
        foreach (EstimateError error in Enum.GetValues<EstimateError>())
        {
            ChannelBatch estimate = truth.Estimate(0, 1, error);
            var link = new Complex[Antennas];
            estimate.CopyLink(0, 2, 1, link);
            Assert.Multiple(() =>
            {
                Assert.That(link, Has.All.EqualTo(Complex.Zero));
                Assert.That(estimate.Serving[0, 0, 1], Is.False);
                Assert.That(estimate.Serving[0, 1, 1], Is.True);
            });
        }
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AnErrorThatIsNoNumberIsRefused(double nmseDb) =>
        Assert.That(() => Truth(1).Estimate(nmseDb, 1), Throws.TypeOf<ValidationException>().With.Message.Contains("expected a finite number"));

    private static IEnumerable<(double Energy, double Error)> Links(ChannelBatch truth, ChannelBatch estimate)
    {
        int M = truth.Shape.AntennaCount;
        for (int start = 0; start < truth.AsSingle().Length; start += M)
        {
            double energy = 0, error = 0;
            for (int m = start; m < start + M; m++)
            {
                Complex h = truth.AsSingle()[m], e = estimate.AsSingle()[m] - h;
                energy += (h.Real * h.Real) + (h.Imaginary * h.Imaginary);
                error += (e.Real * e.Real) + (e.Imaginary * e.Imaginary);
            }

            yield return (energy, error);
        }
    }
}
