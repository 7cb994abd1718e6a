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
    {
        this.channels = channels;
        int iterations = Workload.IterationsOf(precoder);
        device = SimdDevice.Open(precision: Precision.Single, threadCount: threadCount);
        solver = Workload.CreatePrecoder(precoder, iterations).CreateSolver(channels.Network, channels.Shape, device);
        last = solver.Solve(channels);
        Description = last.Trace(0).Count > 1 ? $"{precoder}, {iterations} iterations" : precoder;
    }

    public string Description { get; }

    public IReadOnlyList<double> SumRates => last.WeightedSumRate.ToArray();

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
