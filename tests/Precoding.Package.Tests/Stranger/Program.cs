using System.Globalization;
using Precoding;
using Precoding.Cpu;
using Precoding.Gpu;
using Precoding.Simulation;

// sum rates of a channel file at 20 dB, a device a line: what `solve --normalize mean --snr-db 20 --precoder reduced-cg` computes
ChannelBatch read = ChannelFile.Read(args[0]).Channels.Normalize(Normalization.Mean);
ChannelBatch channels = read.WithNetwork(read.Network.WithPowerBudget(100));
using (IDevice device = SimdDevice.Open())
{
    Print("cpu", device);
}

foreach (GpuDescription found in OpenClDevice.Search().Devices.Where(found => found.Obstacle is null).Take(1))
{
    using IDevice device = OpenClDevice.Open(found.Info.Ordinal);
    Print("opencl", device);
}

void Print(string name, IDevice device) =>
    Console.WriteLine($"{name} {new ReducedConjugateGradient().Solve(channels, device).WeightedSumRate[0].ToString("R", CultureInfo.InvariantCulture)}");
