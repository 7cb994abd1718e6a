// Beam structure at run time: the transmitter needs the beams' few coefficients and fast transforms, not the precoders of all antennas.
// dotnet run -c Release samples/beams.cs
#:project ../src/Precoding.Simulation
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

const int K = 12, L = 3, M = 64, symbols = 1000;
Network network = PaperScenario.CreateNetwork(K, M, L, seed: 1).WithPowerBudget(100);
ChannelBatch channels = PaperScenario.CreateModel(K, seed: 1).Generate(network, realizationCount: 1, seed: 1).Normalize(Normalization.Mean).WithNetwork(network);

using IDevice device = SimdDevice.Open();
PrecodingResult result = new BeamConjugateGradient().Solve(channels, device);
BeamPrecoderBatch beams = result.Beams!;
Console.WriteLine($"{result.WeightedSumRate[0]:F3} bit/s/Hz with {beams.BeamCount(0)} coefficients; all antennas have {K * L * M}");
Console.WriteLine($"user 0 at access point 0: beams {string.Join(", ", beams.Beams(0, 0, 0).ToArray())} of {beams.FineFactor * M}");

// QPSK: d[symbol, user] to x[symbol, accessPoint, antenna]
var random = new Random(1);
float Sign() => (random.Next(2) * 2) - 1;
ComplexF[] data = [.. Enumerable.Range(0, symbols * K).Select(_ => new ComplexF(Sign() * MathF.Sqrt(0.5f), Sign() * MathF.Sqrt(0.5f)))];
var signals = new ComplexF[symbols * L * M];
using (var transmitter = new BeamTransmitter(beams, realization: 0))
{
    transmitter.Transmit(data, signals);
}

var expected = new ComplexF[symbols * L * M];
using (var transmitter = new SpatialTransmitter(result.Precoders, realization: 0)) // Σ_k p_k d_k, antenna by antenna
{
    transmitter.Transmit(data, expected);
}

double difference = signals.Zip(expected, (a, b) => Square(a, b)).Sum(), energy = expected.Sum(b => Square(b, default));
Console.WriteLine($"{symbols} symbols: beams and antennas send the same within {Math.Sqrt(difference / energy):E1}, {energy / symbols:F1} W in the mean of {L * 100} W");

static double Square(ComplexF a, ComplexF b) => Math.Pow(a.Real - b.Real, 2) + Math.Pow(a.Imaginary - b.Imaginary, 2);
