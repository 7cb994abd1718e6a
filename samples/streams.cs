// Access points that are not in phase: users with several antennas, streams that each leave one access point, serving sets.
// dotnet run -c Release samples/streams.cs
#:project ../src/Precoding.Simulation
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

const int K = 8, L = 4, M = 64, N = 4;
Network network = CellFreeRayleighChannelModel.CreateNetwork(L, M, K, N, seed: 1);
ChannelBatch drop = new CellFreeRayleighChannelModel().Generate(network, realizationCount: 1, seed: 1);
ChannelBatch channels = drop
    .WithServing(ServingMap.Strongest(drop, servingCount: 2)) // two of the four access points a user
    .ScaleToSnr(SnrRule.GeometricIsotropic, snrDb: 15);

using IDevice device = SimdDevice.Open();
var rule = new StreamRule.PerLink(2); // two streams from each serving access point
foreach (IPrecoder precoder in (IPrecoder[])
[
    new LocalEigenZeroForcing(new() { Streams = rule }),
    new ReducedWmmse(new() { Streams = rule }),
    new StreamConjugateGradient(new() { Streams = rule }),
    new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxStreams = 4 }), // which of them sends how many is chosen
    new CoherentStreamWmmse(new() { Streams = rule }), // for comparison: in phase, each stream from both
])
{
    PrecodingResult result = precoder.Solve(channels, device);
    Interaction? exchanged = result.Interaction(0);
    Console.WriteLine($"{precoder.Name,-12} {result.WeightedSumRate[0],8:F3} bit/s/Hz, {result.Precoders.SentStreamCount(0)} streams, exchanged {exchanged?.ComplexUp ?? 0} + {exchanged?.ComplexDown ?? 0} complex numbers");
}
