// A GPU where there is one, else the processor; what is missing and how to get it; the same rates either way.
// dotnet run -c Release samples/gpu.cs
#:project ../src/Precoding.Gpu
#:project ../src/Precoding.Simulation
using Precoding;
using Precoding.Cpu;
using Precoding.Gpu;
using Precoding.Simulation;

GpuSearch cuda = CudaDevice.Search(), openCl = OpenClDevice.Search(); // never throw
Console.WriteLine($"CUDA    {cuda.Problem ?? $"{cuda.Devices.Count} devices"}{(cuda.Remedy is null ? "" : $"; {cuda.Remedy}")}");
Console.WriteLine($"OpenCL  {openCl.Problem ?? $"{openCl.Devices.Count} devices"}{(openCl.Remedy is null ? "" : $"; {openCl.Remedy}")}");

using IDevice device = OpenBest();
Console.WriteLine($"taken   {device.Info.Id}, {device.Info.Name}");

Network network = PaperScenario.CreateNetwork(userCount: 24, antennaCount: 64, accessPointCount: 3, seed: 1).WithPowerBudget(100);
ChannelBatch channels = PaperScenario.CreateModel(userCount: 24, seed: 1).Generate(network, realizationCount: 16, seed: 1).Normalize(Normalization.Mean).WithNetwork(network);
var precoder = new ReducedConjugateGradient(new() { MaxIterations = 10 });
using IDevice processor = SimdDevice.Open();
precoder.Solve(channels.Slice(0, 1), device); // kernels are compiled at their first use, and so is .NET
precoder.Solve(channels.Slice(0, 1), processor);
PrecodingResult result = precoder.Solve(channels, device); // one batch: all drops side by side
PrecodingResult expected = precoder.Solve(channels, processor);
double worst = Enumerable.Range(0, 16).Max(r => Math.Abs((result.WeightedSumRate[r] / expected.WeightedSumRate[r]) - 1));
Console.WriteLine($"16 drops in {result.Timings.Total * 1e3:F1} ms, on the processor in {expected.Timings.Total * 1e3:F1} ms; sum rates agree within {worst:E1}");

IDevice OpenBest()
{
    foreach ((GpuSearch search, Func<int, IDevice> open) in (ReadOnlySpan<(GpuSearch, Func<int, IDevice>)>)[(cuda, i => CudaDevice.Open(i)), (openCl, i => OpenClDevice.Open(i))])
    {
        foreach (GpuDescription gpu in search.Devices.Where(gpu => gpu.IsGpu && gpu.Obstacle is null)) // IsGpu: OpenCL on a processor is slower than SimdDevice
        {
            try
            {
                return open(gpu.Info.Ordinal);
            }
            catch (DeviceException problem)
            {
                Console.WriteLine($"left    {gpu.Info.Id}: {problem.Message}");
            }
        }
    }

    return SimdDevice.Open();
}
