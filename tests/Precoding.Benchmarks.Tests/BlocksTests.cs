using NUnit.Framework;
using Precoding.Benchmarks.Blocks;

namespace Precoding.Benchmarks.Tests;

public class BlocksTests
{
    /// <summary>At rest the last block's precoders are there already; the own start is not.</summary>
    [Test]
    public void AtRestAWarmStartIsThereAtOnce()
    {
        IReadOnlyList<ChannelBatch> sequences = BlocksCommand.Channels(new BlockSize(Users: 6, Antennas: 8, Drops: 2, Blocks: 3, CarrierHz: 3.5e9, SnrDb: 20), speedKmh: 0, blockSeconds: 1e-3);
        Assert.That(sequences.Select(s => s.Shape.RealizationCount), Is.EqualTo(new[] { 3, 3 }));
        BlockComparison found = BlockComparison.Of(sequences, "reduced-cg", [1], repeats: 1);
        Assert.That((found.Reached, found.IterationsToReach), Is.EqualTo((1.0, 0.0)));
        Assert.That(found.TimeToReach, Is.InRange(0, 1));
        Assert.That(found.Few[0].Warm, Is.GreaterThan(found.Few[0].Own).And.LessThanOrEqualTo(found.Few[0].Both));
        Assert.That(found.Settled[1].Iterations, Is.LessThan(found.Settled[0].Iterations));
        Assert.That(found.ToString().Count(c => c == '|') + 3, Is.EqualTo(BlockComparison.Head("reduced-cg", [1]).Split('\n').First(line => line.StartsWith("| km/h", StringComparison.Ordinal)).Count(c => c == '|') - 1));
    }
}
