using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>reduced-cg spends every budget in full, which need not be best where users outnumber antennas: whether it was is seen in what it returns. [coherent.md §6]</summary>
public class FullPowerTests
{
    /// <summary>More users than antennas in all, and than those of one access point.</summary>
    private static readonly ProblemShape[] Shapes = [new(1, 3, 4, 16), new(1, 3, 4, 8)];

    /// <summary>Where the rate would rise with less power at an access point, the multiplier of that budget would be negative, and the point none of the balls' optimality conditions.</summary>
    [Test]
    public void LessPowerAtAnyAccessPointIsWorse([ValueSource(nameof(Shapes))] ProblemShape shape, [Values(1, 20)] double powerWatts)
    {
        const double share = 0.999;
        ChannelBatch channels = RandomProblem.Create(shape, seed: 17, powerWatts, spreadDb: 12);
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        PrecodingResult result = new ReducedConjugateGradient(new() { MaxIterations = 300, Tolerance = 0 }).Solve(channels, device);
        Scenario scenario = Scenario.Of(channels);
        Matrix[] P = scenario.PerBlock(l => Block(result.Precoders, l, shape));
        double full = scenario.SumRate(scenario.Couplings(P));
        Assert.Multiple(() =>
        {
            Assert.That(full, Is.EqualTo(result.WeightedSumRate[0]).Within(1e-9 * full));
            for (int l = 0; l < scenario.L; l++)
            {
                Matrix[] less = [.. P];
                less[l] *= Math.Sqrt(share);
                double gain = (full - scenario.SumRate(scenario.Couplings(less))) / (1 - share);
                TestContext.Out.WriteLine($"{full:f3} bit/s/Hz, dR/d ln P_{l} = {gain:f3}");
                Assert.That(gain, Is.GreaterThan(0));
            }
        });
    }

    private static Matrix Block(PrecoderBatch precoders, int l, ProblemShape shape)
    {
        var P = Matrix.Build.Dense(shape.M, shape.K);
        var p = new Complex[shape.M];
        for (int k = 0; k < shape.K; k++)
        {
            precoders.CopyTo(0, k, l, p);
            P.SetColumn(k, p);
        }

        return P;
    }
}
