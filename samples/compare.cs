// Precoders beside each other on a generated drop, and how much of what any transmit scheme could reach each of them gets.
// dotnet run -c Release samples/compare.cs
#:project ../src/Precoding.Simulation
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

Network network = PaperScenario.CreateNetwork(userCount: 12, antennaCount: 32, accessPointCount: 3, seed: 1);
ChannelBatch channels = PaperScenario.CreateModel(userCount: 12, seed: 1)
    .Generate(network, realizationCount: 1, seed: 1)
    .Normalize(Normalization.Mean)
    .WithNetwork(network.WithPowerBudget(100)); // W per access point: 20 dB over the noise power of 1 W

using IDevice device = SimdDevice.Open();
SumRateBounds bounds = new SumRateCertificate().Bound(channels, device);
Console.WriteLine($"{"bound",-20} {bounds.UpperBound[0],8:F3} bit/s/Hz");

foreach (PrecoderEntry entry in PrecoderCatalog.Entries.Where(entry => entry.Name is "mrt" or "rzf" or "wmmse" or "bln-pgp" or "reduced-cg"))
{
    IPrecoder precoder = entry.Create(entry.DefaultOptions);
    PrecodingResult result = precoder.Solve(channels, device);
    Console.WriteLine($"{precoder.Name,-20} {result.WeightedSumRate[0],8:F3} bit/s/Hz, {bounds.ShareOf(result, 0),6:P1} of the bound, {result.Iterations[0],3} iterations, {result.SecondsSolve[0] * 1e3:F1} ms");
}
