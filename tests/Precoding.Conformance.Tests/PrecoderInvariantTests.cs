using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>What must hold for every precoder on every engine, whatever the channels.</summary>
public class PrecoderInvariantTests
{
    private static readonly ProblemShape[] Shapes = [new(2, 1, 1, 1), new(2, 2, 8, 5), new(2, 3, 7, 4), new(2, 2, 3, 8), new(2, 1, 5, 1)];

    /// <summary>Every precoder with every kind of start it knows, and both variants of the beam integrator.</summary>
    internal static IEnumerable<(string Name, Func<int, IPrecoder> Create)> Precoders =>
    [
        ("mrt", _ => new MaximumRatio()),
        ("rzf", _ => new RegularizedZeroForcing()),
        ("dft-codebook", _ => new DftCodebook()),
        ("dft-codebook F=1", _ => new DftCodebook(new DftCodebookOptions { FineFactor = 1 })),
        ("wmmse", n => new Wmmse(new WmmseOptions { MaxIterations = n, Tolerance = 0 })),
        ("reduced-hamiltonian", n => new ReducedHamiltonian(new ReducedHamiltonianOptions { MaxIterations = n, Tolerance = 0 })),
        ("reduced-cg", n => new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = n, Tolerance = 0 })),
        ("reduced-cg from mrt", n => new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("mrt") })),
        ("reduced-cg from wmmse", n => new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("wmmse:2") })),
        ("reduced-cg from random", n => new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("random:2,rzf") })),
        ("bln-pgp", n => new UnfoldedProjectedGradient(new() { MaxIterations = n, Tolerance = 0 })),
        ("bln-pgp from all starts", n => new UnfoldedProjectedGradient(new() { MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("mrt,wrzf,wmmse:1") })),
        ("bsp", n => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions { MaxIterations = n, Tolerance = 0 })),
        ("bsp printed", n => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions
        {
            MaxIterations = n, Tolerance = 0, PositionConstraint = PositionConstraint.Printed, VelocityMultiplier = VelocityMultiplier.Printed,
        })),
        ("bsp-cg", n => new BeamConjugateGradient(new BeamConjugateGradientOptions { MaxIterations = n, Tolerance = 0 })),
        ("bsp-cg from all starts", n => new BeamConjugateGradient(new BeamConjugateGradientOptions
        {
            MaxIterations = n, Tolerance = 0, FineFactor = 1, Support = SupportSelector.Full, RefreshInterval = 4, Starts = InitialPrecoder.ParseList("mrt,rzf,wrzf,uniform,random,wmmse:1"),
        })),
        ("bsp diagonal Hessian", n => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions { MaxIterations = n, Tolerance = 0, Mass = MassMatrix.DiagonalHessian })),
        ("bsp diagonal Hessian printed", n => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions
        {
            MaxIterations = n, Tolerance = 0, Mass = MassMatrix.DiagonalHessian, MassRefreshInterval = 5, PositionConstraint = PositionConstraint.Printed,
        })),
        ("bsp from all starts", n => new BeamStructuredHamiltonian(new BeamStructuredHamiltonianOptions
        {
            MaxIterations = n, Tolerance = 0, FineFactor = 3, Starts = InitialPrecoder.ParseList("mrt,rzf,wrzf,uniform,random,wmmse:1"),
        })),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All
        from precoder in Precoders
        from shape in Shapes
        select new TestCaseData(engine, precoder.Create, shape) { TestName = $"{{m}}({engine},{precoder.Name},{shape})" };

    private static IEnumerable<TestCaseData> PrecodersOnEngines =>
        from engine in EngineUnderTest.All from precoder in Precoders select new TestCaseData(engine, precoder.Create) { TestName = $"{{m}}({engine},{precoder.Name})" };

    private static IEnumerable<TestCaseData> Monotone =>
        from engine in EngineUnderTest.All
        from precoder in Precoders
        where precoder.Name is "wmmse" or "bsp-cg" || precoder.Name.StartsWith("reduced-cg", StringComparison.Ordinal)
        from shape in Shapes
        select new TestCaseData(engine, precoder.Create, shape) { TestName = $"{{m}}({engine},{precoder.Name},{shape})" };

    [TestCaseSource(nameof(Cases))]
    public void EveryIterateIsFeasibleAndTheResultIsWhatItSays(EngineUnderTest engine, Func<int, IPrecoder> create, ProblemShape shape)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 41);
        PrecodingResult result = Solve(engine, channels, create(25));
        double allowed = engine.Precision == Precision.Single ? 1e-5 : 1e-12;
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                Assert.That(result.Trace(r).Select(p => p.WorstPowerExcess), Is.All.LessThanOrEqualTo(allowed), "trace");
                Assert.That(result.WorstPowerExcess(r), Is.LessThanOrEqualTo(allowed), "returned");
                var (rate, excess) = Evaluate(channels, result, r);
                double tolerance = Tolerance.For(engine.Precision, shape.L * shape.M * shape.K, condition: 10); // tot/int where a signal is far above its interference
                Assert.That(Relative.Error(result.WeightedSumRate[r], rate), Is.LessThan(tolerance), "rate of the returned precoder");
                Assert.That(excess, Is.LessThanOrEqualTo(allowed), "power of the returned precoder");
            }
        });
    }

    [TestCaseSource(nameof(Monotone))]
    public void TheSumRateNeverFalls(EngineUnderTest engine, Func<int, IPrecoder> create, ProblemShape shape)
    {
        PrecodingResult result = Solve(engine, RandomProblem.CreateUnequal(shape, seed: 42), create(40));
        double rounding = Tolerance.For(engine.Precision, shape.L * shape.K * shape.K, condition: 10);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                IReadOnlyList<TracePoint> trace = result.Trace(r);
                Assert.That(trace, Has.Count.GreaterThan(1));
                for (int i = 1; i < trace.Count; i++)
                {
                    Assert.That(trace[i].SumRate, Is.GreaterThanOrEqualTo(trace[i - 1].SumRate * (1 - rounding)), $"realization {r}, iteration {i}");
                }
            }
        });
    }

    /// <summary>Iterating must be worth it: nothing ends below its start.</summary>
    [TestCaseSource(nameof(Cases))]
    public void TheResultIsAtLeastAsGoodAsEveryIterate(EngineUnderTest engine, Func<int, IPrecoder> create, ProblemShape shape)
    {
        PrecodingResult result = Solve(engine, RandomProblem.CreateUnequal(shape, seed: 43), create(15));
        double rounding = Tolerance.For(engine.Precision, shape.L * shape.M * shape.K, condition: 10);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                double best = result.Trace(r).Select(p => p.SumRate).DefaultIfEmpty(0).Max();
                Assert.That(result.WeightedSumRate[r], Is.GreaterThanOrEqualTo(best * (1 - rounding)));
            }
        });
    }

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void ARealizationAloneEqualsItselfInABatch(EngineUnderTest engine, Func<int, IPrecoder> create)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(5, 2, 8, 6), seed: 44);
        PrecodingResult batch = Solve(engine, channels, create(12));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                AssertSameBits(Solve(engine, channels.Slice(r, 1), create(12)), 0, batch, r);
            }
        });
    }

    /// <summary>Realizations that settle at different iterations do not disturb one another.</summary>
    [Test]
    public void SettlingIsEachRealizationsOwn([ValueSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))] EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(6, 2, 12, 5), seed: 45);
        var precoder = new ReducedConjugateGradient(new ReducedConjugateGradientOptions { MaxIterations = 60, Tolerance = 1e-3, Patience = 2 });
        PrecodingResult batch = Solve(engine, channels, precoder);
        Assert.Multiple(() =>
        {
            Assert.That(batch.Iterations.ToArray().Distinct().Count(), Is.GreaterThan(1), "the problem must make them differ");
            Assert.That(batch.Status.ToArray(), Is.All.EqualTo(SolveStatus.Converged));
            for (int r = 0; r < 6; r++)
            {
                AssertSameBits(Solve(engine, channels.Slice(r, 1), precoder), 0, batch, r);
            }
        });
    }

    [Test]
    public void ThreadsDoNotChangeABit([ValueSource(nameof(Precoders))] (string Name, Func<int, IPrecoder> Create) precoder, [Values] Precision precision)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(3, 2, 17, 20), seed: 46);
        PrecodingResult one = Solve(EngineUnderTest.Cpu(precision, 1), channels, precoder.Create(6));
        Assert.Multiple(() =>
        {
            foreach (int threads in (int[])[2, 3])
            {
                PrecodingResult many = Solve(EngineUnderTest.Cpu(precision, threads), channels, precoder.Create(6));
                for (int r = 0; r < 3; r++)
                {
                    AssertSameBits(many, r, one, r);
                }
            }
        });
    }

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void SolvingTwiceGivesTheSameBits(EngineUnderTest engine, Func<int, IPrecoder> create)
    {
        var shape = new ProblemShape(2, 2, 8, 5);
        ChannelBatch first = RandomProblem.Create(shape, seed: 47), other = RandomProblem.CreateUnequal(shape, seed: 48).WithNetwork(first.Network);
        using IDevice device = engine.Open();
        using ISolver solver = create(8).CreateSolver(first.Network, first.Shape, device);
        PrecodingResult before = solver.Solve(first);
        solver.Solve(other);
        PrecodingResult after = solver.Solve(first);
        Assert.Multiple(() =>
        {
            AssertSameBits(after, 0, before, 0);
            AssertSameBits(after, 1, before, 1);
        });
    }

    /// <summary>h_k e^{jφ_k}: a user's phase is nobody's business.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void PhasesOfUsersDoNotMatter(EngineUnderTest engine, Func<int, IPrecoder> create) => AssertSameRates(engine, create, channels =>
        (Mapped(channels, channels.Network, (r, k) => (k, Complex.FromPolarCoordinates(1, 0.7 + (1.3 * k)))), k => k));

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void TheOrderOfUsersDoesNotMatter(EngineUnderTest engine, Func<int, IPrecoder> create) => AssertSameRates(engine, create, channels =>
    {
        int K = channels.Shape.UserCount;
        int[] order = [.. Enumerable.Range(0, K).Select(k => ((2 * k) + 1) % K)]; // K is odd
        Network network = channels.Network with { Users = [.. order.Select(k => channels.Network.Users[k])] };
        return (Mapped(channels, network, (r, k) => (order[k], Complex.One)), k => Array.IndexOf(order, k));
    });

    /// <summary>c·P and c·σ²: only their ratio matters. In the integrators h is a length in √watt, so it scales along.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void OnlyTheRatioOfPowerToNoiseMatters(EngineUnderTest engine, Func<int, IPrecoder> create) => AssertSameRates(engine, create, channels =>
    {
        const double c = 16;
        Network network = channels.Network with
        {
            AccessPoints = [.. channels.Network.AccessPoints.Select(a => a with { PowerBudgetWatts = a.PowerBudgetWatts * c })],
            Users = [.. channels.Network.Users.Select((u, k) => u with { NoisePowerWatts = channels.Network.NoisePowerOf(k) * c })],
        };
        return (channels.WithNetwork(network), k => k);
    });

    private static void AssertSameRates(EngineUnderTest engine, Func<int, IPrecoder> create, Func<ChannelBatch, (ChannelBatch Changed, Func<int, int> UserOf)> change)
    {
        const int iterations = 4;
        var precoder = create(iterations);
        if (precoder.Options.Starts.Any(s => s is InitialPrecoder.Random or InitialPrecoder.Uniform))
        {
            precoder = create(iterations) is ReducedConjugateGradient cg
                ? new ReducedConjugateGradient((ReducedConjugateGradientOptions)cg.Options with { Starts = InitialPrecoder.ParseList("rzf") }) // random and uniform starts
                : create(iterations) is BeamConjugateGradient beams
                ? new BeamConjugateGradient((BeamConjugateGradientOptions)beams.Options with { Starts = InitialPrecoder.ParseList("mrt,rzf,wmmse:1") })
                : new BeamStructuredHamiltonian((BeamStructuredHamiltonianOptions)precoder.Options with { Starts = InitialPrecoder.ParseList("mrt,rzf,wmmse:1") }); // do not turn along
        }

        foreach (ulong seed in (ulong[])[51, 52, 53])
        {
            ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(1, 1 + (int)(seed % 3), 5 + (int)(seed % 4), 5), seed);
            var (changed, userOf) = change(channels);
            bool integrates = precoder.Options is HamiltonianOptions;
            if (integrates && changed.Network.NoisePowerOf(0) != channels.Network.NoisePowerOf(0) && changed.Network.AccessPoints[0].PowerBudgetWatts != channels.Network.AccessPoints[0].PowerBudgetWatts)
            {
                continue;
            }

            PrecodingResult expected = Solve(engine, channels, precoder), actual = Solve(engine, changed, precoder);
            double[] rates = [.. Enumerable.Range(0, 5).Select(k => actual.Rates(0)[userOf(k)])];
            double tolerance = Tolerance.For(engine.Precision, channels.Shape.AccessPointCount * channels.Shape.AntennaCount * 5 * (iterations + 1), condition: 100); // a step amplifies about tenfold
            Assert.That(Relative.Error(rates, expected.Rates(0)), Is.LessThan(tolerance), $"seed {seed}");
        }
    }

    private static ChannelBatch Mapped(ChannelBatch channels, Network network, Func<int, int, (int User, Complex Factor)> map)
    {
        ChannelShape shape = channels.Shape;
        var values = new Complex[shape.RealizationCount * shape.CoefficientsPerRealization];
        var link = new Complex[shape.AntennaCount];
        int at = 0;
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            for (int k = 0; k < shape.UserCount; k++)
            {
                var (user, factor) = map(r, k);
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    channels.CopyLink(r, user, l, link);
                    foreach (Complex h in link)
                    {
                        values[at++] = h * factor;
                    }
                }
            }
        }

        return ChannelBatch.FromArray(network, shape, values);
    }

    /// <summary>Rate and worst power excess of the returned precoder, straight from y = hᴴp.</summary>
    internal static (double SumRate, double Excess) Evaluate(ChannelBatch channels, PrecodingResult result, int r)
    {
        ChannelShape shape = channels.Shape;
        int K = shape.UserCount, L = shape.AccessPointCount, M = shape.AntennaCount;
        Complex[] h = new Complex[M], p = new Complex[M];
        var amplitude = new Complex[K, K];
        var power = new double[L];
        for (int l = 0; l < L; l++)
        {
            for (int u = 0; u < K; u++)
            {
                result.Precoders.CopyTo(r, u, l, p);
                power[l] += p.Sum(v => (v.Real * v.Real) + (v.Imaginary * v.Imaginary));
                for (int k = 0; k < K; k++)
                {
                    channels.CopyLink(r, k, l, h);
                    amplitude[k, u] += h.Zip(p, (a, b) => Complex.Conjugate(a) * b).Aggregate(Complex.Zero, (a, b) => a + b);
                }
            }
        }

        double rate = 0;
        for (int k = 0; k < K; k++)
        {
            double interference = channels.Network.NoisePowerOf(k);
            for (int u = 0; u < K; u++)
            {
                interference += u == k ? 0 : Math.Pow(amplitude[k, u].Magnitude, 2);
            }

            rate += channels.Network.Users[k].Weight * Math.Log2(1 + (Math.Pow(amplitude[k, k].Magnitude, 2) / interference));
        }

        return (rate, Enumerable.Range(0, L).Max(l => (power[l] / channels.Network.AccessPoints[l].PowerBudgetWatts) - 1));
    }

    internal static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(channels, device);
    }

    internal static void AssertSameBits(PrecodingResult actual, int a, PrecodingResult expected, int e)
    {
        Assert.That(actual.Iterations[a], Is.EqualTo(expected.Iterations[e]), "iterations");
        Assert.That(actual.Status[a], Is.EqualTo(expected.Status[e]), "status");
        Assert.That(Numbers(actual.Trace(a)), Is.EqualTo(Numbers(expected.Trace(e))), "trace");
        Assert.That(actual.Rates(a).ToArray(), Is.EqualTo(expected.Rates(e).ToArray()), "rates");
        Assert.That(Coefficients(actual, a), Is.EqualTo(Coefficients(expected, e)), "precoders");

        static double[] Numbers(IReadOnlyList<TracePoint> trace) => [.. trace.SelectMany(p => (double[])[p.SumRate, p.WorstPowerExcess, p.StepSize])];

        static Complex[] Coefficients(PrecodingResult result, int r)
        {
            ChannelShape shape = result.Precoders.Shape;
            var link = new Complex[shape.AntennaCount];
            var values = new List<Complex>();
            for (int k = 0; k < shape.UserCount; k++)
            {
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    result.Precoders.CopyTo(r, k, l, link);
                    values.AddRange(link);
                }
            }

            return [.. values];
        }
    }
}
