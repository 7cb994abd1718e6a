using NUnit.Framework;
using Precoding.Cpu;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>The README's C# example, as it stands there.</summary>
public sealed class ReadmeExample
{
    [Test]
    public void Runs()
    {
        // <readme>
        Network network = PaperScenario.CreateNetwork(userCount: 8, antennaCount: 16, accessPointCount: 3, seed: 1);
        ChannelBatch channels = PaperScenario.CreateModel(userCount: 8, seed: 1)
            .Generate(network, realizationCount: 2, seed: 1)
            .Normalize(Normalization.Mean)
            .WithNetwork(network.WithPowerBudget(100)); // 20 dB over a noise power of 1 W

        using IDevice device = SimdDevice.Open();
        var precoder = new ReducedConjugateGradient(new() { MaxIterations = 20 });
        PrecodingResult result = precoder.Solve(channels, device);
        Console.WriteLine($"{result.Status[0]} after {result.Iterations[0]} iterations, {result.WeightedSumRate[0]:F2} bit/s/Hz");

        SumRateBounds bounds = new SumRateCertificate().Bound(channels, device);
        Console.WriteLine($"{bounds.ShareOf(result, 0):P1} of what any transmit scheme could reach");

        // </readme>
        Assert.That(result.WeightedSumRate[0], Is.Positive);
    }
}
