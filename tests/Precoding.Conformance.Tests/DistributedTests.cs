using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Access points and central unit that see only what they are sent come to what the precoder comes to. [noncoherent.md §4.1, §9]</summary>
public class DistributedTests
{
    private static readonly StreamShape[] Shapes =
    [
        new("small", 2, 2, 8, 3, 2, (_, _, _) => 1),
        new("overloaded", 2, 2, 3, 4, 2, (_, _, _) => 1),
        new("oneAntennaUsers", 2, 3, 5, 4, 1, (_, l, k) => l == k ? 0 : 1),
        new("idle", 2, 3, 6, 4, 2, (r, l, k) => k == 3 || l == 2 || (l == 1 && k == r) ? 0 : 1),
        new("odd", 2, 2, 7, 3, 3, (_, l, k) => l == k ? 0 : 2),
    ];

    private static readonly (string Name, Func<StreamRule, int?, StreamPrecoder> Create)[] Precoders =
    [
        ("ncjt-rwmmse", (streams, bits) => new ReducedWmmse(new() { Streams = streams, MaxIterations = 10, Tolerance = 0, FronthaulBits = bits })),
        ("ncjt-cg", (streams, bits) => new StreamConjugateGradient(new() { Streams = streams, UpdatesFirst = 1, MaxIterations = 5, Tolerance = 0, FronthaulBits = bits })),
        ("ncjt-lsa", (_, bits) => new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxStreams = 1, MaxIterations = 5, Tolerance = 0, FronthaulBits = bits })),
        ("cjt-wmmse", (streams, bits) => new CoherentStreamWmmse(new() { Streams = streams, MaxIterations = 5, Tolerance = 0, FronthaulBits = bits })),
    ];

    private static readonly Func<StreamRule, int?, StreamPrecoder> Wmmse = (streams, bits) => new NonCoherentWmmse(new() { Streams = streams, MaxIterations = 10, Tolerance = 0, FronthaulBits = bits });

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.All;

    private static IEnumerable<TestCaseData> Exact =>
        from engine in Engines.Where(e => e.Precision == Precision.Double)
        from precoder in Precoders
        from shape in Shapes
        select new TestCaseData(engine, precoder.Create, shape) { TestName = $"{{m}}({engine},{precoder.Name},{shape})" };

    private static IEnumerable<TestCaseData> Rounded =>
        from engine in Engines
        from precoder in Precoders.Append(("ncjt-wmmse", Wmmse))
        from shape in Shapes
        select new TestCaseData(engine, precoder.Item2, shape) { TestName = $"{{m}}({engine},{precoder.Item1},{shape})" };

    /// <summary>Beams are compared by P Pᴴ of an access point, which no unitary change of streams touches.</summary>
    [TestCaseSource(nameof(Exact))]
    public void DistributedIsThePrecoderItself(EngineUnderTest engine, Func<StreamRule, int?, StreamPrecoder> create, StreamShape shape)
    {
        ChannelBatch channels = RandomStreams.Create(shape, seed: 71);
        StreamPrecoder precoder = create(RuleOf(shape), null);
        using IDevice device = engine.Open();
        Assert.Multiple(() =>
        {
            for (int r = 0; r < shape.R; r++)
            {
                PrecodingResult expected = precoder.Solve(channels.Slice(r, 1), device);
                (CentralUnitAnswer answer, Complex[][] covariances, _) = Distributed(precoder, channels, r, null, device);
                Assert.That(Relative.Error(answer.WeightedSumRate, expected.WeightedSumRate[0]), Is.LessThan(Exactness));
                Assert.That(answer.Iterations, Is.EqualTo(expected.Iterations[0]));
                Assert.That(answer.Interaction, Is.EqualTo(expected.Interaction(0)));
                for (int l = 0; l < shape.L; l++)
                {
                    Assert.That(Relative.Error(covariances[l], Covariance(expected, 0, l)), Is.LessThan(Exactness), $"access point {l}");
                }
            }
        });
    }

    /// <summary>Rounding at both ends is the same as inside the precoder.</summary>
    [TestCase(6)]
    [TestCase(12)]
    public void RoundedExchangeIsThatOfTheOption(int bits)
    {
        StreamShape shape = Shapes[0];
        ChannelBatch channels = RandomStreams.Create(shape, seed: 72);
        var precoder = (ReducedWmmse)Precoders[0].Create(RuleOf(shape), bits);
        using IDevice device = EngineUnderTest.Reference.Open();
        PrecodingResult expected = precoder.Solve(channels.Slice(1, 1), device);
        (_, Complex[][] covariances, double[] power) = Distributed(precoder, channels, 1, bits, device);
        for (int l = 0; l < shape.L; l++)
        {
            Assert.That(Relative.Error(covariances[l], Covariance(expected, 0, l)), Is.LessThan(1e-10), $"access point {l}");
            Assert.That(power[l], Is.LessThanOrEqualTo(channels.Network.AccessPoints[l].PowerBudgetWatts * (1 + 1e-12)));
        }
    }

    /// <summary>Feasible however coarse, not finite nowhere, and what was evaluated is what is returned.</summary>
    [TestCaseSource(nameof(Rounded))]
    public void RoundedPrecodersStayWithinBudgets(EngineUnderTest engine, Func<StreamRule, int?, StreamPrecoder> create, StreamShape shape)
    {
        ChannelBatch channels = RandomStreams.Create(shape, seed: 73);
        using IDevice device = engine.Open();
        Assert.Multiple(() =>
        {
            foreach (int bits in (int[])[4, 8, 32])
            {
                PrecodingResult result = create(RuleOf(shape), bits).Solve(channels, device);
                for (int r = 0; r < shape.R; r++)
                {
                    Assert.That(result.WeightedSumRate[r], Is.Positive.And.LessThan(double.PositiveInfinity), $"{bits} bits");
                    Assert.That(result.WorstPowerExcess(r), Is.LessThan(Tolerance.For(engine.Precision, shape.M * shape.Rows)), $"{bits} bits");
                    Assert.That(result.FronthaulBits, Is.EqualTo(bits));
                }
            }
        });
    }

    /// <summary>32 bits are as good as none; every step down costs, in the mean over drops.</summary>
    [Test]
    public void FewerBitsCostRate([Values("ncjt-rwmmse", "ncjt-wmmse", "ncjt-cg")] string name)
    {
        Func<StreamRule, int?, StreamPrecoder> create = name == "ncjt-wmmse" ? Wmmse : Precoders.Single(p => p.Name == name).Create;
        ChannelBatch channels = new CellFreeDrops(3, 4, 16, 2, 2, 15).Create(12, seed: 5);
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        double[] rates = [.. ((int?[])[null, 32, 12, 8, 6, 4]).Select(bits => create(new StreamRule.PerLink(1), bits).Solve(channels, device).WeightedSumRate.ToArray().Average())];
        TestContext.Out.WriteLine(string.Join(" ", rates));
        Assert.That(rates[1], Is.EqualTo(rates[0]).Within(1e-6 * rates[0])); // 2⁻³¹ of the largest entry of a row, times the spread of path losses
        Assert.That(rates[1..], Is.Ordered.Descending);
    }

    [Test]
    public void InteractionIsThatOfTableI()
    {
        ChannelBatch channels = new CellFreeDrops(4, 8, 64, 4, 2, 15).Create(1, seed: 6);
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 1).Open();
        Assert.Multiple(() =>
        {
            Assert.That(Of(new LocalEigenZeroForcing()), Is.EqualTo((0, 0)));
            Assert.That(Of(new NonCoherentWmmse(new() { MaxIterations = 1 })), Is.EqualTo((8192, 1024)));
            Assert.That(Of(new ReducedWmmse(new() { MaxIterations = 1 })), Is.EqualTo((2112, 512)));
            Assert.That(Of(new StreamConjugateGradient(new() { MaxIterations = 1 })), Is.EqualTo((2112, 512)));
            Assert.That(Of(new StreamSelection(StreamCandidates.AllAccessPoints, new() { MaxIterations = 1, MaxStreams = 2 })), Is.EqualTo((2112, 512)));
            Assert.That(Of(new CoherentStreamWmmse(new() { MaxIterations = 1 })), Is.EqualTo((2112, 1024))); // 16 streams from two access points each
        });
        (int, int) Of(StreamPrecoder precoder)
        {
            Interaction interaction = precoder.Solve(channels, device).Interaction(0)!;
            return ((int)interaction.ComplexUp, (int)interaction.ComplexDown);
        }
    }

    [Test]
    public void CentralUnitNamesWhatDoesNotFit()
    {
        ChannelBatch channels = RandomStreams.Create(Shapes[0], seed: 74);
        AccessPointReport[] reports = [.. Enumerable.Range(0, 2).Select(l => new AccessPointUnit(channels, 0, l).Report())];
        using IDevice device = EngineUnderTest.Reference.Open();
        Assert.Multiple(() =>
        {
            Assert.That(() => Decide(new NonCoherentWmmse(), reports), Throws.TypeOf<ValidationException>().With.Message.Contains("does not iterate on Gram matrices"));
            Assert.That(() => Decide(new ReducedWmmse(), reports[..1]), Throws.TypeOf<ValidationException>().With.Message.Contains("expected one of each, 0 to 1"));
            Assert.That(() => Decide(new ReducedWmmse(), [reports[0], reports[1] with { Upper = [1] }]), Throws.TypeOf<ValidationException>().With.Message.Contains("n(n + 1)/2"));
            Assert.That(
                () => new AccessPointUnit(channels, 0, 1).Precoders(new AccessPointCommand(0, [])), Throws.TypeOf<ValidationException>().With.Message.Contains("the command is for access point 0"));
        });
        CentralUnitAnswer Decide(StreamPrecoder precoder, AccessPointReport[] sent) => new CentralUnit(precoder, channels.Network, channels.Slice(0, 1).Serving).Decide(sent, device);
    }

    /// <summary>G differs by its own rounding, the start by that of a factor of it, and ten iterations carry on what they get; measured at most 4.2·10⁻¹³.</summary>
    private const double Exactness = 1e-12;

    private static StreamRule.Table RuleOf(StreamShape shape)
    {
        var counts = new int[shape.L, shape.K];
        for (int l = 0; l < shape.L; l++)
        {
            for (int k = 0; k < shape.K; k++)
            {
                counts[l, k] = Enumerable.Range(0, shape.R).Min(r => shape.Count(r, l, k));
            }
        }

        return new StreamRule.Table(counts);
    }

    /// <summary>The exchange from end to end: reports, answer, precoders; nothing else is passed on.</summary>
    private static (CentralUnitAnswer Answer, Complex[][] Covariances, double[] Power) Distributed(StreamPrecoder precoder, ChannelBatch channels, int realization, int? bits, IDevice device)
    {
        AccessPointUnit[] units = [.. Enumerable.Range(0, channels.Shape.AccessPointCount).Select(l => new AccessPointUnit(channels, realization, l))];
        CentralUnitAnswer answer = new CentralUnit(precoder, channels.Network, channels.Slice(realization, 1).Serving).Decide([.. units.Reverse().Select(u => u.Report(bits))], device);
        IReadOnlyList<Complex[]>[] beams = [.. units.Select((unit, l) => unit.Precoders(answer.Commands[l]))];
        return (answer, [.. beams.Select(b => Covariance(b, channels.Shape.AntennaCount))], [.. beams.Select(b => b.Sum(p => p.Sum(v => (v * Complex.Conjugate(v)).Real)))]);
    }

    private static Complex[] Covariance(PrecodingResult result, int realization, int accessPoint)
    {
        var beams = new List<Complex[]>();
        PrecoderBatch P = result.Precoders;
        for (int i = 0; i < P.StreamCount * P.BranchCount; i++)
        {
            if (P.AccessPointOf(realization, i / P.BranchCount, i % P.BranchCount) == accessPoint)
            {
                var beam = new Complex[P.Shape.AntennaCount];
                P.CopyTo(realization, i / P.BranchCount, i % P.BranchCount, beam);
                beams.Add(beam);
            }
        }

        return Covariance(beams, P.Shape.AntennaCount);
    }

    private static Complex[] Covariance(IReadOnlyList<Complex[]> beams, int M)
    {
        var sum = new Complex[M * M];
        foreach (Complex[] p in beams)
        {
            for (int i = 0; i < M * M; i++)
            {
                sum[i] += p[i / M] * Complex.Conjugate(p[i % M]);
            }
        }

        return sum;
    }
}
