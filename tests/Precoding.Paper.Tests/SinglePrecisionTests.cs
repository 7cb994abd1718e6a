using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>Engines in single precision against the golden files, over the iterations before rounding is amplified.</summary>
public class SinglePrecisionTests
{
    private const int Iterations = 3;

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.InSingle
        from name in GoldenCase.Complete
        from method in (string[])["wmmse", "bsp", "rsh", "rcg_mrt", "rcg_rzf"]
        select new TestCaseData(engine, name, method);

    /// <summary>
    /// The tolerance is measured, not guessed: the transcription runs again on channels moved by what single precision loses in sums of L·M + K terms, its
    /// line searches disturbed by as much, which shows how far that moves each iterate. A solve in single loses ε times the condition of its system.
    /// </summary>
    [TestCaseSource(nameof(Cases))]
    public void FirstIterationsMatchGolden(EngineUnderTest engine, string name, string method)
    {
        GoldenCase golden = GoldenCase.Read(name);
        double[] expected = golden.Reals(method + "_sumrate_per_iteration")[..(Iterations + 1)];
        PrecodingResult result = GoldenDriverTests.Solve(engine, golden, Precoder(golden, method));
        double[] actual = GoldenDriverTests.SumRates(result);
        int depth = (golden.Shape.AccessPointCount * golden.Shape.AntennaCount) + golden.Shape.UserCount;
        double rounding = Tolerance.For(Precision.Single, depth);
        Iterates[] moved = [.. Enumerable.Range(0, 4).Select(seed => Transcribed(Scenario.Of(Moved(golden, rounding, (ulong)seed)), golden, method, rounding))];
        Assert.Multiple(() =>
        {
            for (int i = 0; i <= Iterations; i++)
            {
                double solves = Tolerance.Epsilon(Precision.Single) * moved[0].Condition.Take(i).DefaultIfEmpty(0).Max();
                double tolerance = rounding + solves + (2 * moved.Max(iterates => Relative.Error(iterates.SumRate[i], expected[i]))); // twice the worst of four
                Assert.That(tolerance, Is.LessThan(0.02), "nothing could fail it");
                Assert.That(Relative.Error(actual[i], expected[i]), Is.LessThan(tolerance), $"iteration {i}");
            }
        });
    }

    private static ChannelBatch Moved(GoldenCase golden, double relative, ulong seed)
    {
        Complex[] h = golden.Complexes("H"), direction = RandomProblem.Normals(h.Length, seed);
        return ChannelBatch.FromArray(golden.Network, golden.Shape, [.. h.Zip(direction, (value, n) => value * (1 + (relative * n)))]);
    }

    private static IPrecoder Precoder(GoldenCase golden, string method) => method switch
    {
        "wmmse" => new Wmmse(new WmmseOptions { MaxIterations = Iterations, Tolerance = 0 }),
        "bsp" => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions { FineFactor = golden.FineFactor, MaxIterations = Iterations, Tolerance = 0 }),
        "rsh" => new ReducedHamiltonian(new ReducedHamiltonianOptions { MaxIterations = Iterations, Tolerance = 0 }),
        _ => new ReducedConjugateGradient(new ReducedConjugateGradientOptions
        {
            MaxIterations = Iterations,
            Tolerance = 0,
            Starts = InitialPrecoder.ParseList(method.EndsWith("rzf", StringComparison.Ordinal) ? "rzf" : "mrt"),
        }),
    };

    private static Iterates Transcribed(Scenario scenario, GoldenCase golden, string method, double lossNoise) => method switch
    {
        "wmmse" => SpatialWmmse.Run(scenario, Iterations),
        "bsp" => new BspHamiltonian(scenario, golden.FineFactor, golden.Support()).Run(Iterations),
        "rsh" => ReducedHamiltonianFlow.Run(scenario, Iterations),
        "rcg_mrt" => ReducedGradients.Run(scenario, scenario.MaximumRatio(), Iterations, lossNoise),
        _ => ReducedGradients.Run(scenario, scenario.RegularizedZeroForcing(), Iterations, lossNoise),
    };
}
