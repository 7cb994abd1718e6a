using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class ChannelAxesGuessTests
{
    [Test]
    public void TheOrderOfTheFormatIsByRank() =>
        Expect(Numpy([2, 3, 2, 4], ("power", [2]), ("weight", [3])), new ChannelShape(2, 3, 2, 4), "[realization 2, user 3, accessPoint 2, antenna 4] by rank, y = hᴴp");

    [Test]
    public void OtherArraysTellAnotherOrder() =>
        Expect(Numpy([4, 2, 3], ("power", [2]), ("weight", [3])), new ChannelShape(1, 3, 2, 4), "[antenna 4, accessPoint 2, user 3] guessed, the only order that fits power and weight");

    [Test]
    public void PositionsAndServingTellToo() => Expect(
        Numpy([7, 5, 2, 3], ("accessPointPosition", [2, 3]), ("serving", [5, 2, 3])), new ChannelShape(5, 3, 2, 7), "guessed, the only order that fits serving and accessPointPosition");

    [Test]
    public void TwoAxesAreReadWhereOtherArraysTellThem() =>
        Expect(Numpy([8, 3], ("noise", [3])), new ChannelShape(1, 3, 1, 8), "[antenna 8, user 3] guessed, the only order that fits noise");

    [Test]
    public void WhereTwoOrdersFitNoneIsGuessed() => Assert.That(
        () => Read(Numpy([3, 2, 4], ("power", [3]))), Throws.TypeOf<ValidationException>().With.Message.Contains("'power' has shape (3), expected (2,) [accessPoint]"));

    [Test]
    public void AScalarTellsNothing() => Assert.That(() => Read(Numpy([3, 4], ("noise", []))), Throws.TypeOf<ValidationException>().With.Message.Contains("--axes user,antenna"));

    [Test]
    public void MatlabIsReadByRankAndTheOtherReadingNamed() =>
        Expect(Matlab([5, 6, 4]), new ChannelShape(1, 5, 6, 4), "by rank, y = hᴴp; if MATLAB dropped a last axis of 1, give --axes realization,user,accessPoint,antenna; unusual sizes", omits: false);

    [Test]
    public void SizesThatSpeakAgainstADroppedAxisRaiseNoDoubt() => Expect(Matlab([24, 3, 64]), new ChannelShape(1, 24, 3, 64), "[user 24, accessPoint 3, antenna 64] by rank, y = hᴴp");

    [Test]
    public void AnAxisThatMatlabDroppedIsFoundByTheOtherArrays() => Expect(
        Matlab([2, 4, 3], ("power", [1, 3]), ("weight", [4, 1])), new ChannelShape(2, 4, 3, 1), "axes [realization 2, user 4, accessPoint 3, antenna 1], antenna 1 dropped by MATLAB, by power and weight, y = hᴴp");

    [Test]
    public void TwoAxesOfMatlabAreFoundByTheOtherArrays() => Expect(
        Matlab([4, 3], ("power", [1, 3]), ("noise", [1, 4])), new ChannelShape(1, 4, 3, 1), "axes [user 4, accessPoint 3, antenna 1], antenna 1 dropped by MATLAB, guessed, the only order that fits power and noise");

    [Test]
    public void TwoAxesOfMatlabNeedNames() =>
        Assert.That(() => Read(Matlab([4, 3])), Throws.TypeOf<ValidationException>().With.Message.Contains("or --axes user,accessPoint,antenna where there is one antenna"));

    [Test]
    public void DroppedAxesCanBeNamed() =>
        Expect(Matlab([2, 4, 3]), new ChannelShape(2, 4, 3, 1), "antenna 1 dropped by MATLAB, as given", "realization,user,accessPoint,antenna");

    [Test]
    public void SeveralDroppedAxesCanBeNamed() => Expect(
        Matlab([3, 4]), new ChannelShape(1, 4, 3, 1, 1), "[accessPoint 3, user 4, userAntenna 1, antenna 1], userAntenna 1 and antenna 1 dropped by MATLAB, as given, rows of H", "accessPoint,user,userAntenna,antenna");

    [Test]
    public void TablesMayLackTheirLastAxisToo()
    {
        ChannelFileContent content = Expect(
            Matlab([2, 1, 3, 4], ("serving", [2, 3]), ("streams", [3, 1]), ("pathCoefficient", [2, 1, 3]), ("pathCosine", [2, 1, 3])), new ChannelShape(2, 1, 3, 4), "by rank, y = hᴴp");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Serving!.RealizationCount, Is.EqualTo(2));
            Assert.That(content.Channels.Paths!.PathCount, Is.EqualTo(1));
        }
    }

    private static ChannelFileContent Expect((string Name, byte[] File) file, ChannelShape shape, string statement, string? axes = null, bool omits = true)
    {
        ChannelFileContent content = Read(file, axes);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(shape));
            Assert.That(content.AssumedAxes, Does.Contain(statement));
            Assert.That(content.AssumedAxes.Contains("give --axes", StringComparison.Ordinal), Is.EqualTo(!omits));
        }

        return content;
    }

    private static ChannelFileContent Read((string Name, byte[] File) file, string? axes = null) =>
        ChannelFile.Read(new MemoryStream(file.File), file.Name, new ChannelFileOptions { Axes = axes });

    private static (string Name, byte[] File) Numpy(int[] shape, params (string Name, int[] Shape)[] fields) => ("a.npz", NumpyBytes.Zip(
        System.IO.Compression.CompressionLevel.Fastest,
        [.. fields.Prepend(("H", shape)).Select(f => ($"{f.Item1}.npy", NumpyBytes.Npy("<f8", $"({string.Concat(f.Item2.Select(e => $"{e},"))})", NumpyBytes.Doubles(Ones(f.Item2)))))]));

    private static (string Name, byte[] File) Matlab(int[] shape, params (string Name, int[] Shape)[] fields) => (
        "a.mat",
        MatBytes.Little.File([.. fields.Prepend(("H", shape)).Select(f => MatBytes.Little.Array(f.Item1, MatClass.Double, f.Item2, 0, MatBytes.Little.Numbers(MatType.UInt8, Ones(f.Item2))))]));

    private static double[] Ones(int[] shape) => [.. Enumerable.Repeat(1.0, shape.Aggregate(1, (product, extent) => product * extent))];
}
