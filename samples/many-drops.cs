// A solver that keeps its memory for many batches, progress, a time limit, and stopping: what is done is kept.
// dotnet run -c Release samples/many-drops.cs
#:project ../src/Precoding.Simulation
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

Network network = PaperScenario.CreateNetwork(userCount: 12, antennaCount: 32, accessPointCount: 3, seed: 1).WithPowerBudget(100);
IChannelModel model = PaperScenario.CreateModel(userCount: 12, seed: 1);
ChannelBatch Drops(int first, int count) => model.Generate(network, count, seed: 1, first).Normalize(Normalization.Mean).WithNetwork(network);

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };

using IDevice device = SimdDevice.Open();
const int batch = 8;
using ISolver solver = new ReducedConjugateGradient().CreateSolver(network, new ChannelShape(batch, 12, 3, 32), device);
var progress = new Told(done => Console.Error.Write($"\r{done.RealizationsDone} of {done.RealizationCount} of this batch "));
var rates = new List<double>();
for (int first = 0; first < 4 * batch && !stop.IsCancellationRequested; first += batch) // drop i is the same in whichever batch
{
    PrecodingResult result = solver.Solve(Drops(first, batch), warmStart: null, progress, stop.Token);
    rates.AddRange(result.WeightedSumRate);
}

Console.Error.WriteLine();
Console.WriteLine($"{rates.Count} drops, {Estimate.Of(rates).ToString("F2")} bit/s/Hz (mean ± 95 %)");
PrecodingResult alone = new ReducedConjugateGradient().Solve(Drops(17, 1), device);
Console.WriteLine($"drop 17 alone {alone.WeightedSumRate[0]:F4}, in its batch {rates[17]:F4} bit/s/Hz");

var endless = new Wmmse(new() { MaxIterations = 1_000_000, Tolerance = 0, TimeLimit = TimeSpan.FromMilliseconds(200) });
PrecodingResult limited = endless.Solve(Drops(17, 1), device);
Console.WriteLine($"wmmse for 200 ms: {limited.Status[0]} after {limited.Iterations[0]} iterations, best iterate {limited.WeightedSumRate[0]:F4} bit/s/Hz");

stop.Cancel(); // as Ctrl+C would
PrecodingResult stopped = endless.Solve(Drops(17, 1), device, stop.Token);
Console.WriteLine($"stopped before it began: {stopped.Status[0]}");

/// <summary>On the solving thread, at once; <see cref="Progress{T}"/> would post to another.</summary>
file sealed class Told(Action<SolveProgress> show) : IProgress<SolveProgress>
{
    public void Report(SolveProgress value) => show(value);
}
