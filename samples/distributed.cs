// The two ends apart: access points report Gram matrices, a central unit that sees no channel answers with coordinates, and each builds its precoders.
// dotnet run -c Release samples/distributed.cs
#:project ../src/Precoding.Simulation
using System.Numerics;
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

const int K = 6, L = 3, M = 32, N = 2;
Network network = CellFreeRayleighChannelModel.CreateNetwork(L, M, K, N, seed: 2);
ChannelBatch drop = new CellFreeRayleighChannelModel().Generate(network, realizationCount: 1, seed: 2);
ChannelBatch channels = drop.WithServing(ServingMap.Strongest(drop, servingCount: 2)).ScaleToSnr(SnrRule.GeometricIsotropic, snrDb: 15);

using IDevice device = SimdDevice.Open(precision: Precision.Double);
var precoder = new ReducedWmmse(new() { Streams = new StreamRule.PerLink(1), MaxIterations = 20 });
Console.WriteLine($"in one place  {precoder.Solve(channels, device).WeightedSumRate[0]:F6} bit/s/Hz");

foreach (int? bits in (int?[])[null, 12, 6]) // of a real number on the wire
{
    AccessPointUnit[] units = [.. Enumerable.Range(0, L).Select(l => new AccessPointUnit(channels, realization: 0, accessPoint: l))];
    AccessPointReport[] reports = [.. units.Select(unit => unit.Report(bits))]; // upwards, K·N(K·N + 1)/2 complex numbers each
    CentralUnitAnswer answer = new CentralUnit(new ReducedWmmse(new() { Streams = new StreamRule.PerLink(1), MaxIterations = 20, FronthaulBits = bits }), channels.Network, channels.Serving).Decide(reports, device);
    double[] power = [.. units.Select((unit, l) => unit.Precoders(answer.Commands[l]).Sum(p => p.Sum(c => (c * Complex.Conjugate(c)).Real)))]; // downwards, then H_lᴴ x
    Console.WriteLine($"{(bits is null ? "exact" : $"{bits} bits"),-13} {answer.WeightedSumRate:F6} bit/s/Hz expected, {answer.Interaction.ComplexUp} + {answer.Interaction.ComplexDown} complex numbers, powers {string.Join(", ", power.Select(p => $"{p:F4}"))} W");
}
