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
    private readonly TimeProvider clock;
    private readonly Dictionary<int, PieceCosts> costs = []; // by realizations
    private readonly int[] keptStart; // of each realization, the start that its result is from; -1 before any
    private int[] status = [];
    private ComplexF[] singles = [];
    private Complex[] doubles = [];

    /// <param name="engine">Stays the caller's.</param>
    public SolveBatch(Precoder precoder, Network network, ChannelShape shape, StreamPlan? plan, IEngine engine, int capacity, TimeProvider clock)
    {
        (options, this.engine, this.clock) = (precoder.Options, engine, clock);
        keptStart = new int[capacity];
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
    /// <param name="share">Time there is; null for as long as it takes.</param>
    public SolveTimings Solve(SolveInput input, int first, int count, PrecodingResult result, Action<int, int>? report, TimeSpan? share, CancellationToken stop)
    {
        control.RealizationCount = count;
        status = status.Length == count ? status : new int[count];
        Deadline? deadline = share is { } time ? new Deadline(clock, time, CostsOf(count)) : null;
        var piece = new Piece(input, first, result, report, deadline, stop);
        Array.Fill(keptStart, -1);
        long began = Stopwatch.GetTimestamp();
        engine.BeginControl(algorithm.InitialStepSize, control);
        algorithm.Load(input, first);
        if (deadline is not null)
        {
            control.Status.Read(status); // waits for the engine, so that the start is measured by itself
        }

        double upload = Stopwatch.GetElapsedTime(began).TotalSeconds, solve = 0, download = 0;
        for (int start = 0; start < input.Starts.Count && (start == 0 || (!stop.IsCancellationRequested && deadline?.AllowsStart != false)); start++)
        {
            var course = new Course(start);
            SolveFrom(course, piece);
            solve += course.SolveSeconds;
            download += course.DownloadSeconds;
        }

        deadline?.PieceIsDone();
        return new SolveTimings(0, upload, solve, download);
    }

    public void Dispose()
    {
        while (parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }

    /// <summary>
    /// One start, its iterations and what comes of them. With a deadline, the first piece of its size is evaluated at its start already: what finishing takes is known then, and there is
    /// something to return. Time that is left because finishing took less than expected is iterated in, and finished once more.
    /// </summary>
    private void SolveFrom(Course course, Piece piece)
    {
        Deadline? deadline = piece.Deadline;
        bool isCut = false, isTried = false;
        int evaluated = -1; // how many calls the precoders were last evaluated after
        long began = Stopwatch.GetTimestamp();
        deadline?.StartBegins();
        engine.BeginControl(algorithm.InitialStepSize, control);
        algorithm.Begin(new StartContext(piece.Input.Starts[course.Start], options.Seed, piece.Input.Channels, piece.First, MayIterate));
        engine.RecordStart(control);
        if (deadline is not null)
        {
            control.Status.Read(status);
            deadline.StartIsDone();
            if (!deadline.KnowsFinish)
            {
                Finish();
            }
        }

        do
        {
            if (!isCut)
            {
                Iterate(course, piece);
            }

            if (course.Calls > evaluated)
            {
                Finish();
            }
        }
        while (!isCut && !course.IsSettled && !piece.Stop.IsCancellationRequested && deadline?.CallsAhead(1) > 0);

        // another iteration of a start that has iterations
        bool MayIterate()
        {
            if (deadline is not null && !piece.Stop.IsCancellationRequested)
            {
                control.Status.Read(status);
                if (!deadline.KnowsFinish && !isTried)
                {
                    isTried = true;
                    deadline.Mark();
                    algorithm.Evaluate(rates, power);
                    algorithm.Resume();
                    control.Status.Read(status);
                    deadline.EvaluationIsDone();
                }

                isCut = !deadline.AllowsStartIteration();
            }

            return !isCut && !piece.Stop.IsCancellationRequested;
        }

        void Finish()
        {
            double spent = Stopwatch.GetElapsedTime(began).TotalSeconds;
            began = Stopwatch.GetTimestamp();
            deadline?.Mark();
            algorithm.Evaluate(rates, power);
            Collect(course, piece, spent);
            if (deadline is not null)
            {
                algorithm.Resume();
                deadline.FinishIsDone();
            }

            evaluated = course.Calls;
            course.SolveSeconds += spent;
            course.DownloadSeconds += Stopwatch.GetElapsedTime(began).TotalSeconds;
            began = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Iterates until every realization is settled, the caller stops or no more fits; notes the wall time at which each call of the algorithm was complete.</summary>
    private void Iterate(Course course, Piece piece)
    {
        if (!algorithm.Iterates)
        {
            course.IsSettled = true;
            return;
        }

        course.Began ??= Stopwatch.GetTimestamp();
        while (course.Calls < algorithm.CallLimit && (piece.Deadline?.CallsAhead(options.CheckInterval) ?? options.CheckInterval) is > 0 and var ahead)
        {
            int look = Math.Min(course.Calls + ahead, algorithm.CallLimit), calls = look - course.Calls;
            for (; course.Calls < look; course.Seconds.Add(Stopwatch.GetElapsedTime(course.Began.Value).TotalSeconds))
            {
                if (piece.Stop.IsCancellationRequested)
                {
                    return;
                }

                algorithm.Iterate();
            }

            control.Status.Read(status);
            piece.Report?.Invoke(course.Start, algorithm.IterationsAfter(course.Calls));
            piece.Deadline?.CallsAreDone(calls);
            if (look == algorithm.CallLimit || Array.TrueForAll(status, s => s != (int)SolveStatus.Running))
            {
                course.IsSettled = true;
                return;
            }
        }
    }

    /// <param name="seconds">Of the start and its iterations, since they were last collected.</param>
    private void Collect(Course course, Piece piece, double seconds)
    {
        (int first, PrecodingResult result) = (piece.First, piece.Result);
        Network network = piece.Input.Channels.Network;
        int count = control.RealizationCount, K = network.Users.Count, L = network.AccessPoints.Count;
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
            trace = new double[(((count - 1) * (control.MaxIterations + 1)) + iterations[^1] + 1) * SolveControl.TraceColumns]; // to the end of what is written
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

            double earlier = result.WeightedSumRate[first + r];
            result.AddSeconds(first + r, seconds / count);
            if (keptStart[r] >= 0 && keptStart[r] != course.Start && double.IsFinite(earlier) && !(sumRate > earlier))
            {
                continue; // an earlier start did at least as well
            }

            keptStart[r] = course.Start;

            SolveStatus outcome = !algorithm.Iterates ? SolveStatus.Converged
                : status[r] == (int)SolveStatus.Running ? SolveStatus.Cancelled
                : (SolveStatus)status[r];
            result.Set(
                first + r, piece.Input.Starts[course.Start].ToString()!, outcome, iterations[r], result.SecondsSolve[first + r], sumRate, userRates.AsSpan(r * K, K), blockPower.AsSpan(r * L, L),
                TraceOf(trace, r, iterations[r], i => course.Seconds[diagnostics?.CallsAt(r, i) ?? i]), diagnostics?.Certificate(r));
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

    private PieceCosts CostsOf(int count)
    {
        if (!costs.TryGetValue(count, out PieceCosts? of))
        {
            costs.Add(count, of = new PieceCosts());
        }

        return of;
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

    /// <summary>Realizations in hand, where they come from and go to.</summary>
    private sealed record Piece(SolveInput Input, int First, PrecodingResult Result, Action<int, int>? Report, Deadline? Deadline, CancellationToken Stop);

    /// <summary>How far a start is.</summary>
    private sealed class Course(int start)
    {
        public int Start { get; } = start;

        /// <summary>Nothing is left to iterate.</summary>
        public bool IsSettled { get; set; }

        /// <summary>When iterating began.</summary>
        public long? Began { get; set; }

        /// <summary>Since then, when each call was complete; 0 for the start.</summary>
        public List<double> Seconds { get; } = [0];

        public int Calls => Seconds.Count - 1;

        public double SolveSeconds { get; set; }

        public double DownloadSeconds { get; set; }
    }
}
