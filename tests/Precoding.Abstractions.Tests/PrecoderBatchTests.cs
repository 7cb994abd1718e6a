using System.Numerics;
using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class PrecoderBatchTests
{
    [TestCase(Precision.Single)]
    [TestCase(Precision.Double)]
    public void StreamsThatAreSentAreThoseWithPower(Precision precision)
    {
        var batch = new PrecoderBatch(new ChannelShape(2, UserCount: 3, AccessPointCount: 2, AntennaCount: 2), precision);
        batch.Set(0, 1, 1, [Complex.Zero, new Complex(0, 0.5)]); // from one of two access points
        batch.Set(1, 0, 0, [Complex.One, Complex.One]);
        batch.Set(1, 2, 1, [Complex.One, Complex.Zero]);
        Assert.That(new[] { batch.SentStreamCount(0), batch.SentStreamCount(1) }, Is.EqualTo(new[] { 1, 2 }));
    }
}
