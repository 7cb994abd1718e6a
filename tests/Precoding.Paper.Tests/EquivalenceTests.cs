using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>Two ways to the same iterates: reduced against spatial, beams against antennas, driver against transcription.</summary>
public class EquivalenceTests
{
    private static readonly ProblemShape[] Shapes = [new(1, 2, 8, 5), new(1, 1, 7, 3), new(1, 3, 5, 5), new(1, 2, 3, 7)];

    private static IEnumerable<TestCaseData> EnginesAndShapes => from engine in EngineUnderTest.InDouble from shape in Shapes select new TestCaseData(engine, shape);

    private static IEnumerable<TestCaseData> EnginesAndGoldenCases =>
        from engine in EngineUnderTest.InDouble from name in GoldenCase.Complete select new TestCaseData(engine, name);

    private static IEnumerable<TestCaseData> EnginesAndVariants =>
        from engine in EngineUnderTest.InDouble
        from position in Enum.GetValues<PositionConstraint>()
        from velocity in Enum.GetValues<VelocityMultiplier>()
        from massInterval in (int[])[0, 1, 5]
        select new TestCaseData(engine, position, velocity, massInterval);

    [TestCaseSource(nameof(EnginesAndShapes))]
    public void ReducedWmmseEqualsSpatialWmmse(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 11);
        PrecodingResult result = Solve(engine, channels, new Wmmse(new WmmseOptions { MaxIterations = 8, Tolerance = 0 }));
        Iterates spatial = SpatialWmmse.Run(Scenario.Of(channels), 8);
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. spatial.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    [TestCaseSource(nameof(EnginesAndShapes))]
    public void ReducedGradientsEqualSpatialOnes(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 12);
        PrecodingResult result = Solve(engine, channels, new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = 6, Tolerance = 0, Starts = InitialPrecoder.ParseList("mrt") }));
        Scenario scenario = Scenario.Of(channels);
        Iterates spatial = ReducedGradients.Run(scenario, scenario.MaximumRatio(), 6);
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. spatial.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    /// <summary>Of the default start, unequal budgets and weights included; the iterations after it are those of the transcription.</summary>
    [TestCaseSource(nameof(EnginesAndShapes))]
    public void WeightedZeroForcingEqualsItsSpatialForm(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 16);
        PrecodingResult result = Solve(engine, channels, new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = 4, Tolerance = 0 }));
        Scenario scenario = Scenario.Of(channels);
        Iterates spatial = ReducedGradients.Run(scenario, scenario.WeightedZeroForcing(), 4);
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. spatial.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    /// <summary>One access point to which all users look alike, each channel the one before turned by an antenna: weights are equal, and it is RZF.</summary>
    [Test]
    public void EqualWeightsMakeItZeroForcing()
    {
        double[] first = [1, 0.5, 0.25, 0.1, 0];
        var scenario = new Scenario([Matrix.Build.Dense(5, 5, (m, k) => first[(m - k + 5) % 5])], [3], [1, 1, 1, 1, 1]);
        Matrix difference = scenario.WeightedZeroForcing()[0] - scenario.RegularizedZeroForcing()[0];
        Assert.Multiple(() =>
        {
            Assert.That(difference.FrobeniusNorm(), Is.LessThan(GoldenTranscriptionTests.Agreement));
            Assert.That((scenario.RegularizedZeroForcing()[0] - scenario.MaximumRatio()[0]).FrobeniusNorm(), Is.GreaterThan(0.1), "or anything would do");
        });
    }

    [TestCaseSource(nameof(EnginesAndShapes))]
    public void ReducedHamiltonianEqualsItsTranscription(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 13);
        PrecodingResult result = Solve(engine, channels, new ReducedHamiltonian(new ReducedHamiltonianOptions { MaxIterations = 8, Tolerance = 0 }));
        Iterates flow = ReducedHamiltonianFlow.Run(Scenario.Of(channels), 8);
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. flow.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    [TestCaseSource(nameof(EnginesAndShapes))]
    public void UnfoldedLayersEqualTheirTranscription(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 15);
        UnfoldedLayer[] layers = [new(1.3, 0.4, 0.8, 0.6), new(0.7, 0.3, 1.2, 0.9), new(1.1, 0.6, 0.5, 0.3)];
        Iterates iterates = UnfoldedGradientLayers.Run(Scenario.Of(channels), layers);
        PrecodingResult result = Solve(engine, channels, new UnfoldedProjectedGradient(new() { Weights = new UnfoldedWeights("test", layers), Tolerance = 0 }));
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. iterates.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    /// <summary>With N = M beams, all of them allowed, V is unitary and the beam-domain flow is the antenna-domain flow.</summary>
    [TestCaseSource(nameof(EnginesAndShapes))]
    public void AllBeamsOfAUnitaryVEqualAntennas(EngineUnderTest engine, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 14);
        var precoder = new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions { FineFactor = 1, Support = SupportSelector.Full, MaxIterations = 8, Tolerance = 0 });
        PrecodingResult result = Solve(engine, channels, precoder);
        int[][] everywhere = [.. Enumerable.Range(0, shape.K * shape.L).Select(_ => Enumerable.Range(0, shape.M).ToArray())];
        var antennas = new BspHamiltonian(Scenario.Of(channels), 1, everywhere, beamMatrix: Matrix.Build.DenseIdentity(shape.M));
        Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. antennas.Run(8).SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
    }

    [TestCaseSource(nameof(EnginesAndVariants))]
    public void EveryVariantEqualsItsTranscription(EngineUnderTest engine, PositionConstraint position, VelocityMultiplier velocity, int massInterval)
    {
        GoldenCase golden = GoldenCase.Read("c2_small");
        var options = new BeamStructuredHamiltonianOptions { PositionConstraint = position, VelocityMultiplier = velocity, MaxIterations = 10, Tolerance = 0 };
        options = massInterval == 0 ? options : options with { Mass = MassMatrix.DiagonalHessian, MassRefreshInterval = massInterval };
        PrecodingResult result = GoldenDriverTests.Solve(engine, golden, new BeamStructuredHamiltonian(options));
        var bsp = new BspHamiltonian(
            Scenario.Of(golden.Channels), golden.FineFactor, golden.Support(), position == PositionConstraint.Exact, velocity == VelocityMultiplier.Printed, massInterval: massInterval);
        Iterates iterates = bsp.Run(10);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. iterates.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
            Assert.That(Relative.WorstEntry([.. result.Trace(0).Select(p => p.StepSize)], [.. iterates.StepSize]), Is.LessThan(GoldenTranscriptionTests.Agreement));
        });
    }

    [TestCaseSource(nameof(EnginesAndGoldenCases))]
    public void BeamGradientsEqualTheirTranscription(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        var options = new BeamConjugateGradientOptions { FineFactor = golden.FineFactor, MaxIterations = 8, Tolerance = 0 };
        PrecodingResult result = GoldenDriverTests.Solve(engine, golden, new BeamConjugateGradient(options));
        Scenario scenario = Scenario.Of(golden.Channels);
        Iterates iterates = BeamGradients.Run(scenario, new BspHamiltonian(scenario, golden.FineFactor, golden.Support()), 8);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(GoldenDriverTests.SumRates(result), [.. iterates.SumRate]), Is.LessThan(GoldenTranscriptionTests.Agreement));
            Assert.That(Relative.WorstEntry([.. result.Trace(0).Select(p => p.StepSize)], [.. iterates.StepSize]), Is.LessThan(1e-6)); // a parabola's vertex: differences of losses
        });
    }

    /// <summary>A step so large that the position constraint has no real root: the block is scaled, and the next step is half as long.</summary>
    [Test]
    public void MissingRootHalvesTheStep([ValueSource(typeof(EngineUnderTest), nameof(EngineUnderTest.InDouble))] EngineUnderTest engine)
    {
        GoldenCase golden = GoldenCase.Read("c1_tiny");
        const double longStep = 50;
        PrecodingResult beams = GoldenDriverTests.Solve(engine, golden, new BeamStructuredHamiltonian(
            new BeamStructuredHamiltonianOptions { InitialStepSize = longStep, MaxIterations = 1, Tolerance = 0 }));
        PrecodingResult reduced = GoldenDriverTests.Solve(engine, golden, new ReducedHamiltonian(
            new ReducedHamiltonianOptions { InitialStepSize = longStep, MaxIterations = 1, Tolerance = 0 }));
        Assert.Multiple(() =>
        {
            Assert.That(beams.Trace(0)[1].StepSize, Is.EqualTo(longStep / 2));
            Assert.That(reduced.Trace(0)[1].StepSize, Is.EqualTo(longStep / 2));
            Assert.That(beams.Trace(0)[1].WorstPowerExcess, Is.LessThan(1e-12));
            Assert.That(reduced.Trace(0)[1].WorstPowerExcess, Is.LessThan(1e-12));
        });
    }

    internal static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(channels, device);
    }
}
