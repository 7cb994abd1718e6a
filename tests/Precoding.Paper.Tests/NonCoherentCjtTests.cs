using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>Coherent against non-coherent transmission to users of several antennas. [noncoherent.md §1.1, §7]</summary>
public class NonCoherentCjtTests
{
    /// <summary>A non-coherent precoder is a coherent one of the same rates, so coherent iterations from it can only add.</summary>
    [Test]
    public void CoherentIsNeverBelowNonCoherent([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        bool[,] serve = problem.Scenario.Strongest(which.L);
        NonCoherentIterates iterates = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 30);
        (int[] user, Matrix[] V) = NonCoherentCjt.FromNonCoherent(problem.Scenario, problem.Streams, iterates.Last);
        NonCoherentCjt cjt = new NonCoherentCjt(problem.Scenario, serve, user).Run(V, 30);
        var fromSvd = new NonCoherentCjt(problem.Scenario, serve, user);
        double better = Math.Max(cjt.WeightedSumRate[^1], fromSvd.Run(fromSvd.Start(), 60).WeightedSumRate[^1]);
        Assert.Multiple(() =>
        {
            Assert.That(cjt.WeightedSumRate[0], Is.EqualTo(iterates.WeightedSumRate[^1]).Within(1e-10).Percent, "the same point");
            AssertMonotone(cjt);
            AssertMonotone(fromSvd);
            Assert.That(better, which.L > 1 ? Is.GreaterThan(1.02 * iterates.WeightedSumRate[^1]) : Is.GreaterThanOrEqualTo(iterates.WeightedSumRate[^1]));
            for (int i = 0; i < which.I; i++)
            {
                Assert.That(cjt.V[i].Enumerate().Sum(Scenario.Square), Is.LessThanOrEqualTo(problem.Scenario.Power[i] * (1 + 1e-9)));
            }
        });
    }

    /// <summary>With one serving access point a user there is nothing to be coherent with.</summary>
    [Test]
    public void OneServingAccessPointMakesBothTheSame([Values(10, 20)] double snrDb)
    {
        var which = new NonCoherentCase(3, 5, 6, 2, 1, 2, snrDb, 5);
        NonCoherentProblem problem = which.Create();
        NonCoherentIterates iterates = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 10);
        (int[] user, Matrix[] V) = NonCoherentCjt.FromNonCoherent(problem.Scenario, problem.Streams, problem.Start);
        NonCoherentCjt cjt = new NonCoherentCjt(problem.Scenario, problem.Scenario.Strongest(1), user).Run(V, 10);
        Assert.That(Relative.WorstEntry([.. cjt.WeightedSumRate], [.. iterates.WeightedSumRate]), Is.LessThan(1e-10));
    }

    private static void AssertMonotone(NonCoherentCjt cjt) =>
        Assert.That(cjt.WeightedSumRate.Zip(cjt.WeightedSumRate.Skip(1)), Has.All.Matches<(double Before, double After)>(step => step.After >= step.Before * (1 - 1e-9)));
}
