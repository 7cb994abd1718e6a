using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class ServingMapTests
{
    private static readonly Position[] AccessPoints = [new(0, 0), new(10, 0), new(20, 0)];
    private static readonly Position[] Users = [new(1, 0), new(19, 3), new(5, 0)];

    [Test]
    public void TheNearestServeAndTiesGoToTheLowerNumber()
    {
        ServingMap one = ServingMap.Nearest(AccessPoints, Users, 1), two = ServingMap.Nearest(AccessPoints, Users, 2);
        Assert.Multiple(() =>
        {
            Assert.That(Servers(one, 0, 0), Is.EqualTo(new[] { 0 }));
            Assert.That(Servers(one, 0, 1), Is.EqualTo(new[] { 2 }));
            Assert.That(Servers(one, 0, 2), Is.EqualTo(new[] { 0 })); // as far from access point 1
            Assert.That(Servers(two, 0, 1), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(one[7, 2, 1], Is.True); // one map for all realizations
        });
    }

    [Test]
    public void PositionsOfEveryRealizationGiveAMapOfEveryRealization([Values] bool fixedAccessPoints)
    {
        var users = new Position[2, 2] { { new(1, 0), new(19, 0) }, { new(21, 0), new(9, 0) } };
        Position[,] accessPoints = fixedAccessPoints
            ? new Position[1, 3] { { AccessPoints[0], AccessPoints[1], AccessPoints[2] } }
            : new Position[2, 3] { { AccessPoints[0], AccessPoints[1], AccessPoints[2] }, { AccessPoints[2], AccessPoints[1], AccessPoints[0] } };
        ServingMap map = ServingMap.Nearest(accessPoints, users, 1);
        Assert.Multiple(() =>
        {
            Assert.That(map.RealizationCount, Is.EqualTo(2));
            Assert.That(Servers(map, 0, 0), Is.EqualTo(new[] { 0 }));
            Assert.That(Servers(map, 1, 0), Is.EqualTo(new[] { fixedAccessPoints ? 2 : 0 }));
            Assert.That(Servers(map, 1, 1), Is.EqualTo(new[] { 1 }));
        });
    }

    [Test]
    public void PositionsOfDifferentRealizationsAreRefused() => Assert.That(
        () => ServingMap.Nearest(new Position[2, 3], new Position[3, 3], 1), Throws.TypeOf<ValidationException>().With.Message.Contains("in 2 realizations and of the users in 3"));

    [Test]
    public void TheStrongestServeRealizationByRealization()
    {
        var shape = new ChannelShape(2, UserCount: 1, AccessPointCount: 2, AntennaCount: 1, UserAntennaCount: 2);
        ChannelBatch channels = ChannelBatch.FromArray(
            Network.WithoutGeometry(shape, [1, 1]), shape, [new ComplexF(3, 0), default, new ComplexF(2, 0), new ComplexF(0, 2), default, new ComplexF(2, 2), new ComplexF(2, 0), default]);
        ServingMap map = ServingMap.Strongest(channels, 1); // ‖H‖²: 9 and 8, then 8 and 4
        Assert.That(Servers(map, 0, 0).Concat(Servers(map, 1, 0)), Is.EqualTo(new[] { 0, 0 }));
        Assert.That(ServingMap.Strongest(channels.Scaled((r, _, l) => r == 1 && l == 0 ? 0.5 : 1), 1)[1, 1, 0], Is.True);
    }

    [TestCase(0)]
    [TestCase(4)]
    public void MoreThanThereAreCannotServe(int count) =>
        Assert.That(() => ServingMap.Nearest(AccessPoints, Users, count), Throws.TypeOf<ValidationException>().With.Message.Contains("ask for 1 to 3"));

    [Test]
    public void ASliceKeepsItsRealizations()
    {
        ServingMap map = ServingMap.Create(4, 1, 4, (r, _, k) => r == k), slice = map.Slice(2, 2);
        Assert.Multiple(() =>
        {
            Assert.That(slice[1, 0, 3], Is.True);
            Assert.That(slice[0, 0, 3], Is.False);
            Assert.That(map.ServerCount(2, 2), Is.EqualTo(1));
            Assert.That(map.ServerCount(2, 3), Is.Zero);
            Assert.That(map.ServesAll, Is.False);
            Assert.That(ServingMap.All(2, 3).ServesAll, Is.True);
        });
    }

    private static int[] Servers(ServingMap map, int realization, int user) =>
        [.. Enumerable.Range(0, map.AccessPointCount).Where(l => map[realization, l, user])];
}
