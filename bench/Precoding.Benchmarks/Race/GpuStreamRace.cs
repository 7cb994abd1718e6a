using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Race;

/// <summary>Methods of streams on one device, batch by batch, and beside them the same drops in PyTorch, two ways, a process for each.</summary>
/// <param name="device">In single precision.</param>
/// <param name="size">Of a drop.</param>
/// <param name="distinct">Different drops; a batch has them over and over.</param>
/// <param name="batches">Drops at a time.</param>
/// <param name="isFullScale">Whether targets apply.</param>
/// <param name="peaks">Peaks to compare with.</param>
internal sealed class GpuStreamRace(IDevice device, CellFreeSize size, int distinct, IReadOnlyList<int> batches, bool isFullScale, GpuPeaks peaks)
{
    /// <summary>Where PyTorch has an algorithm of the same name.</summary>
    public const string Raced = "ncjt-rwmmse";

    public static readonly string[] Precoders = [Raced, "ncjt-cg"];

    /// <summary>The sizes that targets are for, and some that kernels on a processor can do.</summary>
    public static readonly CellFreeSize FullSize = new(4, 8, 64, 4, 2, 1, 15), SmallSize = new(3, 4, 8, 2, 2, 1, 15);

    private const string Section = "gpu-streams";
    private const int FewerIterations = 15;

    /// <summary>Mean sum rates that differ by more are not of the same algorithm.</summary>
    private const double LargestRateDifference = 1e-3;

    /// <summary>How the peer solves for multipliers, as its --equation names it.</summary>
    private static readonly string[] Equations = ["eigen", "cholesky"];

    private static readonly TimeSpan PeerLimit = TimeSpan.FromSeconds(35);

    /// <summary>The different drops, for the peer's file.</summary>
    public ChannelBatch Drawn { get; } = StreamDrops.Generate(size, distinct);

    /// <param name="precoder">Which one.</param>
    /// <param name="peer">PyTorch; null without.</param>
    /// <param name="channelFile">With <see cref="Drawn"/>.</param>
    /// <param name="report">Gets rows, and failures of the peer.</param>
    public void Run(string precoder, PythonPeer? peer, string channelFile, RaceReport report)
    {
        int iterations = Workload.IterationsOf(precoder);
        GpuTiming[] ours = [.. batches.Select(count => GpuTiming.Of(device, precoder, Drops.Repeat(Drawn, count), iterations, FewerIterations))];
        foreach (GpuTiming timing in ours)
        {
            report.Rows.AddRange(OwnRows(precoder, iterations, timing));
        }

        if (precoder == Raced && peer is not null)
        {
            (string Equation, PeerReport Report)[] theirs = [.. Equations.SelectMany(equation => Solve(equation))];
            foreach (GpuTiming timing in ours)
            {
                report.Rows.AddRange(PeerRows(iterations, timing, theirs, report));
            }
        }

        IEnumerable<(string Equation, PeerReport Report)> Solve(string equation)
        {
            Console.Error.WriteLine($"gpu-race: {precoder}, PyTorch, {equation}");
            try
            {
                PeerReport solved = peer.RunStreamBatches(channelFile, precoder, iterations, equation, batches, PeerLimit);
                (report.Torch, report.TorchDevice) = (solved.Torch, solved.Device);
                return [(equation, solved)];
            }
            catch (PeerException error)
            {
                report.Failures.Add($"{equation}: {error.Message}");
                return [];
            }
        }
    }

    private static string NameOf(string precoder, int count) => $"{precoder}, {count} drops";

    private bool IsLargest(int count) => isFullScale && count == Targets.GpuStreamBatch;

    private IEnumerable<RaceRow> OwnRows(string precoder, int iterations, GpuTiming ours)
    {
        string name = NameOf(precoder, ours.Count);
        double perSecond = ours.Count / ours.SecondsPerSolve, microseconds = ours.SecondsPerIteration * 1e6;
        yield return new RaceRow(
            Section, $"{name}: whole solves, {iterations} iterations", "drops/s", perSecond, null, ScoreKind.AtLeast, perSecond, null,
            IsLargest(ours.Count) && precoder == Raced ? Targets.GpuDropsPerSecond : null);
        yield return new RaceRow(Section, $"{name}: an iteration of a drop", "µs", microseconds, null, ScoreKind.AtMost, microseconds, null, null);
        if (precoder == Raced && ours.SecondsPerIteration > 0)
        {
            GpuCounts counts = GpuCounts.OfStreams(size);
            if (peaks.DoubleTeraflops is { } teraflops)
            {
                yield return Share("of the peak in double", "GFLOP/s", counts.Flops / ours.SecondsPerIteration / 1e9, teraflops * 1e3);
            }

            if (peaks.TerabytesPerSecond is { } terabytes)
            {
                yield return Share("of the memory's peak", "GB/s", counts.Bytes / ours.SecondsPerIteration / 1e9, terabytes * 1e3);
            }
        }

        RaceRow Share(string what, string unit, double rate, double peak) => new(Section, $"{name}: counted, {what}", unit, rate, peak, ScoreKind.Share, rate / peak, null, null);
    }

    /// <summary>A row for each way that the peer has; the target is for the faster of them.</summary>
    private IEnumerable<RaceRow> PeerRows(int iterations, GpuTiming ours, IReadOnlyList<(string Equation, PeerReport Report)> theirs, RaceReport report)
    {
        var solved = theirs.Select(peer => (peer.Equation, Batch: peer.Report.Batches.FirstOrDefault(batch => batch.Size == ours.Count))).Where(peer => peer.Batch is not null).ToArray();
        double fastest = solved.Select(peer => peer.Batch!.Seconds.Min()).DefaultIfEmpty().Min();
        foreach ((string equation, PeerBatch? batch) in solved)
        {
            double seconds = batch!.Seconds.Min(), ourMicroseconds = ours.SecondsPerIteration * 1e6, theirMicroseconds = batch.SecondsPerIteration * 1e6;
            string name = $"{NameOf(Raced, ours.Count)}: against PyTorch, {equation}";
            yield return new RaceRow(
                Section, $"{name}, whole solves, {iterations} iterations", "drops/s", ours.Count / ours.SecondsPerSolve, batch.Size / seconds, ScoreKind.TimesFaster, seconds / ours.SecondsPerSolve, null,
                IsLargest(ours.Count) && seconds <= fastest ? Targets.GpuStreamsAgainstTorch : null, Difference(batch));
            if (ourMicroseconds > 0)
            {
                yield return new RaceRow(
                    Section, $"{name}, an iteration of a drop", "µs", ourMicroseconds, theirMicroseconds, ScoreKind.TimesFaster, theirMicroseconds / ourMicroseconds, null, null);
            }
        }

        double? Difference(PeerBatch batch)
        {
            try
            {
                return SolverRace.RateDifference(ours.SumRates, batch.SumRate, Raced, LargestRateDifference);
            }
            catch (PeerException error)
            {
                report.Failures.Add($"{ours.Count} drops, {error.Message}");
                return null;
            }
        }
    }
}
