using Precoding.Cpu;

namespace Precoding.Benchmarks.Budget;

/// <summary>What a precoder has after its start and after every iteration of one drop: best sum rate so far and seconds, the start included, channels and Gram matrices or beams not.</summary>
internal sealed class RateCurve
{
    private readonly double[] best, seconds;

    /// <param name="seconds">Ascending, as long as <paramref name="rates"/>; point 0 is the start.</param>
    public RateCurve(IReadOnlyList<double> rates, IReadOnlyList<double> seconds)
    {
        best = new double[rates.Count];
        for (int i = 0; i < best.Length; i++)
        {
            best[i] = i > 0 ? Math.Max(best[i - 1], rates[i]) : rates[i];
        }

        this.seconds = [.. seconds];
    }

    /// <summary>Iterations until it settled or met its limit.</summary>
    public int Iterations => best.Length - 1;

    /// <summary>bit/s/Hz; a settled one stays where it is.</summary>
    public double AtIteration(int iteration) => best[Math.Min(iteration, Iterations)];

    /// <summary>Seconds until the iteration was done; those of the last one for a settled drop.</summary>
    public double SecondsAt(int iteration) => seconds[Math.Min(iteration, Iterations)];

    /// <summary>When the start was done.</summary>
    public double StartSeconds => seconds[0];

    /// <summary>bit/s/Hz at a time; 0 before the start is done.</summary>
    public double AtTime(double time)
    {
        int at = Array.BinarySearch(seconds, time);
        at = at >= 0 ? at : ~at - 1;
        return at < 0 ? 0 : best[at];
    }

    /// <summary>
    /// Solves one drop a few times with each of the precoders in turn, by one thread and in single precision, and takes the least time of every iteration: machines are shared, iterations are the same every time.
    /// </summary>
    public static RateCurve[] Measure(IReadOnlyList<IPrecoder> precoders, ChannelBatch drop, int repeats)
    {
        using var device = SimdDevice.Open(precision: Precision.Single, threadCount: 1);
        ISolver[] solvers = [.. precoders.Select(p => p.CreateSolver(drop.Network, drop.Shape, device))];
        double[][] rates = new double[solvers.Length][], least = new double[solvers.Length][];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int i = 0; i < solvers.Length; i++)
            {
                PrecodingResult result = solvers[i].Solve(drop);
                IReadOnlyList<TracePoint> trace = result.Trace(0);
                rates[i] = [.. trace.Select(p => p.SumRate)];
                double[] steps = [result.SecondsSolve[0] - trace[^1].Seconds, .. trace.Zip(trace.Skip(1), (a, b) => b.Seconds - a.Seconds)];
                least[i] = repeat == 0 ? steps : [.. least[i].Zip(steps, Math.Min)];
            }
        }

        foreach (ISolver solver in solvers)
        {
            solver.Dispose();
        }

        return [.. rates.Zip(least, (r, steps) => new RateCurve(r, Sums(steps)))];

        static double[] Sums(double[] steps)
        {
            double sum = 0;
            return [.. steps.Select(step => sum += step)];
        }
    }
}
