using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Runs a step on an engine and on the reference from the same numbers and compares everything it may have written.</summary>
internal static class Conformance
{
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

    public static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.Fast from shape in Shapes select new TestCaseData(engine, shape);

    /// <summary>
    /// Statuses, counters and memory a step has no business in must agree exactly; complex and control outputs within
    /// <see cref="Tolerance.For"/>, realization by realization, powers as a fraction of the budget.
    /// </summary>
    /// <param name="reductionLength">Terms behind one element.</param>
    /// <param name="step">Asks the run for its tensors and calls the step.</param>
    /// <param name="condition">Amplification of rounding by the step, from the reference's run; 1 for sums and products.</param>
    public static void Check(
        EngineUnderTest engine, OpInputs inputs, int reductionLength, Action<OpRun> step, Func<OpRun, double>? condition = null, params string[] skip)
    {
        using var expected = new OpRun(EngineUnderTest.Reference, inputs);
        using var actual = new OpRun(engine, inputs);
        step(expected);
        step(actual);
        double tolerance = Tolerance.For(engine.Precision, reductionLength, condition?.Invoke(expected) ?? 1);
        Assert.That(tolerance, Is.LessThan(0.02), "a looser tolerance would accept anything: choose a better conditioned problem");
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Compared.Count; i++)
            {
                if (!skip.Contains(expected.Compared[i].Name))
                {
                    Compare(actual.Compared[i], expected.Compared[i], inputs.Shape.R, tolerance);
                }
            }
        });
    }

    /// <summary>As above on the usual inputs of a shape.</summary>
    public static void Check(EngineUnderTest engine, ProblemShape shape, int reductionLength, Action<OpRun> step, Func<OpRun, double>? condition = null) =>
        Check(engine, OpInputs.Of(shape), reductionLength, step, condition);

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

    private static void Compare(Tensor actual, Tensor expected, int realizationCount, double tolerance)
    {
        int size = (int)(expected.Length / expected.Shape[0]);
        for (int r = 0; r <= realizationCount; r++)
        {
            Range range = (r * size)..((r + 1) * size);
            string what = $"{expected.Name}, realization {r}{(r == realizationCount ? " (spare)" : string.Empty)}";
            switch (expected.Kind)
            {
                case ElementKind.Integer:
                    Assert.That(ReadInteger(actual)[range], Is.EqualTo(ReadInteger(expected)[range]), what);
                    break;
                case ElementKind.Complex:
                    Within(ReadComplex(actual)[range], ReadComplex(expected)[range], tolerance, what);
                    break;
                default:
                    Within(ReadControl(actual)[range], ReadControl(expected)[range], expected.Name == "powerExcess" ? tolerance : 0, tolerance, what);
                    break;
            }
        }
    }

    private static void Within(Complex[] actual, Complex[] expected, double tolerance, string what)
    {
        if (expected.All(v => v == new Complex(OpRun.Mark, -OpRun.Mark)))
        {
            Assert.That(actual, Is.EqualTo(expected), what + " must stay untouched");
        }
        else
        {
            Assert.That(Relative.Error(actual, expected), Is.LessThanOrEqualTo(tolerance), what);
        }
    }

    private static void Within(double[] actual, double[] expected, double absolute, double relative, string what)
    {
        bool plain = expected.All(v => v == OpRun.Mark || !double.IsFinite(v));
        if (plain)
        {
            Assert.That(actual, Is.EqualTo(expected), what + " must stay untouched");
        }
        else if (absolute > 0)
        {
            Assert.That(actual[0], Is.EqualTo(expected[0]).Within(absolute), what);
        }
        else
        {
            Assert.That(Relative.Error(actual, expected), Is.LessThanOrEqualTo(relative), what);
        }
    }
}
