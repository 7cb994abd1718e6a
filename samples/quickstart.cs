#!/usr/bin/env dotnet
#:project ../src/Precoding.Cpu/Precoding.Cpu.csproj
#:project ../src/Precoding.Simulation/Precoding.Simulation.csproj

// One drop, three precoders, the rate of each and its share of what any transmit scheme could reach.
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

Network network = PaperScenario.CreateNetwork(userCount: 12, antennaCount: 32, accessPointCount: 3, seed: 1);
ChannelBatch channels = PaperScenario.CreateModel(userCount: 12, seed: 1, keepPaths: false)
    .Generate(network, realizationCount: 1, seed: 1)
    .Normalize(Normalization.Mean)
    .WithNetwork(network.WithPowerBudget(100)); // 20 dB over a noise power of 1 W

using IDevice device = SimdDevice.Open();
SumRateBounds bounds = new SumRateCertificate().Bound(channels, device);
foreach (IPrecoder precoder in new IPrecoder[] { new RegularizedZeroForcing(), new Wmmse(), new ReducedConjugateGradient() })
{
    PrecodingResult result = precoder.Solve(channels, device);
    Console.WriteLine($"{precoder.Name,-12} {result.WeightedSumRate[0],8:F2} bit/s/Hz, {bounds.ShareOf(result, 0):P1} of the bound, {result.Iterations[0]} iterations");
}
