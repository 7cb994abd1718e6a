using System.Numerics;
using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class SnrScalingTests
{
    private const double Tolerance = 1e-12; // double precision, a handful of operations

    private static readonly ChannelShape Shape = new(2, UserCount: 2, AccessPointCount: 2, AntennaCount: 2, UserAntennaCount: 2);

    // ‖H‖² of realization 0: user 0 hears 4 and 8, user 1 hears 12 and 4; of realization 1: 100 times as much
    private static readonly Complex[] First =
    [
        1, 1, 1, 1, 2, 0, 0, new(0, 2),
        2, 2, 2, 0, 0, -2, 0, 0,
    ];

    // budgets 1 and 3 W: Σ_l P_l ‖H_{k,l}‖²/(NM) is (4 + 24)/4 = 7 and (12 + 12)/4 = 6
    private static ChannelBatch Channels => ChannelBatch.FromArray(Network.WithoutGeometry(Shape, [1, 3]), Shape, [.. First, .. First.Select(h => 10 * h)]);

    [TestCase(SnrRule.GeometricIsotropic, 6.4807406984078604)] // √(7·6)
    [TestCase(SnrRule.LinearIsotropic, 6.5)]
    [TestCase(SnrRule.GeometricFrobenius, 12.961481396815721)] // M = 2 times as much
    public void EveryRealizationIsScaledByItsOwnAverage(SnrRule rule, double average)
    {
        ChannelBatch scaled = Channels.ScaleToSnr(rule, 20);
        double expected = Math.Sqrt(100 / average);
        Assert.Multiple(() =>
        {
            Assert.That(scaled.AsDouble()[0].Real, Is.EqualTo(expected).Within(Tolerance * expected));
            Assert.That(scaled.AsDouble()[16].Real, Is.EqualTo(expected).Within(Tolerance * expected)); // ten times stronger, a tenth of the factor
            Assert.That(scaled.Network.AccessPoints[1].PowerBudgetWatts, Is.EqualTo(3));
        });
    }

    [Test]
    public void NoiseOfTheNetworkCounts()
    {
        ChannelBatch channels = Channels.WithNetwork(Network.WithoutGeometry(Shape, [1, 3], [7, 6])).ScaleToSnr(SnrRule.LinearIsotropic, 0); // g_k/σ_k² is 1 for both
        Assert.That(channels.AsDouble()[0].Real, Is.EqualTo(1).Within(Tolerance));
    }

    [Test]
    public void ScaledChannelsOrScaledNoiseIsTheSame()
    {
        ChannelBatch loud = Channels.Scaled((_, _, _) => 1e-6).ScaleToSnr(SnrRule.GeometricIsotropic, 13);
        Assert.That(loud.AsDouble()[5], Is.EqualTo(Channels.ScaleToSnr(SnrRule.GeometricIsotropic, 13).AsDouble()[5]).Using<Complex>((a, b) => Complex.Abs(a - b) < Tolerance));
    }

    [Test]
    public void UsersWithoutAChannelDoNotCount([Values] SnrRule rule)
    {
        ChannelBatch channels = Channels.Scaled((r, k, _) => r == 1 || k == 1 ? 0 : 1).ScaleToSnr(rule, 0);
        double expected = Math.Sqrt(1 / (rule == SnrRule.GeometricFrobenius ? 14.0 : 7.0));
        Assert.Multiple(() =>
        {
            Assert.That(channels.AsDouble()[0].Real, Is.EqualTo(expected).Within(Tolerance));
            Assert.That(channels.AsDouble()[16..].ToArray(), Is.All.EqualTo(Complex.Zero)); // a realization without any channel
        });
    }

    [Test]
    public void ServingSetsStay()
    {
        ServingMap serving = ServingMap.Create(2, 2, 2, (r, l, k) => r == k && l == 0);
        Assert.That(Channels.WithServing(serving).ScaleToSnr(SnrRule.LinearIsotropic, 3).Serving, Is.SameAs(serving));
    }

    [TestCase(double.NaN)]
    [TestCase(1e6)]
    public void WhatIsNoSnrIsRefused(double decibels) =>
        Assert.That(() => Channels.ScaleToSnr(SnrRule.LinearIsotropic, decibels), Throws.TypeOf<ValidationException>().With.Message.Contains("is no SNR"));
}
