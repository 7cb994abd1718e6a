using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Every precoder end to end: engines come to the rates of the reference, and single precision to those of double.</summary>
public class AgreementTests
{
    private static ChannelBatch Hard => RandomProblem.CreateUnequal(new ProblemShape(2, 3, 16, 12), seed: 61);

    private static ChannelBatch Benign => RandomProblem.Create(new ProblemShape(2, 2, 16, 4), seed: 62);

    private static readonly (string Name, int Iterations, Func<int, IPrecoder> Create)[] Precoders =
    [
        ("mrt", 0, _ => new MaximumRatio()),
        ("rzf", 0, _ => new RegularizedZeroForcing()),
        ("dft-codebook", 0, _ => new DftCodebook()),
        ("wmmse", 50, n => new Wmmse(new() { MaxIterations = n, Tolerance = 0 })),
        ("reduced-hamiltonian", 10, n => new ReducedHamiltonian(new() { MaxIterations = n, Tolerance = 0 })),
        ("reduced-cg", 6, n => new ReducedConjugateGradient(new() { MaxIterations = n, Tolerance = 0 })), // from RZF rounding grows sooner: 1.1e-9 after ten
        ("reduced-cg from mrt", 10, n => new ReducedConjugateGradient(new() { MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("mrt") })),
        ("bsp-cg", 10, n => new BeamConjugateGradient(new() { MaxIterations = n, Tolerance = 0 })),
        ("bsp-hamiltonian, diagonal Hessian", 10, n => new BeamStructuredHamiltonian(new() { MaxIterations = n, Tolerance = 0, Mass = MassMatrix.DiagonalHessian })),
        ("bln-pgp", 10, n => new UnfoldedProjectedGradient(new() { MaxIterations = n, Tolerance = 0 })),
        ("bsp-hamiltonian", 10, n => new BeamStructuredHamiltonian(new() { MaxIterations = n, Tolerance = 0 })),
    ];

    private static IEnumerable<TestCaseData> InDouble =>
        from engine in EngineUnderTest.Fast where engine.Precision == Precision.Double
        from precoder in Precoders
        select new TestCaseData(engine, precoder.Iterations, precoder.Create) { TestName = $"{{m}}({engine},{precoder.Name})" };

    /// <summary>
    /// The flows with a step of fixed size: with the step rule they hover at the limit of stability, where a last bit decides between rates that differ by percents, in the reference too.
    /// </summary>
    private static readonly (string Name, IPrecoder Precoder)[] ToTheEnd =
    [
        ("wmmse", new Wmmse(new() { MaxIterations = 300, Tolerance = 0 })),
        ("reduced-cg", new ReducedConjugateGradient(new() { MaxIterations = 200, Tolerance = 0, Starts = InitialPrecoder.ParseList("mrt") })), // from RZF single precision ends 1.4e-4 away
        ("bsp-cg", new BeamConjugateGradient(new() { MaxIterations = 200, Tolerance = 0 })),
        ("bln-pgp", new UnfoldedProjectedGradient(new() { Tolerance = 0 })),
        ("reduced-hamiltonian", new ReducedHamiltonian(new() { MaxIterations = 300, Tolerance = 0, InitialStepSize = 0.05, StepExponent = 0 })),
        ("bsp-hamiltonian", new BeamStructuredHamiltonian(new() { MaxIterations = 300, Tolerance = 0, InitialStepSize = 0.05, StepExponent = 0 })),
    ];

    private static IEnumerable<TestCaseData> AllFast =>
        from engine in EngineUnderTest.Fast from precoder in ToTheEnd select new TestCaseData(engine, precoder.Precoder) { TestName = $"{{m}}({engine},{precoder.Name})" };

    /// <summary>Where iterates are still determined by the arithmetic: ten iterations, fifty of the monotone yardstick.</summary>
    [TestCaseSource(nameof(InDouble))]
    public void DoubleFollowsTheReference(EngineUnderTest engine, int iterations, Func<int, IPrecoder> create) => Check(engine, create(iterations), Hard, 1e-9);

    /// <summary>To the end, on channels whose optimum every start leads to; single precision is held to the reference's double.</summary>
    [TestCaseSource(nameof(AllFast))]
    public void ManyIterationsComeToTheSameRate(EngineUnderTest engine, IPrecoder precoder) => Check(engine, precoder, Benign, 1e-4);

    private static void Check(EngineUnderTest engine, IPrecoder precoder, ChannelBatch channels, double tolerance)
    {
        PrecodingResult expected = Solve(EngineUnderTest.Reference, channels, precoder), actual = Solve(engine, channels, precoder);
        Assert.That(Relative.WorstEntry(actual.WeightedSumRate, expected.WeightedSumRate), Is.LessThan(tolerance));
    }

    private static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(channels, device);
    }
}
