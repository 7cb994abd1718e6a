using System.Diagnostics;
using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// One engine's part in a solve: memory for some realizations, which are loaded, started, iterated until settled (the statuses looked at every
/// CheckInterval iterations) and collected together.
/// </summary>
internal sealed class SolveBatch : IDisposable
{
    private readonly PrecoderOptions options;
    private readonly IEngine engine;
    private readonly SolveControl control;
    private readonly Algorithm algorithm;
    private readonly Tensor rates, power;
    private readonly Stack<IDisposable> parts = new();
    private ComplexF[] singles = [];
    private Complex[] doubles = [];

    /// <param name="engine">Stays the caller's.</param>
    public SolveBatch(Precoder precoder, Network network, ChannelShape shape, StreamPlan? plan, IEngine engine, int capacity)
    {
        (options, this.engine) = (precoder.Options, engine);
        try
        {
            control = Own(new SolveControl(engine, capacity, precoder.IterationLimit(shape, network.LimitsAntennas), options.Tolerance, options.Patience));
            algorithm = Own(precoder.CreateAlgorithm(engine, control, network, shape, plan));
            rates = Own(engine.Create("rates", ElementKind.Control, capacity, shape.UserCount));
            power = Own(engine.Create("accessPointPower", ElementKind.Control, capacity, shape.AccessPointCount));
        }
        catch
        {
            Dispose();
            throw;
        }

        T Own<T>(T owned)
            where T : IDisposable
        {
            parts.Push(owned);
            return owned;
        }
    }

    /// <summary>Memory of one realization beside the engine's scratch: the algorithm's, channels and precoders, the trace.</summary>
    public static long BytesPerRealization(Precoder precoder, ChannelShape shape, Precision precision, bool limitsAntennas = false)
    {
        long numbers = precoder.ComplexNumbersPerRealization(shape) + (2 * shape.CoefficientsPerRealization) + (limitsAntennas ? precoder.ComplexNumbersOfLimits(shape) : 0);
        return (numbers * (precision == Precision.Single ? 8 : 16)) + ((precoder.IterationLimit(shape, limitsAntennas) + 1L) * SolveControl.TraceColumns * sizeof(double));
    }

    /// <summary>Solves realizations first … first + count − 1 from every start and keeps the best of each in the result.</summary>
    /// <param name="report">Called with the start and the iteration in hand at every look at the statuses.</param>
    public SolveTimings Solve(SolveInput input, int first, int count, PrecodingResult result, Action<int, int>? report, CancellationToken stop)
    {
        control.RealizationCount = count;
        long began = Stopwatch.GetTimestamp();
        engine.BeginControl(algorithm.InitialStepSize, control);
        algorithm.Load(input, first);
        double upload = Stopwatch.GetElapsedTime(began).TotalSeconds, solve = 0, download = 0;
        for (int start = 0; start < input.Starts.Count && !(start > 0 && stop.IsCancellationRequested); start++)
        {
            began = Stopwatch.GetTimestamp();
            engine.BeginControl(algorithm.InitialStepSize, control);
            algorithm.Begin(new StartContext(input.Starts[start], options.Seed, input.Channels, first, stop));
            engine.RecordStart(control);
            List<double> secondsAtCall = Iterate(start, report, stop);
            double startSolve = Stopwatch.GetElapsedTime(began).TotalSeconds;

            began = Stopwatch.GetTimestamp();
            algorithm.Evaluate(rates, power);
            Collect(first, input.Starts[start], secondsAtCall, startSolve, input.Channels.Network, result);
            solve += startSolve;
            download += Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        return new SolveTimings(0, upload, solve, download);
    }

    public void Dispose()
    {
        while (parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }

    /// <summary>Iterates until every realization is settled or the caller stops; returns the wall time at which each call of the algorithm was complete.</summary>
    private List<double> Iterate(int start, Action<int, int>? report, CancellationToken stop)
    {
        if (!algorithm.Iterates)
        {
            return [0];
        }

        long began = Stopwatch.GetTimestamp();
        var seconds = new List<double>(Math.Min(algorithm.CallLimit, control.MaxIterations) + 1) { 0 };
        var status = new int[control.RealizationCount];
        for (int call = 1; call <= algorithm.CallLimit && !stop.IsCancellationRequested; call++)
        {
            algorithm.Iterate();
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            if (call % options.CheckInterval == 0 || call == algorithm.CallLimit)
            {
                control.Status.Read(status);
                report?.Invoke(start, algorithm.IterationsAfter(call));
                if (Array.TrueForAll(status, s => s != (int)SolveStatus.Running))
                {
                    break;
                }
            }
        }

        return seconds;
    }

    private void Collect(int first, InitialPrecoder start, List<double> secondsAtCall, double startSeconds, Network network, PrecodingResult result)
    {
        int count = control.RealizationCount, K = network.Users.Count, L = network.AccessPoints.Count;
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

        Diagnostics? diagnostics = algorithm.Diagnose();

        bool downloaded = false;
        BeamNumbers? beams = null;
        for (int r = 0; r < count; r++)
        {
            double sumRate = 0;
            for (int k = 0; k < K; k++)
            {
                sumRate += network.Users[k].Weight * userRates[(r * K) + k];
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
                first + r, start.ToString()!, outcome, iterations[r], seconds, sumRate, userRates.AsSpan(r * K, K), blockPower.AsSpan(r * L, L),
                TraceOf(trace, r, iterations[r], i => secondsAtCall[diagnostics?.CallsAt(r, i) ?? i]), diagnostics?.Certificate(r));
            if (!downloaded)
            {
                downloaded = true;
                Download(result.Precoders.Precision, count * (int)(algorithm.Precoders.Length / control.Capacity));
                beams = algorithm.Beams is var (support, u) ? BeamNumbers.Read(support, u, count) : null;
            }

            CopyPrecoders(r, result.Precoders, first + r);
            beams?.CopyTo(r, result.Beams!, first + r);
        }
    }

    /// <summary>Supports and beam vectors of a batch on the host.</summary>
    private sealed record BeamNumbers(int[] Start, int[] Beam, Complex[] U, int Count)
    {
        public static BeamNumbers Read(BeamSupport support, Tensor u, int count)
        {
            var numbers = new BeamNumbers(new int[count * support.Start.Shape[1]], new int[count * support.SlotCapacity], new Complex[count * support.SlotCapacity], count);
            support.Start.Read(numbers.Start);
            support.Beam.Read(numbers.Beam);
            u.Read(numbers.U);
            return numbers;
        }

        public void CopyTo(int realization, BeamPrecoderBatch destination, int destinationRealization)
        {
            int starts = Start.Length / Count, slots = Beam.Length / Count;
            destination.Set(
                destinationRealization, Start.AsSpan(realization * starts, starts), Beam.AsSpan(realization * slots, slots), U.AsSpan(realization * slots, slots));
        }
    }

    private void CopyPrecoders(int realization, PrecoderBatch destination, int destinationRealization)
    {
        int M = destination.Shape.AntennaCount, start = realization * (int)(algorithm.Precoders.Length / control.Capacity);
        algorithm.CopyAccessPoints(realization, destination, destinationRealization);
        for (int stream = 0; stream < destination.StreamCount; stream++)
        {
            for (int branch = 0; branch < destination.BranchCount; branch++)
            {
                int at = start + (algorithm.VectorOf(stream, branch) * M);
                if (destination.Precision == Precision.Single)
                {
                    destination.Set(destinationRealization, stream, branch, singles.AsSpan(at, M));
                }
                else
                {
                    destination.Set(destinationRealization, stream, branch, doubles.AsSpan(at, M));
                }
            }
        }
    }

    /// <summary>Reads the precoders into the host memory of this precision, which is kept from solve to solve.</summary>
    private void Download(Precision precision, int count)
    {
        if (precision == Precision.Single)
        {
            singles = singles.Length < count ? new ComplexF[count] : singles;
            algorithm.Precoders.Read(singles.AsSpan(0, count));
        }
        else
        {
            doubles = doubles.Length < count ? new Complex[count] : doubles;
            algorithm.Precoders.Read(doubles.AsSpan(0, count));
        }
    }

    private TracePoint[] TraceOf(double[]? trace, int realization, int iterations, Func<int, double> secondsAt)
    {
        if (trace is null)
        {
            return [];
        }

        int rows = control.MaxIterations + 1;
        var points = new TracePoint[iterations + 1];
        for (int i = 0; i <= iterations; i++)
        {
            int at = ((realization * rows) + i) * SolveControl.TraceColumns;
            points[i] = new TracePoint(i, secondsAt(i), trace[at], trace[at + 1], trace[at + 2]);
        }

        return points;
    }
}
