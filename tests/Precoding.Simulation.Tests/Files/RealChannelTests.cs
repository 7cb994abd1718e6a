using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Channels of another generator, too large and not free to keep in the repository; found through an environment variable.</summary>
[TestFixture]
public class RealChannelTests
{
    private const string Variable = "BEAMPRECODING_DATA";

    [Test]
    public void ForeignDropReadsAndEqualsItsPathSum()
    {
        string? directory = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(directory))
        {
            Assert.Ignore($"{Variable} is unset: it names the directory with quadriga_uma_small_1.npz.");
        }

        ChannelFileContent content = ChannelFile.Read(Path.Combine(directory!, "quadriga_uma_small_1.npz"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(1, 24, 3, 64)));
            Assert.That(content.Channels.Paths!.PathCount, Is.EqualTo(400));
            Assert.That(content.CarrierFrequencyHz, Is.EqualTo(10e9));
            Assert.That(content.UserPositions!.Length, Is.EqualTo(24));
            Assert.That(PathSum.WorstRelativeError(content.Channels), Is.LessThan(1e-3));
        }
    }
}
