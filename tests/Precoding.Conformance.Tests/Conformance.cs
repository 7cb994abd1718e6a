using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Runs a step on an engine and on the reference from the same numbers and compares everything it may have written.</summary>
internal static class Conformance
{
    private const double Perturbation = 1e-10;
    private const double LoosestTolerance = 0.02;

    /// <summary>Extents of 1, odd and prime ones, more users than antennas, one realization and several (the second is settled).</summary>
    public static IReadOnlyList<ProblemShape> Shapes { get; } =
    [
        new(1, 1, 1, 1),
        new(3, 2, 8, 1),
        new(3, 1, 13, 7),
        new(2, 3, 1, 3),
        new(3, 2, 5, 7),
        new(3, 3, 16, 12),
        new(1, 3, 16, 24),
        new(1, 2, 40, 33),
    ];

    /// <summary>Without single users: their coordinates are one number per access point, maximum ratio is optimal and every direction is rounding.</summary>
    public static IEnumerable<TestCaseData> DirectionCases =>
        from engine in EngineUnderTest.Fast from shape in Shapes where shape.K > 1 select new TestCaseData(engine, shape);

    public static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.Fast from shape in Shapes select new TestCaseData(engine, shape);

    /// <summary>
    /// Statuses, counters and memory a step has no business in must agree exactly; complex and control outputs within <see cref="Tolerance.For"/>,
    /// realization by realization, powers as a fraction of the budget. By how much the step amplifies rounding is measured: the reference runs again on
    /// inputs that differ by 10⁻¹⁰.
    /// </summary>
    /// <param name="reductionLength">Terms behind one element, sums in sequence counted together.</param>
    /// <param name="step">Asks the run for its tensors and calls the step.</param>
    /// <param name="skip">Names of outputs that are not determined; something computed from them is compared instead.</param>
    /// <param name="allowance">A relative error the contract of the step itself allows: a ridge, the tolerance of a root finder.</param>
    public static void Check(EngineUnderTest engine, OpInputs inputs, int reductionLength, Action<OpRun> step, string[]? skip = null, double allowance = 0) =>
        Check(engine, inputs, (which, numbers) => Started(new OpRun(which, (OpInputs)numbers), step), reductionLength, skip, allowance);

    /// <summary>As above for steps of streams.</summary>
    public static void Check(EngineUnderTest engine, StreamInputs inputs, int reductionLength, Action<StreamRun> step, string[]? skip = null, double allowance = 0) =>
        Check(engine, inputs, (which, numbers) => Started(new StreamRun(which, (StreamInputs)numbers), step), reductionLength, skip, allowance);

    /// <summary>As above on the usual inputs of a shape.</summary>
    public static void Check(EngineUnderTest engine, ProblemShape shape, int reductionLength, Action<OpRun> step) =>
        Check(engine, OpInputs.Of(shape), reductionLength, step);

    public static Complex[] ReadComplex(Tensor tensor)
    {
        var values = new Complex[tensor.Length];
        tensor.Read(values);
        return values;
    }

    public static double[] ReadControl(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(values);
        return values;
    }

    public static int[] ReadInteger(Tensor tensor)
    {
        var values = new int[tensor.Length];
        tensor.Read(values);
        return values;
    }

    private static void Check(EngineUnderTest engine, StepInputs inputs, Func<EngineUnderTest, StepInputs, StepRun> run, int reductionLength, string[]? skip, double allowance)
    {
        using StepRun expected = run(EngineUnderTest.Reference, inputs), actual = run(engine, inputs);
        using StepRun nearby = run(EngineUnderTest.Reference, inputs.Perturbed(Perturbation, seed: 91));
        using StepRun nearbyToo = run(EngineUnderTest.Reference, inputs.Perturbed(Perturbation, seed: 92));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Compared.Count; i++)
            {
                if (skip is null || !skip.Contains(expected.Compared[i].Name))
                {
                    Compare(
                        actual.Compared[i], expected.Compared[i], [nearby.Compared[i], nearbyToo.Compared[i]], inputs.RealizationCount,
                        condition => Tolerance.For(engine.Precision, reductionLength, condition) + (allowance * Math.Max(1, condition)));
                }
            }
        });
    }

    private static TRun Started<TRun>(TRun run, Action<TRun> step)
    {
        step(run);
        return run;
    }

    private static void Compare(Tensor actual, Tensor expected, Tensor[] nearby, int realizationCount, Func<double, double> toleranceFor)
    {
        int size = (int)(expected.Length / expected.Shape[0]);
        for (int r = 0; r <= realizationCount; r++)
        {
            Range range = (r * size)..((r + 1) * size);
            string what = $"{expected.Name}, realization {r}{(r == realizationCount ? " (spare)" : string.Empty)}";
            if (expected.Kind == ElementKind.Integer)
            {
                Assert.That(ReadInteger(actual)[range], Is.EqualTo(ReadInteger(expected)[range]), what);
                continue;
            }

            double[] reference = Numbers(expected, range), result = Numbers(actual, range);
            if (Array.TrueForAll(reference, v => Math.Abs(v) == StepRun.Mark || !double.IsFinite(v)))
            {
                Assert.That(result, Is.EqualTo(reference), what + " must stay untouched");
                continue;
            }

            double unit = expected.Name == "powerExcess" ? 1 : Norm(reference); // an excess is relative to the budget already
            double condition = unit > 0 ? nearby.Max(n => Distance(Numbers(n, range), reference) / unit / Perturbation) : 1; // what is 0 must be exactly 0
            double tolerance = toleranceFor(condition);
            Assert.That(tolerance, Is.LessThan(LoosestTolerance), $"{what}: amplifies rounding {condition:g3} times, any result would do; take a better conditioned problem");
            Assert.That(Distance(result, reference), Is.LessThanOrEqualTo(tolerance * unit), $"{what}, norm {unit:g3}, condition {condition:g3}");
        }
    }

    private static double[] Numbers(Tensor tensor, Range range) => tensor.Kind == ElementKind.Control
        ? ReadControl(tensor)[range]
        : [.. ReadComplex(tensor)[range].SelectMany(v => (double[])[v.Real, v.Imaginary])];

    /// <summary>‖a − b‖; numbers that are the same, infinities and what is no number included, differ by 0.</summary>
    private static double Distance(double[] a, double[] b) => Norm([.. a.Zip(b, (x, y) => x.Equals(y) ? 0 : double.IsNaN(x - y) ? double.MaxValue : x - y)]);

    private static double Norm(double[] values) => Math.Sqrt(values.Where(double.IsFinite).Sum(v => v * v));
}
