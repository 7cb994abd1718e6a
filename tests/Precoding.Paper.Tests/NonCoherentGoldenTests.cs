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

    [TestCaseSource(typeof(StreamGoldenCase), nameof(StreamGoldenCase.Tables))]
    public void StartMatchesGolden(string name)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        (NonCoherentScenario scenario, NonCoherentStreams streams) = (NonCoherentScenario.Of(golden), NonCoherentStreams.Of(golden.Table("d").Counts));
        Assert.Multiple(() =>
        {
            Assert.That(streams.AccessPoint, Is.EqualTo(golden.Integers("stream_ap")));
            Assert.That(streams.User, Is.EqualTo(golden.Integers("stream_ue")));
            Assert.That(streams.Number, Is.EqualTo(golden.Integers("stream_idx")));
            Assert.That(Relative.Error(Flat(NonCoherentZeroForcing.Start(scenario, streams)), golden.Complexes("V0")), Is.LessThan(RateAgreement));
            Assert.That(Relative.Error(streams.Receive(scenario, MatrixOf(golden, "V0")).Rates, golden.Reals("rates0")), Is.LessThan(RateAgreement));
        });
    }

    [TestCaseSource(typeof(StreamGoldenCase), nameof(StreamGoldenCase.Tables))]
    public void FirstReceiversAndWeightsMatchGolden(string name)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        NonCoherentReception reception = NonCoherentStreams.Of(golden.Table("d").Counts).Receive(NonCoherentScenario.Of(golden), MatrixOf(golden, "V0"));
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
        [ValueSource(typeof(StreamGoldenCase), nameof(StreamGoldenCase.Tables))] string name, [Values] MultiplierSearch search) =>
        Match(name, (scenario, streams, V0, count) => AntennaWmmse.Run(scenario, streams, V0, count, search));

    [Test]
    public void ReducedWmmseMatchesGolden(
        [ValueSource(typeof(StreamGoldenCase), nameof(StreamGoldenCase.Tables))] string name, [Values] MultiplierSearch search) =>
        Match(name, (scenario, streams, V0, count) => NonCoherentReducedWmmse.Run(scenario, streams, V0, count, ReducedForm.Factor, search));

    [TestCaseSource(typeof(StreamGoldenCase), nameof(StreamGoldenCase.Coherent))]
    public void CoherentTransmissionMatchesGolden(string name)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        NonCoherentScenario scenario = NonCoherentScenario.Of(golden);
        NonCoherentStreams streams = NonCoherentStreams.Of(golden.Table("d").Counts);
        (int[] user, Matrix[] V0) = NonCoherentCjt.FromNonCoherent(scenario, streams, MatrixOf(golden, "V0"));
        NonCoherentCjt cjt = new NonCoherentCjt(scenario, Serving(golden), user).Run(Blocks(golden, "cjt_V0"), 10);
        Assert.Multiple(() =>
        {
            Assert.That(user, Is.EqualTo(golden.Integers("cjt_stream_ue")));
            Assert.That(Relative.Error(V0.SelectMany(Flat).ToArray(), golden.Complexes("cjt_V0")), Is.LessThan(RateAgreement));
            Assert.That(Relative.WorstEntry([.. cjt.WeightedSumRate], golden.Reals("cjt_wsr_trace")), Is.LessThan(RateAgreement));
            Assert.That(Relative.Error(cjt.V.SelectMany(Flat).ToArray(), golden.Complexes("cjt_V_10")), Is.LessThan(PrecoderAgreement));
        });
    }

    [TestCase("lsa")]
    [TestCase("lus")]
    public void SelectionMatchesGolden(string method)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(StreamGoldenCase.Selection);
        NonCoherentScenario scenario = NonCoherentScenario.Of(golden);
        bool[,] candidate = method == "lsa" ? Serving(golden) : NonCoherentSelectionTests.Everyone(scenario);
        NonCoherentChoice choice = NonCoherentSelection.Select(scenario, candidate, golden.Integers("Dmax"));
        var chosen = NonCoherentStreams.Of(choice.Extents(scenario.I, scenario.K));
        NonCoherentIterates restart = NonCoherentReducedWmmse.Run(scenario, chosen, NonCoherentZeroForcing.Start(scenario, chosen), 30);
        Assert.Multiple(() =>
        {
            Assert.That(choice.Candidates.AccessPoint, Is.EqualTo(golden.Integers(method + "_cand_ap")));
            Assert.That(choice.Candidates.User, Is.EqualTo(golden.Integers(method + "_cand_ue")));
            Assert.That(choice.Candidates.Number, Is.EqualTo(golden.Integers(method + "_cand_idx")));
            Assert.That(Relative.Error(Flat(choice.V0), golden.Complexes(method + "_V0")), Is.LessThan(RateAgreement));
            Assert.That(Relative.Error(choice.Scores, golden.Reals(method + "_scores_5")), Is.LessThan(PrecoderAgreement));
            Assert.That(choice.Keep.Select(kept => kept ? 1 : 0), Is.EqualTo(golden.Integers(method + "_keep")));
            Assert.That(choice.Extents(scenario.I, scenario.K), Is.EqualTo(golden.Table(method + "_d").Counts));
            Assert.That(Relative.WorstEntry([.. restart.WeightedSumRate], golden.Reals(method + "_restart_wsr_trace")), Is.LessThan(RateAgreement));
            Assert.That(Relative.Error(Flat(restart.Last), golden.Complexes(method + "_restart_V_30")), Is.LessThan(PrecoderAgreement));
        });
    }

    [Test]
    public void AverageStreamsMatchGolden()
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(StreamGoldenCase.Selection);
        NonCoherentScenario scenario = NonCoherentScenario.Of(golden);
        int[,] d = NonCoherentSelection.Average(scenario, Serving(golden), golden.Integers("Dmax"));
        var streams = NonCoherentStreams.Of(d);
        NonCoherentIterates iterates = NonCoherentReducedWmmse.Run(scenario, streams, NonCoherentZeroForcing.Start(scenario, streams), 30);
        Assert.Multiple(() =>
        {
            Assert.That(d, Is.EqualTo(golden.Table("avg_d").Counts));
            Assert.That(Relative.WorstEntry([.. iterates.WeightedSumRate], golden.Reals("avg_wsr_trace")), Is.LessThan(RateAgreement));
        });
    }

    internal static bool[,] Serving(StreamGoldenCase golden)
    {
        int[,] table = golden.Table("serve").Counts;
        var serve = new bool[table.GetLength(0), table.GetLength(1)];
        foreach ((int i, int k) in from i in Enumerable.Range(0, table.GetLength(0)) from k in Enumerable.Range(0, table.GetLength(1)) select (i, k))
        {
            serve[i, k] = table[i, k] != 0;
        }

        return serve;
    }

    /// <summary>Row-major entries, the order of the files.</summary>
    internal static Complex[] Flat(Matrix matrix) => [.. matrix.EnumerateRows().SelectMany(row => row)];

    internal static Matrix MatrixOf(StreamGoldenCase golden, string array)
    {
        (IReadOnlyList<int> extents, Complex[] values) = (golden.Extents(array), golden.Complexes(array));
        return Matrix.Build.DenseOfRowMajor(extents[0], extents[1], values);
    }

    /// <summary>An array [accessPoint, row, column] as matrices.</summary>
    private static Matrix[] Blocks(StreamGoldenCase golden, string array)
    {
        (IReadOnlyList<int> extents, Complex[] values) = (golden.Extents(array), golden.Complexes(array));
        int size = extents[1] * extents[2];
        return [.. Enumerable.Range(0, extents[0]).Select(i => Matrix.Build.DenseOfRowMajor(extents[1], extents[2], values[(i * size)..((i + 1) * size)]))];
    }

    private static void Match(string name, Func<NonCoherentScenario, NonCoherentStreams, Matrix, int, NonCoherentIterates> run)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        int[] stored = golden.Integers("iters");
        NonCoherentIterates iterates = run(NonCoherentScenario.Of(golden), NonCoherentStreams.Of(golden.Table("d").Counts), MatrixOf(golden, "V0"), stored.Max());
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
