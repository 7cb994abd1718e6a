using System.Diagnostics;
using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Runs an algorithm over a batch: as many realizations at once as the engine likes, every start, the statuses looked at every CheckInterval
/// iterations. What a realization gets does not depend on how the batch is split.
/// </summary>
internal sealed class CoherentSolver : ISolver
{
    private readonly Precoder precoder;
    private readonly PrecoderOptions options;
    private readonly ChannelShape shape;
    private readonly IEngine engine;
    private readonly int capacity;
    private readonly CoherentProblem problem;
    private readonly SolveControl control;
    private readonly CoherentAlgorithm algorithm;
    private readonly Tensor precoders, rates, power;
    private readonly Tensor? warmStart;
    private readonly double setupSeconds;
    private readonly Precision precision;
    private readonly Stack<IDisposable> parts = new();

    public CoherentSolver(Precoder precoder, Network network, ChannelShape shape, IDevice device)
    {
        long began = Stopwatch.GetTimestamp();
        (this.precoder, options, this.shape) = (precoder, precoder.Options, shape);
        Network = network;
        Device = device.Info;
        precision = device.Precision;
        engine = device.CreateEngine(precoder.PrecisionFor(shape, device.Precision));
        try
        {
            long complexBytes = engine.Precision == Precision.Single ? 8 : 16;
            long numbers = precoder.ComplexNumbersPerRealization(shape) + (2 * shape.CoefficientsPerRealization);
            long traceBytes = (options.MaxIterations + 1L) * SolveControl.TraceColumns * sizeof(double);
            capacity = Math.Clamp(engine.RealizationsAtOnce(shape, (numbers * complexBytes) + traceBytes), 1, shape.RealizationCount);
            problem = Own(new CoherentProblem(engine, network, shape, capacity));
            control = Own(new SolveControl(engine, capacity, options.MaxIterations, options.Tolerance, options.Patience));
            algorithm = Own(precoder.CreateAlgorithm(engine, problem, control));
            precoders = Own(engine.Create("precoders", ElementKind.Complex, capacity, problem.L, problem.K, problem.M));
            rates = Own(engine.Create("rates", ElementKind.Control, capacity, problem.K));
            power = Own(engine.Create("accessPointPower", ElementKind.Control, capacity, problem.L));
            if (options.Starts.Any(s => s is InitialPrecoder.WarmStart))
            {
                warmStart = Own(engine.Create("warmStart", ElementKind.Complex, capacity, problem.L, problem.K, problem.M));
            }
        }
        catch
        {
            Dispose(); // an engine has threads; nobody else could end them
            throw;
        }

        setupSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        T Own<T>(T owned)
            where T : IDisposable
        {
            parts.Push(owned);
            return owned;
        }
    }

    private Network Network { get; }

    private DeviceInfo Device { get; }

    public PrecodingResult Solve(
        ChannelBatch channels, PrecoderBatch? warmStart = null, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireMatching(channels, warmStart);
        using var timeLimit = options.TimeLimit is { } limit ? new CancellationTokenSource(limit) : new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeLimit.Token, cancellationToken);
        var result = new PrecodingResult(precoder.Name, Device, Network, channels.Shape, precision);
        var timings = new SolveTimings(setupSeconds, 0, 0, 0);
        for (int first = 0; first < channels.Shape.RealizationCount && !(first > 0 && stop.IsCancellationRequested); first += capacity)
        {
            control.RealizationCount = Math.Min(capacity, channels.Shape.RealizationCount - first);
            SolveTimings batch = SolveBatch(channels, warmStart, first, result, progress, stop.Token);
            timings = new SolveTimings(timings.Setup, timings.Upload + batch.Upload, timings.Solve + batch.Solve, timings.Download + batch.Download);
        }

        if (timeLimit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            result.NameTimeLimit();
        }

        result.Timings = timings;
        return result;
    }

    public void Dispose()
    {
        while (parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }

        engine.Dispose();
    }

    private SolveTimings SolveBatch(
        ChannelBatch channels, PrecoderBatch? given, int first, PrecodingResult result, IProgress<SolveProgress>? progress, CancellationToken stop)
    {
        long began = Stopwatch.GetTimestamp();
        engine.BeginControl(algorithm.InitialStepSize, control);
        engine.LoadChannels(channels, first, problem, control);
        algorithm.Prepare(channels, first);
        if (warmStart is not null)
        {
            Upload(given!, first, warmStart);
        }

        double upload = Stopwatch.GetElapsedTime(began).TotalSeconds, solve = 0, download = 0;
        for (int start = 0; start < options.Starts.Count && !(start > 0 && stop.IsCancellationRequested); start++)
        {
            began = Stopwatch.GetTimestamp();
            engine.BeginControl(algorithm.InitialStepSize, control);
            algorithm.Begin(new StartContext(options.Starts[start], options.Seed, first, warmStart, stop));
            engine.RecordStart(control);
            double[] secondsAtIteration = Iterate(new SolveProgress(first, channels.Shape.RealizationCount, start, options.Starts.Count, 0, options.MaxIterations), progress, stop);
            double startSolve = Stopwatch.GetElapsedTime(began).TotalSeconds;

            began = Stopwatch.GetTimestamp();
            algorithm.Synthesize(precoders);
            engine.EvaluatePrecoders(problem, precoders, rates, power, control);
            Collect(first, options.Starts[start], secondsAtIteration, startSolve, result);
            solve += startSolve;
            download += Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        return new SolveTimings(0, upload, solve, download);
    }

    /// <summary>Iterates until every realization is settled or the caller stops; returns the wall time at which each iterate was complete.</summary>
    private double[] Iterate(SolveProgress progressAtStart, IProgress<SolveProgress>? progress, CancellationToken stop)
    {
        if (!algorithm.Iterates)
        {
            return [0];
        }

        long began = Stopwatch.GetTimestamp();
        var seconds = new double[options.MaxIterations + 1];
        var status = new int[control.RealizationCount];
        for (int iteration = 1; iteration <= options.MaxIterations && !stop.IsCancellationRequested; iteration++)
        {
            algorithm.Iterate();
            seconds[iteration] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (iteration % options.CheckInterval == 0 || iteration == options.MaxIterations)
            {
                control.Status.Read(status);
                progress?.Report(progressAtStart with { Iteration = iteration });
                if (Array.TrueForAll(status, s => s != (int)SolveStatus.Running))
                {
                    break;
                }
            }
        }

        return seconds;
    }

    private void Collect(int first, InitialPrecoder start, double[] secondsAtIteration, double startSeconds, PrecodingResult result)
    {
        int count = control.RealizationCount, K = problem.K, L = problem.L, M = problem.M;
        var status = new int[count];
        var iterations = new int[count];
        var userRates = new double[count * K];
        var blockPower = new double[count * L];
        control.Status.Read(status);
        control.Iteration.Read(iterations);
        rates.Read(userRates);
        power.Read(blockPower);
        double[]? trace = null;
        if (algorithm.Iterates)
        {
            trace = new double[count * (control.MaxIterations + 1) * SolveControl.TraceColumns];
            control.Trace.Read(trace);
        }

        Complex[]? values = null;
        for (int r = 0; r < count; r++)
        {
            double sumRate = 0;
            for (int k = 0; k < K; k++)
            {
                sumRate += problem.Weight[k] * userRates[(r * K) + k];
            }

            double seconds = result.SecondsSolve[first + r] + (startSeconds / count);
            double earlier = result.WeightedSumRate[first + r];
            if (result.Start(first + r).Length > 0 && double.IsFinite(earlier) && !(sumRate > earlier))
            {
                result.AddSeconds(first + r, startSeconds / count);
                continue; // an earlier start did at least as well
            }

            SolveStatus outcome = !algorithm.Iterates ? SolveStatus.Converged
                : status[r] == (int)SolveStatus.Running ? SolveStatus.Cancelled
                : (SolveStatus)status[r];
            result.Set(
                first + r, start.ToString()!, outcome, iterations[r], seconds, sumRate, userRates.AsSpan(r * K, K), blockPower.AsSpan(r * L, L), TraceOf(trace, r, iterations[r], secondsAtIteration));
            if (values is null)
            {
                values = new Complex[count * L * K * M];
                precoders.Read(values);
            }

            for (int l = 0; l < L; l++)
            {
                for (int k = 0; k < K; k++)
                {
                    result.Precoders.Set(first + r, k, l, values.AsSpan(((((r * L) + l) * K) + k) * M, M));
                }
            }
        }
    }

    private static TracePoint[] TraceOf(double[]? trace, int realization, int iterations, double[] seconds)
    {
        if (trace is null)
        {
            return [];
        }

        int rows = seconds.Length;
        var points = new TracePoint[iterations + 1];
        for (int i = 0; i <= iterations; i++)
        {
            int at = ((realization * rows) + i) * SolveControl.TraceColumns;
            points[i] = new TracePoint(i, seconds[i], trace[at], trace[at + 1], trace[at + 2]);
        }

        return points;
    }

    private void Upload(PrecoderBatch given, int first, Tensor destination)
    {
        int count = control.RealizationCount, K = problem.K, L = problem.L, M = problem.M;
        var values = new Complex[count * L * K * M];
        for (int r = 0; r < count; r++)
        {
            for (int l = 0; l < L; l++)
            {
                for (int k = 0; k < K; k++)
                {
                    given.CopyTo(first + r, k, l, values.AsSpan(((((r * L) + l) * K) + k) * M, M));
                }
            }
        }

        destination.Write(values);
    }

    private void RequireMatching(ChannelBatch channels, PrecoderBatch? given)
    {
        var problems = new List<string>();
        if ((channels.Shape with { RealizationCount = 1 }) != (shape with { RealizationCount = 1 }))
        {
            problems.Add($"{precoder.Name}: this solver was created for {shape}, the channels are {channels.Shape}. Create a solver for them.");
        }

        if (warmStart is not null && given is null)
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
