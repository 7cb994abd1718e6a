using System.Diagnostics;

namespace Precoding.Benchmarks.Race;

/// <summary>How long a device takes for whole solves of a batch and for an iteration of one realization.</summary>
/// <param name="Count">Realizations of the batch.</param>
/// <param name="SecondsPerSolve">Of all of it, channels to precoders in the host's memory; the least.</param>
/// <param name="SecondsPerIteration">Of one realization.</param>
/// <param name="SumRates">[realization]</param>
internal sealed record GpuTiming(int Count, double SecondsPerSolve, double SecondsPerIteration, double[] SumRates)
{
    private const int Turns = 3;

    /// <summary>Solves to two limits: what lies between them is iterations alone.</summary>
    /// <param name="device">In single precision.</param>
    /// <param name="precoder">Which one.</param>
    /// <param name="channels">All of them at a time.</param>
    /// <param name="iterations">Of the solves that <see cref="SecondsPerSolve"/> is of.</param>
    /// <param name="otherIterations">More or fewer.</param>
    public static GpuTiming Of(IDevice device, string precoder, ChannelBatch channels, int iterations, int otherIterations)
    {
        int count = channels.Shape.RealizationCount;
        Console.Error.WriteLine($"gpu-race: {precoder}, batch {count}");
        (double whole, PrecodingResult result) = LeastSolve(iterations);
        (double other, PrecodingResult otherResult) = LeastSolve(otherIterations);
        double more = Total(otherResult) - Total(result); // a realization may settle earlier
        return new GpuTiming(count, whole, Math.Max(0, (other - whole) / more), [.. result.WeightedSumRate]);

        (double Seconds, PrecodingResult Result) LeastSolve(int limit)
        {
            using ISolver solver = Workload.CreatePrecoder(precoder, limit).CreateSolver(channels.Network, channels.Shape, device);
            PrecodingResult last = solver.Solve(channels);
            double least = double.PositiveInfinity;
            for (int turn = 0; turn < Turns; turn++)
            {
                long began = Stopwatch.GetTimestamp();
                last = solver.Solve(channels);
                least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds);
            }

            return (least, last);
        }

        static double Total(PrecodingResult result) => result.Iterations.ToArray().Sum(n => (double)n);
    }
}
