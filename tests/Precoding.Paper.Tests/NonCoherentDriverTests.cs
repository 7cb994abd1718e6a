using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>The drivers of streams on every engine in double precision that has them, against the golden files.</summary>
public class NonCoherentDriverTests
{
    /// <summary>Of rates; the prototypes agree with one another to 3·10⁻¹³.</summary>
    private const double Agreement = 1e-9;

    /// <summary>Of PPᴴ.</summary>
    private const double PrecoderAgreement = 1e-8;

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.InDouble;

    private static IEnumerable<TestCaseData> Tables => OnEngines(StreamGoldenCase.Tables);

    private static IEnumerable<TestCaseData> Coherent => OnEngines(StreamGoldenCase.Coherent);

    [TestCaseSource(nameof(Tables))]
    public void LocalEigenZeroForcingMatchesGolden(EngineUnderTest engine, string name)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        PrecodingResult result = Solve(engine, golden, new LocalEigenZeroForcing(new() { Streams = golden.Table() }));
        Assert.Multiple(() =>
        {
            Assert.That(Relative.Error(result.Rates(0), golden.Reals("rates0")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(golden.Covariances(result), Expected(golden, "V0")), Is.LessThan(PrecoderAgreement));
        });
    }

    [TestCaseSource(nameof(Tables))]
    public void ReducedWmmseMatchesGolden(EngineUnderTest engine, string name) => CheckIterations(engine, name, (table, iterations) =>
        new ReducedWmmse(new() { Streams = table, MaxIterations = iterations, Tolerance = 0, Patience = int.MaxValue }));

    [TestCaseSource(nameof(Tables))]
    public void NonCoherentWmmseMatchesGolden(EngineUnderTest engine, string name) => CheckIterations(engine, name, (table, iterations) =>
        new NonCoherentWmmse(new() { Streams = table, MaxIterations = iterations, Tolerance = 0, Patience = int.MaxValue }));

    [TestCaseSource(nameof(Coherent))]
    public void CoherentStreamWmmseMatchesGolden(EngineUnderTest engine, string name)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        PrecodingResult result = Solve(engine, golden, new CoherentStreamWmmse(new()
        {
            Streams = golden.Table(), MaxIterations = 10, Tolerance = 0, Patience = int.MaxValue, Starts = [new InitialPrecoder.LocalEigenZeroForcing()],
        }));
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), golden.Reals("cjt_wsr_trace")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(golden.JointCovariances(result), golden.JointCovariances("cjt_V_10", golden.Integers("cjt_stream_ue"))), Is.LessThan(PrecoderAgreement));
        });
    }

    [Test]
    public void SelectionMatchesGolden(
        [ValueSource(nameof(Engines))] EngineUnderTest engine, [Values(StreamCandidates.ServingAccessPoints, StreamCandidates.AllAccessPoints)] StreamCandidates candidates)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(StreamGoldenCase.Selection);
        string key = candidates == StreamCandidates.ServingAccessPoints ? "lsa" : "lus";
        PrecodingResult result = Solve(engine, golden, new StreamSelection(candidates, new() { MaxIterations = 30, Tolerance = 0, Patience = int.MaxValue }));
        int[] kept = [.. golden.Integers(key + "_keep").Select((keep, s) => (keep, s)).Where(p => p.keep != 0).Select(p => p.s)];
        int[] accessPoints = golden.Integers(key + "_cand_ap"), users = golden.Integers(key + "_cand_ue");
        Assert.Multiple(() =>
        {
            Assert.That(golden.StreamCounts(result), Is.EqualTo(golden.Integers(key + "_d")));
            Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), golden.Reals(key + "_restart_wsr_trace")), Is.LessThan(Agreement));
            Assert.That(
                Relative.Error(golden.Covariances(result), golden.Covariances(key + "_restart_V_30", [.. kept.Select(s => accessPoints[s])], [.. kept.Select(s => users[s])])),
                Is.LessThan(PrecoderAgreement));
        });
    }

    [Test]
    public void AverageStreamsMatchGolden([ValueSource(nameof(Engines))] EngineUnderTest engine)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(StreamGoldenCase.Selection);
        PrecodingResult result = Solve(engine, golden, new ReducedWmmse(new() { Streams = new StreamRule.Average(), MaxIterations = 30, Tolerance = 0, Patience = int.MaxValue }));
        Assert.Multiple(() =>
        {
            Assert.That(golden.StreamCounts(result), Is.EqualTo(golden.Integers("avg_d")));
            Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), golden.Reals("avg_wsr_trace")), Is.LessThan(Agreement));
        });
    }

    private static void CheckIterations(EngineUnderTest engine, string name, Func<StreamRule, int, IPrecoder> create)
    {
        StreamGoldenCase golden = StreamGoldenCase.Read(name);
        int[] iterations = golden.Integers("iters");
        Assert.Multiple(() =>
        {
            foreach (int n in iterations)
            {
                PrecodingResult result = Solve(engine, golden, create(golden.Table(), n));
                double[] trace = golden.Reals("wsr_trace")[..(n + 1)];
                Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), trace), Is.LessThan(Agreement), $"trace of {n}");
                Assert.That(Relative.Error(result.Rates(0), golden.Reals($"rates_{n}")), Is.LessThan(Agreement), $"rates after {n}"); // as a vector: a beam that dies leaves 10⁻¹³
                Assert.That(Relative.Error(golden.Covariances(result), Expected(golden, $"V_{n}")), Is.LessThan(PrecoderAgreement), $"precoders after {n}");
            }
        });
    }

    private static Complex[] Expected(StreamGoldenCase golden, string array) =>
        golden.Covariances(array, golden.Integers("stream_ap"), golden.Integers("stream_ue"));

    private static PrecodingResult Solve(EngineUnderTest engine, StreamGoldenCase golden, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(golden.Channels, device);
    }

    private static IEnumerable<TestCaseData> OnEngines(string[] cases) => from engine in Engines from name in cases select new TestCaseData(engine, name);
}
