using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>What a selection of streams saw and chose.</summary>
/// <param name="Candidates">All streams that could be sent.</param>
/// <param name="V0">Their matched beams.</param>
/// <param name="Scores">Per candidate, of the last iteration.</param>
/// <param name="Keep">Per candidate.</param>
internal sealed record NonCoherentChoice(NonCoherentStreams Candidates, Matrix V0, double[] Scores, bool[] Keep)
{
    /// <summary>d[i, k] of what is kept.</summary>
    public int[,] Extents(int I, int K) => Chosen.Extents(I, K);

    private NonCoherentStreams Chosen
    {
        get
        {
            int[] kept = [.. Enumerable.Range(0, Keep.Length).Where(s => Keep[s])];
            return new NonCoherentStreams([.. kept.Select(s => Candidates.AccessPoint[s])], [.. kept.Select(s => Candidates.User[s])], [.. kept.Select(s => Candidates.Number[s])]);
        }
    }
}

/// <summary>How many streams every access point sends to every user. [NCJT Alg.4, noncoherent.md §6]</summary>
internal static class NonCoherentSelection
{
    /// <summary>LSA* with candidate[i, k] the serving access points, LUS* with all of them: a few reduced iterations from matched beams, then one selection.</summary>
    public static NonCoherentChoice Select(NonCoherentScenario scenario, bool[,] candidate, int[] mostStreams, int iterationCount = 5)
    {
        NonCoherentStreams streams = Candidates(scenario, candidate, mostStreams);
        Matrix V0 = NonCoherentZeroForcing.Matched(scenario, streams);
        NonCoherentIterates iterates = NonCoherentReducedWmmse.Run(scenario, streams, V0, iterationCount);
        double[] scores = Scores(scenario, streams, iterates.V[^2], iterates.V[^1]);
        return new NonCoherentChoice(streams, V0, scores, Keep(streams, scores, mostStreams));
    }

    /// <summary>min(most_k, N, M) streams of every candidate link.</summary>
    public static NonCoherentStreams Candidates(NonCoherentScenario scenario, bool[,] candidate, int[] mostStreams)
    {
        var d = new int[scenario.I, scenario.K];
        for (int i = 0; i < scenario.I; i++)
        {
            for (int k = 0; k < scenario.K; k++)
            {
                d[i, k] = candidate[i, k] ? Math.Min(mostStreams[k], Math.Min(scenario.N, scenario.M)) : 0;
            }
        }

        return NonCoherentStreams.Of(d);
    }

    /// <summary>c_s = p_sᴴ A p_s − 2 Re b_sᴴ p_s with A, b from the streams before the update, p after it.</summary>
    public static double[] Scores(NonCoherentScenario scenario, NonCoherentStreams streams, Matrix before, Matrix after)
    {
        NonCoherentReception reception = streams.Receive(scenario, before);
        var scores = new double[streams.Count];
        for (int i = 0; i < scenario.I; i++)
        {
            int[] sent = streams.SentBy(i);
            if (sent.Length > 0)
            {
                Matrix A = AntennaWmmse.Hessian(scenario, reception, i), B = AntennaWmmse.Linear(scenario, streams, reception, i);
                for (int column = 0; column < sent.Length; column++)
                {
                    var p = after.Column(sent[column]);
                    scores[sent[column]] = p.ConjugateDotProduct(A * p).Real - (2 * B.Column(column).ConjugateDotProduct(p).Real);
                }
            }
        }

        return scores;
    }

    /// <summary>Of every user the lowest scores below 0, ties in the order of access point and number.</summary>
    public static bool[] Keep(NonCoherentStreams streams, double[] scores, int[] mostStreams)
    {
        var keep = new bool[streams.Count];
        for (int k = 0; k < mostStreams.Length; k++)
        {
            foreach (int s in Enumerable.Range(0, streams.Count).Where(s => streams.User[s] == k && scores[s] < 0).OrderBy(s => scores[s]).Take(mostStreams[k]))
            {
                keep[s] = true;
            }
        }

        return keep;
    }

    /// <summary>most_k/|I_k| streams from every serving access point, the remainder from those heard best.</summary>
    public static int[,] Average(NonCoherentScenario scenario, bool[,] serve, int[] mostStreams)
    {
        var d = new int[scenario.I, scenario.K];
        for (int k = 0; k < scenario.K; k++)
        {
            int[] serving = [.. Enumerable.Range(0, scenario.I).Where(i => serve[i, k]).OrderByDescending(i => scenario.H[k, i].FrobeniusNorm())];
            for (int rank = 0; rank < serving.Length; rank++)
            {
                d[serving[rank], k] = (mostStreams[k] / serving.Length) + (rank < mostStreams[k] % serving.Length ? 1 : 0);
            }
        }

        return d;
    }

    /// <summary>Of every user the streams with the largest singular values over its candidates.</summary>
    public static int[,] LargestGains(NonCoherentScenario scenario, bool[,] candidate, int[] mostStreams)
    {
        var d = new int[scenario.I, scenario.K];
        for (int k = 0; k < scenario.K; k++)
        {
            var gains = from i in Enumerable.Range(0, scenario.I) where candidate[i, k] from gain in NonCoherentZeroForcing.Gains(scenario, i, k) select (i, gain);
            foreach ((int i, double _) in gains.OrderByDescending(g => g.gain).Take(mostStreams[k]))
            {
                d[i, k]++;
            }
        }

        return d;
    }
}
