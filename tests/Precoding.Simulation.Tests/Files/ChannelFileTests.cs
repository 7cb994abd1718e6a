using System.IO.Compression;
using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class ChannelFileTests : DirectoryTest
{
    // realization 2, user 3, accessPoint 2, antenna 4; element i holds (i, −i/2)
    private static readonly float[] Counting = [.. Enumerable.Range(0, 48).SelectMany(i => new[] { i, -i / 2f })];

    [Test]
    public void FourAxesAreKeptAsTheyAre()
    {
        ChannelFileContent content = Read("(2, 3, 2, 4)");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(2, 3, 2, 4)));
            Assert.That(content.Channels.Precision, Is.EqualTo(Precision.Single));
            Assert.That(Link(content, 1, 2, 1), Is.EqualTo(new Complex[] { new(44, -22), new(45, -22.5), new(46, -23), new(47, -23.5) }));
            Assert.That(content.AssumedAxes, Does.Contain("[realization 2, user 3, accessPoint 2, antenna 4] by rank, y = hᴴp"));
            Assert.That(content.Channels.Network.AccessPoints.Select(a => a.PowerBudgetWatts), Is.All.EqualTo(1));
        }
    }

    [Test]
    public void DownlinkGainConjugates()
    {
        ChannelFileContent content = Read("(2, 3, 2, 4)", new ChannelFileOptions { DownlinkGain = true });
        Assert.That(Link(content, 0, 0, 0)[3], Is.EqualTo(new Complex(3, 1.5)));
        Assert.That(content.AssumedAxes, Does.Contain("y = h p, conjugated"));
    }

    [Test]
    public void RankThreeIsOneRealization() =>
        Assert.That(Read("(6, 2, 4)").Channels.Shape, Is.EqualTo(new ChannelShape(1, 6, 2, 4)));

    [Test]
    public void FiveAxesWithOneUserAntennaAreTheConjugateOfFour()
    {
        ChannelFileContent five = Read("(2, 3, 2, 1, 4)");
        Assert.That(five.Channels.Shape, Is.EqualTo(new ChannelShape(2, 3, 2, 4)));
        Assert.That(Link(five, 1, 2, 1), Is.EqualTo(Link(Read("(2, 3, 2, 4)"), 1, 2, 1).Select(Complex.Conjugate)));
    }

    [Test]
    public void RowsOfManyUserAntennasStayAsTheyAre()
    {
        ChannelFileContent content = Read("(1, 3, 2, 2, 4)");
        Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(1, 3, 2, 4, 2)));
        var row = new Complex[4];
        content.Channels.CopyLink(0, 0, 1, row, userAntenna: 1);
        Assert.That(row[0], Is.EqualTo(new Complex(12, -6)));
    }

    [TestCase("antenna,accessPoint,user,realization")]
    [TestCase("user, antenna, realization, accessPoint")]
    [TestCase("ACCESSPOINT,user,antenna,realization")]
    public void NamedAxesAreBroughtIntoOrder(string axes)
    {
        var extent = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["realization"] = 2, ["user"] = 3, ["accessPoint"] = 2, ["antenna"] = 4 };
        string[] names = axes.Split(',', StringSplitOptions.TrimEntries);
        int[] shape = [.. names.Select(n => extent[n])];
        ChannelFileContent content = Read($"({string.Join(", ", shape)})", new ChannelFileOptions { Axes = axes });
        Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(2, 3, 2, 4)));
        var index = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["realization"] = 1, ["user"] = 2, ["accessPoint"] = 0, ["antenna"] = 3 };
        int flat = names.Aggregate(0, (at, name) => (at * extent[name]) + index[name]);
        Assert.That(Link(content, 1, 2, 0)[3], Is.EqualTo(new Complex(flat, -flat / 2f)));
    }

    [Test]
    public void AxesThatAreMissingAreOne() =>
        Assert.That(Read("(12, 4)", new ChannelFileOptions { Axes = "user,antenna" }).Channels.Shape, Is.EqualTo(new ChannelShape(1, 12, 1, 4)));

    [TestCase("user,antenna", "4 axes, --axes names 2")]
    [TestCase("user,ant,accessPoint,realization", "'ant' is no axis")]
    [TestCase("user,user,accessPoint,antenna", "named twice")]
    [TestCase("user,accessPoint,realization,userAntenna", "lacks antenna")]
    public void WrongAxesAreExplained(string axes, string reason) =>
        Assert.That(() => Read("(2, 3, 2, 4)", new ChannelFileOptions { Axes = axes }), Throws.TypeOf<ValidationException>().With.Message.Contains(reason));

    [Test]
    public void RankTwoNeedsNames() =>
        Assert.That(() => Read("(12, 4)"), Throws.TypeOf<ValidationException>().With.Message.Contains("--axes user,antenna"));

    [Test]
    public void UnusualSizesAreMentioned() =>
        Assert.That(Read("(2, 3, 4)", bytes: Counting[..48]).AssumedAxes, Does.Contain("unusual sizes"));

    [Test]
    public void EmptyChannelsAreRefused() =>
        Assert.That(() => Read("(0, 2000000000, 3, 4)", bytes: []), Throws.TypeOf<ValidationException>().With.Message.Contains("at least 1"));

    [Test]
    public void NotANumberIsRefused() =>
        Assert.That(() => Read("(1, 1, 1)", bytes: [float.NaN, 0]), Throws.TypeOf<ValidationException>().With.Message.Contains("not finite"));

    [Test]
    public void DoublesStayDoubleAndRealsBecomeComplex()
    {
        byte[] file = NumpyBytes.Npy("<f8", "(1, 1, 2)", NumpyBytes.Doubles(0.1, 0.2));
        ChannelFileContent content = ChannelFile.Read(new MemoryStream(file), "a.npy");
        Assert.That(content.Channels.Precision, Is.EqualTo(Precision.Double));
        Assert.That(Link(content, 0, 0, 0), Is.EqualTo(new Complex[] { 0.1, 0.2 }));
    }

    [Test]
    public void FieldsBesideTheChannelsAreRead()
    {
        ChannelFileContent content = ReadArchive(
            ("power", NumpyBytes.Npy("<f8", "(2,)", NumpyBytes.Doubles(1, 2))),
            ("noise", NumpyBytes.Npy("<f8", "()", NumpyBytes.Doubles(0.5))),
            ("weight", NumpyBytes.Npy("<f8", "(3, 1)", NumpyBytes.Doubles(1, 0, 2))),
            ("serving", NumpyBytes.Npy("|b1", "(2, 3)", [1, 0, 1, 0, 1, 1])),
            ("streams", NumpyBytes.Npy("|u1", "(2, 3)", [1, 0, 2, 0, 1, 1])),
            ("maxStreams", NumpyBytes.Npy("|u1", "(3,)", [1, 2, 3])),
            ("carrierFrequencyHz", NumpyBytes.Npy("<f8", "()", NumpyBytes.Doubles(2e9))),
            ("accessPointPosition", NumpyBytes.Npy("<f8", "(2, 3)", NumpyBytes.Doubles(1, 2, 3, 4, 5, 6))));
        Network network = content.Channels.Network;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.PowerWatts, Is.EqualTo(new double[] { 1, 2 }));
            Assert.That(network.AccessPoints[1].PowerBudgetWatts, Is.EqualTo(2));
            Assert.That(network.NoisePowerOf(2), Is.EqualTo(0.5));
            Assert.That(network.Users.Select(u => u.Weight), Is.EqualTo(new double[] { 1, 0, 2 }));
            Assert.That(Serving(content.Serving!, 0), Is.EqualTo(new[] { true, false, true, false, true, true }));
            Assert.That(content.Channels.Serving, Is.SameAs(content.Serving));
            Assert.That(content.Streams, Is.EqualTo(new[,] { { 1, 0, 2 }, { 0, 1, 1 } }));
            Assert.That(network.Users.Select(u => u.MaxStreams), Is.EqualTo(new[] { 1, 2, 3 }));
            Assert.That(network.CarrierFrequencyHz, Is.EqualTo(2e9));
            Assert.That(network.AccessPoints[1].Position, Is.EqualTo(new Position(4, 5, 6)));
            Assert.That(content.UserPositions, Is.Null);
        }
    }

    [Test]
    public void EveryWrongFieldIsReportedAtOnce()
    {
        ValidationException? error = Assert.Throws<ValidationException>(() => ReadArchive(
            ("power", NumpyBytes.Npy("<f8", "(3,)", NumpyBytes.Doubles(1, 2, 3))),
            ("serving", NumpyBytes.Npy("|u1", "(2, 3)", [1, 0, 2, 0, 1, 1])),
            ("maxStreams", NumpyBytes.Npy("|u1", "(3,)", [1, 0, 3])),
            ("pathCosine", NumpyBytes.Npy("<f8", "(1,)", NumpyBytes.Doubles(1)))));
        Assert.That(error!.Problems, Has.Count.EqualTo(4));
        Assert.That(error.Message, Does.Contain("'power' has shape (3), expected (2,) [accessPoint]").And.Contain("'serving' holds 2").And.Contain("pathCoefficient"));
    }

    [Test]
    public void ServingAndPositionsMayDifferBetweenRealizations()
    {
        double[] positions = [.. Enumerable.Range(0, 12).Select(i => (double)i)];
        ChannelFileContent content = ReadArchive(
            ("serving", NumpyBytes.Npy("<i4", "(2, 2, 3)", [.. new[] { 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0 }.SelectMany(BitConverter.GetBytes)])),
            ("accessPointPosition", NumpyBytes.Npy("<f8", "(2, 2, 3)", NumpyBytes.Doubles(positions))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Serving(content.Channels.Serving, 0), Is.EqualTo(new[] { true, false, true, false, true, true }));
            Assert.That(Serving(content.Channels.Serving, 1), Is.EqualTo(new[] { false, true, false, true, false, false }));
            Assert.That(content.AccessPointPositions![1, 0], Is.EqualTo(new Position(6, 7, 8)));
            Assert.That(content.Channels.Network.AccessPoints[1].Position, Is.EqualTo(new Position(3, 4, 5)));
        }
    }

    [Test]
    public void WithoutServingEveryAccessPointServesEveryUser()
    {
        ChannelFileContent content = Read("(2, 3, 2, 4)");
        Assert.That(content.Serving, Is.Null);
        Assert.That(content.Channels.Serving.ServesAll, Is.True);
    }

    [TestCase("serving", "|u1", "(3, 2)", 6, "expected (2, 3) [accessPoint, user] or (2, 2, 3) [realization, accessPoint, user]")]
    [TestCase("serving", "|u1", "(3, 2, 3)", 18, "'serving' has shape (3, 2, 3)")]
    [TestCase("serving", "|u1", "(0, 2, 3)", 0, "'serving' has shape (0, 2, 3)")]
    [TestCase("serving", "|u1", "(1, 2, 2, 3)", 12, "'serving' has shape (1, 2, 2, 3)")]
    [TestCase("serving", "|u1", "()", 1, "'serving' has shape ()")]
    [TestCase("streams", "|u1", "(2, 2, 3)", 12, "expected (2, 3) [accessPoint, user].")]
    [TestCase("accessPointPosition", "<f8", "(3, 2, 3)", 144, "expected (2, 3) [accessPoint, coordinate] or (2, 2, 3)")]
    [TestCase("accessPointPosition", "<f8", "(2, 2, 2)", 64, "'accessPointPosition' has shape (2, 2, 2)")]
    [TestCase("userPosition", "<f8", "(0, 3, 3)", 0, "'userPosition' has shape (0, 3, 3)")]
    public void TablesOfOtherShapesAreRefused(string name, string type, string shape, int bytes, string reason) => Assert.That(
        () => ReadArchive((name, NumpyBytes.Npy(type, shape, new byte[bytes]))), Throws.TypeOf<ValidationException>().With.Message.Contains(reason));

    [TestCase(double.NaN)]
    [TestCase(0.5)]
    [TestCase(-1)]
    [TestCase(2)]
    [TestCase(1e300)]
    public void ServingHoldsZerosAndOnesOnly(double value)
    {
        byte[] table = NumpyBytes.Npy("<f8", "(2, 2, 3)", NumpyBytes.Doubles([.. Enumerable.Repeat(1.0, 11), value]));
        Assert.That(() => ReadArchive(("serving", table)), Throws.TypeOf<ValidationException>().With.Message.Contains("serving").And.Message.Contains("expected"));
    }

    [Test]
    public void ACoordinateThatIsNotFiniteIsRefused()
    {
        byte[] table = NumpyBytes.Npy("<f8", "(2, 2, 3)", NumpyBytes.Doubles([.. Enumerable.Repeat(1.0, 11), double.PositiveInfinity]));
        Assert.That(() => ReadArchive(("accessPointPosition", table)), Throws.TypeOf<ValidationException>().With.Message.Contains("'accessPointPosition' holds a coordinate that is not finite"));
    }

    [Test]
    public void ServingSetsComeBack([Values(1, 2)] int realizationCount, [Values] bool fromExtras)
    {
        var shape = new ChannelShape(2, 3, 2, 4, 2);
        ServingMap serving = ServingMap.Create(realizationCount, 2, 3, (r, l, k) => (r + l + k) % 2 == 0);
        ChannelBatch channels = new IndependentRayleighChannelModel().Generate(Network.WithoutGeometry(shape, [1, 1]), 2, 3);
        ChannelFile.Write(PathOf("a.npz"), fromExtras ? channels : channels.WithServing(serving), new ChannelFileExtras
        {
            Serving = fromExtras ? serving : null, AccessPointPositions = new[,] { { new Position(1, 2), new Position(3, 4) }, { new Position(5, 6), new Position(7, 8) } },
        });
        ChannelFileContent content = ChannelFile.Read(PathOf("a.npz"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Serving.RealizationCount, Is.EqualTo(realizationCount));
            Assert.That(Serving(content.Channels.Serving, 1), Is.EqualTo(Serving(serving, 1)));
            Assert.That(content.AccessPointPositions![1, 1], Is.EqualTo(new Position(7, 8)));
        }
    }

    [Test]
    public void MissingNameListsTheOthers() =>
        Assert.That(
            () => ChannelFile.Read(new MemoryStream(NumpyBytes.Zip(CompressionLevel.Fastest, ("G.npy", NumpyBytes.Npy("<f8", "()", new byte[8])))), "a.npz"),
            Throws.TypeOf<ValidationException>().With.Message.Contains("'H'").And.Message.Contains("G"));

    [Test]
    public void OtherEndingsAreRefused() =>
        Assert.That(() => ChannelFile.Read(new MemoryStream(), "a.txt"), Throws.TypeOf<ValidationException>().With.Message.Contains("numpy.savez"));

    [Test]
    public void Hdf5IsRefusedWithTheConversion() =>
        Assert.That(() => ChannelFile.Read(new MemoryStream(), "a.h5"), Throws.TypeOf<FileFormatException>().With.Message.Contains("save('a-v7.mat', '-struct', 'S', '-v7')"));

    [Test]
    public void DropComesBackBitForBit([Values] bool rowsOfH)
    {
        const int Users = 5;
        Network network = PaperScenario.CreateNetwork(Users, 8, seed: 3);
        network = network with
        {
            Users = [.. network.Users.Select((u, k) => u with { Weight = k + 1, NoisePowerWatts = 0.5 + k, Array = new UniformLinearArray(rowsOfH ? 2 : 1) })],
        };
        ChannelBatch channels = rowsOfH
            ? new IndependentRayleighChannelModel().Generate(network, 2, 3)
            : PaperScenario.CreateModel(Users, 3).Generate(network, 2, 3);
        var extras = new ChannelFileExtras { UserPositions = PaperScenario.UserPositionTable(Users, 3, 0, 2), MetaJson = "{}" };
        ChannelFile.Write(PathOf("a.npz"), channels, extras);
        ChannelFileContent content = ChannelFile.Read(PathOf("a.npz"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.AsSingle().SequenceEqual(channels.AsSingle()), Is.True);
            Assert.That(content.Channels.Shape, Is.EqualTo(channels.Shape));
            Assert.That(content.Channels.Network.Users, Is.EqualTo(network.Users));
            Assert.That(content.Channels.Network.AccessPoints, Is.EqualTo(network.AccessPoints));
            Assert.That(content.UserPositions, Is.EqualTo(extras.UserPositions));
            Assert.That(content.MetaJson, Is.EqualTo("{}"));
            Assert.That(content.Channels.Paths is null, Is.EqualTo(rowsOfH));
            Assert.That(content.Channels.Paths?[1, 4, 2, 399], Is.EqualTo(channels.Paths?[1, 4, 2, 399]));
        }
    }

    private static ChannelFileContent Read(string shape, ChannelFileOptions? options = null, float[]? bytes = null) =>
        ChannelFile.Read(new MemoryStream(NumpyBytes.Npy("<c8", shape, NumpyBytes.Floats(bytes ?? Counting))), "a.npy", options);

    private static ChannelFileContent ReadArchive(params (string Name, byte[] Content)[] fields) =>
        ChannelFile.Read(
            new MemoryStream(NumpyBytes.Zip(
                CompressionLevel.Fastest,
                [("H.npy", NumpyBytes.Npy("<c8", "(2, 3, 2, 4)", NumpyBytes.Floats(Counting))), .. fields.Select(f => (f.Name + ".npy", f.Content))])),
            "a.npz");

    /// <summary>[accessPoint, user], row-major.</summary>
    private static bool[] Serving(ServingMap map, int realization) =>
        [.. Enumerable.Range(0, map.AccessPointCount * map.UserCount).Select(i => map[realization, i / map.UserCount, i % map.UserCount])];

    private static Complex[] Link(ChannelFileContent content, int realization, int user, int accessPoint)
    {
        var link = new Complex[content.Channels.Shape.AntennaCount];
        content.Channels.CopyLink(realization, user, accessPoint, link);
        return link;
    }
}
