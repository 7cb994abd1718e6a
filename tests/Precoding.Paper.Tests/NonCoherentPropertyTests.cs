using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>What holds for every non-coherent iterate, whatever the channels.</summary>
public class NonCoherentPropertyTests
{
    private const int Iterations = 20;
    private const double Same = 1e-10;

    [Test]
    public void RateNeverFallsAndBudgetsHold([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentIterates iterates = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 60);
        Assert.Multiple(() =>
        {
            Assert.That(iterates.WeightedSumRate[^1], Is.GreaterThan(1.01 * iterates.WeightedSumRate[0]), "there is something to gain");
            for (int n = 1; n < iterates.V.Count; n++)
            {
                NonCoherentReception before = problem.Streams.Receive(problem.Scenario, iterates.V[n - 1]);
                Assert.That(iterates.WeightedSumRate[n], Is.GreaterThanOrEqualTo(iterates.WeightedSumRate[n - 1] * (1 - 1e-9)), $"iteration {n}");
                for (int i = 0; i < which.I; i++)
                {
                    double share = problem.Streams.PowerOf(i, iterates.V[n]) / problem.Scenario.Power[i];
                    Assert.That(share, Is.LessThanOrEqualTo(1 + 1e-12), $"iteration {n}, access point {i}");
                    double lambda = iterates.Multipliers[n - 1][i];
                    if (lambda > 0)
                    {
                        // an eigenvalue knows ε of the largest one, and μ + λ is at least λ
                        double condition = AntennaWmmse.Hessian(problem.Scenario, before, i).FrobeniusNorm() / lambda;
                        Assert.That(share, Is.EqualTo(1).Within(Tolerance.For(Precision.Double, problem.Streams.Count, condition)), $"iteration {n}, access point {i}: λ > 0 means full power");
                    }
                }
            }
        });
    }

    /// <summary>[NCJT Lemma 1], and that any other receiver or weight is worse.</summary>
    [Test]
    public void SurrogateTouchesTheRate([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentReception reception = problem.Streams.Receive(problem.Scenario, problem.Start);
        double rate = reception.WeightedSumRate;
        Assert.Multiple(() =>
        {
            Assert.That(reception.Surrogate(reception.Receiver, reception.Weight), Is.EqualTo(rate).Within(1e-12 * rate));
            Assert.That(reception.Surrogate(k => reception.Receiver(k) * 1.01, reception.Weight), Is.LessThan(rate * (1 - 1e-7)));
            Assert.That(reception.Surrogate(reception.Receiver, k => reception.Weight(k) * 1.01), Is.LessThan(rate * (1 - 1e-7)));
        });
    }

    /// <summary>U W = Ω⁻¹G and U W Uᴴ = Ω⁻¹ − J⁻¹. [noncoherent.md §2]</summary>
    [Test]
    public void ReceiversAndWeightsKeepTheirIdentities([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentReception reception = problem.Streams.Receive(problem.Scenario, problem.Start);
        Assert.Multiple(() =>
        {
            foreach (int k in reception.Served)
            {
                Matrix own = reception.Signal(k), U = reception.Receiver(k), W = reception.Weight(k);
                AssertSame(U * W, reception.Omega[k].Inverse() * own);
                AssertSame(U * W * U.ConjugateTranspose(), reception.Omega[k].Inverse() - reception.J[k].Inverse());
                AssertSame(reception.Error(k, U), W.Inverse());
            }
        });
    }

    /// <summary>What of P_i is orthogonal to the rows of H_i costs power and gives nothing, and one iteration removes it. [NCJT Proposition 1, Theorem 2]</summary>
    [Test]
    public void PrecodersLieInTheRangeOfTheChannels([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.Regular))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        (NonCoherentScenario scenario, NonCoherentStreams streams, Matrix start) = (problem.Scenario, problem.Streams, problem.Start);
        Matrix random = Matrix.Build.DenseOfRowMajor(which.M, streams.Count, RandomProblem.Normals(which.M * streams.Count, 31));
        Matrix wasteful = start + Outside(problem, random);
        NonCoherentIterates iterates = AntennaWmmse.Run(scenario, streams, wasteful, Iterations);
        bool hasNullSpace = which.K * which.N < which.M;
        Assert.Multiple(() =>
        {
            Assert.That(iterates.WeightedSumRate[0], Is.EqualTo(streams.Receive(scenario, start).WeightedSumRate).Within(1e-10).Percent);
            Assert.That(wasteful.FrobeniusNorm(), hasNullSpace ? Is.GreaterThan(1.1 * start.FrobeniusNorm()) : Is.EqualTo(start.FrobeniusNorm()).Within(1e-10));
            Assert.That(Outside(problem, iterates.V[1]).FrobeniusNorm() / iterates.V[1].FrobeniusNorm(), Is.LessThan(Math.Sqrt(1e-10)));
            Assert.That(Outside(problem, iterates.Last).FrobeniusNorm() / iterates.Last.FrobeniusNorm(), Is.LessThan(Math.Sqrt(1e-10)));
        });
    }

    [Test]
    public void UnitaryReceiversChangeNothing([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        Matrix[] Q = [.. Enumerable.Range(0, which.K).Select(k => NonCoherentEquivalenceTests.RandomUnitary(which.N, 40 + (ulong)k))];
        AssertSameTrajectory(problem, problem.Scenario.WithLinks((k, i) => Q[k] * problem.Scenario.H[k, i]), V => V);
    }

    [Test]
    public void UnitaryTransmittersTurnThePrecoders([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        Matrix[] Q = [.. Enumerable.Range(0, which.I).Select(i => NonCoherentEquivalenceTests.RandomUnitary(which.M, 50 + (ulong)i))];
        AssertSameTrajectory(problem, problem.Scenario.WithLinks((k, i) => problem.Scenario.H[k, i] * Q[i].ConjugateTranspose()), V =>
            NonCoherentStreams.Columns(V.ColumnCount, s => Q[problem.Streams.AccessPoint[s]] * V.Column(s)));
    }

    /// <summary>(H, σ²) → (cH, c²σ²), (H, P) → (H/c, c²P), α → cα.</summary>
    [Test]
    public void UnitsChangeNothing([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which, [Values(1e-3, 7.0)] double c)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentScenario scenario = problem.Scenario, louder = scenario.WithLinks((k, i) => scenario.H[k, i] * c), quieter = scenario.WithLinks((k, i) => scenario.H[k, i] / c);
        AssertSameTrajectory(problem, louder with { Noise = [.. scenario.Noise.Select(n => n * c * c)] }, V => V);
        AssertSameTrajectory(problem, quieter with { Power = [.. scenario.Power.Select(p => p * c * c)] }, V => V * c);
        AssertSameTrajectory(problem, scenario with { Weight = [.. scenario.Weight.Select(w => w * c)] }, V => V, rateFactor: c);
    }

    [Test]
    public void DeadAntennasStayDead([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        const int dead = 5;
        NonCoherentProblem problem = which.Create();
        Matrix Grown(Matrix H) => H.Append(Matrix.Build.Dense(which.N, dead));
        AssertSameTrajectory(problem, problem.Scenario.WithLinks((k, i) => Grown(problem.Scenario.H[k, i])), V => V.Stack(Matrix.Build.Dense(dead, V.ColumnCount)));
    }

    [Test]
    public void NamesOfUsersAndAccessPointsDoNotMatter([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentScenario scenario = problem.Scenario;
        int[] user = [.. Enumerable.Range(0, which.K).Select(k => (k + 1) % which.K)], point = [.. Enumerable.Range(0, which.I).Reverse()];
        NonCoherentScenario renamed = scenario.WithLinks((k, i) => scenario.H[user[k], point[i]]) with
        {
            Power = [.. point.Select(i => scenario.Power[i])],
            Noise = [.. user.Select(k => scenario.Noise[k])],
            Weight = [.. user.Select(k => scenario.Weight[k])],
        };
        int[,] d = problem.Streams.Extents(which.I, which.K), e = new int[which.I, which.K];
        foreach ((int i, int k) in from i in Enumerable.Range(0, which.I) from k in Enumerable.Range(0, which.K) select (i, k))
        {
            e[i, k] = d[point[i], user[k]];
        }

        var streams = NonCoherentStreams.Of(e);
        NonCoherentIterates original = NonCoherentReducedWmmse.Run(scenario, problem.Streams, problem.Start, Iterations);
        NonCoherentIterates other = NonCoherentReducedWmmse.Run(renamed, streams, NonCoherentZeroForcing.Start(renamed, streams), Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. other.WeightedSumRate], [.. original.WeightedSumRate]), Is.LessThan(Same));
            Assert.That(Relative.Error(other.Rates[^1], [.. user.Select(k => original.Rates[^1][k])]), Is.LessThan(1e-8));
        });
    }

    private static void AssertSameTrajectory(NonCoherentProblem problem, NonCoherentScenario changed, Func<Matrix, Matrix> precoders, double rateFactor = 1)
    {
        NonCoherentIterates original = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, Iterations);
        NonCoherentIterates other = NonCoherentReducedWmmse.Run(changed, problem.Streams, precoders(problem.Start), Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. other.WeightedSumRate], [.. original.WeightedSumRate.Select(rate => rate * rateFactor)]), Is.LessThan(Same));
            Assert.That(Relative.Error(NonCoherentGoldenTests.Flat(other.Last), NonCoherentGoldenTests.Flat(precoders(original.Last))), Is.LessThan(1e-8));
        });
    }

    /// <summary>Columns less their projections onto the rows of H_i.</summary>
    private static Matrix Outside(NonCoherentProblem problem, Matrix V) => NonCoherentStreams.Columns(V.ColumnCount, s =>
    {
        Matrix H = problem.Scenario.Stacked(problem.Streams.AccessPoint[s]);
        return V.Column(s) - (H.ConjugateTranspose() * (H * H.ConjugateTranspose()).Solve(H * V.Column(s)));
    });

    private static void AssertSame(Matrix actual, Matrix expected) =>
        Assert.That(Relative.Error(NonCoherentGoldenTests.Flat(actual), NonCoherentGoldenTests.Flat(expected)), Is.LessThan(Same));
}
