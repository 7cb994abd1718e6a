using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class ChannelNormalizationTests
{
    // single-precision coefficients: each gain is a sum of a few squares
    private const double Tolerance = 1e-6;
    private static readonly ChannelShape Shape = new(2, UserCount: 3, AccessPointCount: 2, AntennaCount: 4);

    private static ChannelBatch Channels => ChannelBatch.FromArray(
        Network.WithoutGeometry(Shape, [1, 1]), Shape, [.. Enumerable.Range(1, 48).Select(i => new ComplexF(i, i % 5))]);

    [Test]
    public void MeanMakesTheMeanUserGainOne() => EachRealization(Normalization.Mean, gains => gains.Average());

    [Test]
    public void MedianMakesTheMedianUserGainOne() => EachRealization(Normalization.Median, gains => gains.Order().ElementAt(1));

    [Test]
    public void UserMakesEveryUserGainOne() => EachRealization(Normalization.User, gains => gains.Max(), gains => gains.Min());

    [Test]
    public void LinkMakesEveryLinkGainOne() =>
        Assert.That(ChannelNormalization.LinkGains(Channels.Normalize(Normalization.Link)).Cast<double>(), Is.All.EqualTo(1).Within(Tolerance));

    [Test]
    public void NoneLeavesTheBatchAsItIs()
    {
        ChannelBatch channels = Channels;
        Assert.That(channels.Normalize(Normalization.None), Is.SameAs(channels));
    }

    [Test]
    public void AZeroLinkStaysZeroAndFinite()
    {
        var one = new ChannelShape(1, UserCount: 1, AccessPointCount: 2, AntennaCount: 2);
        ChannelBatch channels = ChannelBatch.FromArray(Network.WithoutGeometry(one, [1, 1]), one, [default, default, new ComplexF(3, 0), new ComplexF(0, 3)]);
        double[,,] gains = ChannelNormalization.LinkGains(channels.Normalize(Normalization.Link));
        Assert.That(gains.Cast<double>(), Is.EqualTo(new double[] { 0, 1 }).Within(Tolerance));
    }

    [Test]
    public void EntriesThatAreNotFiniteAreNamed() => Assert.That(
        () => ChannelBatch.FromArray(Network.WithoutGeometry(Shape, [1, 1]), Shape, [.. Enumerable.Range(0, 48).Select(i => new ComplexF(i == 29 ? float.NaN : 1, 0))]),
        Throws.TypeOf<ValidationException>().With.Message.Contains("realization 1, user 0, access point 1, antenna 1"));

    private static void EachRealization(Normalization normalization, params Func<double[], double>[] measures)
    {
        double[,,] gains = ChannelNormalization.LinkGains(Channels.Normalize(normalization));
        for (int r = 0; r < Shape.RealizationCount; r++)
        {
            double[] users = [.. Enumerable.Range(0, Shape.UserCount).Select(k => gains[r, k, 0] + gains[r, k, 1])];
            Assert.That(measures.Select(m => m(users)), Is.All.EqualTo(1).Within(Tolerance));
        }
    }
}
