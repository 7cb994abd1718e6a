using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IStreamOps"/> against the reference.</summary>
public class StreamOpsTests
{
    /// <summary>
    /// N from 1 to 4, one user, one access point, an access point without users and a user without access points, more receive antennas than antennas, more streams
    /// than a user has antennas, realizations with different numbers of streams, one realization and more than a group. The last three have more users, access points and
    /// pairs of a user's antennas than a GPU's group has threads, the last links of fewer antennas than the user's too.
    /// </summary>
    private static readonly StreamShape[] Shapes =
    [
        new("one", 1, 1, 1, 1, 1, (_, _, _) => 1),
        new("oneUser", 3, 2, 8, 1, 3, (_, l, _) => 1 + l),
        new("oneAccessPoint", 2, 1, 9, 3, 2, (_, _, k) => 1 + (k % 2)),
        new("idle", 3, 3, 10, 4, 2, (r, l, k) => k == 3 || l == 2 || (l == 1 && (r + k) % 3 == 0) ? 0 : 1),
        new("overloaded", 3, 2, 3, 5, 2, (_, _, _) => 1),
        new("odd", 3, 2, 13, 3, 3, (r, l, k) => (r + l + k) % 3),
        new("moreStreamsThanAntennas", 3, 3, 8, 2, 2, (_, l, k) => l == 0 && k == 0 ? 2 : 1),
        new("four", 3, 2, 17, 4, 4, (_, l, k) => (l + k) % 2 == 0 ? 2 : 1),
        new("singleAntennas", 3, 3, 5, 4, 1, (_, l, k) => l == k ? 0 : 1),
        new("many", 19, 2, 7, 3, 2, (r, l, k) => l == 1 && (r + k) % 4 == 0 ? 0 : 1),
        new("equal", 3, 2, 12, 3, 2, (_, _, _) => 1, IsEqual: true),
        new("users", 2, 2, 37, 35, 1, (_, l, k) => (l + k) % 2),
        new("accessPoints", 2, 33, 3, 3, 1, (_, l, k) => (l + k) % 3 == 1 ? 1 : 0),
        new("antennas", 2, 3, 5, 2, 7, (_, _, _) => 3),
    ];

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> Cases => from engine in Engines from shape in Shapes select new TestCaseData(engine, shape);

    private static IEnumerable<TestCaseData> TableCases =>
        from engine in Engines from shape in Shapes from isJoint in (bool[])[false, true] select new TestCaseData(engine, shape, isJoint);

    [TestCaseSource(nameof(Cases))]
    public void LoadUserChannels_MatchesReference(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), 1, run =>
        {
            run.Problem.H.Write(new Complex[run.Problem.H.Length]);
            run.Ops.LoadUserChannels(run.Channels, 0, run.Problem, run.Control);
            run.AlsoCompare(run.Problem.H);
        });

    [TestCaseSource(nameof(Engines))]
    public void LoadUserChannels_TakesTheBatchFromItsFirst(EngineUnderTest engine) =>
        Check(engine, StreamInputs.Of(Shapes.Single(shape => shape.Name == "many")), 1, run =>
        {
            run.Control.RealizationCount = 6;
            run.Problem.H.Write(new Complex[run.Problem.H.Length]);
            run.Ops.LoadUserChannels(run.Channels, 13, run.Problem, run.Control);
            run.AlsoCompare(run.Problem.H);
        });

    [TestCaseSource(nameof(Cases))]
    public void UserGramMatrices_MatchReference(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), shape.M, run =>
        {
            run.Problem.Gram.Write(new Complex[run.Problem.Gram.Length]);
            run.Ops.UserGramMatrices(run.Problem, run.Control);
            run.AlsoCompare(run.Problem.Gram);
        });

    [TestCaseSource(nameof(TableCases))]
    public void LocalEigenZeroForcing_MatchesReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(
            engine, StreamInputs.Of(shape, isJoint), shape.M * shape.Rows,
            run =>
            {
                Tensor x = run.OutBranches("x");
                run.Ops.LocalEigenZeroForcing(run.Problem, run.Streams, x, run.Control);
                run.CompareBeamsOf(x);
            },
            skip: ["x"],
            allowance: 1e3 * Tolerance.Epsilon(engine.Precision)); // with the ridge, coordinates of directions that cancel are up to 10³ times the beam

    /// <summary>The phase of a stream is nobody's business.</summary>
    [TestCaseSource(nameof(TableCases))]
    public void MatchedStreams_MatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        CheckMatched(engine, shape, isJoint, unit: false);

    [TestCaseSource(nameof(TableCases))]
    public void MatchedStreams_OfUnitLengthMatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        CheckMatched(engine, shape, isJoint, unit: true);

    [TestCaseSource(nameof(TableCases))]
    public void EmbedStreams_MatchesReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), 1, run =>
            run.Ops.EmbedStreams(run.Problem, run.Separate(), run.In("separateX"), run.Streams, run.OutBranches("x"), run.Control));

    [TestCaseSource(nameof(TableCases))]
    public void ScaleStreamsToBudget_MatchesReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), shape.Rows * shape.Rows, run =>
            run.Ops.ScaleStreamsToBudget(run.Problem, run.Streams, run.InOut("x", scale: 3), run.OutBranches("e"), run.Control));

    [TestCaseSource(nameof(TableCases))]
    public void StreamFactors_MatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(
            engine, StreamInputs.Of(shape, isJoint), shape.L * shape.Rows,
            run =>
            {
                Tensor factor = run.Out("factor", Math.Max(1, run.Streams.Rank), shape.N);
                Tensor coefficient = run.Out("coefficient", Math.Max(1, run.Streams.S), Math.Max(1, run.Streams.MaxRank));
                run.Ops.StreamFactors(run.Problem, run.Streams, run.In("e"), factor, coefficient, run.Control);
                run.CompareProductsOf(factor, coefficient);
            },
            skip: ["factor", "coefficient"]);

    [TestCaseSource(nameof(Cases))]
    public void UpdateStreams_MatchesReference(EngineUnderTest engine, StreamShape shape) => CheckUpdate(engine, shape, isJoint: false, Update(-1));

    [TestCaseSource(nameof(TableCases))]
    public void UpdateStreams_OfTheFirstAccessPointMatchesReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        CheckUpdate(engine, shape, isJoint, Update(0));

    [TestCaseSource(nameof(TableCases))]
    public void UpdateStreams_OfTheLastAccessPointMatchesReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        CheckUpdate(engine, shape, isJoint, Update(shape.L - 1));

    [TestCaseSource(nameof(Cases))]
    public void UpdateStreams_DoesNotDependOnItsWarmStart(EngineUnderTest engine, StreamShape shape) =>
        CheckUpdate(engine, shape, isJoint: false, Update(-1, warmStart: 3));

    /// <summary>Receivers so sensitive that no budget is used up: λ = 0.</summary>
    [TestCaseSource(nameof(Engines))]
    public void UpdateStreams_NeedsNoMultiplierInsideTheBudget(EngineUnderTest engine) => CheckInside(engine, Update(-1, wanted: 1e-2));

    [TestCaseSource(nameof(Cases))]
    public void UpdateBeams_MatchesReference(EngineUnderTest engine, StreamShape shape) => CheckUpdate(engine, shape, isJoint: false, UpdateBeams());

    [TestCaseSource(nameof(Engines))]
    public void UpdateBeams_NeedsNoMultiplierInsideTheBudget(EngineUnderTest engine) => CheckInside(engine, UpdateBeams(wanted: 1e-2));

    [TestCaseSource(nameof(TableCases))]
    public void StreamScores_MatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), shape.L * shape.Rows, run => run.Ops.StreamScores(
            run.Problem, run.Streams, run.In("factor"), run.In("coefficient"), run.In("e"), run.OutControl("scores", Math.Max(1, run.Streams.S)), run.Control));

    /// <summary>Scores are small whole numbers: most are tied, some are 0 or positive, and there is room for one stream, or for all.</summary>
    [TestCaseSource(nameof(Cases))]
    public void SelectStreams_MatchesReference(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), 1, run =>
        {
            Tensor scores = run.In("scores");
            scores.Write([.. ReadControl(scores).Select(v => Math.Round(v))]); // ties survive a perturbation
            run.Ops.SelectStreams(run.Problem, run.Streams, scores, run.MarkedTable([.. shape.StreamsOfUser.Select((count, k) => Math.Min(count, 1 + (k % 2)))]), run.Control);
            run.Ops.SelectStreams(run.Problem, run.Streams, scores, run.MarkedTable(shape.StreamsOfUser), run.Control);
        });

    [TestCaseSource(nameof(TableCases))]
    public void SynthesizeStreams_MatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), shape.Rows, run =>
            run.Ops.SynthesizeStreams(run.Problem, run.Streams, run.In("x", 0.5), run.Out("synthesized", run.Streams.Branches, shape.M), run.Control));

    [TestCaseSource(nameof(TableCases))]
    public void SynthesizeStreams_KeepsThemOnTheBudget(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), shape.Rows * shape.M, run =>
            run.Ops.SynthesizeStreams(run.Problem, run.Streams, run.In("x", 3), run.Out("synthesized", run.Streams.Branches, shape.M), run.Control));

    [TestCaseSource(nameof(TableCases))]
    public void EvaluateStreams_MatchReference(EngineUnderTest engine, StreamShape shape, bool isJoint) =>
        Check(engine, StreamInputs.Of(shape, isJoint), shape.L * shape.M * shape.Rows, run => run.Ops.EvaluateStreams(
            run.Problem, run.Streams, run.In("precoders"), run.OutControl("rates", shape.K), run.OutControl("accessPointPower", shape.L), run.Control));

    private static void CheckMatched(EngineUnderTest engine, StreamShape shape, bool isJoint, bool unit) =>
        Check(
            engine, StreamInputs.Of(shape, isJoint), shape.L * shape.M * shape.Rows,
            run =>
            {
                Tensor x = run.OutBranches("x");
                run.Ops.MatchedStreams(run.Problem, run.Streams, unit, x, run.Control);
                run.CompareStreamsUpToPhaseOf(x);
            },
            skip: ["x"]);

    /// <summary>x is not determined where Gram matrices are singular; e and p are.</summary>
    private static void CheckUpdate(EngineUnderTest engine, StreamShape shape, bool isJoint, Action<StreamRun> step) => Check(
        engine, StreamInputs.Of(shape, isJoint), shape.Rows * shape.Rows, step, skip: ["x"], allowance: engine.Precision == Precision.Single ? 2e-6 : 1e-12); // of the root finder

    private static void CheckInside(EngineUnderTest engine, Action<StreamRun> step)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "equal"); // well conditioned: single precision must decide too
        CheckUpdate(engine, shape, isJoint: false, step);
        using var run = new StreamRun(engine, StreamInputs.Of(shape));
        step(run);
        Assert.That(ReadControl(run.Named("powerMultiplier"))[0], Is.Zero);
    }

    /// <param name="wanted">Factor on the coefficients: the wanted powers fall with its square.</param>
    private static Action<StreamRun> Update(int accessPoint, double warmStart = 0, double wanted = 1) => run =>
    {
        Tensor x = run.InOut("x"), multiplier = StartedMultiplier(run, warmStart);
        run.Ops.UpdateStreams(
            run.Problem, run.Streams, accessPoint, run.In("factor"), run.In("coefficient", wanted), x, run.InOut("e"), multiplier, run.Control);
        run.CompareBeamsOf(x);
    };

    private static Action<StreamRun> UpdateBeams(double wanted = 1) => run => run.Ops.UpdateBeams(
        run.Problem, run.Streams, run.In("factor"), run.In("coefficient", wanted), run.InOut("precoders"), run.InOut("e"), StartedMultiplier(run, 0), run.Control);

    private static Tensor StartedMultiplier(StreamRun run, double warmStart)
    {
        Tensor multiplier = run.OutControl("powerMultiplier", run.Shape.L);
        multiplier.Write(Enumerable.Repeat(warmStart, (int)multiplier.Length).ToArray());
        run.Control.PowerExcess.Write(Enumerable.Repeat(-0.5, run.Shape.R + 1).ToArray());
        return multiplier;
    }
}
