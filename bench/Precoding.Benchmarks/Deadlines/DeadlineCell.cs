using System.Diagnostics;

namespace Precoding.Benchmarks.Deadlines;

/// <summary>How one precoder keeps one deadline on one problem.</summary>
/// <param name="LeastMilliseconds">Median of solves with a deadline that nothing meets: preparing, start and finishing.</param>
/// <param name="Errors">(elapsed − T)/T of each solve that the deadline ended.</param>
/// <param name="Undisturbed">Of those during which threads waited for a processor for less than a hundredth of T in all; none where the system does not tell.</param>
/// <param name="Settled">Solves that had nothing left to iterate before, and returned early.</param>
/// <param name="Iterations">Median over the solves of their mean over the realizations.</param>
internal sealed record DeadlineCell(string Problem, string Precoder, bool IsNewSolver, double Milliseconds, double LeastMilliseconds, double[] Errors, double[] Undisturbed, int Settled, double Iterations)
{
    /// <summary>Beyond this a deadline is missed, either way.</summary>
    public const double Tolerance = 0.05;

    /// <summary>Fewer say nothing of a percentile.</summary>
    public const int FewestUndisturbed = 10;

    private const int LeastSolves = 20, MostSolves = 200, WarmUps = 3;
    private const double SecondsOfSolves = 2, DisturbedShare = 0.01;

    /// <summary>Preparing, start and finishing alone are over.</summary>
    public bool IsReachable => LeastMilliseconds <= Milliseconds;

    /// <summary>The problem is mostly done before: those that are not had worse moments than the others, and say nothing.</summary>
    public bool IsSettled => Settled * 10 > Settled + Errors.Length;

    public bool Counts => IsReachable && !IsSettled;

    public double Median => Quantile(Errors, 0.5);

    public double Percentile95 => Quantile(Errors, 0.95);

    public double Worst => Errors.Length == 0 ? double.NaN : Errors.MaxBy(Math.Abs);

    /// <summary>95th percentile of the distance from T, either way.</summary>
    public double UndisturbedDistance => Quantile([.. Undisturbed.Select(Math.Abs)], 0.95);

    /// <summary>A loop that does nothing but look at the clock until T: what the machine's other work makes of any deadline.</summary>
    public static DeadlineCell MeasureClock(double milliseconds)
    {
        var solves = new (double Error, double? Waited)[CountOf(milliseconds)];
        for (int i = 0; i < solves.Length; i++)
        {
            double? waited = ProcessorWait.Seconds;
            long began = Stopwatch.GetTimestamp();
            double elapsed;
            do
            {
                elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
            while (elapsed < milliseconds);
            solves[i] = ((elapsed / milliseconds) - 1, 1e3 * (ProcessorWait.Seconds - waited));
        }

        double[] undisturbed = [.. solves.Where(solve => solve.Waited < milliseconds * DisturbedShare).Select(solve => solve.Error)];
        return new("clock", "–", false, milliseconds, 0, [.. solves.Select(solve => solve.Error)], undisturbed, 0, 0);
    }

    /// <summary>Cells of all the milliseconds, from a solver that is kept, or from a new one each time, whose making counts.</summary>
    public static IEnumerable<DeadlineCell> Measure(string problem, ChannelBatch channels, string name, int iterations, IDevice device, double[] milliseconds, bool isNewSolver)
    {
        double least = Quantile([.. Solves(Create(1e-3), WarmUps + 10).Skip(WarmUps).Select(solve => solve.Milliseconds)], 0.5);
        foreach (double limit in milliseconds)
        {
            if (least > limit)
            {
                yield return new(problem, name, isNewSolver, limit, least, [], [], 0, 0);
                continue;
            }

            int count = CountOf(limit);
            var solves = Solves(Create(limit), WarmUps + count).Skip(WarmUps).ToArray();
            var ended = solves.Where(solve => solve.Result.Status.Contains(SolveStatus.TimeLimit)).ToArray();
            double[] errors = [.. ended.Select(solve => (solve.Milliseconds / limit) - 1)];
            double[] undisturbed = [.. ended.Where(solve => solve.Waited < limit * DisturbedShare).Select(solve => (solve.Milliseconds / limit) - 1)];
            yield return new(problem, name, isNewSolver, limit, least, errors, undisturbed, count - errors.Length, Quantile([.. solves.Select(solve => solve.Result.Iterations.ToArray().Average())], 0.5));
        }

        IPrecoder Create(double limit)
        {
            PrecoderEntry entry = PrecoderCatalog.Find(name);
            return entry.Create(entry.DefaultOptions with { MaxIterations = iterations, Tolerance = 0, Patience = iterations, TimeLimit = TimeSpan.FromMilliseconds(limit) });
        }

        IEnumerable<(double Milliseconds, double? Waited, PrecodingResult Result)> Solves(IPrecoder precoder, int count)
        {
            ISolver? solver = null;
            try
            {
                for (int i = 0; i < count; i++)
                {
                    if (isNewSolver)
                    {
                        solver?.Dispose();
                        solver = null;
                    }

                    double? waited = ProcessorWait.Seconds;
                    long began = Stopwatch.GetTimestamp();
                    solver ??= precoder.CreateSolver(channels.Network, channels.Shape, device);
                    PrecodingResult result = solver.Solve(channels);
                    double elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                    yield return (elapsed, 1e3 * (ProcessorWait.Seconds - waited), result);
                }
            }
            finally
            {
                solver?.Dispose();
            }
        }
    }

    private static int CountOf(double milliseconds) => (int)Math.Clamp(SecondsOfSolves * 1e3 / milliseconds, LeastSolves, MostSolves);

    /// <summary>The value that this share of the others is not above; not a number where there is none.</summary>
    public static double Quantile(double[] values, double share) => values.Length == 0 ? double.NaN : values.Order().ElementAt((int)Math.Ceiling(share * (values.Length - 1)));
}
