using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>The transcriptions, which know neither engine nor driver, against the golden files.</summary>
public class GoldenTranscriptionTests
{
    /// <summary>What the golden files promise in double precision for the first iterations.</summary>
    internal const double Agreement = 1e-9;

    /// <summary>Iterations before rounding has been amplified beyond <see cref="Agreement"/>.</summary>
    internal const int Iterations = 10;

    [TestCaseSource(typeof(GoldenCase), nameof(GoldenCase.Complete))]
    public void ClosedFormsMatchGolden(string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        Scenario scenario = Scenario.Of(golden.Channels);
        var mrt = scenario.MaximumRatio();
        var rzf = scenario.RegularizedZeroForcing();
        Assert.Multiple(() =>
        {
            Assert.That(Relative.Error(Iterates.Flat(mrt), golden.Complexes("mrt_P")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(Iterates.Flat(rzf), golden.Complexes("rzf_P")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(scenario.SumRate(scenario.Couplings(mrt)), golden.Reals("mrt_rates").Sum()), Is.LessThan(Agreement));
            Assert.That(Relative.Error(scenario.SumRate(scenario.Couplings(rzf)), golden.Reals("rzf_rates").Sum()), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(typeof(GoldenCase), nameof(GoldenCase.Complete))]
    public void SpatialWmmseMatchesGolden(string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        Iterates iterates = SpatialWmmse.Run(Scenario.Of(golden.Channels), 30);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. iterates.SumRate], golden.Reals("wmmse_sumrate_per_iteration")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(iterates.Precoders(3), golden.Complexes("wmmse_P_after_3")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(typeof(GoldenCase), nameof(GoldenCase.Complete))]
    public void BspHamiltonianMatchesGolden(string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        var bsp = new BspHamiltonian(Scenario.Of(golden.Channels), golden.FineFactor, golden.Support());
        Iterates iterates = bsp.Run(Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. iterates.SumRate], golden.Reals("bsp_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(Agreement));
            Assert.That(Relative.Error(bsp.U[0], golden.Complexes("bsp_u0")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(bsp.StartGradient, golden.Complexes("bsp_gradient_at_u0")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(bsp.U[5], golden.Complexes("bsp_u_after_5")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(iterates.StepSize[5], golden.Real("bsp_step_after_5")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(typeof(GoldenCase), nameof(GoldenCase.Complete))]
    public void ReducedHamiltonianMatchesGolden(string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        Iterates iterates = ReducedHamiltonianFlow.Run(Scenario.Of(golden.Channels), Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. iterates.SumRate], golden.Reals("rsh_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(Agreement));
            Assert.That(Relative.Error(iterates.Precoders(5), golden.Complexes("rsh_P_after_5")), Is.LessThan(Agreement));
            Assert.That(Relative.Error(iterates.StepSize[5], golden.Real("rsh_step_after_5")), Is.LessThan(Agreement));
        });
    }

    [TestCaseSource(typeof(GoldenCase), nameof(GoldenCase.All))]
    public void ReducedGradientsMatchGolden(string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        Scenario scenario = Scenario.Of(golden.Channels);
        double agreement = name == "c6_overloaded" ? 1e-6 : Agreement; // K > L·M: singular Gram matrices amplify rounding
        Iterates fromMrt = ReducedGradients.Run(scenario, scenario.MaximumRatio(), Iterations);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry([.. fromMrt.SumRate], golden.Reals("rcg_mrt_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(agreement));
            Assert.That(Relative.Error(fromMrt.Precoders(3), golden.Complexes("rcg_mrt_P_after_3")), Is.LessThan(agreement));
            if (golden.Has("rcg_mrt_alpha_after_3"))
            {
                Assert.That(Relative.Error(fromMrt.StepSize[3], golden.Real("rcg_mrt_alpha_after_3")), Is.LessThan(agreement));
                Iterates fromRzf = ReducedGradients.Run(scenario, scenario.RegularizedZeroForcing(), Iterations);
                Assert.That(Relative.WorstEntry([.. fromRzf.SumRate], golden.Reals("rcg_rzf_sumrate_per_iteration").AsSpan(0, Iterations + 1)), Is.LessThan(agreement));
            }
        });
    }
}
