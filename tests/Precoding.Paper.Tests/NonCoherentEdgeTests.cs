using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>What the mathematics gives where something is missing. [noncoherent.md §12]</summary>
public class NonCoherentEdgeTests
{
    private const int Iterations = 15;

    /// <summary>Beams of norm 1 that should be zero; what eigenvectors leave of a zero.</summary>
    private const double Rounding = 1e-12;

    private static readonly NonCoherentCase Base = new(3, 3, 8, 2, 2, 1, 10, 3);

    private static NonCoherentScenario Scenario => NonCoherentScenario.RandomUnequal(Base.I, Base.K, Base.M, Base.N, Base.Seed, Base.SnrDb);

    [Test]
    public void UserWithoutChannelIsAsIfItWereNotThere()
    {
        NonCoherentScenario full = Scenario, silent = full.WithLinks((k, i) => full.H[k, i] * (k == 1 ? 0 : 1));
        bool[,] serve = full.Strongest(2);
        var streams = NonCoherentStreams.Of(serve, 1);
        Matrix V0 = NonCoherentZeroForcing.Start(silent, streams);
        (NonCoherentIterates iterates, _) = RunBoth(silent, streams, V0);
        int[,] without = streams.Extents(3, 3);
        (without[0, 1], without[1, 1], without[2, 1]) = (0, 0, 0);
        var others = NonCoherentStreams.Of(without);
        NonCoherentIterates alone = NonCoherentReducedWmmse.Run(silent, others, NonCoherentZeroForcing.Start(silent, others), Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(iterates.Rates.Select(rates => rates[1]), Is.All.Zero);
            Assert.That(Columns(streams, 1).Select(s => iterates.Last.Column(s).L2Norm()), Is.All.LessThan(Rounding));
            Assert.That(Relative.WorstEntry([.. iterates.WeightedSumRate], [.. alone.WeightedSumRate]), Is.LessThan(1e-10));
        });
    }

    [Test]
    public void LinkWithoutChannelCarriesNothing()
    {
        NonCoherentScenario full = Scenario;
        bool[,] serve = full.Strongest(2);
        int dead = Enumerable.Range(0, 3).First(i => serve[i, 0]);
        NonCoherentScenario broken = full.WithLinks((k, i) => full.H[k, i] * (k == 0 && i == dead ? 0 : 1));
        var streams = NonCoherentStreams.Of(serve, 1);
        (NonCoherentIterates iterates, _) = RunBoth(broken, streams, NonCoherentZeroForcing.Start(broken, streams));
        int stream = Columns(streams, 0).First(s => streams.AccessPoint[s] == dead);
        Assert.Multiple(() =>
        {
            Assert.That(iterates.V.Select(V => V.Column(stream).L2Norm()), Is.All.Zero);
            Assert.That(iterates.Rates[^1], Is.All.GreaterThan(0.1));
        });
    }

    [Test]
    public void AccessPointWhoseUsersHearNothingSendsNothing()
    {
        NonCoherentScenario full = Scenario, broken = full.WithLinks((k, i) => full.H[k, i] * (i == 2 ? 0 : 1));
        var streams = NonCoherentStreams.Of(new int[,] { { 1, 1, 0 }, { 1, 1, 1 }, { 0, 1, 1 } });
        (NonCoherentIterates iterates, _) = RunBoth(broken, streams, NonCoherentZeroForcing.Start(broken, streams));
        Assert.That(iterates.V.Select(V => streams.PowerOf(2, V)), Is.All.Zero);
    }

    [Test]
    public void OneUserHearsNoInterference()
    {
        NonCoherentScenario scenario = NonCoherentScenario.RandomUnequal(3, 1, 6, 4, seed: 4);
        var streams = NonCoherentStreams.Of(new int[,] { { 1 }, { 2 }, { 1 } });
        (NonCoherentIterates iterates, _) = RunBoth(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams));
        Matrix omega = streams.Receive(scenario, iterates.Last).Omega[0];
        Assert.Multiple(() =>
        {
            Assert.That((omega - Matrix.Build.DenseDiagonal(4, 4, scenario.Noise[0])).FrobeniusNorm(), Is.Zero);
            Assert.That(Enumerable.Range(0, 3).Select(i => streams.PowerOf(i, iterates.Last) / scenario.Power[i]), Is.All.EqualTo(1).Within(1e-9), "full power, [NCJT Theorem 1]");
        });
    }

    /// <summary>KN = 24 above M = 8; six streams of one access point above M = 4; four streams of a user above N = 2.</summary>
    [TestCase(3, 12, 8, 2, 2, 1)]
    [TestCase(2, 3, 4, 2, 2, 2)]
    [TestCase(4, 2, 8, 2, 4, 1)]
    public void TooManyOfAnythingIsSolvedToo(int I, int K, int M, int N, int L, int d)
    {
        NonCoherentProblem problem = new NonCoherentCase(I, K, M, N, L, d, 10, 6).Create();
        (NonCoherentIterates iterates, NonCoherentReception reception) = RunBoth(problem.Scenario, problem.Streams, problem.Start);
        Assert.Multiple(() =>
        {
            Assert.That(iterates.WeightedSumRate[^1], Is.GreaterThan(1.02 * iterates.WeightedSumRate[0]));
            foreach (int k in reception.Served)
            {
                double[] e = [.. reception.Weight(k).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Hermitian).EigenValues.Select(value => value.Real).Order()];
                Assert.That(e, Is.All.GreaterThan(1 - 1e-9));
                Assert.That(e.Take(Math.Max(0, e.Length - N)), Is.All.EqualTo(1).Within(1e-9), "D − N eigenvalues of W are 1");
            }
        });
    }

    [Test]
    public void AccessPointWithoutUsersAndUserWithoutAccessPoints()
    {
        NonCoherentScenario scenario = Scenario;
        var streams = NonCoherentStreams.Of(new int[,] { { 1, 0, 1 }, { 0, 0, 0 }, { 1, 0, 1 } });
        (NonCoherentIterates iterates, NonCoherentReception reception) = RunBoth(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams));
        Assert.Multiple(() =>
        {
            Assert.That(streams.SentBy(1), Is.Empty);
            Assert.That(iterates.Rates.Select(rates => rates[1]), Is.All.Zero);
            Assert.That(reception.Omega[1].Trace().Real, Is.GreaterThan(1.1 * scenario.N * scenario.Noise[1]), "it hears the others");
            Assert.That(reception.T().SubMatrix(scenario.N, scenario.N, scenario.N, scenario.N).FrobeniusNorm(), Is.Zero);
            Assert.That(iterates.Rates[^1][0], Is.GreaterThan(0.1));
        });
    }

    [Test]
    public void UserWithoutWeightFallsSilentAfterOneIteration()
    {
        NonCoherentScenario scenario = Scenario with { Weight = [1, 0, 2] };
        var streams = NonCoherentStreams.Of(scenario.Strongest(2), 1);
        (NonCoherentIterates iterates, _) = RunBoth(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams));
        Assert.Multiple(() =>
        {
            Assert.That(iterates.Rates[0][1], Is.GreaterThan(0.1));
            Assert.That(iterates.Rates.Skip(1).Select(rates => rates[1]), Is.All.Zero);
            Assert.That(Columns(streams, 1).Select(s => iterates.V[1].Column(s).L2Norm()), Is.All.Zero);
        });
    }

    [Test]
    public void WithoutAnyWeightNothingIsSent()
    {
        NonCoherentScenario scenario = Scenario with { Weight = [0, 0, 0] };
        var streams = NonCoherentStreams.Of(scenario.Strongest(2), 1);
        (NonCoherentIterates iterates, _) = RunBoth(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams));
        Assert.Multiple(() =>
        {
            Assert.That(iterates.WeightedSumRate, Is.All.Zero);
            Assert.That(iterates.V.Skip(1).Select(V => V.FrobeniusNorm()), Is.All.Zero);
            Assert.That(iterates.Multipliers.SelectMany(m => m), Is.All.Zero);
        });
    }

    [Test]
    public void AccessPointWithoutPowerSendsNothing()
    {
        NonCoherentScenario scenario = Scenario with { Power = [1, 0, 2] };
        var streams = NonCoherentStreams.Of(new int[,] { { 1, 1, 0 }, { 1, 0, 1 }, { 0, 1, 1 } });
        (NonCoherentIterates iterates, _) = RunBoth(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams));
        Assert.Multiple(() =>
        {
            Assert.That(iterates.V.Select(V => streams.PowerOf(1, V)), Is.All.Zero);
            Assert.That(iterates.WeightedSumRate[^1], Is.GreaterThan(iterates.WeightedSumRate[0]).And.GreaterThan(1));
        });
    }

    /// <summary>120 dB: finite, monotone up to what rounding leaves, within the budgets.</summary>
    [Test]
    public void VeryLittleNoiseKeepsBudgets()
    {
        NonCoherentProblem problem = new NonCoherentCase(3, 3, 8, 2, 2, 1, 120, 3).Create();
        NonCoherentIterates full = AntennaWmmse.Run(problem.Scenario, problem.Streams, problem.Start, Iterations);
        NonCoherentIterates reduced = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. reduced.WeightedSumRate], [.. full.WeightedSumRate]), Is.LessThan(1e-3));
            foreach (Matrix V in full.V.Concat(reduced.V))
            {
                Assert.That(Enumerable.Range(0, 3).Select(i => problem.Streams.PowerOf(i, V) / problem.Scenario.Power[i]), Is.All.LessThanOrEqualTo(1 + 1e-12));
            }
        });
    }

    /// <summary>
    /// A start that leaves power unused at high SNR: the unconstrained minimum is within the budget, so λ = 0, and full power, which holds in the limit, does not hold after an iteration.
    /// </summary>
    [Test]
    public void SparePowerMeansNoMultiplier()
    {
        NonCoherentProblem problem = new NonCoherentCase(1, 3, 8, 2, 1, 2, 40, 3).Create();
        (NonCoherentIterates iterates, _) = RunBoth(problem.Scenario, problem.Streams, problem.Start * 0.5);
        Assert.Multiple(() =>
        {
            Assert.That(iterates.Multipliers[0][0], Is.Zero);
            Assert.That(problem.Streams.PowerOf(0, iterates.V[1]), Is.LessThan(0.9 * problem.Scenario.Power[0]));
            Assert.That(iterates.WeightedSumRate[1], Is.GreaterThan(iterates.WeightedSumRate[0]));
        });
    }

    /// <summary>
    /// At λ = 0 there are many minima. A⁺B and F (FᴴGF)⁺ C are the one of least power; (GTG)⁺GE is of least norm in its coordinates and sends more, which is why the direct form is for λ > 0.
    /// </summary>
    [Test]
    public void WithoutMultiplierTheFactorFormHasTheLeastPower()
    {
        NonCoherentProblem problem = new NonCoherentCase(3, 3, 10, 3, 2, 1, 40, 3).Create();
        (NonCoherentScenario scenario, NonCoherentStreams streams, Matrix quiet) = (problem.Scenario, problem.Streams, problem.Start * 0.5);
        NonCoherentReception reception = streams.Receive(scenario, quiet);
        NonCoherentIterates first = NonCoherentReducedWmmse.Run(scenario, streams, quiet, 1);
        int free = Enumerable.Range(0, 3).First(i => first.Multipliers[0][i] == 0 && streams.SentBy(i).Length > 0);
        Matrix H = scenario.Stacked(free), G = H * H.ConjugateTranspose(), E = NonCoherentStreams.Choose(reception.E(), streams.SentBy(free));
        Matrix P = streams.BlockOf(free, first.Last), direct = H.ConjugateTranspose() * (NonCoherentReducedWmmse.PseudoInverse(G * reception.T() * G) * (G * E));
        Matrix A = AntennaWmmse.Hessian(scenario, reception, free), B = AntennaWmmse.Linear(scenario, streams, reception, free);
        Assert.Multiple(() =>
        {
            Assert.That(((A * P) - B).FrobeniusNorm(), Is.LessThan(1e-8 * B.FrobeniusNorm()));
            Assert.That(((A * direct) - B).FrobeniusNorm(), Is.LessThan(1e-8 * B.FrobeniusNorm()));
            Assert.That(direct.FrobeniusNorm(), Is.GreaterThan(1.01 * P.FrobeniusNorm()));
        });
    }

    /// <summary>Whatever is missing: WMMSE and its reduced form agree, the rate never falls, everything is finite.</summary>
    private static (NonCoherentIterates Iterates, NonCoherentReception Last) RunBoth(NonCoherentScenario scenario, NonCoherentStreams streams, Matrix V0)
    {
        NonCoherentIterates reduced = NonCoherentReducedWmmse.Run(scenario, streams, V0, Iterations), full = AntennaWmmse.Run(scenario, streams, V0, Iterations);
        Assert.That(Relative.WorstEntry([.. reduced.WeightedSumRate], [.. full.WeightedSumRate]), Is.LessThan(1e-9), "both spaces");
        Assert.That(reduced.WeightedSumRate, Is.All.Matches<double>(double.IsFinite));
        Assert.That(reduced.V.Select(V => V.FrobeniusNorm()), Is.All.Matches<double>(double.IsFinite));
        Assert.That(reduced.WeightedSumRate.Zip(reduced.WeightedSumRate.Skip(1)), Has.All.Matches<(double Before, double After)>(step => step.After >= step.Before * (1 - 1e-9)));
        return (reduced, streams.Receive(scenario, reduced.Last));
    }

    private static IEnumerable<int> Columns(NonCoherentStreams streams, int k) => Enumerable.Range(0, streams.Count).Where(s => streams.User[s] == k);
}
