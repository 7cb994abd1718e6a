using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>What must hold for every method of streams on every engine that has them, whatever the channels. [noncoherent.md §12, §13]</summary>
public class StreamInvariantTests
{
    /// <summary>Of a monotone trace in double. [noncoherent.md §12]</summary>
    private const double MonotoneInDouble = 1e-9;

    private static readonly StreamShape[] Shapes =
    [
        new("one", 2, 1, 1, 1, 1, (_, _, _) => 1),
        new("small", 2, 2, 8, 3, 2, (_, _, _) => 1),
        new("overloaded", 2, 2, 3, 4, 2, (_, _, _) => 1),
        new("idle", 2, 3, 6, 4, 2, (r, l, k) => k == 3 || l == 2 || (l == 1 && k == r) ? 0 : 1),
        new("moreStreamsThanAntennas", 2, 3, 6, 2, 2, (_, _, _) => 2),
        new("odd", 2, 2, 7, 3, 3, (_, l, k) => l == k ? 0 : 2),
    ];

    internal static readonly (string Name, Func<StreamRule, int, IPrecoder> Create)[] Precoders =
    [
        ("local-ezf", (streams, _) => new LocalEigenZeroForcing(new() { Streams = streams })),
        ("ncjt-wmmse", (streams, n) => new NonCoherentWmmse(new() { Streams = streams, MaxIterations = n, Tolerance = 0 })),
        ("ncjt-rwmmse", (streams, n) => new ReducedWmmse(new() { Streams = streams, MaxIterations = n, Tolerance = 0 })),
        ("ncjt-rwmmse from all", (streams, n) => new ReducedWmmse(new() { Streams = streams, MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("matched,local-ezf,random:2") })),
        ("ncjt-lsa", (_, n) => new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxIterations = n, Tolerance = 0 })),
        ("ncjt-lus", (_, n) => new StreamSelection(StreamCandidates.AllAccessPoints, new() { MaxIterations = n, Tolerance = 0 })),
        ("cjt-wmmse", (streams, n) => new CoherentStreamWmmse(new() { Streams = streams, MaxIterations = n, Tolerance = 0 })),
        ("cjt-wmmse from all", (streams, n) => new CoherentStreamWmmse(new()
        {
            Streams = streams, MaxIterations = n, Tolerance = 0, Starts = InitialPrecoder.ParseList("matched,local-ezf,ncjt:3,random,svd"),
        })),
    ];

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> PrecodersOnEngines =>
        from engine in Engines from precoder in Precoders select new TestCaseData(engine, precoder.Create) { TestName = $"{{m}}({engine},{precoder.Name})" };

    private static IEnumerable<TestCaseData> NonCoherentOnEngines => PrecodersOnEngines.Where(data => !data.TestName!.Contains("cjt-wmmse", StringComparison.Ordinal));

    private static IEnumerable<TestCaseData> Cases =>
        from engine in Engines
        from precoder in Precoders
        from shape in Shapes
        select new TestCaseData(engine, precoder.Create, shape) { TestName = $"{{m}}({engine},{precoder.Name},{shape})" };

    /// <summary>Sizes drawn by lot, with serving sets and streams.</summary>
    private static IEnumerable<TestCaseData> Drawn =>
        from engine in Engines from seed in Enumerable.Range(0, 25) select new TestCaseData(engine, (ulong)seed);

    [TestCaseSource(nameof(Cases))]
    public void EveryIterateIsFeasibleAndTheResultIsWhatItSays(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create, StreamShape shape)
    {
        ChannelBatch channels = RandomStreams.Create(shape, seed: 41);
        CheckFeasible(engine, channels, Solve(engine, channels, create(RuleOf(shape), 20)));
    }

    [TestCaseSource(nameof(Cases))]
    public void TheSumRateNeverFallsAndTheBestIsReturned(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create, StreamShape shape)
    {
        ChannelBatch channels = RandomStreams.Create(shape, seed: 42);
        CheckMonotone(engine, shape.Channels, Solve(engine, channels, create(RuleOf(shape), 30)));
    }

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void ARealizationAloneEqualsItselfInABatch(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        var shape = new StreamShape("batch", 7, 2, 6, 3, 2, (_, l, k) => l == 0 && k == 0 ? 0 : 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 44);
        PrecodingResult batch = Solve(engine, channels, create(RuleOf(shape), 12));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                PrecodingResult alone = Solve(engine, channels.Slice(r, 1), create(RuleOf(shape), 12));
                if (!batch.Start(r).StartsWith("random", StringComparison.Ordinal) && !alone.Start(0).StartsWith("random", StringComparison.Ordinal))
                {
                    AssertSameBits(alone, 0, batch, r); // random starts are keyed by the realization's number, which alone is 0
                }
            }
        });
    }

    /// <summary>Realizations that need less room for streams than others in their batch come to the same rates; their bits may differ, the systems are padded.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void RoomForOthersStreamsDoesNotMatter(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        const int iterations = 4;
        var shape = new StreamShape("rooms", 3, 3, 8, 3, 2, (r, l, k) => l > r || (l + k + r) % 4 == 0 ? 0 : 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 45);
        PrecodingResult batch = Solve(engine, channels, create(RuleOf(shape), iterations));
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                PrecodingResult alone = Solve(engine, channels.Slice(r, 1), create(RuleOf(shape), iterations));
                if (!batch.Start(r).StartsWith("random", StringComparison.Ordinal) && !alone.Start(0).StartsWith("random", StringComparison.Ordinal))
                {
                    Assert.That(Relative.Error(batch.Rates(r), alone.Rates(0)), Is.LessThan(TrajectoryTolerance(engine, shape, iterations)), $"realization {r}");
                }
            }
        });
    }

    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void HowOftenStatusesAreLookedAtDoesNotMatter(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "idle");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 46);
        StreamOptions options = (StreamOptions)create(RuleOf(shape), 40).Options with { Tolerance = 1e-3, Patience = 2, CheckInterval = 1 };
        PrecodingResult expected = Solve(engine, channels, WithOptions(create, options));
        Assert.Multiple(() =>
        {
            foreach (int interval in (int[])[3, 1000])
            {
                PrecodingResult actual = Solve(engine, channels, WithOptions(create, options with { CheckInterval = interval }));
                for (int r = 0; r < shape.R; r++)
                {
                    AssertSameBits(actual, r, expected, r);
                }
            }
        });
    }

    /// <summary>Realizations that settle at different iterations do not disturb one another.</summary>
    [TestCaseSource(nameof(Engines))]
    public void SettlingIsEachRealizationsOwn(EngineUnderTest engine)
    {
        var shape = new StreamShape("settling", 6, 2, 8, 3, 2, (_, _, _) => 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 47);
        var precoder = new ReducedWmmse(new() { MaxIterations = 100, Tolerance = 1e-3, Patience = 2 });
        PrecodingResult batch = Solve(engine, channels, precoder);
        Assert.Multiple(() =>
        {
            Assert.That(batch.Iterations.ToArray().Distinct().Count(), Is.GreaterThan(1), "the problem must make them differ");
            Assert.That(batch.Status.ToArray(), Is.All.EqualTo(SolveStatus.Converged));
            for (int r = 0; r < shape.R; r++)
            {
                AssertSameBits(Solve(engine, channels.Slice(r, 1), precoder), 0, batch, r);
            }
        });
    }

    /// <summary>The second solve has other serving sets, and so other rooms for streams, the third those of the first again.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void SolvingTwiceGivesTheSameBits(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch first = RandomStreams.Create(shape, seed: 48);
        ChannelBatch other = RandomStreams.Create(shape, seed: 49).WithServing(ServingMap.Create(1, shape.L, shape.K, (_, l, k) => l == 0 || k == 1));
        ChannelBatch likeFirst = RandomStreams.Create(shape, seed: 50);
        using IDevice device = engine.Open();
        using ISolver solver = create(RuleOf(shape), 8).CreateSolver(first.Network, first.Shape, device);
        PrecodingResult before = solver.Solve(first);
        solver.Solve(likeFirst);
        PrecodingResult after = solver.Solve(first);
        solver.Solve(other);
        PrecodingResult last = solver.Solve(first);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                AssertSameBits(after, r, before, r);
                AssertSameBits(last, r, before, r);
            }
        });
    }

    /// <summary>A unitary matrix at a user's antennas is nobody's business, nor is the order of users, nor noise and budget as long as their ratio stays.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void WhatDoesNotMatterDoesNot(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        const int iterations = 3;
        var shape = new StreamShape("invariance", 1, 2, 9, 3, 2, (_, l, k) => l == 1 && k == 0 ? 0 : 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 51);
        IPrecoder precoder = WithoutRandomStarts(create, create(RuleOf(shape), iterations));
        double[] expected = Solve(engine, channels, precoder).Rates(0).ToArray();
        double tolerance = TrajectoryTolerance(engine, shape, iterations);
        Network network = channels.Network;
        int[] order = [2, 0, 1];
        Complex[] turned = Mapped(channels, k => k, turn: true), moved = Mapped(channels, k => order[k], turn: false);
        Network scaled = network with
        {
            AccessPoints = [.. network.AccessPoints.Select(a => a with { PowerBudgetWatts = a.PowerBudgetWatts * 16 })],
            Users = [.. network.Users.Select((u, k) => u with { NoisePowerWatts = network.NoisePowerOf(k) * 16 })],
        };
        ChannelBatch reordered = ChannelBatch.FromArray(network with { Users = [.. order.Select(k => network.Users[k])] }, shape.Channels, moved)
            .WithServing(ServingMap.Create(1, shape.L, shape.K, (_, l, k) => channels.Serving[0, l, order[k]]));
        Assert.Multiple(() =>
        {
            Assert.That(
                Relative.Error(Solve(engine, ChannelBatch.FromArray(network, shape.Channels, turned).WithServing(channels.Serving), precoder).Rates(0), expected), Is.LessThan(tolerance), "unitary");
            Assert.That(Relative.Error(Solve(engine, channels.WithNetwork(scaled), precoder).Rates(0), expected), Is.LessThan(tolerance), "scale");
            Assert.That(Relative.Error(Solve(engine, reordered, precoder).Rates(0), [.. order.Select(k => expected[k])]), Is.LessThan(tolerance), "order");
        });
    }

    /// <summary>Its streams fall silent with the first iteration. Access points that send the same stream take turns, and silence comes by and by.</summary>
    [TestCaseSource(nameof(NonCoherentOnEngines))]
    public void AUserWithoutWeightGetsNothingFromWhatIterates(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small"); // user 2
        ChannelBatch channels = RandomStreams.Create(shape, seed: 52);
        PrecodingResult result = Solve(engine, channels, create(RuleOf(shape), 5));
        Assert.Multiple(() =>
        {
            Assert.That(channels.Network.Users[2].Weight, Is.Zero);
            for (int r = 0; r < shape.R; r++)
            {
                if (result.Iterations[r] > 0)
                {
                    Assert.That(result.Rates(r)[2], Is.Zero);
                    Assert.That(BeamsOf(result, r, user: 2), Is.All.EqualTo(Complex.Zero));
                    Assert.That(result.WeightedSumRate[r], Is.GreaterThan(0));
                }
            }
        });
    }

    /// <summary>Rate 0 and nothing sent where no channel is, zero rate without servers, nothing from access points without users; the others go on.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void WhoHasNoChannelOrNobodyGetsNothing(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        var shape = new StreamShape("nothing", 3, 3, 6, 4, 2, (r, l, k) => l == 2 || (r == 1 && k == 1) ? 0 : 1, IsEqual: true);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 53).WithZeroLinks((r, k, l) => (r == 0 && k == 1) || (r == 2 && k == 1 && l == 0) || (r == 2 && l == 1));
        IPrecoder precoder = create(RuleOf(shape), 10);
        PrecodingResult result = Solve(engine, channels, precoder);
        CheckFeasible(engine, channels, result);
        CheckMonotone(engine, shape.Channels, result);
        Assert.Multiple(() =>
        {
            Assert.That(result.Rates(0)[1], Is.Zero, "no channel");
            Assert.That(result.AccessPointPower(2)[1], Is.Zero, "an access point nobody hears");
            if (!precoder.Name.EndsWith("lus", StringComparison.Ordinal))
            {
                Assert.That(result.Rates(1)[1], Is.Zero, "no server"); // user scheduling may find it one
                Assert.That(Enumerable.Range(0, shape.R).Select(r => result.AccessPointPower(r)[2]), Is.All.Zero, "no users");
            }

            Assert.That(Enumerable.Range(0, shape.R).Select(r => result.Rates(r)[0]), Is.All.GreaterThan(0.01));
        });
    }

    /// <summary>No channel at all: rate 0, nothing but finite numbers.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void ChannelsOfZeroGiveRateZero(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 54).WithZeroLinks((r, _, _) => r == 0);
        PrecodingResult result = Solve(engine, channels, create(RuleOf(shape), 6));
        CheckFeasible(engine, channels, result);
        Assert.That(result.WeightedSumRate[0], Is.Zero);
        Assert.That(result.WeightedSumRate[1], Is.GreaterThan(0));
    }

    /// <summary>Nobody serves anybody.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void NoServersGiveRateZero(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 55).WithServing(ServingMap.Create(1, shape.L, shape.K, (_, _, _) => false));
        IPrecoder precoder = create(RuleOf(shape), 6);
        PrecodingResult result = Solve(engine, channels, precoder);
        CheckFeasible(engine, channels, result);
        if (!precoder.Name.EndsWith("lus", StringComparison.Ordinal))
        {
            Assert.That(result.WeightedSumRate.ToArray(), Is.All.Zero);
        }
    }

    /// <summary>From −40 to 120 dB, two users at one spot, a link of rank one.</summary>
    [TestCaseSource(nameof(PrecodersOnEngines))]
    public void ExtremeChannelsStayFeasible(EngineUnderTest engine, Func<StreamRule, int, IPrecoder> create)
    {
        StreamShape shape = Shapes.Single(s => s.Name == "small");
        ChannelBatch channels = RandomStreams.Create(shape, seed: 56);
        Complex[] coefficients = channels.AsDouble().ToArray();
        int user = shape.L * shape.N * shape.M, realization = shape.K * user;
        coefficients.AsSpan(0, user).CopyTo(coefficients.AsSpan(user)); // users 0 and 1 of realization 0
        for (int m = 0; m < shape.M; m++)
        {
            coefficients[realization + shape.M + m] = 2 * coefficients[realization + m]; // both antennas of user 0 hear the same of access point 0 in realization 1
        }

        ChannelBatch degenerate = ChannelBatch.FromArray(channels.Network, shape.Channels, coefficients);
        foreach (double scale in (double[])[0.01, 1, engine.Precision == Precision.Single ? 1e3 : 1e6])
        {
            ChannelBatch scaled = degenerate.Scaled((_, _, _) => scale);
            PrecodingResult result = Solve(engine, scaled, create(RuleOf(shape), 10));
            CheckFeasible(engine, scaled, result, rateCondition: scale > 1 ? scale * scale : 10);
            Assert.That(result.Status.ToArray(), Has.None.EqualTo(SolveStatus.Diverged));
        }
    }

    [TestCaseSource(nameof(Drawn))]
    public void WhateverTheSizesEverythingHolds(EngineUnderTest engine, ulong seed)
    {
        var (channels, rule) = Draw(seed);
        Assert.Multiple(() =>
        {
            foreach (var (name, create) in Precoders)
            {
                PrecodingResult result = Solve(engine, channels, create(rule, 8));
                CheckFeasible(engine, channels, result, name);
                CheckMonotone(engine, channels.Shape, result, name);
            }
        });
    }

    /// <summary>The same iterates in the antennas and in the reduced coordinates [NCJT Remark 6], and coherent transmission from a non-coherent point is no worse than that.</summary>
    [TestCaseSource(nameof(Drawn))]
    public void MethodsStandAsTheyShould(EngineUnderTest engine, ulong seed)
    {
        const int iterations = 6;
        var (channels, rule) = Draw(seed);
        PrecodingResult reduced = Solve(engine, channels, new ReducedWmmse(new() { Streams = rule, MaxIterations = iterations, Tolerance = 0 }));
        PrecodingResult beams = Solve(engine, channels, new NonCoherentWmmse(new() { Streams = rule, MaxIterations = iterations, Tolerance = 0 }));
        PrecodingResult coherent = Solve(engine, channels, new CoherentStreamWmmse(new()
        {
            Streams = rule, MaxIterations = iterations, Tolerance = 0, Starts = [new InitialPrecoder.NonCoherent(iterations)],
        }));
        bool isSingle = engine.Precision == Precision.Single;
        Assert.Multiple(() =>
        {
            for (int r = 0; r < channels.Shape.RealizationCount; r++)
            {
                double[] a = [.. reduced.Trace(r).Select(p => p.SumRate)], b = [.. beams.Trace(r).Select(p => p.SumRate)];
                int common = Math.Min(a.Length, b.Length); // either may settle a bit earlier
                Assert.That(Relative.WorstEntry(a.AsSpan(0, common), b.AsSpan(0, common)), Is.LessThan(isSingle ? 5e-3 : 1e-9), $"realization {r}");
                Assert.That(Relative.Error(coherent.Trace(r)[0].SumRate, a[^1]), Is.LessThan(isSingle ? 5e-3 : 1e-9), $"realization {r}: the start is the non-coherent point");
                Assert.That(coherent.WeightedSumRate[r], Is.GreaterThanOrEqualTo(reduced.WeightedSumRate[r] * (1 - (isSingle ? 1e-3 : 1e-9))), $"realization {r}");
            }
        });
    }

    /// <summary>An access point that holds back, because it disturbs a user it does not serve, holds back in the coherent start too.</summary>
    [TestCaseSource(nameof(Engines))]
    public void TheNonCoherentStartKeepsSparePower(EngineUnderTest engine)
    {
        const int iterations = 10;
        var shape = new StreamShape("spare", 6, 2, 1, 2, 1, (_, l, k) => l == k ? 1 : 0);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 57, powerWatts: 20);
        PrecodingResult reduced = Solve(engine, channels, new ReducedWmmse(new() { MaxIterations = iterations, Tolerance = 0, Patience = 100 }));
        PrecodingResult coherent = Solve(engine, channels, new CoherentStreamWmmse(new() { MaxIterations = 1, Tolerance = 0, Starts = [new InitialPrecoder.NonCoherent(iterations)] }));
        Assert.Multiple(() =>
        {
            Assert.That(
                from r in Enumerable.Range(0, shape.R) from l in Enumerable.Range(0, shape.L) select reduced.AccessPointPower(r)[l] / channels.Network.AccessPoints[l].PowerBudgetWatts,
                Has.Some.InRange(0.01, 0.9), "the problem must make one hold back");
            for (int r = 0; r < shape.R; r++)
            {
                Assert.That(Relative.Error(coherent.Trace(r)[0].SumRate, reduced.Trace(r)[^1].SumRate), Is.LessThan(engine.Precision == Precision.Single ? 1e-3 : 1e-9), $"realization {r}");
            }
        });
    }

    /// <summary>d streams from every serving access point, d the largest of the shape.</summary>
    private static StreamRule RuleOf(StreamShape shape) => new StreamRule.PerLink(
        Math.Max(1, (from r in Enumerable.Range(0, shape.R) from l in Enumerable.Range(0, shape.L) from k in Enumerable.Range(0, shape.K) select shape.Count(r, l, k)).Max()));

    /// <summary>Up to 3 access points, 4 users of up to 4 antennas, 8 antennas; any serving sets, 1 or 2 streams a link; some links dead.</summary>
    private static (ChannelBatch Channels, StreamRule Rule) Draw(ulong seed)
    {
        var random = new CounterRandom(1000 + seed, RandomPurpose.UserPosition, 0);
        uint at = 0;
        int Lot(int from, int to) => from + (int)(random.Uniform(at++) * (to - from + 1));
        int L = Lot(1, 3), K = Lot(1, 4), M = Lot(1, 8), N = Lot(1, 4), R = Lot(1, 3);
        var counts = new int[L, K];
        for (int i = 0; i < L * K; i++)
        {
            counts[i / K, i % K] = Math.Max(0, Lot(-1, 2));
        }

        var shape = new StreamShape("drawn", R, L, M, K, N, (_, l, k) => counts[l, k], IsEqual: seed % 2 == 0);
        int deadUser = Lot(0, 3 * K), deadAccessPoint = Lot(0, L - 1);
        return (RandomStreams.Create(shape, seed).WithZeroLinks((_, k, l) => k == deadUser && l == deadAccessPoint), new StreamRule.Table(counts));
    }

    private static void CheckFeasible(EngineUnderTest engine, ChannelBatch channels, PrecodingResult result, string name = "", double rateCondition = 10)
    {
        ChannelShape shape = channels.Shape;
        double allowed = engine.Precision == Precision.Single ? 1e-5 : 1e-12;
        double tolerance = Tolerance.For(engine.Precision, shape.AccessPointCount * shape.AntennaCount * shape.UserCount * shape.UserAntennaCount, rateCondition);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.RealizationCount; r++)
            {
                string what = $"{name} realization {r}";
                Assert.That(result.Trace(r).Select(p => p.WorstPowerExcess), Is.All.LessThanOrEqualTo(allowed), what + ": trace");
                Assert.That(result.WorstPowerExcess(r), Is.LessThanOrEqualTo(allowed), what + ": returned");
                var (rate, excess) = Evaluate(channels, result, r);
                Assert.That(Math.Abs(result.WeightedSumRate[r] - rate), Is.LessThanOrEqualTo(tolerance * Math.Max(1, rate)), what + ": rate of the returned precoder");
                Assert.That(excess, Is.LessThanOrEqualTo(allowed), what + ": power of the returned precoder");
            }
        });
    }

    private static void CheckMonotone(EngineUnderTest engine, ChannelShape shape, PrecodingResult result, string name = "")
    {
        double rounding = engine.Precision == Precision.Double
            ? MonotoneInDouble
            : Tolerance.For(engine.Precision, shape.AccessPointCount * shape.UserCount * shape.UserCount * shape.UserAntennaCount * shape.UserAntennaCount, condition: 10);
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.RealizationCount; r++)
            {
                double[] rates = [.. result.Trace(r).Select(p => p.SumRate)];
                for (int i = 1; i < rates.Length; i++)
                {
                    Assert.That(rates[i], Is.GreaterThanOrEqualTo((rates[i - 1] * (1 - rounding)) - rounding), $"{name} realization {r}, iteration {i}");
                }

                Assert.That(result.WeightedSumRate[r], Is.GreaterThanOrEqualTo((rates.DefaultIfEmpty(0).Max() * (1 - rounding)) - rounding), $"{name} realization {r}, returned");
                if (rates.Length > 0)
                {
                    Assert.That(Math.Abs(result.WeightedSumRate[r] - rates.Max()), Is.LessThanOrEqualTo(rounding * Math.Max(1, rates.Max())), $"{name} realization {r}, the best is returned");
                }
            }
        });
    }

    /// <summary>Two correct trajectories part by about a digit an iteration.</summary>
    private static double TrajectoryTolerance(EngineUnderTest engine, StreamShape shape, int iterations) =>
        Tolerance.For(engine.Precision, shape.L * shape.M * shape.Rows * (iterations + 1), condition: engine.Precision == Precision.Single ? 100 : 1e5);

    private static IPrecoder WithOptions(Func<StreamRule, int, IPrecoder> create, StreamOptions options) => create(options.Streams, 1) switch
    {
        LocalEigenZeroForcing => new LocalEigenZeroForcing((LocalEigenZeroForcingOptions)options),
        NonCoherentWmmse => new NonCoherentWmmse((NonCoherentWmmseOptions)options),
        ReducedWmmse => new ReducedWmmse((ReducedWmmseOptions)options),
        StreamSelection { Name: "ncjt-lsa" } => new StreamSelection(StreamCandidates.ServingAccessPoints, (StreamSelectionOptions)options),
        StreamSelection => new StreamSelection(StreamCandidates.AllAccessPoints, (StreamSelectionOptions)options),
        _ => new CoherentStreamWmmse((CoherentStreamWmmseOptions)options),
    };

    /// <summary>Random starts do not turn along with the channels.</summary>
    private static IPrecoder WithoutRandomStarts(Func<StreamRule, int, IPrecoder> create, IPrecoder precoder) =>
        WithOptions(create, (StreamOptions)precoder.Options with { Starts = [.. precoder.Options.Starts.Where(start => start is not InitialPrecoder.Random)] });

    /// <summary>H of other users, the two antennas of each turned by a unitary matrix of its own.</summary>
    private static Complex[] Mapped(ChannelBatch channels, Func<int, int> userOf, bool turn)
    {
        ChannelShape shape = channels.Shape;
        var coefficients = new List<Complex>();
        Complex[] first = new Complex[shape.AntennaCount], second = new Complex[shape.AntennaCount];
        for (int k = 0; k < shape.UserCount; k++)
        {
            double angle = turn ? 0.4 + k : 0;
            Complex c = Math.Cos(angle), s = Complex.FromPolarCoordinates(Math.Sin(angle), 0.3 * k);
            for (int l = 0; l < shape.AccessPointCount; l++)
            {
                channels.CopyLink(0, userOf(k), l, first, 0);
                channels.CopyLink(0, userOf(k), l, second, 1);
                coefficients.AddRange(first.Zip(second, (a, b) => (c * a) + (s * b)));
                coefficients.AddRange(first.Zip(second, (a, b) => (c * b) - (Complex.Conjugate(s) * a)));
            }
        }

        return [.. coefficients];
    }

    private static Complex[] BeamsOf(PrecodingResult result, int r, int user)
    {
        var p = new Complex[result.Precoders.Shape.AntennaCount];
        var beams = new List<Complex>();
        for (int branch = 0; branch < result.Precoders.StreamCount * result.Precoders.BranchCount; branch++)
        {
            if (result.Precoders.StreamUser[branch / result.Precoders.BranchCount] == user)
            {
                result.Precoders.CopyTo(r, branch / result.Precoders.BranchCount, branch % result.Precoders.BranchCount, p);
                beams.AddRange(p);
            }
        }

        return [.. beams];
    }

    /// <summary>Weighted sum rate and worst power excess of the returned precoder, straight from y = Σ H p s + n.</summary>
    private static (double SumRate, double Excess) Evaluate(ChannelBatch channels, PrecodingResult result, int r)
    {
        ChannelShape shape = channels.Shape;
        PrecoderBatch precoders = result.Precoders;
        int K = shape.UserCount, L = shape.AccessPointCount, N = shape.UserAntennaCount;
        Complex[] row = new Complex[shape.AntennaCount], p = new Complex[shape.AntennaCount];
        var heard = new Complex[K, N, precoders.StreamCount];
        var power = new double[L];
        for (int stream = 0; stream < precoders.StreamCount; stream++)
        {
            for (int branch = 0; branch < precoders.BranchCount; branch++)
            {
                precoders.CopyTo(r, stream, branch, p);
                int l = precoders.AccessPointOf(r, stream, branch);
                if (l < 0)
                {
                    Assert.That(p, Is.All.EqualTo(Complex.Zero), "a branch that nobody sends");
                    continue;
                }

                power[l] += p.Sum(v => (v.Real * v.Real) + (v.Imaginary * v.Imaginary));
                for (int i = 0; i < K * N; i++)
                {
                    channels.CopyLink(r, i / N, l, row, i % N);
                    heard[i / N, i % N, stream] += row.Zip(p, (h, v) => (N == 1 ? Complex.Conjugate(h) : h) * v).Aggregate(Complex.Zero, (a, b) => a + b);
                }
            }
        }

        double rate = 0;
        for (int k = 0; k < K; k++)
        {
            Complex[,] interference = Covariance(k, stream => precoders.StreamUser[stream] != k), total = Covariance(k, _ => true);
            rate += channels.Network.Users[k].Weight * (Log2Determinant(total) - Log2Determinant(interference));
        }

        return (rate, Enumerable.Range(0, L).Max(l => (power[l] / channels.Network.AccessPoints[l].PowerBudgetWatts) - 1));

        Complex[,] Covariance(int k, Func<int, bool> counts)
        {
            var sum = new Complex[N, N];
            for (int a = 0; a < N; a++)
            {
                for (int b = 0; b < N; b++)
                {
                    sum[a, b] = a == b ? channels.Network.NoisePowerOf(k) : 0;
                    for (int stream = 0; stream < precoders.StreamCount; stream++)
                    {
                        sum[a, b] += counts(stream) ? heard[k, a, stream] * Complex.Conjugate(heard[k, b, stream]) : 0;
                    }
                }
            }

            return sum;
        }
    }

    /// <summary>By elimination of a positive definite matrix, which is overwritten.</summary>
    private static double Log2Determinant(Complex[,] a)
    {
        double sum = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            sum += Math.Log2(a[i, i].Real);
            for (int j = i + 1; j < a.GetLength(0); j++)
            {
                Complex factor = a[j, i] / a[i, i];
                for (int column = i; column < a.GetLength(0); column++)
                {
                    a[j, column] -= factor * a[i, column];
                }
            }
        }

        return sum;
    }

    private static PrecodingResult Solve(EngineUnderTest engine, ChannelBatch channels, IPrecoder precoder)
    {
        using IDevice device = engine.Open();
        return precoder.Solve(channels, device);
    }

    private static void AssertSameBits(PrecodingResult actual, int a, PrecodingResult expected, int e)
    {
        Assert.That(actual.Iterations[a], Is.EqualTo(expected.Iterations[e]), "iterations");
        Assert.That(actual.Status[a], Is.EqualTo(expected.Status[e]), "status");
        Assert.That(Numbers(actual.Trace(a)), Is.EqualTo(Numbers(expected.Trace(e))), "trace");
        Assert.That(actual.Rates(a).ToArray(), Is.EqualTo(expected.Rates(e).ToArray()), "rates");
        int users = actual.Precoders.Shape.UserCount;
        Assert.That(
            Enumerable.Range(0, users).SelectMany(k => BeamsOf(actual, a, k)).ToArray(), Is.EqualTo(Enumerable.Range(0, users).SelectMany(k => BeamsOf(expected, e, k)).ToArray()), "precoders");

        static double[] Numbers(IReadOnlyList<TracePoint> trace) => [.. trace.SelectMany(p => (double[])[p.SumRate, p.WorstPowerExcess, p.StepSize])];
    }
}
