using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Coherent precoders under power limits of single antennas. [coherent.md §10]</summary>
public class AntennaLimitTests
{
    private static readonly ProblemShape[] Shapes = [new(2, 1, 1, 1), new(2, 3, 8, 5), new(2, 2, 3, 8)];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All
        from precoder in PrecoderInvariantTests.Precoders
        from shape in Shapes
        select new TestCaseData(engine, precoder.Create, shape) { TestName = $"{{m}}({engine},{precoder.Name},{shape})" };

    private static IEnumerable<TestCaseData> PrecodersOnEngines =>
        from engine in EngineUnderTest.All from precoder in PrecoderInvariantTests.Precoders select new TestCaseData(engine, precoder.Create) { TestName = $"{{m}}({engine},{precoder.Name})" };

    [TestCaseSource(nameof(Cases))]
    public void EveryAntennaIsWithinItsLimitAndTheResultIsTheBestThatWasSeen(EngineUnderTest engine, Func<int, IPrecoder> create, ProblemShape shape)
    {
        ChannelBatch channels = Limited(RandomProblem.CreateUnequal(shape, seed: 61));
        PrecodingResult result = PrecoderInvariantTests.Solve(engine, channels, create(45));
        double allowed = engine.Precision == Precision.Single ? 1e-5 : 1e-12, rounding = Tolerance.For(engine.Precision, shape.L * shape.M * shape.K, condition: 10);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                for (int l = 0; l < shape.L; l++)
                {
                    AccessPoint accessPoint = channels.Network.AccessPoints[l];
                    double[] sent = result.AntennaPower(r, l);
                    Assert.That(sent.Sum(), Is.LessThanOrEqualTo(accessPoint.PowerBudgetWatts * (1 + allowed)), "budget");
                    Assert.That(sent.Sum(), Is.EqualTo(result.AccessPointPower(r)[l]).Within(allowed * accessPoint.PowerBudgetWatts), "reported power");
                    Assert.That((accessPoint.AntennaPowerLimitsWatts ?? sent).Zip(sent, (limit, power) => power <= limit * (1 + allowed)), Is.All.True, "limits");
                }

                Assert.That(result.WorstPowerExcess(r), Is.LessThanOrEqualTo(allowed), "reported excess");
                Assert.That(Relative.Error(result.WeightedSumRate[r], PrecoderInvariantTests.Evaluate(channels, result, r).SumRate), Is.LessThan(rounding), "reported rate");
                Assert.That(result.WeightedSumRate[r], Is.GreaterThanOrEqualTo(result.Trace(r).Select(p => p.SumRate).DefaultIfEmpty(0).Max() * (1 - rounding)), "best");
            }
        });
    }

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void ARealizationAloneEqualsItselfInABatchAndLater(EngineUnderTest engine, Func<int, IPrecoder> create)
    {
        ChannelBatch channels = Limited(RandomProblem.CreateUnequal(new ProblemShape(3, 2, 8, 6), seed: 62));
        PrecodingResult batch = PrecoderInvariantTests.Solve(engine, channels, create(30));
        using IDevice device = engine.Open();
        ChannelShape one = channels.Shape with { RealizationCount = 1 };
        using ISolver solver = create(30).CreateSolver(channels.Network, one, device);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                PrecoderInvariantTests.AssertSameBits(solver.Solve(channels.Slice(r, 1)), 0, batch, r);
            }
        });
    }

    /// <summary>A start finds nothing of the weights that an earlier one left.</summary>
    [TestCaseSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))]
    public void AStartAmongOthersEqualsItselfAlone(EngineUnderTest engine)
    {
        ChannelBatch channels = Limited(RandomProblem.CreateUnequal(new ProblemShape(3, 2, 8, 6), seed: 71));
        PrecodingResult[] alone = [Solve("mrt"), Solve("rzf")], both = [Solve("mrt,rzf"), Solve("rzf,mrt")];
        for (int r = 0; r < channels.Shape.RealizationCount; r++)
        {
            double best = alone.Max(result => result.WeightedSumRate[r]);
            Assert.That(both.Select(result => result.WeightedSumRate[r]), Is.All.EqualTo(best));
        }

        PrecodingResult Solve(string starts) => PrecoderInvariantTests.Solve(engine, channels, new ReducedConjugateGradient(new() { Starts = InitialPrecoder.ParseList(starts) }));
    }

    /// <summary>A closed form whose antennas are all within their limits is what it is without limits; others are projected.</summary>
    [TestCaseSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))]
    public void LimitsThatDoNotBindChangeNoClosedForm(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 8, 5), seed: 63);
        ChannelBatch limited = channels.WithNetwork(channels.Network.WithAntennaPowerLimit(channels.Shape.AntennaCount));
        Assert.Multiple(() =>
        {
            foreach (IPrecoder precoder in (IPrecoder[])[new MaximumRatio(), new RegularizedZeroForcing(), new DftCodebook()])
            {
                PrecodingResult free = PrecoderInvariantTests.Solve(engine, channels, precoder), bound = PrecoderInvariantTests.Solve(engine, limited, precoder);
                Assert.That(Relative.Error(bound.Rates(0), free.Rates(0)), Is.LessThan(Tolerance.For(engine.Precision, 8, condition: 10)), precoder.Name);
            }
        });
    }

    /// <summary>
    /// Stationary: −∂f/∂p* of every antenna is (ν_l + λ_{l,m}) p, with one ν_l ≥ 0 an access point, 0 where the budget does not bind, and λ_{l,m} ≥ 0, 0 where the limit does not. The
    /// gradient is formed here from the channels.
    /// </summary>
    [TestCase("budget binds", 1.5)]
    [TestCase("limits bind", 0.8)]
    public void ReducedCgEndsAtAStationaryPoint(string what, double share)
    {
        var shape = new ProblemShape(1, 2, 12, 4);
        ChannelBatch channels = RandomProblem.Create(shape, seed: 64, powerWatts: 10);
        channels = channels.WithNetwork(channels.Network.WithAntennaPowerLimit(share));
        PrecodingResult result = PrecoderInvariantTests.Solve(
            EngineUnderTest.Reference, channels, new ReducedConjugateGradient(new() { MaxIterations = 8000, Tolerance = 0, Patience = 20 }));
        Complex[,,] p = Coefficients(shape, (k, l, to) => result.Precoders.CopyTo(0, k, l, to)), h = Coefficients(shape, (k, l, to) => channels.CopyLink(0, k, l, to));
        Complex[,] W = Weights(shape, h, p);
        for (int l = 0; l < shape.L; l++)
        {
            double budget = channels.Network.AccessPoints[l].PowerBudgetWatts, limit = share * budget / shape.M;
            double[] sent = result.AntennaPower(0, l), multiplier = new double[shape.M];
            for (int m = 0; m < shape.M; m++)
            {
                Complex[] gradient = [.. Enumerable.Range(0, shape.K).Select(u => -Enumerable.Range(0, shape.K).Aggregate(Complex.Zero, (sum, k) => sum + (h[k, l, m] * W[k, u])))];
                Complex[] row = [.. Enumerable.Range(0, shape.K).Select(u => p[u, l, m])];
                multiplier[m] = gradient.Zip(row, (g, x) => (Complex.Conjugate(x) * g).Real).Sum() / sent[m];
                double apart = Math.Sqrt(gradient.Zip(row, (g, x) => Squared(g - (multiplier[m] * x))).Sum() / gradient.Sum(Squared));
                Assert.That(apart, Is.LessThan(1e-3), $"{what}: antenna {m} of {l}, direction of the gradient");
            }

            double nu = multiplier.Min();
            Assert.That(nu, Is.GreaterThan(0));
            bool budgetBinds = sent.Sum() > budget * (1 - 1e-6);
            Assert.That(budgetBinds, Is.EqualTo(share > 1), what);
            for (int m = 0; m < shape.M; m++)
            {
                bool atLimit = sent[m] > limit * (1 - 1e-3);
                Assert.That(atLimit || multiplier[m] < nu * 1.01, Is.True, $"{what}: antenna {m} of {l} sends {sent[m] / limit} of its limit at the price {multiplier[m]}, the least is {nu}");
            }
        }
    }

    /// <summary>Designing for the limits is worth it: much of what projecting loses comes back.</summary>
    [TestCaseSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))]
    public void DesignedPrecodersAreBetterThanProjectedOnes(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(4, 3, 12, 8), seed: 65, powerWatts: 100);
        var precoder = new ReducedConjugateGradient(new() { MaxIterations = 60 });
        ChannelBatch limited = channels.WithNetwork(channels.Network.WithAntennaPowerLimit(1));
        PrecodingResult free = PrecoderInvariantTests.Solve(engine, channels, precoder), designed = PrecoderInvariantTests.Solve(engine, limited, precoder);
        double projected = Enumerable.Range(0, 4).Sum(r => RateOfProjection(limited, free, r)), rate = Sum(designed), bound = Sum(free);
        TestContext.Out.WriteLine($"without limits {bound:F2}, projected {projected:F2}, designed {rate:F2} bit/s/Hz");
        Assert.That(bound - rate, Is.LessThan(0.5 * (bound - projected)));

        static double Sum(PrecodingResult result) => result.WeightedSumRate.ToArray().Sum();
    }

    /// <summary>A warm start from one's own result does not lose it: least squares under equal weights alone would lose a tenth here.</summary>
    [TestCaseSource(typeof(EngineUnderTest), nameof(EngineUnderTest.All))]
    public void AWarmStartContinues(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 3, 24, 8), seed: 65, powerWatts: 100);
        channels = channels.WithNetwork(channels.Network.WithAntennaPowerLimit(1));
        PrecodingResult first = PrecoderInvariantTests.Solve(engine, channels, new ReducedConjugateGradient(new() { MaxIterations = 200 }));
        using IDevice device = engine.Open();
        using ISolver solver = new ReducedConjugateGradient(new() { MaxIterations = 1, Starts = [new InitialPrecoder.WarmStart()] }).CreateSolver(channels.Network, channels.Shape, device);
        PrecodingResult second = solver.Solve(channels, first.Precoders);
        for (int r = 0; r < channels.Shape.RealizationCount; r++)
        {
            Assert.That(second.Trace(r)[0].SumRate, Is.GreaterThan(first.WeightedSumRate[r] * (1 - 1e-3)), "start");
            Assert.That(second.WeightedSumRate[r], Is.GreaterThan(first.WeightedSumRate[r] * (1 - 1e-4)), "result");
        }
    }

    /// <summary>A method that has diverged says so, though what it returns, nothing or an earlier round's precoder, is finite.</summary>
    [Test]
    public void DivergingIsTold([Values("wmmse", "reduced-cg", "reduced-hamiltonian", "bln-pgp")] string name)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        ChannelBatch channels = Limited(RandomProblem.Create(new ProblemShape(2, 2, 6, 3), seed: 70).Scaled((r, _, _) => r == 0 ? 1e22 : 1)); // squares leave the range of single precision
        PrecodingResult result = PrecoderInvariantTests.Solve(EngineUnderTest.All.First(engine => engine.Precision == Precision.Single), channels, entry.Create(entry.DefaultOptions));
        Assert.Multiple(() =>
        {
            Assert.That(result.Status[0], Is.EqualTo(SolveStatus.Diverged));
            Assert.That(result.Precoders.AsSingle().ToArray(), Has.All.Matches<ComplexF>(p => float.IsFinite(p.Real) && float.IsFinite(p.Imaginary)));
            Assert.That(result.Status[1], Is.Not.EqualTo(SolveStatus.Diverged));
        });
    }

    /// <summary>A diverging flow keeps the best of the rounds before.</summary>
    [Test]
    public void WhatWasFoundBeforeDivergingIsReturned()
    {
        ChannelBatch channels = Limited(RandomProblem.Create(new ProblemShape(2, 2, 6, 3), seed: 78));
        PrecodingResult result = PrecoderInvariantTests.Solve(
            EngineUnderTest.All.First(engine => engine.Precision == Precision.Single), channels, new ReducedHamiltonian(new() { MaxIterations = 60, InitialStepSize = 1e30 }));
        Assert.That(result.Status.ToArray(), Is.All.EqualTo(SolveStatus.Diverged));
        Assert.That(result.WeightedSumRate[0], Is.EqualTo(result.Trace(0)[0].SumRate).Within(1e-4).And.GreaterThan(1));
    }

    [Test]
    public void BeamsBehindGainsPerAntennaAreNotOffered()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 8, 3), seed: 66);
        var precoder = new BeamConjugateGradient(new() { MaxIterations = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(PrecoderInvariantTests.Solve(EngineUnderTest.Reference, channels, precoder).Beams, Is.Not.Null);
            Assert.That(PrecoderInvariantTests.Solve(EngineUnderTest.Reference, Limited(channels), precoder).Beams, Is.Null);
        });
    }

    [Test]
    public void ASolverRefusesOtherLimitsAndTakesOtherWeights()
    {
        ChannelBatch channels = Limited(RandomProblem.Create(new ProblemShape(1, 2, 8, 3), seed: 68));
        ChannelBatch weighted = channels.WithNetwork(channels.Network.WithWeights([0.5, 2, 1]));
        ChannelBatch other = channels.WithNetwork(channels.Network.WithAntennaPowerLimit(1));
        ChannelBatch same = channels.WithNetwork(channels.Network.WithUnequalAntennaLimits());
        using IDevice device = EngineUnderTest.Reference.Open();
        var precoder = new ReducedConjugateGradient(new() { MaxIterations = 8 });
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        Assert.Multiple(() =>
        {
            Assert.That(() => solver.Solve(other), Throws.TypeOf<ValidationException>().With.Message.Contains("antenna limits"));
            Assert.That(same.Network.AccessPoints.SequenceEqual(channels.Network.AccessPoints), Is.True, "limits are compared by value");
            Assert.That(other.Network.AccessPoints.SequenceEqual(channels.Network.AccessPoints), Is.False);
            PrecoderInvariantTests.AssertSameBits(solver.Solve(weighted), 0, precoder.Solve(weighted, device), 0);
        });
    }

    [Test]
    public void StreamsRefuseLimits()
    {
        ChannelBatch channels = Limited(RandomProblem.Create(new ProblemShape(1, 2, 8, 3), seed: 66));
        Assert.That(
            () => PrecoderInvariantTests.Solve(EngineUnderTest.Reference, channels, new ReducedWmmse()),
            Throws.TypeOf<ValidationException>().With.Message.Contains("no power limits of single antennas"));
    }

    [TestCase(new double[0], "0 values, expected 8")]
    [TestCase(new[] { 1.0, 1, 1, 0, 1, 1, 1, 1 }, "has 0;")]
    [TestCase(new[] { 1.0, 1, 1, double.NaN, 1, 1, 1, 1 }, "has NaN;")]
    public void WrongLimitsAreNamed(double[] limits, string message)
    {
        Network network = RandomProblem.Create(new ProblemShape(1, 1, 8, 3), seed: 67).Network;
        Network wrong = network with { AccessPoints = [network.AccessPoints[0] with { AntennaPowerLimitsWatts = limits }] };
        Assert.That(wrong.Validate, Throws.TypeOf<ValidationException>().With.Message.Contains("AccessPoints[0].AntennaPowerLimitsWatts").And.Message.Contains(message));
    }

    /// <summary>Σ_k R_k of a precoder whose antennas are cut to limits that together are the budget, for noise and weights 1.</summary>
    private static double RateOfProjection(ChannelBatch channels, PrecodingResult result, int r)
    {
        var shape = new ProblemShape(1, channels.Shape.AccessPointCount, channels.Shape.AntennaCount, channels.Shape.UserCount);
        Complex[,,] p = Coefficients(shape, (k, l, to) => result.Precoders.CopyTo(r, k, l, to)), h = Coefficients(shape, (k, l, to) => channels.CopyLink(r, k, l, to));
        for (int i = 0; i < shape.L * shape.M; i++)
        {
            (int l, int m) = (i / shape.M, i % shape.M);
            double cut = Math.Min(1, Math.Sqrt(channels.Network.AccessPoints[l].AntennaPowerLimitsWatts![m] / Enumerable.Range(0, shape.K).Sum(u => Squared(p[u, l, m]))));
            for (int u = 0; u < shape.K; u++)
            {
                p[u, l, m] *= cut;
            }
        }

        Complex[,] S = Couplings(shape, h, p);
        return Enumerable.Range(0, shape.K).Sum(k => Math.Log2(1 + (Squared(S[k, k]) / (1 + Enumerable.Range(0, shape.K).Where(u => u != k).Sum(u => Squared(S[k, u]))))));
    }

    private static ChannelBatch Limited(ChannelBatch channels) => channels.WithNetwork(channels.Network.WithUnequalAntennaLimits());

    /// <summary>Channels do not ask their network for its antennas; limits have to know whose they are.</summary>
    [TestCase(4)]
    [TestCase(16)]
    public void LimitsOfOtherArraysAreRefused(int antennas)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 8, 3), seed: 68);
        Network other = RandomProblem.Create(new ProblemShape(1, 2, antennas, 3), seed: 68).Network.WithAntennaPowerLimit(1);
        Assert.That(
            () => PrecoderInvariantTests.Solve(EngineUnderTest.Reference, channels.WithNetwork(other), new RegularizedZeroForcing()),
            Throws.TypeOf<ValidationException>().With.Message.Contains($"limits {antennas} antennas").And.Message.Contains("have 8"));
    }

    /// <summary>Sessions keep their memory for a network that equals the one before.</summary>
    [Test]
    public void AccessPointsAreEqualByTheirLimits()
    {
        Network network = RandomProblem.Create(new ProblemShape(1, 1, 8, 3), seed: 69).Network;
        AccessPoint free = network.AccessPoints[0], one = network.WithAntennaPowerLimit(1).AccessPoints[0], same = network.WithAntennaPowerLimit(1).AccessPoints[0];
        Assert.Multiple(() =>
        {
            Assert.That(one, Is.EqualTo(same));
            Assert.That(one.GetHashCode(), Is.EqualTo(same.GetHashCode()));
            Assert.That(one, Is.Not.EqualTo(network.WithAntennaPowerLimit(2).AccessPoints[0]));
            Assert.That(one, Is.Not.EqualTo(free));
            Assert.That(free, Is.Not.EqualTo(one));
        });
    }

    private static double Squared(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    private static Complex[,,] Coefficients(ProblemShape shape, Action<int, int, Complex[]> copy)
    {
        var values = new Complex[shape.K, shape.L, shape.M];
        var link = new Complex[shape.M];
        for (int i = 0; i < shape.K * shape.L; i++)
        {
            copy(i / shape.L, i % shape.L, link);
            for (int m = 0; m < shape.M; m++)
            {
                values[i / shape.L, i % shape.L, m] = link[m];
            }
        }

        return values;
    }

    /// <summary>S = Hᴴ P.</summary>
    private static Complex[,] Couplings(ProblemShape shape, Complex[,,] h, Complex[,,] p)
    {
        var S = new Complex[shape.K, shape.K];
        for (int k = 0; k < shape.K; k++)
        {
            for (int u = 0; u < shape.K; u++)
            {
                for (int i = 0; i < shape.L * shape.M; i++)
                {
                    S[k, u] += Complex.Conjugate(h[k, i / shape.M, i % shape.M]) * p[u, i / shape.M, i % shape.M];
                }
            }
        }

        return S;
    }

    /// <summary>W of coherent.md §1 for weights and noise 1.</summary>
    private static Complex[,] Weights(ProblemShape shape, Complex[,,] h, Complex[,,] p)
    {
        Complex[,] S = Couplings(shape, h, p);
        var W = new Complex[shape.K, shape.K];
        for (int k = 0; k < shape.K; k++)
        {
            double total = 1 + Enumerable.Range(0, shape.K).Sum(u => Squared(S[k, u])), interference = total - Squared(S[k, k]);
            for (int u = 0; u < shape.K; u++)
            {
                W[k, u] = u == k ? -S[k, k] / total : S[k, u] * ((1 / interference) - (1 / total));
            }
        }

        return W;
    }
}
