using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>The non-coherent transcriptions against the golden files, from the stored starts.</summary>
public class NonCoherentGoldenTests
{
    /// <summary>What the golden files promise for weighted sum rates, and for precoders.</summary>
    internal const double RateAgreement = 1e-9, PrecoderAgreement = 1e-8;

    [TestCaseSource(typeof(NonCoherentGolden), nameof(NonCoherentGolden.FixedStreams))]
    public void StartMatchesGolden(string name)
    {
        NonCoherentGolden golden = NonCoherentGolden.Read(name);
        (NonCoherentScenario scenario, NonCoherentStreams streams) = (NonCoherentScenario.Of(golden), NonCoherentStreams.Of(golden.Table("d")));
        Assert.Multiple(() =>
        {
            Assert.That(streams.AccessPoint, Is.EqualTo(golden.Integers("stream_ap")));
            Assert.That(streams.User, Is.EqualTo(golden.Integers("stream_ue")));
            Assert.That(streams.Number, Is.EqualTo(golden.Integers("stream_idx")));
            Assert.That(Relative.Error(Flat(NonCoherentZeroForcing.Start(scenario, streams)), golden.Complexes("V0")), Is.LessThan(RateAgreement));
            Assert.That(Relative.Error(streams.Receive(scenario, MatrixOf(golden, "V0")).Rates, golden.Reals("rates0")), Is.LessThan(RateAgreement));
        });
    }

    [TestCaseSource(typeof(NonCoherentGolden), nameof(NonCoherentGolden.FixedStreams))]
    public void FirstReceiversAndWeightsMatchGolden(string name)
    {
        NonCoherentGolden golden = NonCoherentGolden.Read(name);
        NonCoherentReception reception = NonCoherentStreams.Of(golden.Table("d")).Receive(NonCoherentScenario.Of(golden), MatrixOf(golden, "V0"));
        Assert.Multiple(() =>
        {
            foreach (int k in reception.Served)
            {
                Assert.That(Relative.Error(Flat(reception.Receiver(k)), golden.Complexes($"U1_{k}")), Is.LessThan(RateAgreement), $"U of user {k}");
                Assert.That(Relative.Error(Flat(reception.Weight(k)), golden.Complexes($"W1_{k}")), Is.LessThan(RateAgreement), $"W of user {k}");
            }
        });
    }

    [Test]
    public void WmmseMatchesGolden(
        [ValueSource(typeof(NonCoherentGolden), nameof(NonCoherentGolden.FixedStreams))] string name, [Values] MultiplierSearch search) =>
        Match(name, (scenario, streams, V0, count) => NonCoherentWmmse.Run(scenario, streams, V0, count, search));

    [Test]
    public void ReducedWmmseMatchesGolden(
        [ValueSource(typeof(NonCoherentGolden), nameof(NonCoherentGolden.FixedStreams))] string name, [Values] MultiplierSearch search) =>
        Match(name, (scenario, streams, V0, count) => NonCoherentReducedWmmse.Run(scenario, streams, V0, count, ReducedForm.Factor, search));

    /// <summary>Row-major entries, the order of the files.</summary>
    internal static Complex[] Flat(Matrix matrix) => [.. matrix.EnumerateRows().SelectMany(row => row)];

    internal static Matrix MatrixOf(NonCoherentGolden golden, string array)
    {
        (IReadOnlyList<int> extents, Complex[] values) = (golden.Shape(array), golden.Complexes(array));
        return Matrix.Build.DenseOfRowMajor(extents[0], extents[1], values);
    }

    private static void Match(string name, Func<NonCoherentScenario, NonCoherentStreams, Matrix, int, NonCoherentIterates> run)
    {
        NonCoherentGolden golden = NonCoherentGolden.Read(name);
        int[] stored = golden.Integers("iters");
        NonCoherentIterates iterates = run(NonCoherentScenario.Of(golden), NonCoherentStreams.Of(golden.Table("d")), MatrixOf(golden, "V0"), stored.Max());
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. iterates.WeightedSumRate], golden.Reals("wsr_trace")), Is.LessThan(RateAgreement));
            foreach (int n in stored)
            {
                Assert.That(Relative.Error(Flat(iterates.V[n]), golden.Complexes($"V_{n}")), Is.LessThan(PrecoderAgreement), $"V after {n}");
                Assert.That(Relative.Error(iterates.Multipliers[n - 1], golden.Reals($"lam_{n}")), Is.LessThan(PrecoderAgreement), $"multipliers of iteration {n}");
                Assert.That(Relative.Error(iterates.Rates[n], golden.Reals($"rates_{n}")), Is.LessThan(PrecoderAgreement), $"rates after {n}");
            }
        });
    }
}
