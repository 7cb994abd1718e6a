using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>How far whole solves differ between engines, the promise of docs/determinism.md: sum rates relative to the reference, after so many iterations from the same channels.</summary>
public class EngineAgreementTests
{
    private const int Iterations = 10, Realizations = 4;

    /// <summary>Rounding grows with the iterations, since each feeds the next; choices between discrete steps may turn out otherwise.</summary>
    private const double DoubleBound = 1e-10, SingleBound = 5e-4;

    private static readonly ProblemShape[] Shapes = [new(Realizations, 2, 16, 6), new(Realizations, 3, 8, 12), new(Realizations, 2, 5, 12)];

    private static readonly Dictionary<string, double[][]> References = [];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.Fast
        from precoder in PrecoderInvariantTests.Precoders
        select new TestCaseData(engine, precoder.Name, precoder.Create) { TestName = $"{{m}}({engine},{precoder.Name})" };

    [TestCaseSource(nameof(Cases))]
    public void SumRatesAgreeWithTheReference(EngineUnderTest engine, string name, Func<int, IPrecoder> create)
    {
        double[][] expected = Reference(name, create), actual = Rates(engine, create);
        double worst = expected.SelectMany((rates, s) => rates.Select((rate, r) => Math.Abs(actual[s][r] - rate) / rate)).Max();
        TestContext.Out.WriteLine($"{engine},{name}: {worst:E1}");
        Assert.That(worst, Is.LessThan(engine.Precision == Precision.Double ? DoubleBound : SingleBound));
    }

    private static double[][] Reference(string name, Func<int, IPrecoder> create)
    {
        lock (References)
        {
            return References.TryGetValue(name, out double[][]? known) ? known : References[name] = Rates(EngineUnderTest.Reference, create);
        }
    }

    private static double[][] Rates(EngineUnderTest engine, Func<int, IPrecoder> create)
    {
        using IDevice device = engine.Open();
        return [.. Shapes.Select((shape, s) => create(Iterations).Solve(RandomProblem.CreateUnequal(shape, seed: (ulong)(60 + s)), device).WeightedSumRate.ToArray())];
    }
}
