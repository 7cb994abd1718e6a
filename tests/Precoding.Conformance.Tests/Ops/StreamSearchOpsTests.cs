using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Steps of <see cref="IStreamSearchOps"/> against the reference.</summary>
public class StreamSearchOpsTests
{
    /// <summary>
    /// As for <see cref="StreamOpsTests"/>: an access point and a user without streams, more receive antennas than antennas, more streams than a user has antennas, a weight of 0,
    /// realizations with different numbers of streams, one user, one access point, more realizations than a group.
    /// </summary>
    private static readonly StreamShape[] Shapes =
    [
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

    private static IEnumerable<TestCaseData> DoubleCases => from engine in Engines where engine.Precision == Precision.Double from shape in Shapes select new TestCaseData(engine, shape);

    [TestCaseSource(nameof(Cases))]
    public void StreamGradient_MatchesReference(EngineUnderTest engine, StreamShape shape) =>
        Check(
            engine, StreamInputs.Of(shape), shape.L * shape.Rows,
            run =>
            {
                Tensor factor = run.Out("factor", Math.Max(1, run.Streams.Rank), shape.N);
                Tensor coefficient = run.Out("coefficient", Math.Max(1, run.Streams.S), Math.Max(1, run.Streams.MaxRank));
                run.Ops.StreamGradient(run.Problem, run.Streams, run.In("e"), factor, coefficient, run.OutBranches("w"), run.Control);
                run.CompareProductsOf(factor, coefficient);
            },
            skip: ["factor", "coefficient"]);

    /// <summary>f = −objective, df = 2 Re Σ_b ⟨e(dx)_b, w_b⟩, against fourth-order central differences.</summary>
    [TestCaseSource(nameof(DoubleCases))]
    public void StreamGradient_IsTheGradient(EngineUnderTest engine, StreamShape shape)
    {
        double step = Math.Pow(Tolerance.Epsilon(Precision.Double), 0.2), agreement = 1000 * Math.Pow(step, 4); // as in GradientTests
        var inputs = StreamInputs.Of(shape);
        using var run = new StreamRun(engine, inputs);
        Complex[] point = inputs.Complexes("e"), direction = inputs.Complexes("dImage");
        double length = 0.25 * Math.Sqrt(point.Sum(v => v.Magnitude * v.Magnitude) / direction.Sum(v => v.Magnitude * v.Magnitude)); // strong signals bend f within a step
        direction = [.. direction.Select(v => v * length)];
        Tensor e = run.In("e"), w = run.OutBranches("w");
        Tensor factor = run.Out("factor", Math.Max(1, run.Streams.Rank), shape.N), coefficient = run.Out("coefficient", Math.Max(1, run.Streams.S), Math.Max(1, run.Streams.MaxRank));
        double Loss(double t, int r)
        {
            e.Write([.. point.Zip(direction, (a, d) => a + (t * d))]);
            run.Ops.StreamGradient(run.Problem, run.Streams, e, factor, coefficient, w, run.Control);
            return -ReadControl(run.Control.Objective)[r];
        }

        for (int r = 0; r < shape.R; r++)
        {
            if (r == 1)
            {
                continue; // settled
            }

            double slope = ((8 * (Loss(step, r) - Loss(-step, r))) - (Loss(2 * step, r) - Loss(-2 * step, r))) / (12 * step);
            double objective = -Loss(0, r);
            int size = run.Streams.Branches * shape.Rows;
            Complex[] gradient = ReadComplex(w);
            double predicted = 2 * Enumerable.Range(r * size, size).Sum(i => (Complex.Conjugate(direction[i]) * gradient[i]).Real);
            Assert.That(predicted, Is.EqualTo(slope).Within(agreement * Math.Max(Math.Abs(slope), objective)), $"realization {r}");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void RefreshStreams_MatchesReference(EngineUnderTest engine, StreamShape shape) => CheckRefresh(engine, shape, scale: 3);

    [TestCaseSource(nameof(Cases))]
    public void RefreshStreams_LeavesWhatIsWithinTheBudget(EngineUnderTest engine, StreamShape shape) => CheckRefresh(engine, shape, scale: 0.5);

    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_MatchesReference(EngineUnderTest engine, StreamShape shape) => Check(engine, StreamInputs.Of(shape), Length(shape), run => Direction(run, iteration: 1));

    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_OfTheFirstIterationIsTheUpdates(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), Length(shape), run => Direction(run, iteration: 0));

    /// <summary>A gradient that does not conjugate: β = 0.</summary>
    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_RestartsWhereBetaWouldBeNegative(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), Length(shape), run => Direction(run, iteration: 1, oldGradient: 5));

    /// <summary>D_old leads upwards, far: D = D⁰.</summary>
    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_RestartsWhereItWouldLeadUpwards(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), Length(shape), run => Direction(run, iteration: 1, oldDirection: -30));

    /// <summary>Below the budgets, chords.</summary>
    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_GoesAlongTheChordInsideTheBudget(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), Length(shape), run => Direction(run, iteration: 1, point: 0.7));

    /// <summary>η = 0 and η_old = 0: nothing to gain.</summary>
    [TestCaseSource(nameof(Cases))]
    public void StreamDirection_IsStationaryWithoutAGradient(EngineUnderTest engine, StreamShape shape) =>
        Check(engine, StreamInputs.Of(shape), Length(shape), run =>
        {
            Direction(run, iteration: 1, gradient: 0, eta: 0);
            Assert.That(ReadInteger(run.Control.SearchState)[0], Is.EqualTo((int)LineSearchState.Stationary));
        });

    [TestCaseSource(nameof(Cases))]
    public void StreamSearch_MatchesReference(EngineUnderTest engine, StreamShape shape) => CheckSearch(engine, shape, bothUntil: 8, LineSearchState.Accepted);

    [TestCaseSource(nameof(Cases))]
    public void StreamSearch_GoesAlongTheConjugateDirectionAlone(EngineUnderTest engine, StreamShape shape) => CheckSearch(engine, shape, bothUntil: 0, LineSearchState.Accepted);

    /// <summary>Along 0 nothing is better; along what leads upwards, rounding would decide.</summary>
    [TestCaseSource(nameof(Cases))]
    public void StreamSearch_TakesTheUpdatesDirectionWhereTheConjugateIsNoBetter(EngineUnderTest engine, StreamShape shape) =>
        CheckSearch(engine, shape, bothUntil: 0, LineSearchState.Accepted, conjugate: 0);

    [TestCaseSource(nameof(Cases))]
    public void StreamSearch_EndsWhereNothingIsBetter(EngineUnderTest engine, StreamShape shape) =>
        CheckSearch(engine, shape, bothUntil: 8, LineSearchState.Exhausted, first: 0, conjugate: 0);

    [TestCaseSource(nameof(Cases))]
    public void StreamSearch_LeavesWhatIsStationary(EngineUnderTest engine, StreamShape shape) =>
        CheckSearch(engine, shape, bothUntil: 8, LineSearchState.Stationary, state: LineSearchState.Stationary);

    private static int Length(StreamShape shape) => shape.Rows * shape.StreamsOfUser.Sum();

    private static void CheckRefresh(EngineUnderTest engine, StreamShape shape, double scale) =>
        Check(engine, StreamInputs.Of(shape), shape.Rows * shape.Rows, run =>
            run.Ops.RefreshStreams(run.Problem, run.Streams, run.InOut("x", scale), run.OutBranches("e"), run.Control));

    private static void Direction(
        StreamRun run, int iteration, double point = 1, double gradient = 1, double oldGradient = 1, double oldDirection = 1, double eta = 1)
    {
        run.Control.Iteration.Write(Enumerable.Repeat(iteration, run.Shape.R + 1).ToArray());
        run.Ops.StreamDirection(
            run.Problem, run.Streams, run.In("x", point), run.In("e", point), run.In("w", gradient), run.In("multiplier"), run.InOut("update"), run.InOut("updateImage"),
            run.InOut("gradient", oldGradient), run.InOut("eta", eta), run.InOut("d", oldDirection), run.InOut("dImage", oldDirection), run.OutInteger("kind", run.Shape.L), run.Control);
    }

    private static void CheckSearch(
        EngineUnderTest engine, StreamShape shape, int bothUntil, LineSearchState expected, double first = 1, double conjugate = 1, LineSearchState state = LineSearchState.Searching) =>
        Check(engine, StreamInputs.Of(shape), 8 * Length(shape), run => // the parabola divides differences of values
        {
            run.Control.SearchState.Write(Enumerable.Repeat((int)state, run.Shape.R + 1).ToArray());
            run.Ops.StreamSearch(
                run.Problem, run.Streams, bothUntil, run.In("first", first), run.In("firstImage", first), run.InIntegers("kind"), run.InOut("d", conjugate), run.InOut("dImage", conjugate),
                run.InOut("x"), run.InOut("e"), run.Control);
            Assert.That(ReadInteger(run.Control.SearchState)[0], Is.EqualTo((int)expected));
        });
}
