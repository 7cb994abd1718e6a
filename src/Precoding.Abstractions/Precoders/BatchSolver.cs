using System.Runtime.ExceptionServices;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Runs an algorithm over a batch: cuts it into pieces as large as an engine likes, and lets the device's engines take them side by side. What a
/// realization gets does not depend on how the batch is cut or on who takes which piece.
/// </summary>
internal sealed class BatchSolver : ISolver
{
    /// <summary>Pieces small enough that engines side by side end at about the same time.</summary>
    private const int PiecesPerEngine = 4;

    private readonly Precoder precoder;
    private readonly PrecoderOptions options;
    private readonly ChannelShape shape;
    private readonly Network network;
    private readonly DeviceInfo device;
    private readonly Precision precision;
    private readonly IReadOnlyList<IEngine> engines;
    private readonly SolveBatch?[] batches;
    private readonly int pieceSize;
    private readonly TimeProvider clock;
    private StreamPlan? lastPlan;
    private double setupSeconds, unchargedSeconds;

    /// <param name="clock">What a time limit is measured with; null for the machine's.</param>
    public BatchSolver(Precoder precoder, Network network, ChannelShape shape, IDevice device, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        long began = this.clock.GetTimestamp();
        (this.precoder, options, this.shape, this.network) = (precoder, precoder.Options, shape, network);
        (this.device, precision) = (device.Info, device.Precision);
        Precision computed = precoder.PrecisionFor(shape, device.Precision);
        long bytes = SolveBatch.BytesPerRealization(precoder, shape, computed, network.LimitsAntennas);
        engines = device.CreateEngines(shape, bytes, computed);
        batches = new SolveBatch?[engines.Count];
        try
        {
            int even = engines.Count == 1 ? shape.RealizationCount : Math.Max(1, shape.RealizationCount / (PiecesPerEngine * engines.Count));
            pieceSize = precoder.PieceSize(engines[0], Math.Clamp(engines[0].RealizationsAtOnce(shape, bytes), 1, even), shape.RealizationCount);
            setupSeconds = this.clock.GetElapsedTime(began).TotalSeconds;
            if (!precoder.NeedsPlan)
            {
                Allocate(null);
            }

            unchargedSeconds = setupSeconds;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public PrecodingResult Solve(
        ChannelBatch channels, PrecoderBatch? warmStart = null, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Solve(channels, options.Starts, warmStart, progress, cancellationToken);

    /// <param name="starts">All or some of those of the options.</param>
    public PrecodingResult Solve(
        ChannelBatch channels, IReadOnlyList<InitialPrecoder> starts, PrecoderBatch? warmStart, IProgress<SolveProgress>? progress, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        RequireMatching(channels, starts, warmStart);
        (double charged, unchargedSeconds) = (unchargedSeconds, 0); // the first solve's limit includes the solver's making
        StreamPlan? plan = precoder.Plan(channels);
        if (plan is not null && !plan.FitsMemoryOf(lastPlan))
        {
            Allocate(plan);
        }

        var input = new SolveInput(channels, warmStart, plan, starts);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        PrecodingResult result = CreateResult(channels, plan);
        var timings = new SolveTimings[batches.Length];
        var ends = new TimeSpan[batches.Length]; // with a time limit, when each engine's piece has to be done
        Exception? failure = null;
        int count = channels.Shape.RealizationCount, done = 0;
        int next = pieceSize; // the first piece is the calling thread's, however late it comes: it tells of progress
        var helpers = new List<Thread>();
        try
        {
            for (int i = 1; i < batches.Length; i++)
            {
                int engine = i;
                var helper = new Thread(() => TakePieces(engine, Next())) { IsBackground = true, Name = $"solver-{engine}" };
                helper.Start();
                helpers.Add(helper);
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        TakePieces(0, 0);
        helpers.ForEach(helper => helper.Join());
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (options.TimeLimit is not null && !cancellationToken.IsCancellationRequested)
        {
            result.NameTimeLimit();
        }

        int busy = Math.Max(1, timings.Count(timing => timing.Total > 0));
        SolveTimings sum = timings.Aggregate((a, b) => a.Plus(b));
        result.Timings = new SolveTimings(setupSeconds, sum.Upload / busy, sum.Solve / busy, sum.Download / busy);
        return result;

        int Next() => Interlocked.Add(ref next, pieceSize) - pieceSize;

        void TakePieces(int engine, int first)
        {
            try
            {
                for (; first < count && !(first > 0 && stop.IsCancellationRequested); first = Next())
                {
                    int size = Math.Min(pieceSize, count - first);
                    SolveTimings spent = batches[engine]!.Solve(input, first, size, result, engine == 0 ? Report : null, TimeFor(engine, size, count - first), stop.Token);
                    timings[engine] = timings[engine].Plus(spent);
                    Interlocked.Add(ref done, size);
                }
            }
            catch (Exception exception)
            {
                Fail(exception);
            }
        }

        // a share of the time that all engines have left, so that later pieces get more than their start; negative leaves nothing but that
        TimeSpan? TimeFor(int engine, int size, int left)
        {
            if (options.TimeLimit is not { } limit)
            {
                return null;
            }

            lock (ends)
            {
                TimeSpan now = TimeSpan.FromSeconds(charged) + clock.GetElapsedTime(began);
                ends[engine] = now;
                long free = ends.Sum(end => Math.Max(0, (limit - (end > now ? end : now)).Ticks));
                TimeSpan share = new(Math.Min((limit - now).Ticks, (long)((double)free * size / left)));
                ends[engine] = now + share;
                return share;
            }
        }

        void Report(int start, int iteration) =>
            progress?.Report(new SolveProgress(Volatile.Read(ref done), count, start, starts.Count, iteration, precoder.IterationLimit(shape, network.LimitsAntennas)));

        void Fail(Exception exception)
        {
            Interlocked.CompareExchange(ref failure, exception, null);
            stop.Cancel();
        }
    }

    /// <summary>Room for the results of channels.</summary>
    public PrecodingResult CreateResult(ChannelBatch channels, StreamPlan? plan) =>
        new(precoder.Name, device, channels.Network, precoder.CreatePrecoders(channels.Shape, precision, plan))
        {
            InteractionOf = precoder.InteractionOf,
            Beams = network.LimitsAntennas ? null : precoder.CreateBeams(channels.Shape), // behind gains per antenna they are no beams
            FronthaulBits = (options as ExchangeOptions)?.FronthaulBits,
        };

    public void Dispose()
    {
        Array.ForEach(batches, batch => batch?.Dispose());
        foreach (IEngine engine in engines)
        {
            engine.Dispose(); // an engine has threads; nobody else could end them
        }
    }

    /// <summary>Memory for the algorithm, once for all solves whose streams need the same.</summary>
    private void Allocate(StreamPlan? plan)
    {
        long began = clock.GetTimestamp();
        lastPlan = null;
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i]?.Dispose();
            batches[i] = null;
            batches[i] = new SolveBatch(precoder, network, shape, plan, engines[i], pieceSize, clock);
        }

        lastPlan = plan;
        setupSeconds += clock.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>What the engines keep of the network: all but the weights.</summary>
    private bool HasPowersOf(Network other) =>
        network.AccessPoints.Select(a => a.PowerBudgetWatts).SequenceEqual(other.AccessPoints.Select(a => a.PowerBudgetWatts)) &&
        (!(network.LimitsAntennas || other.LimitsAntennas) || network.AntennaPowerLimits().SequenceEqual(other.AntennaPowerLimits())) &&
        Enumerable.Range(0, network.Users.Count).All(k => network.NoisePowerOf(k) == other.NoisePowerOf(k));

    private void RequireMatching(ChannelBatch channels, IReadOnlyList<InitialPrecoder> starts, PrecoderBatch? given)
    {
        if (!ReferenceEquals(channels.Network, network))
        {
            channels.Network.Validate();
        }

        var problems = new List<string>();
        if ((channels.Shape with { RealizationCount = 1 }) != (shape with { RealizationCount = 1 }))
        {
            problems.Add($"{precoder.Name}: this solver was created for {shape}, the channels are {channels.Shape}. Create a solver for them.");
        }
        else if (!HasPowersOf(channels.Network))
        {
            problems.Add($"{precoder.Name}: this solver was created for other power budgets, antenna limits or noise powers than the channels' network has; between solves only weights may change. Create a solver for them.");
        }

        if (starts.Any(start => start is InitialPrecoder.WarmStart) && given is null)
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
