using System.Numerics;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class CorpusTests
{
    private static IEnumerable<TestCaseData> Files => Corpus.Files.Select(f => new TestCaseData(f.Name, f.Expected).SetName($"Corpus: {f.Name}"));

    [TestCaseSource(nameof(Files))]
    public void ReadsOrIsRefusedAsExpected(string name, string expected)
    {
        var stream = new MemoryStream(Corpus.Read(name));
        if (!expected.StartsWith('['))
        {
            Exception error = Assert.Catch(() => ChannelFile.Read(stream, name))!;
            Assert.That(error, Is.TypeOf<FileFormatException>().Or.TypeOf<ValidationException>());
            Assert.That(error.Message, Does.Contain(expected).And.Match(@", (byte \d+|line \d+, column \d+): "));
            return;
        }

        ChannelBatch channels = ChannelFile.Read(stream, name).Channels;
        ChannelShape s = channels.Shape;
        int[] shape = s.UserAntennaCount == 1
            ? [s.RealizationCount, s.UserCount, s.AccessPointCount, s.AntennaCount]
            : [s.RealizationCount, s.UserCount, s.AccessPointCount, s.UserAntennaCount, s.AntennaCount];
        Complex[] values = channels.Precision == Precision.Single ? [.. channels.AsSingle().ToArray().Select(c => (Complex)c)] : channels.AsDouble().ToArray();
        Assert.That($"[{string.Join(", ", shape)}]", Is.EqualTo(expected));
        Assert.That(values, Is.EqualTo(Enumerable.Range(1, values.Length).Select(i => new Complex(i / 8.0, -i / 16.0))));
    }

    [TestCase("stored.npz")]
    [TestCase("deflated.npz")]
    [TestCase("octave_v6.mat")]
    [TestCase("octave_v7.mat")]
    public void FieldsBesideTheChannelsAreRead(string name)
    {
        ChannelFileContent content = ChannelFile.Read(new MemoryStream(Corpus.Read(name)), name);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.PowerWatts, Is.EqualTo(new double[] { 1, 2 }));
            Assert.That(content.NoiseWatts, Is.EqualTo(new double[] { 0.5, 0.5, 0.5 }));
            Assert.That(content.Weights, Is.EqualTo(new double[] { 1, 0, 2 }));
            Assert.That(Enumerable.Range(0, 6).Select(i => content.Serving![0, i / 3, i % 3]), Is.EqualTo(new[] { true, false, true, false, true, true }));
            Assert.That(content.Streams, Is.EqualTo(new[,] { { 1, 0, 2 }, { 0, 1, 1 } }));
            Assert.That(content.MaxStreams, Is.EqualTo(new[] { 1, 1, 2 }));
            Assert.That(content.UserPositions![0, 2], Is.EqualTo(new Position(6, 7, 8)));
            Assert.That(content.AccessPointPositions!.GetLength(0), Is.EqualTo(2));
            Assert.That(content.Channels.Paths!.PathCount, Is.EqualTo(1));
            Assert.That(content.CarrierFrequencyHz, Is.EqualTo(2e9));
            Assert.That(content.MetaJson, Is.EqualTo("{}"));
        }
    }

    [Test]
    public void EveryFileIsListed() => Assert.That(Corpus.UnlistedFiles, Is.Empty);

    [Test]
    public void TheListNamesEveryFormat() =>
        Assert.That(Corpus.Files.Select(f => Regex.Match(f.Name, @"\.\w+$").Value).Distinct(), Is.EquivalentTo([".npy", ".npz", ".mat", ".csv"]));
}
