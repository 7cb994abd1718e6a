using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Channels of another generator, too large and not free to keep in the repository; found through an environment variable.</summary>
[TestFixture]
public class RealChannelTests
{
    private const string Variable = "BEAMPRECODING_DATA";

    [TestCase("quadriga_uma_small_1_v5.mat")]
    [TestCase("quadriga_uma_small_1_v7.mat")]
    public void MatFilesEqualTheNumpyFile(string name)
    {
        ChannelFileContent matlab = ChannelFile.Read(PathOf(name)), numpy = ChannelFile.Read(PathOf("quadriga_uma_small_1.npz"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matlab.Channels.Shape, Is.EqualTo(numpy.Channels.Shape));
            Assert.That(matlab.Channels.AsSingle().SequenceEqual(numpy.Channels.AsSingle()), Is.True);
            Assert.That(matlab.AssumedAxes, Does.EndWith("(H): axes [user 24, accessPoint 3, antenna 64] by rank, y = hᴴp"));
        }
    }

    [Test]
    public void ForeignDropReadsAndEqualsItsPathSum()
    {
        ChannelFileContent content = ChannelFile.Read(PathOf("quadriga_uma_small_1.npz"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(1, 24, 3, 64)));
            Assert.That(content.Channels.Paths!.PathCount, Is.EqualTo(400));
            Assert.That(content.CarrierFrequencyHz, Is.EqualTo(10e9));
            Assert.That(content.UserPositions!.Length, Is.EqualTo(24));
            Assert.That(PathSum.WorstRelativeError(content.Channels), Is.LessThan(1e-3));
        }
    }

    private static string PathOf(string name)
    {
        string? directory = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(directory))
        {
            Assert.Ignore($"{Variable} is unset: it names the directory with {name}.");
        }

        return Path.Combine(directory!, name);
    }
}
