using System.Diagnostics;
using System.Numerics;
using Precoding.Engines;

namespace Precoding.Cli.Solving;

/// <summary>What one precoder's benchmark found.</summary>
/// <param name="MedianMilliseconds">Median over the iterations.</param>
/// <param name="ComplexMultiplications">Counted per iteration, [coherent.md §8].</param>
/// <param name="Timings">Of the timed solve.</param>
internal sealed record SolverTiming(
    string Name, int Iterations, double MedianMilliseconds, double LeastMilliseconds, double ComplexMultiplications, SolveTimings Timings, double SumRate)
{
    /// <summary>Time at the measured rate of products, over the median time.</summary>
    public double ShareOfRoofline(double gigaflops) => Flops / (gigaflops * 1e9) / (MedianMilliseconds / 1e3);

    /// <summary>A complex multiplication and addition are 8 real operations.</summary>
    public double Flops => 8 * ComplexMultiplications;
}

/// <summary>Times per iteration of the precoders beside the device's own rate of complex products.</summary>
internal static class SolverBenchmark
{
    private const int ProductRounds = 30;

    /// <summary>Best rate of S_l = G_l X_l over some rounds, 10⁹ real operations a second: the roofline of everything in K-space.</summary>
    public static double ProductGigaflops(ChannelBatch channels, IDevice device)
    {
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, channels.Shape, capacity: 1);
        using var control = new SolveControl(engine, capacity: 1, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = 1 };
        using Tensor x = engine.Create("x", ElementKind.Complex, 1, problem.L, problem.K, problem.K), s = engine.Create("s", ElementKind.Complex, 1, problem.L, problem.K, problem.K);
        var ignored = new Complex[1];
        engine.BeginControl(0, control);
        engine.LoadChannels(channels, 0, problem, control);
        engine.GramMatrices(problem, control);
        engine.MatchedCoordinates(problem, x, s, control);
        double least = double.PositiveInfinity;
        for (int round = 0; round < ProductRounds; round++)
        {
            long began = Stopwatch.GetTimestamp();
            engine.RefreshImages(problem, x, s, control);
            s.Read(ignored); // waits for the device
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return 8.0 * problem.L * Math.Pow(problem.K, 3) / least / 1e9;
    }

    /// <summary>One solve to warm up, then one that is timed; both to the iteration limit.</summary>
    public static SolverTiming Run(ChannelBatch channels, PrecoderEntry entry, int iterations, IDevice device, CancellationToken cancellationToken)
    {
        PrecoderOptions options = entry.DefaultOptions with { MaxIterations = iterations, Tolerance = 0 };
        using ISolver solver = entry.Create(options).CreateSolver(channels.Network, channels.Shape, device);
        solver.Solve(channels, cancellationToken: cancellationToken);
        PrecodingResult result = solver.Solve(channels, cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<TracePoint> trace = result.Trace(0);
        double[] milliseconds = [.. Enumerable.Range(1, Math.Max(0, trace.Count - 1)).Select(i => (trace[i].Seconds - trace[i - 1].Seconds) * 1e3).Order()];
        (double median, double least) = milliseconds.Length == 0 ? (0, 0) : (milliseconds[milliseconds.Length / 2], milliseconds[0]);
        return new SolverTiming(
            entry.Name, result.Iterations[0], median, least, ComplexMultiplications(channels, entry, options, device), result.Timings, result.WeightedSumRate[0]);
    }

    /// <summary>Per iteration, [coherent.md §8]; 0 for closed forms.</summary>
    private static double ComplexMultiplications(ChannelBatch channels, PrecoderEntry entry, PrecoderOptions options, IDevice device)
    {
        double K = channels.Shape.UserCount, L = channels.Shape.AccessPointCount, M = channels.Shape.AntennaCount;
        return options switch
        {
            WmmseOptions => (K * K * K) + (3 * K * K * L * M),
            BeamStructuredHamiltonianOptions beam => 3 * K * K * L * M * ChannelInspection.SupportRatio(channels, 0, device, beam),
            ReducedHamiltonianOptions => (L + 1) * K * K * K,
            ReducedConjugateGradientOptions => (L + (7.0 / 3)) * K * K * K,
            UnfoldedProjectedGradientOptions => (L + (4.0 / 3)) * K * K * K,
            ClosedFormOptions => 0,
            _ => throw new InvalidOperationException($"No count for {entry.Name}."),
        };
    }
}
