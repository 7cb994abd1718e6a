using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>Several ways to the same non-coherent iterates.</summary>
public class NonCoherentEquivalenceTests
{
    private const double TraceAgreement = 1e-10, LongTraceAgreement = 1e-7, PrecoderAgreement = NonCoherentGoldenTests.PrecoderAgreement;

    [Test]
    public void ReducedEqualsCentralised([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentIterates full = AntennaWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 100);
        NonCoherentIterates reduced = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 100);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. reduced.WeightedSumRate.Take(11)], [.. full.WeightedSumRate.Take(11)]), Is.LessThan(TraceAgreement));
            Assert.That(Relative.WorstEntry([.. reduced.WeightedSumRate], [.. full.WeightedSumRate]), Is.LessThan(LongTraceAgreement));
            Assert.That(Relative.Error(Flat(reduced.V[10]), Flat(full.V[10])), Is.LessThan(PrecoderAgreement));
            Assert.That(Relative.Error(reduced.Multipliers[9], full.Multipliers[9]), Is.LessThan(PrecoderAgreement));
        });
    }

    [Test]
    public void AllFormsOfTheReducedStepAgree(
        [ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which, [Values(ReducedForm.PushThrough, ReducedForm.Direct)] ReducedForm form)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentIterates factor = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 5);
        NonCoherentIterates other = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 5, form);
        Assert.That(factor.Multipliers.SelectMany((m, _) => m.Where((_, i) => problem.Streams.SentBy(i).Length > 0)), Is.All.GreaterThan(0), "the other forms are for λ > 0");
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. other.WeightedSumRate], [.. factor.WeightedSumRate]), Is.LessThan(NonCoherentGoldenTests.RateAgreement));
            Assert.That(Relative.Error(Flat(other.Last), Flat(factor.Last)), Is.LessThan(PrecoderAgreement));
        });
    }

    [Test]
    public void BisectionFindsTheSecularMultiplier([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        NonCoherentIterates secular = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 10);
        NonCoherentIterates bisected = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, problem.Start, 10, search: MultiplierSearch.Bisection);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. bisected.WeightedSumRate], [.. secular.WeightedSumRate]), Is.LessThan(TraceAgreement));
            Assert.That(Relative.Error(bisected.Multipliers[^1], secular.Multipliers[^1]), Is.LessThan(PrecoderAgreement));
        });
    }

    /// <summary>λ of given eigenvalues: the bracket holds it, Newton's method rises to it, and what it leaves of the budget is rounding.</summary>
    [Test]
    public void SecularEquationIsSolved([Range(1, 30)] int seed)
    {
        var random = new Random(seed);
        int size = 1 + (seed % 9);
        double[] mu = [.. Enumerable.Range(0, size).Select(_ => Math.Pow(10, random.Next(-8, 4) + random.NextDouble()))], b = [.. mu.Select(value => value * random.NextDouble())];
        double budget = b.Zip(mu, (top, value) => top / (value * value)).Sum() * Math.Pow(10, -6 * random.NextDouble());
        var equation = new NonCoherentPower(mu, b, budget);
        double lambda = equation.Multiplier(MultiplierSearch.Secular);
        Assert.Multiple(() =>
        {
            Assert.That(lambda, Is.InRange(Math.Max(0, equation.Upper - mu.Max()), equation.Upper));
            Assert.That(equation.Power(lambda), Is.EqualTo(budget).Within(1e-12 * budget));
            Assert.That(equation.Steps, Is.LessThan(60), "Newton's method, not halving to the end");
            Assert.That(equation.Multiplier(MultiplierSearch.Bisection), Is.EqualTo(lambda).Within(1e-11 * lambda));
            Assert.That(new NonCoherentPower(mu, b, equation.Power(0) * 1.001).Multiplier(MultiplierSearch.Secular), Is.Zero);
        });
    }

    /// <summary>H_iᴴ = Q_i R_i: the channels H_i Q_i have min(M, KN) antennas and give the same trajectory. [noncoherent.md §3]</summary>
    [Test]
    public void CompressedChannelsGiveTheSameTrajectory([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        (NonCoherentScenario scenario, int rank) = (problem.Scenario, Math.Min(which.M, which.K * which.N));
        Matrix[] Q = [.. Enumerable.Range(0, scenario.I).Select(i => scenario.Stacked(i).Svd().VT.SubMatrix(0, rank, 0, scenario.M).ConjugateTranspose())];
        NonCoherentScenario compressed = scenario.WithLinks((k, i) => scenario.H[k, i] * Q[i]);
        Matrix start = problem.Start;
        Matrix small = NonCoherentStreams.Columns(problem.Streams.Count, s => Q[problem.Streams.AccessPoint[s]].ConjugateTranspose() * start.Column(s));
        NonCoherentIterates full = AntennaWmmse.Run(scenario, problem.Streams, start, 10), reduced = AntennaWmmse.Run(compressed, problem.Streams, small, 10);
        Assert.Multiple(() =>
        {
            Assert.That(compressed.M, Is.EqualTo(rank));
            Assert.That(Relative.WorstEntry([.. reduced.WeightedSumRate], [.. full.WeightedSumRate]), Is.LessThan(TraceAgreement));
        });
    }

    [Test]
    public void ZeroForcingInCoordinatesIsZeroForcing([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        Matrix X = NonCoherentZeroForcing.StartCoordinates(problem.Scenario, problem.Streams);
        Matrix P = NonCoherentStreams.Columns(problem.Streams.Count, s => problem.Scenario.Stacked(problem.Streams.AccessPoint[s]).ConjugateTranspose() * X.Column(s));
        Assert.That(Relative.Error(Flat(P), Flat(problem.Start)), Is.LessThan(TraceAgreement));
    }

    /// <summary>P_ik Q instead of P_ik: every iterate is multiplied by the same Q, and no rate changes. [noncoherent.md §2]</summary>
    [Test]
    public void TurningTheStreamsOfALinkTurnsTheTrajectory()
    {
        NonCoherentProblem problem = new NonCoherentCase(2, 3, 8, 3, 2, 2, 10, 7).Create();
        Matrix Q = RandomUnitary(2, seed: 70), start = problem.Start, turned = start.Clone();
        turned.SetSubMatrix(0, 0, start.SubMatrix(0, 8, 0, 2) * Q); // the first two streams are of one link
        NonCoherentIterates plain = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, start, 10);
        NonCoherentIterates other = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, turned, 10);
        Matrix expected = plain.Last.Clone();
        expected.SetSubMatrix(0, 0, plain.Last.SubMatrix(0, 8, 0, 2) * Q);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. other.WeightedSumRate], [.. plain.WeightedSumRate]), Is.LessThan(TraceAgreement));
            Assert.That(Relative.Error(Flat(other.Last), Flat(expected)), Is.LessThan(PrecoderAgreement));
            Assert.That(Relative.Error(Flat(other.Last), Flat(plain.Last)), Is.GreaterThan(0.01), "Q does something");
        });
    }

    internal static Complex[] Flat(Matrix matrix) => NonCoherentGoldenTests.Flat(matrix);

    internal static Matrix RandomUnitary(int size, ulong seed) =>
        Matrix.Build.DenseOfRowMajor(size, size, RandomProblem.Normals(size * size, seed)).Svd().U;
}
