using Precoding.Cpu;

namespace Precoding.Benchmarks.Race;

/// <summary>One of our precoders in single precision: a solver that has solved once, so that nothing is compiled while it is timed.</summary>
internal sealed class Contestant : IDisposable
{
    private readonly SimdDevice device;
    private readonly ISolver solver;
    private readonly ChannelBatch channels;
    private PrecodingResult last;

    public Contestant(string precoder, ChannelBatch channels, int threadCount)
        : this(precoder, channels, threadCount, Workload.IterationsOf(precoder))
    {
    }

    public Contestant(string precoder, ChannelBatch channels, int threadCount, int iterations, int streams = 1)
    {
        this.channels = channels;
        device = SimdDevice.Open(precision: Precision.Single, threadCount: threadCount);
        solver = Workload.CreatePrecoder(precoder, iterations, streams).CreateSolver(channels.Network, channels.Shape, device);
        last = solver.Solve(channels);
        Description = last.Trace(0).Count > 1 ? $"{precoder}, {iterations} iterations" : precoder;
    }

    public string Description { get; }

    public IReadOnlyList<double> SumRates => last.WeightedSumRate.ToArray();

    /// <summary>Mean over the realizations of the best rate up to each iteration, the start first.</summary>
    public IReadOnlyList<double> MeanBestRates
    {
        get
        {
            int count = channels.Shape.RealizationCount, longest = Enumerable.Range(0, count).Max(r => last.Trace(r).Count);
            var means = new double[longest];
            for (int r = 0; r < count; r++)
            {
                IReadOnlyList<TracePoint> trace = last.Trace(r);
                double best = double.NegativeInfinity;
                for (int i = 0; i < longest; i++)
                {
                    best = i < trace.Count ? Math.Max(best, trace[i].SumRate) : best;
                    means[i] += best / count;
                }
            }

            return means;
        }
    }

    /// <summary>Seconds from the start to the last iterate, the least since <see cref="Forget"/>.</summary>
    public double LeastIterating { get; private set; } = double.PositiveInfinity;

    public void Forget() => LeastIterating = double.PositiveInfinity;

    public void Solve()
    {
        last = solver.Solve(channels);
        LeastIterating = Math.Min(LeastIterating, last.Timings.Solve);
    }

    public void Dispose()
    {
        solver.Dispose();
        device.Dispose();
    }
}
