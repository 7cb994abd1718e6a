using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>The transmit path by beams sends what the path by antennas sends, and both send Σ_k p_{k,l} d_k. [BSP §4.3]</summary>
public class TransmitterTests
{
    private static readonly Func<IPrecoder>[] BeamPrecoders =
    [
        () => new BeamStructuredHamiltonian(new() { MaxIterations = 5 }),
        () => new BeamConjugateGradient(new() { MaxIterations = 5, FineFactor = 3, Starts = InitialPrecoder.ParseList("uniform,mrt") }),
        () => new DftCodebook(),
    ];

    [Test]
    public void BeamsSendWhatAntennasSend(
        [ValueSource(nameof(BeamPrecoders))] Func<IPrecoder> create, [ValueSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))] EngineUnderTest engine, [Values(1, 5, 40)] int symbols)
    {
        var shape = new ProblemShape(3, 2, 12, 5);
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 73).WithZeroLinks((r, k, l) => r == 1 && k == 2 && l == 0);
        using IDevice device = engine.Open();
        PrecodingResult result = create().Solve(channels, device);
        ComplexF[] data = [.. RandomProblem.Normals(symbols * shape.K, 74).Select(d => (ComplexF)d)];
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                Complex[] expected = Sent(result.Precoders, r, data);
                double tolerance = Tolerance.For(Precision.Single, shape.K * shape.M, condition: 10);
                using var beams = new BeamTransmitter(result.Beams!, r);
                using var antennas = new SpatialTransmitter(result.Precoders, r);
                Assert.That(Relative.Error(Transmit(beams, data), expected), Is.LessThan(tolerance), $"beams, realization {r}");
                Assert.That(Relative.Error(Transmit(antennas, data), expected), Is.LessThan(tolerance), $"antennas, realization {r}");
            }
        });
    }

    /// <summary>V Φ u is P in the engine's own precision, link by link.</summary>
    [Test]
    public void BeamsAreThePrecoders(
        [ValueSource(nameof(BeamPrecoders))] Func<IPrecoder> create, [ValueSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))] EngineUnderTest engine)
    {
        var shape = new ProblemShape(2, 2, 9, 4);
        using IDevice device = engine.Open();
        PrecodingResult result = create().Solve(RandomProblem.CreateUnequal(shape, seed: 75), device);
        int N = result.Beams!.FineFactor * shape.M;
        var p = new Complex[shape.M];
        for (int link = 0; link < shape.R * shape.K * shape.L; link++)
        {
            (int r, int k, int l) = (link / (shape.K * shape.L), link / shape.L % shape.K, link % shape.L);
            result.Precoders.CopyTo(r, k, l, p);
            var sum = new Complex[shape.M];
            for (int i = 0; i < result.Beams.Beams(r, k, l).Length; i++)
            {
                int n = result.Beams.Beams(r, k, l)[i];
                for (int m = 0; m < shape.M; m++)
                {
                    sum[m] += result.Beams.Values(r, k, l)[i] * Complex.Exp(new Complex(0, -Math.PI * m * ((2.0 * n) - N) / N)) / Math.Sqrt(shape.M);
                }
            }

            Assert.That(Relative.Error(sum, p), Is.LessThan(Tolerance.For(engine.Precision, N, condition: 10)));
        }
    }

    [Test]
    public void OnlyMethodsOfTheBeamDomainHaveBeams()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 4, 3), seed: 76);
        using IDevice device = EngineUnderTest.Reference.Open();
        Assert.That(new ReducedConjugateGradient().Solve(channels, device).Beams, Is.Null);
        PrecodingResult result = new DftCodebook().Solve(channels, device);
        Assert.That(Enumerable.Range(0, 6).Select(link => result.Beams!.Beams(0, link / 2, link % 2).Length), Is.All.EqualTo(1));
        using var transmitter = new BeamTransmitter(result.Beams!, 0);
        Assert.Throws<ValidationException>(() => transmitter.Transmit(new ComplexF[6], new ComplexF[8]));
    }

    private static Complex[] Transmit(Transmitter transmitter, ComplexF[] data)
    {
        var signals = new ComplexF[data.Length / transmitter.UserCount * transmitter.AccessPointCount * transmitter.AntennaCount];
        transmitter.Transmit(data, signals);
        return [.. signals.Select(x => (Complex)x)];
    }

    /// <summary>Σ_k p_{k,l} d_k, [symbol, accessPoint, antenna].</summary>
    private static Complex[] Sent(PrecoderBatch precoders, int realization, ComplexF[] data)
    {
        (int K, int L, int M) = (precoders.Shape.UserCount, precoders.Shape.AccessPointCount, precoders.Shape.AntennaCount);
        var signals = new Complex[data.Length / K * L * M];
        var p = new Complex[M];
        for (int i = 0; i < data.Length * L; i++)
        {
            (int symbol, int k, int l) = (i / L / K, i / L % K, i % L);
            precoders.CopyTo(realization, k, l, p);
            for (int m = 0; m < M; m++)
            {
                signals[(((symbol * L) + l) * M) + m] += p[m] * (Complex)data[(symbol * K) + k];
            }
        }

        return signals;
    }
}
