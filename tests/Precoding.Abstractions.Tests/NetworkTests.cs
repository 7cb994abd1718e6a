using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class NetworkTests
{
    private static readonly ChannelShape Shape = new(1, UserCount: 2, AccessPointCount: 2, AntennaCount: 3);

    [Test]
    public void EveryProblemIsNamedAtOnce()
    {
        Network network = Network.WithoutGeometry(Shape, [1, 1]) with
        {
            NoisePowerWatts = 0,
            AccessPoints = [new AccessPoint(default, new UniformLinearArray(3), -1), new AccessPoint(default, new UniformLinearArray(4), 1)],
            Users = [new User(default, new UniformLinearArray(1), Weight: double.NaN)],
        };
        ValidationException error = Assert.Throws<ValidationException>(network.Validate)!;
        Assert.That(error.Problems, Has.Count.EqualTo(4));
    }

    [Test]
    public void ListsOfTheWrongLengthAreRefused() =>
        Assert.That(() => Network.WithoutGeometry(Shape, [1], [1, 1, 1], [1]), Throws.TypeOf<ValidationException>().With.Property("Problems").Count.EqualTo(3));

    [Test]
    public void NoiseOfAUserGoesBeforeThatOfTheNetwork()
    {
        Network network = Network.WithoutGeometry(Shape, [1, 1], [2, 3]) with { NoisePowerWatts = 5 };
        Assert.That(network.NoisePowerOf(1), Is.EqualTo(3));
        Assert.That((network with { Users = [.. network.Users.Select(u => u with { NoisePowerWatts = null })] }).NoisePowerOf(1), Is.EqualTo(5));
    }

    [Test]
    public void WeightsOfZeroOnlyAreRefused() => Assert.That(() => Network.WithoutGeometry(Shape, [1, 1], null, [0, 0]), Throws.TypeOf<ValidationException>());
}
