using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>What Local EZF removes and what it leaves. [noncoherent.md §5]</summary>
public class NonCoherentZeroForcingTests
{
    /// <summary>Interference over own signal, in power, summed over users. Exactly two regimes are free of it.</summary>
    [TestCase(3, 4, 16, 2, 3, 2, true, TestName = "EverybodyServesEverybodyWithAllStreams")]
    [TestCase(3, 4, 8, 2, 3, 2, true, TestName = "TheSameWithAsManyAntennas")]
    [TestCase(3, 6, 8, 1, 3, 1, true, TestName = "OneAntennaUsers")]
    [TestCase(3, 4, 16, 2, 3, 1, false, TestName = "FewerStreamsThanAntennasLeak")]
    [TestCase(4, 4, 16, 2, 2, 2, false, TestName = "UsersNotServedHear")]
    [TestCase(3, 10, 16, 2, 3, 2, false, TestName = "MoreStreamsThanAntennasLeak")]
    public void Interference(int I, int K, int M, int N, int L, int d, bool free)
    {
        NonCoherentProblem problem = new NonCoherentCase(I, K, M, N, L, d, 10, 21).Create();
        NonCoherentReception reception = problem.Streams.Receive(problem.Scenario, problem.Start);
        double signal = 0, interference = 0;
        for (int k = 0; k < K; k++)
        {
            double own = reception.Own[k].Sum(s => reception.Heard[k].Column(s).Sum(Scenario.Square));
            (signal, interference) = (signal + own, interference + reception.Heard[k].Enumerate().Sum(Scenario.Square) - own);
        }

        Assert.That(interference / signal, free ? Is.LessThan(1e-13) : Is.GreaterThan(1e-3));
        for (int i = 0; i < I; i++)
        {
            Assert.That(problem.Streams.PowerOf(i, problem.Start), Is.EqualTo(problem.Scenario.Power[i]).Within(1e-12 * problem.Scenario.Power[i]));
        }
    }

    /// <summary>R_iᴴ P_i = γ_i I: along its own right singular vectors every access point is free of interference in all regimes.</summary>
    [Test]
    public void ServedDirectionsAreSeparated([ValueSource(typeof(NonCoherentCase), nameof(NonCoherentCase.All))] NonCoherentCase which)
    {
        NonCoherentProblem problem = which.Create();
        for (int i = 0; i < which.I; i++)
        {
            int[] sent = problem.Streams.SentBy(i);
            if (sent.Length is 0 || sent.Length > which.M)
            {
                continue;
            }

            Matrix R = NonCoherentStreams.Columns(sent.Length, column =>
                problem.Scenario.H[problem.Streams.User[sent[column]], i].Svd().VT.Row(problem.Streams.Number[sent[column]]).Conjugate());
            Matrix product = R.ConjugateTranspose() * problem.Streams.BlockOf(i, problem.Start);
            double[] diagonal = [.. product.Diagonal().Select(value => value.Magnitude)]; // singular vectors are known up to a phase
            Assert.That(diagonal, Is.All.EqualTo(diagonal[0]).Within(1e-10 * diagonal[0]), $"access point {i}");
            Assert.That(product.FrobeniusNorm(), Is.EqualTo(diagonal[0] * Math.Sqrt(sent.Length)).Within(1e-10 * diagonal[0]), $"access point {i}");
        }
    }

    /// <summary>Two users at one spot: the ridge holds what would otherwise be an inverse of a singular matrix.</summary>
    [Test]
    public void TwoUsersAtOneSpotGetFinitePrecoders()
    {
        NonCoherentScenario scenario = NonCoherentScenario.Random(1, 2, 6, 2, seed: 22);
        NonCoherentScenario same = scenario.WithLinks((_, i) => scenario.H[0, i]);
        var streams = NonCoherentStreams.Of(new int[,] { { 1, 1 } });
        Matrix V = NonCoherentZeroForcing.Start(same, streams);
        Assert.Multiple(() =>
        {
            Assert.That(V.FrobeniusNorm(), Is.EqualTo(1).Within(1e-12));
            Assert.That((V.Column(0) - V.Column(1)).L2Norm(), Is.LessThan(1e-9), "both get the same beam");
            Assert.That(streams.Receive(same, V).Rates, Is.All.GreaterThan(0.1));
        });
    }

    /// <summary>A link of rank 1 has no second direction: that column is zero and the first one is what it would be alone.</summary>
    [Test]
    public void DirectionsWithoutGainAreNotUsed()
    {
        NonCoherentScenario scenario = NonCoherentScenario.Random(1, 2, 6, 2, seed: 23);
        Matrix H = scenario.H[0, 0], thin = H.Column(0).ToColumnMatrix() * H.Row(0).ToRowMatrix();
        NonCoherentScenario poor = scenario.WithLinks((k, i) => k == 0 ? thin : scenario.H[k, i]);
        Matrix two = NonCoherentZeroForcing.Start(poor, NonCoherentStreams.Of(new int[,] { { 2, 1 } }));
        Matrix one = NonCoherentZeroForcing.Start(poor, NonCoherentStreams.Of(new int[,] { { 1, 1 } }));
        Assert.Multiple(() =>
        {
            Assert.That(two.Column(1).L2Norm(), Is.Zero);
            Assert.That((two.Column(0) - one.Column(0)).L2Norm() + (two.Column(2) - one.Column(1)).L2Norm(), Is.LessThan(1e-12));
        });
    }
}
