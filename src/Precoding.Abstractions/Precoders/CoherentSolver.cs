using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Runs an algorithm over a batch: cuts it into pieces as large as an engine likes, and lets the device's engines take them side by side. What a
/// realization gets does not depend on how the batch is cut or on who takes which piece.
/// </summary>
internal sealed class CoherentSolver : ISolver
{
    /// <summary>Pieces small enough that engines side by side end at about the same time.</summary>
    private const int PiecesPerEngine = 4;

    private readonly Precoder precoder;
    private readonly PrecoderOptions options;
    private readonly ChannelShape shape;
    private readonly Network network;
    private readonly DeviceInfo device;
    private readonly Precision precision;
    private readonly CoherentBatch[] batches;
    private readonly int pieceSize;
    private readonly double setupSeconds;
    private readonly Lock reporting = new();

    public CoherentSolver(Precoder precoder, Network network, ChannelShape shape, IDevice device)
    {
        long began = Stopwatch.GetTimestamp();
        (this.precoder, options, this.shape, this.network) = (precoder, precoder.Options, shape, network);
        (this.device, precision) = (device.Info, device.Precision);
        IReadOnlyList<IEngine> engines = device.CreateEngines(shape.RealizationCount, precoder.PrecisionFor(shape, device.Precision));
        batches = new CoherentBatch[engines.Count];
        try
        {
            int even = engines.Count == 1 ? shape.RealizationCount : Math.Max(1, shape.RealizationCount / (PiecesPerEngine * engines.Count));
            pieceSize = Math.Clamp(engines[0].RealizationsAtOnce(shape, CoherentBatch.BytesPerRealization(precoder, shape, engines[0].Precision)), 1, even);
            for (int i = 0; i < engines.Count; i++)
            {
                batches[i] = new CoherentBatch(precoder, network, shape, engines[i], pieceSize);
            }
        }
        catch
        {
            Dispose();
            foreach (IEngine engine in engines.Skip(batches.Count(b => b is not null)))
            {
                engine.Dispose(); // an engine has threads; nobody else could end them
            }

            throw;
        }

        setupSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public PrecodingResult Solve(
        ChannelBatch channels, PrecoderBatch? warmStart = null, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireMatching(channels, warmStart);
        using var timeLimit = options.TimeLimit is { } limit ? new CancellationTokenSource(limit) : new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeLimit.Token, cancellationToken);
        var result = new PrecodingResult(precoder.Name, device, network, channels.Shape, precision);
        var timings = new SolveTimings[batches.Length];
        Exception? failure = null;
        int count = channels.Shape.RealizationCount, next = 0, done = 0;
        void TakePieces(int engine)
        {
            int first;
            while ((first = Interlocked.Add(ref next, pieceSize) - pieceSize) < count && !(first > 0 && stop.IsCancellationRequested) && failure is null)
            {
                int size = Math.Min(pieceSize, count - first);
                SolveTimings piece = batches[engine].Solve(channels, warmStart, first, size, result, Report, stop.Token);
                timings[engine] = timings[engine].Plus(piece);
                Interlocked.Add(ref done, size);
            }
        }

        void Report(int start, int iteration)
        {
            lock (reporting)
            {
                progress?.Report(new SolveProgress(done, count, start, options.Starts.Count, iteration, options.MaxIterations));
            }
        }

        var helpers = new Thread[batches.Length - 1];
        for (int i = 0; i < helpers.Length; i++)
        {
            int engine = i + 1;
            helpers[i] = new Thread(() => Guarded(engine)) { IsBackground = true, Name = $"solver-{engine}" };
            helpers[i].Start();
        }

        Guarded(0);
        Array.ForEach(helpers, helper => helper.Join());
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (timeLimit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            result.NameTimeLimit();
        }

        SolveTimings sum = timings.Aggregate((a, b) => a.Plus(b));
        result.Timings = new SolveTimings(setupSeconds, sum.Upload / batches.Length, sum.Solve / batches.Length, sum.Download / batches.Length);
        return result;

        void Guarded(int engine)
        {
            try
            {
                TakePieces(engine);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
        }
    }

    public void Dispose() => Array.ForEach(batches, batch => batch?.Dispose());

    private void RequireMatching(ChannelBatch channels, PrecoderBatch? given)
    {
        var problems = new List<string>();
        if ((channels.Shape with { RealizationCount = 1 }) != (shape with { RealizationCount = 1 }))
        {
            problems.Add($"{precoder.Name}: this solver was created for {shape}, the channels are {channels.Shape}. Create a solver for them.");
        }

        if (options.StartsWarm && given is null)
        {
            problems.Add($"{precoder.Name}: the start 'warm' needs precoders to start from, none were given. Pass warmStart, or choose another start.");
        }
        else if (given is not null && given.Shape != channels.Shape)
        {
            problems.Add($"{precoder.Name}: the warm start has shape {given.Shape}, expected that of the channels, {channels.Shape}.");
        }

        ValidationException.ThrowIfAny(problems);
    }
}
