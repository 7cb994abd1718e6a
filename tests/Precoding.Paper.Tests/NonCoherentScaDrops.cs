using System.Numerics;

namespace Precoding.Paper.Tests;

/// <summary>Problems of successive convex approximation, for the transcription and for the driver.</summary>
internal static class NonCoherentScaDrops
{
    /// <summary>I access points with M antennas, K users, each served by its L strongest; gains over 20 dB; noise 1, budgets 1; the mean SNR in dB.</summary>
    public static NonCoherentScaProblem Drop(int seed, int I, int K, int M, int L, double snrDb)
    {
        var random = new Random(1000 + seed);
        double[][] gain = [.. Enumerable.Range(0, K).Select(_ => Enumerable.Range(0, I).Select(_ => Math.Pow(10, -2 * random.NextDouble())).ToArray())];
        Complex[][][] h = [.. gain.Select(ofUser => ofUser.Select(g =>
            Enumerable.Range(0, M).Select(_ => Math.Sqrt(g) * Normal(random)).ToArray()).ToArray())];
        double scale = Math.Pow(10, (snrDb / 20) - (h.Average(ofUser => Math.Log10(ofUser.Sum(link => link.Sum(NonCoherentScaProblem.Square)) / M)) / 2));
        h = [.. h.Select(ofUser => ofUser.Select(link => link.Select(v => v * scale).ToArray()).ToArray())];
        var serving = from i in Enumerable.Range(0, I)
                      from k in Enumerable.Range(0, K)
                      where gain[k].Count(g => g > gain[k][i]) < L
                      select (i, k);
        return new NonCoherentScaProblem(h, [.. Enumerable.Repeat(1.0, I)], [.. Enumerable.Repeat(1.0, K)], [.. Enumerable.Repeat(1.0, K)], [.. serving]);
    }

    /// <summary>CN(0, 1).</summary>
    public static Complex Normal(Random random) =>
        Complex.FromPolarCoordinates(Math.Sqrt(-Math.Log(1 - random.NextDouble())), 2 * Math.PI * random.NextDouble());

    /// <summary>By name, what is missing, extreme or equal; any other name is an ordinary problem.</summary>
    public static NonCoherentScaProblem EdgeCase(string name)
    {
        NonCoherentScaProblem problem = name switch
        {
            "one user" => Drop(5, 3, 1, 4, 3, 10),
            "more users than antennas" => Drop(5, 2, 6, 2, 2, 10),
            "60 dB" => Drop(5, 3, 4, 6, 2, 60),
            _ => Drop(5, 3, 4, 6, 2, 10),
        };
        (int AccessPoint, int User) first = problem.Streams[0];
        switch (name)
        {
            case "unequal":
                for (int i = 0; i < 3; i++)
                {
                    (problem.Weight[i], problem.Noise[i], problem.Power[i]) = (0.5 + i, 1 + (0.5 * i), 2 - (0.5 * i));
                }

                break;
            case "all weights 0": Array.Clear(problem.Weight); break;
            case "zero weight": problem.Weight[2] = 0; break;
            case "nearly zero weights": (problem.Weight[1], problem.Weight[2]) = (1e-6, 1e-9); break; // their 1 + γ comes near 0
            case "zero budget": problem.Power[1] = 0; break;
            case "all budgets 0": Array.Clear(problem.Power); break;
            case "zero channel of a user": Array.ForEach(problem.H[1], Array.Clear); break;
            case "zero channel of a pair": Array.Clear(problem.H[first.User][first.AccessPoint]); break;
            case "zero channel of an access point": Array.ForEach(problem.H, ofUser => Array.Clear(ofUser[1])); break;
            case "equal channels": problem.H[1] = problem.H[0]; break;
        }

        return problem.WithStreams(s => name switch
        {
            "access point without users" => s.AccessPoint != 1,
            "user without access points" => s.User != 2,
            "no streams" => false,
            _ => true,
        });
    }
}
