using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class MatWriterTests : DirectoryTest
{
    [Test]
    public void NumbersOfAnyShapeComeBackBitForBit() => Prop.ForAll<double[], int>((values, split) =>
    {
        int first = Math.Max(1, Math.Abs(split % 5)), second = values.Length / first;
        double[] kept = values[..(first * second)];
        FileArray array = RoundTrip<double>([first, 1, second], kept);
        return array.Shape.SequenceEqual([first, 1, second]) && array.ToDoubles().Zip(kept).All(v => BitConverter.DoubleToInt64Bits(v.First) == BitConverter.DoubleToInt64Bits(v.Second));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void EveryTypeComesBack()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RoundTrip<bool>([3], [true, false, true]).ToIntegers(), Is.EqualTo(new[] { 1, 0, 1 }));
            Assert.That(RoundTrip<int>([2, 2], [1, -2, 3, int.MaxValue]).ToIntegers(), Is.EqualTo(new[] { 1, -2, 3, int.MaxValue }));
            Assert.That(RoundTrip<short>([1], [-5]).ToIntegers(), Is.EqualTo(new[] { -5 }));
            Assert.That(RoundTrip<long>([1], [1L << 53]).ToDoubles(), Is.EqualTo(new double[] { 1L << 53 }));
            Assert.That(RoundTrip<float>([1, 2], [1.5f, float.Epsilon]).IsSinglePrecision, Is.True);
            Assert.That(RoundTrip<ComplexF>([3, 1, 1], [new(1, -2), new(3, 4), default]).ToComplexSingle(), Is.EqualTo(new ComplexF[] { new(1, -2), new(3, 4), default }));
            Assert.That(RoundTrip<Complex>([2], [new(1, -2), new(0.1, 0.2)]).ToComplex(), Is.EqualTo(new Complex[] { new(1, -2), new(0.1, 0.2) }));
            Assert.That(RoundTrip<double>([], [10e9]).Shape, Is.EqualTo(new[] { 1, 1 }));
            Assert.That(RoundTrip<double>([0], []).Shape, Is.EqualTo(new[] { 1, 0 }));
        }
    }

    [TestCase("{\"tool\": \"BeamPrecoding\", \"σ²\": \"𝔐\"}")]
    [TestCase("")]
    public void TextComesBack(string text)
    {
        MatWriter.Write(PathOf("a.mat"), archive => archive.AddText("meta", text));
        Assert.That(Open("a.mat").Read("meta").ToText(), Is.EqualTo(text));
    }

    [Test]
    public void NamesBecomeThoseMatlabCanHave()
    {
        MatWriter.Write(PathOf("a.mat"), archive =>
        {
            archive.Add<int>("reduced-cg.P", [1], [1]);
            Assert.That(() => archive.Add<int>("reduced_cg_P", [1], [1]), Throws.ArgumentException.With.Message.Contains("is there already"));
            Assert.That(() => archive.Add<int>("1x", [1], [1]), Throws.ArgumentException);
            Assert.That(() => archive.Add<int>("x", [3], [1]), Throws.ArgumentException.With.Message.Contains("expected 3"));
        });
        Assert.That(Open("a.mat").Names, Is.EqualTo(new[] { "reduced_cg_P" }));
    }

    [Test]
    public void SameContentGivesSameBytes()
    {
        foreach (string name in new[] { "first.mat", "second.mat" })
        {
            MatWriter.Write(PathOf(name), archive => archive.Add<double>("H", [2, 1], [3, 4]));
            Thread.Sleep(10); // another clock reading
        }

        Assert.That(File.ReadAllBytes(PathOf("first.mat")), Is.EqualTo(File.ReadAllBytes(PathOf("second.mat"))));
    }

    [Test]
    public void DropsComeBackBitForBit([Values] bool rowsOfH, [Values(1, 2)] int realizationCount, [Values(1, 3)] int userCount, [Values(1, 4)] int antennaCount)
    {
        var shape = new ChannelShape(realizationCount, userCount, 2, antennaCount, rowsOfH ? 2 : 1);
        ChannelBatch channels = new IndependentRayleighChannelModel().Generate(Network.WithoutGeometry(shape, [1, 2]), realizationCount, 3);
        var extras = new ChannelFileExtras
        {
            Serving = ServingMap.Create(realizationCount, 2, userCount, (r, l, k) => (r + l + k) % 2 == 0), Streams = new int[2, userCount], MetaJson = "{}",
            UserPositions = new Position[realizationCount, userCount],
        };
        ChannelFile.Write(PathOf("a.mat"), channels, extras);
        ChannelFileContent content = ChannelFile.Read(PathOf("a.mat"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(shape));
            Assert.That(content.Channels.AsSingle().SequenceEqual(channels.AsSingle()), Is.True);
            Assert.That(content.PowerWatts, Is.EqualTo(new double[] { 1, 2 }));
            Assert.That(content.Serving!.RealizationCount, Is.EqualTo(realizationCount));
            Assert.That(content.Streams, Is.EqualTo(extras.Streams));
            Assert.That(content.MetaJson, Is.EqualTo("{}"));
        }
    }

    [Test]
    public void PathsComeBack()
    {
        ChannelBatch channels = PaperScenario.CreateModel(3, 3).Generate(PaperScenario.CreateNetwork(3, 8, seed: 3), 2, 3);
        ChannelFile.Write(PathOf("a.mat"), channels);
        ChannelFileContent content = ChannelFile.Read(PathOf("a.mat"));
        Assert.That(content.Channels.Paths![1, 2, 2, 399], Is.EqualTo(channels.Paths![1, 2, 2, 399]));
    }

    private FileArray RoundTrip<T>(int[] shape, T[] values)
        where T : unmanaged
    {
        MatWriter.Write(PathOf("x.mat"), archive => archive.Add<T>("x", shape, values));
        return Open("x.mat").Read("x");
    }

    private MatReader Open(string name) => new(new MemoryStream(File.ReadAllBytes(PathOf(name))), name);
}
