using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>Which streams the allocations keep. [noncoherent.md §6]</summary>
public class NonCoherentSelectionTests
{
    private const int I = 3, K = 4, M = 12, N = 2, Seeds = 4;

    private static readonly int[] Most = [2, 1, 2, 1];

    [Test]
    public void SelectionIsFeasibleAndScoresAreNotPositive([Range(1, Seeds)] int seed, [Values] bool everyone)
    {
        NonCoherentScenario scenario = NonCoherentScenario.RandomUnequal(I, K, M, N, (ulong)seed);
        NonCoherentChoice choice = NonCoherentSelection.Select(scenario, everyone ? Everyone(scenario) : scenario.Strongest(2), Most);
        int[] received = Received(choice.Extents(I, K));
        Assert.Multiple(() =>
        {
            Assert.That(choice.Candidates.Count, Is.GreaterThan(Most.Sum()), "an over-complete start, or there is nothing to select");
            Assert.That(choice.Scores, Is.All.LessThanOrEqualTo(0));
            Assert.That(received.Zip(Most), Has.All.Matches<(int Got, int Most)>(user => user.Got <= user.Most));
            Assert.That(received.Sum(), Is.EqualTo(Most.Sum()), "every candidate has a score below 0 here, so every user gets all it may");
        });
    }

    /// <summary>
    /// A feasible set is a fixed point, and a set never grows: what is off stays off, because a column of zeros stays one. So the algorithm needs an over-complete start.
    /// </summary>
    [Test]
    public void IndicatorsNeverGrow([Range(1, Seeds)] int seed)
    {
        NonCoherentScenario scenario = NonCoherentScenario.RandomUnequal(I, K, M, N, (ulong)seed);
        NonCoherentStreams streams = NonCoherentSelection.Candidates(scenario, scenario.Strongest(2), Most);
        var V = NonCoherentZeroForcing.Matched(scenario, streams);
        bool[]? before = null;
        for (int iteration = 0; iteration < 8; iteration++)
        {
            NonCoherentIterates step = NonCoherentReducedWmmse.Run(scenario, streams, V, 1);
            double[] scores = NonCoherentSelection.Scores(scenario, streams, V, step.Last);
            bool[] keep = NonCoherentSelection.Keep(streams, scores, Most);
            V = step.Last.MapIndexed((_, s, value) => keep[s] ? value : 0);
            if (before is not null)
            {
                Assert.That(keep, Is.EqualTo(before), $"iteration {iteration}");
                Assert.That(scores.Where((_, s) => !before[s]), Is.All.GreaterThanOrEqualTo(0), "a stream that is off has no negative score");
            }

            before = keep;
        }

        Assert.That(before, Does.Contain(false), "the first selection removed something");
    }

    /// <summary>c_s = −Σ_m |C̃_ms|² μ_m (μ_m + 2λ)/(μ_m + λ)² in the eigenbasis of FᴴG_iF. [noncoherent.md §6.2]</summary>
    [Test]
    public void ScoresFollowFromTheEigenbasisToo([Range(1, Seeds)] int seed)
    {
        NonCoherentScenario scenario = NonCoherentScenario.RandomUnequal(I, K, M, N, (ulong)seed);
        NonCoherentStreams streams = NonCoherentSelection.Candidates(scenario, scenario.Strongest(2), Most);
        var V0 = NonCoherentZeroForcing.Matched(scenario, streams);
        NonCoherentIterates step = NonCoherentReducedWmmse.Run(scenario, streams, V0, 1);
        NonCoherentReception reception = streams.Receive(scenario, V0);
        var expected = new double[streams.Count];
        for (int i = 0; i < I; i++)
        {
            var image = scenario.Stacked(i).ConjugateTranspose() * reception.Factor();
            var evd = (image.ConjugateTranspose() * image).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Hermitian);
            var turned = evd.EigenVectors.ConjugateTranspose() * reception.Target();
            double lambda = step.Multipliers[0][i];
            foreach (int s in streams.SentBy(i))
            {
                expected[s] = -Enumerable.Range(0, streams.Count).Select(m => (Mu: Math.Max(0, evd.EigenValues[m].Real), Energy: Scenario.Square(turned[m, s])))
                    .Sum(e => lambda + e.Mu > 0 ? e.Energy * e.Mu * (e.Mu + (2 * lambda)) / ((e.Mu + lambda) * (e.Mu + lambda)) : 0);
            }
        }

        Assert.That(Relative.Error(NonCoherentSelection.Scores(scenario, streams, V0, step.Last), expected), Is.LessThan(NonCoherentGoldenTests.RateAgreement));
    }

    [Test]
    public void EqualScoresAreKeptInTheOrderOfAccessPointAndNumberAndZeroIsNot()
    {
        var streams = NonCoherentStreams.Of(new int[,] { { 2, 1 }, { 2, 2 } });
        bool[] keep = NonCoherentSelection.Keep(streams, [-1, -1, 0, -1, -2, 0, -0.5], [3, 2]);
        Assert.That(keep, Is.EqualTo(new[] { true, true, false, false, true, false, true }));
    }

    [Test]
    public void AverageGivesTheRemainderToTheStrongest()
    {
        NonCoherentScenario scenario = NonCoherentScenario.Random(I, K, M, N: 4, seed: 5);
        bool[,] serve = Everyone(scenario);
        int[,] d = NonCoherentSelection.Average(scenario, serve, [4, 3, 1, 0]);
        int[] strongest = [.. Enumerable.Range(0, K).Select(k => Enumerable.Range(0, I).MaxBy(i => scenario.H[k, i].FrobeniusNorm()))];
        Assert.Multiple(() =>
        {
            Assert.That(Received(d), Is.EqualTo(new[] { 4, 3, 1, 0 }));
            Assert.That(d[strongest[0], 0], Is.EqualTo(2));
            Assert.That(Enumerable.Range(0, I).Select(i => d[i, 1]), Is.All.EqualTo(1));
            Assert.That(d[strongest[2], 2], Is.EqualTo(1));
        });
    }

    /// <summary>The largest singular values are those of the chosen streams: nothing that is left out is above anything that is in.</summary>
    [Test]
    public void LargestGainsAreTheLargest([Range(1, Seeds)] int seed)
    {
        NonCoherentScenario scenario = NonCoherentScenario.Random(I, K, M, N, (ulong)seed);
        bool[,] serve = scenario.Strongest(2);
        int[,] d = NonCoherentSelection.LargestGains(scenario, serve, Most);
        Assert.That(Received(d), Is.EqualTo(Most));
        for (int k = 0; k < K; k++)
        {
            double[][] gains = [.. Enumerable.Range(0, I).Select(i => serve[i, k] ? NonCoherentZeroForcing.Gains(scenario, i, k) : [])];
            double least = gains.SelectMany((g, i) => g.Take(d[i, k])).Min(), left = gains.SelectMany((g, i) => g.Skip(d[i, k])).Max();
            Assert.That(least, Is.GreaterThan(left));
        }
    }

    internal static bool[,] Everyone(NonCoherentScenario scenario) => scenario.Strongest(scenario.I);

    private static int[] Received(int[,] d) => [.. Enumerable.Range(0, d.GetLength(1)).Select(k => Enumerable.Range(0, d.GetLength(0)).Sum(i => d[i, k]))];
}
