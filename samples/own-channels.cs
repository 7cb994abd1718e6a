// Channels of your own, with budgets, noise and weights, from an array; and the same through a file, which numpy and the command line read.
// dotnet run -c Release samples/own-channels.cs
#:project ../src/Precoding.Simulation
using System.Numerics;
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

var shape = new ChannelShape(RealizationCount: 1, UserCount: 3, AccessPointCount: 2, AntennaCount: 4);

// h[realization, user, accessPoint, antenna], row-major, y = hᴴp; conjugate coefficients g of y = g p
var random = new Random(1);
var h = new Complex[shape.UserCount * shape.AccessPointCount * shape.AntennaCount];
for (int i = 0; i < h.Length; i++)
{
    h[i] = new Complex(random.NextDouble() - 0.5, random.NextDouble() - 0.5);
}

Network network = Network.WithoutGeometry(shape, powerBudgetWatts: [10, 20], noisePowerWatts: [1, 1, 0.5], weights: [1, 1, 2]);
ChannelBatch channels = ChannelBatch.FromArray(network, shape, h);

using IDevice device = SimdDevice.Open(precision: Precision.Double);
PrecodingResult result = new ReducedConjugateGradient().Solve(channels, device);
Console.WriteLine($"weighted sum rate {result.WeightedSumRate[0]:F6} bit/s/Hz, {result.Status[0]}");
for (int l = 0; l < shape.AccessPointCount; l++)
{
    Console.WriteLine($"access point {l} sends {result.AccessPointPower(0)[l]:F6} of {network.AccessPoints[l].PowerBudgetWatts} W");
}

// p of user k at access point l, and what user k hears of user u: Σ_l h_{k,l}ᴴ p_{u,l}
var p = new Complex[shape.AntennaCount];
for (int k = 0; k < shape.UserCount; k++)
{
    double signal = 0, interference = network.NoisePowerOf(k);
    for (int u = 0; u < shape.UserCount; u++)
    {
        Complex heard = 0;
        for (int l = 0; l < shape.AccessPointCount; l++)
        {
            result.Precoders.CopyTo(0, u, l, p);
            int link = ((k * shape.AccessPointCount) + l) * shape.AntennaCount;
            heard += p.Select((x, m) => Complex.Conjugate(h[link + m]) * x).Aggregate(Complex.Add);
        }

        (signal, interference) = u == k ? (heard.Magnitude * heard.Magnitude, interference) : (signal, interference + (heard.Magnitude * heard.Magnitude));
    }

    Console.WriteLine($"user {k} gets {result.Rates(0)[k]:F6} bit/s/Hz, by hand {Math.Log2(1 + (signal / interference)):F6}");
}

string path = Path.Combine(Path.GetTempPath(), $"own-channels-{Environment.ProcessId}.npz"); // .npy, .mat and .csv likewise
ChannelFile.Write(path, channels);
ChannelFileContent read = ChannelFile.Read(path);
File.Delete(path);
PrecodingResult again = new ReducedConjugateGradient().Solve(read.Channels, device);
Console.WriteLine($"from the file {again.WeightedSumRate[0]:F6} bit/s/Hz, budgets {string.Join(", ", read.PowerWatts!)} W");
