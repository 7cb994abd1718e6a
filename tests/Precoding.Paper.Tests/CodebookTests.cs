using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>dft-codebook against its definition, beam by beam. [BSP ref 52; coherent.md §7]</summary>
public class CodebookTests
{
    [Test]
    public void EveryLinkHasItsBestBeamInPhaseAndItsShareOfThePower([Values(1, 2, 3)] int fineFactor, [Values(1, 2, 9, 16)] int antennaCount)
    {
        var shape = new ProblemShape(2, 3, antennaCount, 5);
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 71).WithZeroLinks((_, k, l) => k == 1 && l == 2);
        using IDevice device = EngineUnderTest.Reference.Open();
        PrecodingResult result = new DftCodebook(new() { FineFactor = fineFactor }).Solve(channels, device);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                for (int l = 0; l < shape.L; l++)
                {
                    int reached = l == 2 ? shape.K - 1 : shape.K;
                    for (int k = 0; k < shape.K; k++)
                    {
                        Complex[] h = new Complex[antennaCount], p = new Complex[antennaCount];
                        channels.CopyLink(r, k, l, h);
                        result.Precoders.CopyTo(r, k, l, p);
                        double share = channels.Network.AccessPoints[l].PowerBudgetWatts / reached;
                        Complex[] expected = k == 1 && l == 2 ? new Complex[antennaCount] : Expected(h, fineFactor * antennaCount, share);
                        Assert.That(p.Zip(expected, (a, b) => (a - b).Magnitude).Max(), Is.LessThan(1e-12 * Math.Sqrt(share)), $"realization {r}, user {k}, access point {l}");
                    }
                }
            }
        });
    }

    /// <summary>√share v_n e^{jφ} with the n of the largest |hᴴv_n| and hᴴp > 0.</summary>
    private static Complex[] Expected(Complex[] h, int N, double share)
    {
        int M = h.Length;
        Complex[][] beams = [.. Enumerable.Range(0, N).Select(n =>
            Enumerable.Range(0, M).Select(m => Complex.Exp(new Complex(0, -Math.PI * m * ((2.0 * n) - N) / N)) / Math.Sqrt(M)).ToArray())];
        Complex Heard(Complex[] p) => h.Zip(p, (a, b) => Complex.Conjugate(a) * b).Aggregate(Complex.Zero, (a, b) => a + b);
        Complex[] best = beams.MaxBy(v => Heard(v).Magnitude)!;
        Complex turn = Complex.Conjugate(Heard(best)) / Heard(best).Magnitude;
        return [.. best.Select(v => v * turn * Math.Sqrt(share))];
    }
}
