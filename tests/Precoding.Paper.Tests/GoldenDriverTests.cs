using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>The drivers on every engine in double precision against the golden files.</summary>
public class GoldenDriverTests
{
    private const double Agreement = GoldenTranscriptionTests.Agreement;
    private const int Iterations = GoldenTranscriptionTests.Iterations;

    private static IEnumerable<TestCaseData> CompleteOnEngines => OnEngines(GoldenCase.Complete);

    private static IEnumerable<TestCaseData> AllOnEngines => OnEngines(GoldenCase.All);

    [TestCaseSource(nameof(CompleteOnEngines))]
    public void ClosedFormsMatchGolden(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        PrecodingResult mrt = Solve(engine, golden, new MaximumRatio()), rzf = Solve(engine, golden, new RegularizedZeroForcing());
        Assert.Multiple(() =>
        {
            Assert.That(Relative.Error(mrt.Precoders.AsDouble(), golden.Complexes("mrt_P")), Is.LessThan(Agreement));
            Assert.That(Relative.WorstEntry(mrt.Rates(0), golden.Reals("mrt_rates")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(rzf.Precoders.AsDouble(), golden.Complexes("rzf_P")), Is.LessThan(Agreement));
            Assert.That(Relative.WorstEntry(rzf.Rates(0), golden.Reals("rzf_rates")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(nameof(CompleteOnEngines))]
    public void WmmseMatchesGolden(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        PrecodingResult after3 = Solve(engine, golden, new Wmmse(new WmmseOptions { MaxIterations = 3, Tolerance = 0 }));
        PrecodingResult after30 = Solve(engine, golden, new Wmmse(new WmmseOptions { MaxIterations = 30, Tolerance = 0 }));
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(SumRates(after30), golden.Reals("wmmse_sumrate_per_iteration")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(after3.Precoders.AsDouble(), golden.Complexes("wmmse_P_after_3")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(nameof(CompleteOnEngines))]
    public void PursuitFindsTheGoldenSupport(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        using IDevice device = engine.Open();
        using IEngine ops = device.CreateEngine();
        using var problem = new CoherentProblem(ops, golden.Network, golden.Shape, 1);
        using var control = new SolveControl(ops, 1, 1, 0, 1) { RealizationCount = 1 };
        using var support = new BeamSupport(ops, problem, golden.FineFactor, Math.Max(1, problem.M / 2));
        ops.BeginControl(1, control);
        ops.LoadChannels(golden.Channels, 0, problem, control);
        ops.PursuitSupport(problem, 0.03, support, control);
        var start = new int[(problem.K * problem.L) + 1];
        var beam = new int[support.SlotCapacity];
        support.Start.Read(start);
        support.Beam.Read(beam);
        int[][] found = [.. Enumerable.Range(0, problem.K * problem.L).Select(link => beam[start[link]..start[link + 1]])];
        Assert.That(found, Is.EqualTo(golden.Support()));
    }

    [TestCaseSource(nameof(CompleteOnEngines))]
    public void BspHamiltonianMatchesGolden(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        BeamStructuredHamiltonianOptions Options(int iterations) => new() { FineFactor = golden.FineFactor, MaxIterations = iterations, Tolerance = 0 };
        PrecodingResult after5 = Solve(engine, golden, new BeamStructuredHamiltonian(Options(5)));
        PrecodingResult after10 = Solve(engine, golden, new BeamStructuredHamiltonian(Options(Iterations)));
        double[] expected = golden.Reals("bsp_sumrate_per_iteration");
        Assert.That(expected[5], Is.EqualTo(expected[..6].Max()), "iterate 5 must be the best so far, or the driver returns another");
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(SumRates(after10), expected.AsSpan(0, Iterations + 1)), Is.LessThan(Agreement));
            Assert.That(Relative.Error(after5.Trace(0)[5].StepSize, golden.Real("bsp_step_after_5")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(after5.Precoders.AsDouble(), PrecodersOf(golden, "bsp_u_after_5")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(nameof(CompleteOnEngines))]
    public void ReducedHamiltonianMatchesGolden(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        PrecodingResult after5 = Solve(engine, golden, new ReducedHamiltonian(new ReducedHamiltonianOptions { MaxIterations = 5, Tolerance = 0 }));
        PrecodingResult after10 = Solve(engine, golden, new ReducedHamiltonian(new ReducedHamiltonianOptions { MaxIterations = Iterations, Tolerance = 0 }));
        double[] expected = golden.Reals("rsh_sumrate_per_iteration");
        Assert.That(expected[5], Is.EqualTo(expected[..6].Max()), "iterate 5 must be the best so far, or the driver returns another");
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(SumRates(after10), expected.AsSpan(0, Iterations + 1)), Is.LessThan(Agreement));
            Assert.That(Relative.Error(after5.Trace(0)[5].StepSize, golden.Real("rsh_step_after_5")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(after5.Precoders.AsDouble(), golden.Complexes("rsh_P_after_5")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(nameof(AllOnEngines))]
    public void ReducedGradientsMatchGolden(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        bool overloaded = name == "c6_overloaded";
        double agreement = overloaded ? 1e-6 : Agreement; // K > L·M: singular Gram matrices amplify rounding
        ReducedConjugateGradient Precoder(int iterations, InitialPrecoder start) =>
            new(new ReducedConjugateGradientOptions { MaxIterations = iterations, Tolerance = 0, Starts = [start] });
        PrecodingResult after3 = Solve(engine, golden, Precoder(3, new InitialPrecoder.MaximumRatio()));
        PrecodingResult after10 = Solve(engine, golden, Precoder(Iterations, new InitialPrecoder.MaximumRatio()));
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(SumRates(after10), golden.Reals("rcg_mrt_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(agreement));
            Assert.That(Relative.Error(after3.Precoders.AsDouble(), golden.Complexes("rcg_mrt_P_after_3")), Is.LessThan(agreement));
            if (golden.Has("rcg_mrt_alpha_after_3"))
            {
                Assert.That(Relative.Error(after3.Trace(0)[3].StepSize, golden.Real("rcg_mrt_alpha_after_3")), Is.LessThan(agreement));
                PrecodingResult fromRzf = Solve(engine, golden, Precoder(Iterations, new InitialPrecoder.RegularizedZeroForcing()));
                Assert.That(Relative.WorstEntry(SumRates(fromRzf), golden.Reals("rcg_rzf_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(agreement));
            }
        });
    }

    internal static double[] SumRates(PrecodingResult result, int realization = 0) => [.. result.Trace(realization).Select(point => point.SumRate)];

    internal static PrecodingResult Solve(EngineUnderTest engine, GoldenCase golden, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(golden.Channels, device);
    }

    private static IEnumerable<TestCaseData> OnEngines(string[] cases) =>
        from engine in EngineUnderTest.InDouble from name in cases select new TestCaseData(engine, name);

    /// <summary>p = V u of a golden beam vector, [user, accessPoint, antenna].</summary>
    private static Complex[] PrecodersOf(GoldenCase golden, string array)
    {
        Complex[] u = golden.Complexes(array);
        (int M, int N) = (golden.Shape.AntennaCount, golden.FineFactor * golden.Shape.AntennaCount);
        var V = new BspHamiltonian(Scenario.Of(golden.Channels), golden.FineFactor, golden.Support()).V;
        return [.. Enumerable.Range(0, u.Length / N * M).Select(i =>
            Enumerable.Range(0, N).Aggregate(Complex.Zero, (sum, n) => sum + (V[i % M, n] * u[(i / M * N) + n])))];
    }
}
