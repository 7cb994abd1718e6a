using System.Diagnostics;
using System.Numerics;
using Precoding.Benchmarks.Ops;
using Precoding.Benchmarks.Peers;
using Precoding.Engines;

namespace Precoding.Benchmarks.Race;

/// <summary>The iterative precoders on one device, batch by batch, and beside them the same in PyTorch, a process per precoder.</summary>
/// <param name="device">In single precision.</param>
/// <param name="shape">Of one realization.</param>
/// <param name="batches">Realizations at a time.</param>
/// <param name="isPaperScale">Whether targets apply.</param>
/// <param name="peaks">Peaks to compare with beside those that are measured.</param>
internal sealed class GpuRace(IDevice device, ChannelShape shape, IReadOnlyList<int> batches, bool isPaperScale, GpuPeaks peaks)
{
    public static readonly string[] Precoders = ["reduced-cg", "reduced-hamiltonian", "bsp-hamiltonian", "wmmse"];

    private const string Section = "gpu";
    private const int Iterations = 10, MoreIterations = 20;

    /// <summary>Different realizations; a batch has them over and over.</summary>
    private const int Distinct = 4;

    private static readonly TimeSpan PeerLimit = TimeSpan.FromSeconds(100);

    /// <summary>As generated, for the peer's file.</summary>
    public ChannelBatch Raw { get; } = Drops.Generate(shape with { RealizationCount = Distinct });

    /// <summary>10⁹ real operations a second in S_l = G_l X_l of the largest batch, and 10⁹ bytes a second in a step that only passes over memory.</summary>
    public (double Products, double Stream) MeasureRates()
    {
        int count = Math.Min(64, batches.Max()), K = shape.UserCount, L = shape.AccessPointCount;
        ChannelBatch channels = Batch(count);
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, channels.Shape, count);
        using var control = new SolveControl(engine, count, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = count };
        using Tensor x = Complex("x", L, K, K), s = Complex("s", L, K, K), momentum = Complex("momentum", L, K, K), w = Complex("w", K, K);
        engine.BeginControl(0.07, control);
        engine.LoadChannels(channels, 0, problem, control);
        engine.GramMatrices(problem, control);
        engine.MatchedCoordinates(problem, x, s, control);
        engine.ClearComplex(momentum, control);
        engine.ClearComplex(w, control);
        double products = LeastSeconds(s, () => engine.RefreshImages(problem, x, s, control)), stream = LeastSeconds(momentum, () => engine.DampThenKick(problem, w, 0.4, momentum, control));
        return (8.0 * count * L * Math.Pow(K, 3) / products / 1e9, 8.0 * count * ((2 * L) + 1) * K * K / stream / 1e9);

        Tensor Complex(string name, params ReadOnlySpan<int> extents) => engine.Create(name, ElementKind.Complex, [count, .. extents]);
    }

    /// <param name="precoder">Which one.</param>
    /// <param name="rates">From <see cref="MeasureRates"/>.</param>
    /// <param name="peer">PyTorch; null without.</param>
    /// <param name="channelFile">With <see cref="Raw"/>.</param>
    /// <param name="report">Gets rows, and failures of the peer.</param>
    public void Run(string precoder, (double Products, double Stream) rates, PythonPeer? peer, string channelFile, RaceReport report)
    {
        GpuTiming[] ours = [.. batches.Select(count => GpuTiming.Of(device, precoder, Batch(count), Iterations, MoreIterations))];
        PeerReport? theirs = null;
        try
        {
            theirs = precoder == "wmmse" ? null : peer?.RunBatches(channelFile, precoder, Iterations, batches, PeerLimit);
        }
        catch (PeerException error)
        {
            report.Failures.Add($"{precoder}: {error.Message}");
        }

        if (theirs is not null)
        {
            (report.Torch, report.TorchDevice) = (theirs.Torch, theirs.Device);
        }

        GpuCounts counts = GpuCounts.Of(precoder, shape, precoder == "bsp-hamiltonian" ? BeamStepBenchmark.CountSlots(Batch(1)) : 0);
        foreach (GpuTiming timing in ours)
        {
            report.Rows.AddRange(Rows(precoder, timing, theirs?.Batches.FirstOrDefault(batch => batch.Size == timing.Count), counts, rates, report));
        }
    }

    private IEnumerable<RaceRow> Rows(string precoder, GpuTiming ours, PeerBatch? theirs, GpuCounts counts, (double Products, double Stream) rates, RaceReport report)
    {
        bool isLargest = isPaperScale && ours.Count == Targets.GpuBatch, isSingle = isPaperScale && ours.Count == 1;
        string name = $"{precoder}, batch {ours.Count}";
        double microseconds = ours.SecondsPerIteration * 1e6, flops = counts.Flops / ours.SecondsPerIteration / 1e9, bytes = counts.Bytes / ours.SecondsPerIteration / 1e9;
        double? theirMicroseconds = theirs?.SecondsPerIteration * 1e6, difference = Difference();
        yield return new RaceRow(
            Section, $"{name}: an iteration of a realization", "µs", microseconds, theirMicroseconds, ScoreKind.AtMost, microseconds, null, isLargest ? Targets.GpuMicroseconds(precoder) : null);
        double perSecond = ours.Count / ours.SecondsPerSolve;
        yield return new RaceRow(
            Section, $"{name}: whole solves, {Iterations} iterations", "1/s", perSecond, theirs is null ? null : theirs.Size / theirs.Seconds.Min(), ScoreKind.AtLeast, perSecond, null,
            isLargest && precoder == "reduced-cg" ? Targets.GpuRealizationsPerSecond : null, difference);
        if (precoder == "reduced-cg" && ours.Count == 1)
        {
            double milliseconds = Iterations * ours.SecondsPerIteration * 1e3;
            yield return new RaceRow(Section, $"{name}: {Iterations} iterations", "ms", milliseconds, null, ScoreKind.AtMost, milliseconds, null, isSingle ? Targets.GpuSingleMilliseconds : null);
        }

        if (theirMicroseconds is { } peer)
        {
            yield return new RaceRow(
                Section, $"{name}: iterations against PyTorch", "µs", microseconds, peer, ScoreKind.TimesFaster, peer / microseconds, null, isLargest ? Targets.GpuAgainstTorch : null);
        }

        yield return Share("of our rate of products", "GFLOP/s", flops, rates.Products);
        yield return Share("of our rate of streaming", "GB/s", bytes, rates.Stream);
        if (peaks.Teraflops is { } teraflops)
        {
            yield return Share("of the peak", "GFLOP/s", flops, teraflops * 1e3);
        }

        if (peaks.TerabytesPerSecond is { } terabytes)
        {
            yield return Share("of the memory's peak", "GB/s", bytes, terabytes * 1e3);
        }

        RaceRow Share(string what, string unit, double rate, double peak) => new(Section, $"{name}: counted, {what}", unit, rate, peak, ScoreKind.Share, rate / peak, null, null);

        double? Difference()
        {
            try
            {
                return theirs is null ? null : SolverRace.RateDifference(ours.SumRates, theirs.SumRate, precoder);
            }
            catch (PeerException error)
            {
                report.Failures.Add($"batch {ours.Count}, {error.Message}");
                return null;
            }
        }
    }

    private ChannelBatch Batch(int count) => Drops.Repeat(Drops.Prepare(Raw), count);

    /// <summary>Least seconds of a step that is queued; reading waits for it.</summary>
    private static double LeastSeconds(Tensor written, Action step)
    {
        const int rounds = 5, calls = 10;
        var ignored = new Complex[1];
        double least = double.PositiveInfinity;
        for (int round = 0; round <= rounds; round++)
        {
            written.Read(ignored);
            long began = Stopwatch.GetTimestamp();
            for (int call = 0; call < calls; call++)
            {
                step();
            }

            written.Read(ignored);
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds / calls);
        }

        return least;
    }
}

/// <summary>What the device's maker says.</summary>
/// <param name="Teraflops">10¹² operations a second in single precision.</param>
/// <param name="DoubleTeraflops">Likewise in double precision, without matrix units.</param>
/// <param name="TerabytesPerSecond">Of its memory.</param>
internal readonly record struct GpuPeaks(double? Teraflops, double? DoubleTeraflops, double? TerabytesPerSecond);
