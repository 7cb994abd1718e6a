using System.Diagnostics;

namespace Precoding.Benchmarks.Race;

/// <summary>Best times of both sides, a pair per round. Ratios above 1 are in our favour.</summary>
internal sealed class Duel
{
    private readonly List<double> ours = [], theirs = [];

    /// <summary>Seconds, the least of all rounds.</summary>
    public double Ours => ours.Min();

    public double Theirs => theirs.Min();

    /// <summary>Their least time over ours.</summary>
    public double Ratio => Theirs / Ours;

    /// <summary>Median over the rounds of their least time over ours: a machine that drifts slows both turns of a round.</summary>
    public double MedianRatio
    {
        get
        {
            double[] ratios = [.. ours.Zip(theirs, (o, t) => t / o).Order()];
            return ratios.Length % 2 == 1 ? ratios[ratios.Length / 2] : (ratios[(ratios.Length / 2) - 1] + ratios[ratios.Length / 2]) / 2;
        }
    }

    /// <summary>Turns of both sides, round by round; who begins changes with the round.</summary>
    /// <param name="turn">How long a turn lasts; at least two calls are timed.</param>
    public static Duel Run(Action ours, Action theirs, int rounds, TimeSpan turn)
    {
        var duel = new Duel();
        for (int round = 0; round < rounds; round++)
        {
            bool oursFirst = round % 2 == 0;
            double first = LeastSeconds(oursFirst ? ours : theirs, turn), second = LeastSeconds(oursFirst ? theirs : ours, turn);
            duel.Add(oursFirst ? first : second, oursFirst ? second : first);
        }

        return duel;
    }

    public void Add(double ourSeconds, double theirSeconds)
    {
        ours.Add(ourSeconds);
        theirs.Add(theirSeconds);
    }

    /// <summary>Least time of a call: one untimed, to wake threads and warm caches, then as many as fit the turn.</summary>
    public static double LeastSeconds(Action call, TimeSpan turn)
    {
        Thread.Sleep(2); // the other side's helpers stop spinning
        call();
        double least = double.PositiveInfinity;
        long began = Stopwatch.GetTimestamp();
        for (int calls = 0; calls < 2 || Stopwatch.GetElapsedTime(began) < turn; calls++)
        {
            long start = Stopwatch.GetTimestamp();
            call();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return least;
    }
}
