using System.Numerics;
using NUnit.Framework;
using Precoding.Simulation;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>The bound on the weighted sum rate against optima that are known, found by brute force, or reached by precoders.</summary>
public class SumRateCertificateTests
{
    private static readonly SumRateCertificateOptions ToTheEnd = new() { MaxIterations = 3000, Tolerance = 1e-12 };

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.InDouble;

    private static IEnumerable<TestCaseData> OnGolden => from engine in Engines from name in GoldenCase.All select new TestCaseData(engine, name);

    /// <summary>The golden certificates hold λ at 1; the best λ is at least as tight, and no best known rate is above it.</summary>
    [TestCase("c1_tiny", 15.0249)]
    [TestCase("c2_small", 56.3083)]
    [TestCase("c3_nearfar", 78.4659)]
    [TestCase("c4_fine1", 54.3927)]
    public void BoundsAreBetweenTheBestKnownRateAndTheGoldenBound(string name, double golden)
    {
        foreach (EngineUnderTest engine in Engines)
        {
            double bound = Bound(engine, GoldenCase.Read(name).Channels);
            TestContext.Out.WriteLine($"{engine}: {bound:f4} bit/s/Hz");
            Assert.That(bound, Is.LessThanOrEqualTo(golden + 1e-4).And.GreaterThan(GoldenCase.BestKnownSumRate(name)), engine.Name);
        }
    }

    /// <summary>Weights, unequal budgets and more users than antennas included; at every iteration limit, and cancelled before it began.</summary>
    [TestCaseSource(nameof(OnGolden))]
    public void NoPrecoderExceedsTheBoundAtAnyStop(EngineUnderTest engine, string name)
    {
        GoldenCase golden = GoldenCase.Read(name);
        double best = BestRate(golden.Channels);
        double[] bounds = [.. new[] { 1, 2, 3, 5, 10, 100 }.Select(limit => Bound(engine, golden.Channels, new() { MaxIterations = limit, Tolerance = 0 }))];
        TestContext.Out.WriteLine($"{best} of {string.Join(", ", bounds)} bit/s/Hz");
        Assert.That(bounds, Is.All.GreaterThanOrEqualTo(best));
        Assert.That(bounds, Is.Ordered.Descending, "more iterations keep the smallest");
        using IDevice device = engine.Open();
        Assert.That(new SumRateCertificate().Bound(golden.Channels, device, null, new CancellationToken(true)).UpperBound[0], Is.EqualTo(bounds[0]), "one iteration whatever happens");
    }

    /// <summary>K = 1: every access point sends maximum ratio with its whole budget, and amplitudes add: log2(1 + (Σ_l √P_l ‖h_l‖)²/σ²). The bound is that number.</summary>
    [TestCaseSource(nameof(Engines))]
    public void ASingleUserIsBoundedByItsCapacity(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(3, 4, 5, 1), seed: 5);
        using IDevice device = engine.Open();
        SumRateBounds bounds = new SumRateCertificate(ToTheEnd).Bound(channels, device);
        for (int r = 0; r < 3; r++)
        {
            double amplitude = Enumerable.Range(0, 4).Sum(l => Math.Sqrt(channels.Network.AccessPoints[l].PowerBudgetWatts) * Norm(channels, r, 0, l));
            double capacity = channels.Network.Users[0].Weight * Math.Log2(1 + (amplitude * amplitude / channels.Network.NoisePowerOf(0)));
            Assert.That(bounds.UpperBound[r], Is.GreaterThanOrEqualTo(capacity).And.LessThan(capacity + 1e-9));
        }
    }

    /// <summary>
    /// One antenna, two users: the degraded broadcast channel, whose weighted optimum over the split of the power between the layers is one-dimensional. The bound is that number, whatever the weights.
    /// </summary>
    [Test]
    public void TheDegradedBroadcastChannelIsBoundedByItsCapacity(
        [ValueSource(nameof(Engines))] EngineUnderTest engine, [Values(0.1, 1, 1.4, 3, 20)] double weight, [Values(0.3, 30, 3000)] double power)
    {
        var shape = new ChannelShape(1, 2, 1, 1);
        double strong = 1.7, weak = 0.2;
        Network network = Network.WithoutGeometry(shape, [power], [1, 1], [1, weight]);
        ChannelBatch channels = ChannelBatch.FromArray(network, shape, new Complex[] { new(0, Math.Sqrt(strong)), Math.Sqrt(weak) });
        double capacity = Enumerable.Range(0, 200_001).Max(i =>
        {
            double own = power * i / 200_000;
            return Math.Log2(1 + (own * strong)) + (weight * Math.Log2((1 + (power * weak)) / (1 + (own * weak))));
        });
        Assert.That(Bound(engine, channels, ToTheEnd), Is.GreaterThanOrEqualTo(capacity).And.LessThan(capacity + 1e-6));
    }

    /// <summary>Two users, two access points: the dual by brute force over λ and q, and the best linear precoder by a fine search of random restarts below it.</summary>
    [Test]
    public void TinyCasesLieBetweenTheBestPrecoderAndTheBoundByBruteForce([Range(1, 12)] int seed)
    {
        double scale = Math.Pow(10, (seed % 4) - 1);
        var shape = new ChannelShape(1, 2, 2, 1 + (seed % 2));
        Network network = Network.WithoutGeometry(shape, [scale, scale * (1 + seed)], [1, 0.5], seed % 3 == 0 ? [1, 2.5] : null);
        ChannelBatch channels = ChannelBatch.FromArray(network, shape, RandomProblem.Normals((int)shape.CoefficientsPerRealization, (ulong)seed));
        double bound = Bound(EngineUnderTest.Reference, channels, ToTheEnd), dual = DualByBruteForce(channels), best = PrecoderSearch.BestRate(channels, (ulong)seed);
        TestContext.Out.WriteLine($"precoder {best:f6}, bound {bound:f6}, by brute force {dual:f6} bit/s/Hz");
        Assert.Multiple(() =>
        {
            Assert.That(bound, Is.GreaterThan(best));
            Assert.That(bound, Is.EqualTo(dual).Within(2e-4).Percent);
        });
    }

    /// <summary>Generated drops at 0 to 30 dB, as they come (single precision) and with weights; twins share a channel, one user and one access point have none.</summary>
    [Test]
    public void NoPrecoderExceedsTheBoundOnDrops(
        [Values(0, 10, 20, 30)] double snrDb, [Values("plain", "weighted", "overloaded", "degenerate")] string kind, [Values(1, 2, 3)] int seed)
    {
        ProblemShape shape = kind == "overloaded" ? new(1, 2, 4, 14) : new(1, 3, 8, 6);
        double power = Math.Pow(10, snrDb / 10);
        ChannelBatch problem = kind == "weighted" ? RandomProblem.CreateUnequal(shape, (ulong)seed, power, spreadDb: 10) : RandomProblem.Create(shape, (ulong)seed, power, spreadDb: 10);
        ComplexF[] coefficients = [.. problem.AsDouble().ToArray().Select(v => (ComplexF)v)];
        if (kind == "degenerate")
        {
            int user = shape.L * shape.M;
            coefficients.AsSpan(0, user).CopyTo(coefficients.AsSpan(user));
            coefficients.AsSpan(2 * user, user).Clear();
            for (int k = 0; k < shape.K; k++)
            {
                coefficients.AsSpan((k * user) + shape.M, shape.M).Clear();
            }
        }

        ChannelBatch channels = ChannelBatch.FromArray(problem.Network, problem.Shape, coefficients);
        double best = BestRate(channels);
        foreach (EngineUnderTest engine in Engines)
        {
            double bound = Bound(engine, channels);
            TestContext.Out.WriteLine($"{engine}: {best:f3} of {bound:f3} bit/s/Hz, {best / bound:p2}");
            Assert.That(bound, Is.GreaterThanOrEqualTo(best), engine.Name);
        }
    }

    /// <summary>Urban macro drops at 0 to 30 dB. Streams of single access points, and of several in phase, are transmit schemes too.</summary>
    [Test]
    public void NeitherPrecodersNorStreamsExceedTheBoundOnUrbanMacroDrops([Values(0, 10, 20, 30)] double snrDb)
    {
        Network network = PaperScenario.CreateNetwork(userCount: 10, antennaCount: 16, accessPointCount: 3, seed: 5).WithPowerBudget(Math.Pow(10, snrDb / 10));
        ChannelBatch channels = PaperScenario.CreateModel(userCount: 10, seed: 5, keepPaths: false).Generate(network, realizationCount: 4, seed: 5).Normalize(Normalization.Mean);
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 2).Open();
        SumRateBounds bounds = new SumRateCertificate().Bound(channels, device);
        Assert.Multiple(() =>
        {
            foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
            {
                PrecodingResult result = entry.Create(entry.DefaultOptions).Solve(channels, device);
                double[] shares = [.. Enumerable.Range(0, 4).Select(r => bounds.ShareOf(result, r))];
                TestContext.Out.WriteLine($"{entry.Name}: {string.Join(", ", shares.Select(share => share.ToString("p2")))}");
                Assert.That(shares, Is.All.LessThanOrEqualTo(1).And.All.Positive, entry.Name);
            }
        });
    }

    /// <summary>Rates and powers of single precision are off by its rounding, and so may a share be.</summary>
    [Test]
    public void SharesInSinglePrecisionExceedOneByRoundingAtMost([Values(1, 2, 8)] int userCount)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(6, 3, 16, userCount), seed: 12, powerWatts: 1000);
        using IDevice device = EngineUnderTest.Cpu(Precision.Single, threadCount: 2).Open();
        SumRateBounds bounds = new SumRateCertificate(ToTheEnd).Bound(channels, device);
        PrecodingResult result = new ReducedConjugateGradient().Solve(channels, device);
        double largest = Enumerable.Range(0, 6).Max(r => bounds.ShareOf(result, r));
        TestContext.Out.WriteLine($"1 + {largest - 1:g3}");
        Assert.That(largest, Is.LessThan(1 + 1e-6).And.GreaterThan(userCount == 1 ? 1 - 1e-6 : 0.9));
    }

    /// <summary>The best of every precoder from several starts, in double precision.</summary>
    private static double BestRate(ChannelBatch channels)
    {
        using IDevice device = EngineUnderTest.Cpu(Precision.Double, threadCount: 2).Open();
        return PrecoderCatalog.Entries.Where(entry => entry.DefaultOptions is not StreamOptions).Max(entry =>
        {
            PrecoderOptions options = entry.DefaultOptions is ClosedFormOptions ? entry.DefaultOptions
                : entry.DefaultOptions with { MaxIterations = 100, Starts = InitialPrecoder.ParseList(entry.Name == PrecoderCatalog.DefaultName ? "mrt,rzf,wmmse:3,random:8" : "mrt,rzf") };
            return entry.Create(options).Solve(channels, device).WeightedSumRate[0];
        });
    }

    private static double Bound(EngineUnderTest engine, ChannelBatch channels, SumRateCertificateOptions? options = null)
    {
        using IDevice device = engine.Open();
        return new SumRateCertificate(options).Bound(channels, device).UpperBound[0];
    }

    /// <summary>min over λ of max over q of the dual uplink's weighted capacity, two users and two access points, by nested searches for the extremum of a convex and a concave function of one number.</summary>
    private static double DualByBruteForce(ChannelBatch channels)
    {
        Network network = channels.Network;
        double[] P = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)], alpha = [.. network.Users.Select(u => u.Weight)];
        Complex[,] H = Stacked(channels);
        return Extremum(share => Extremum(
            split =>
            {
                double[] noise = [share * P.Sum() / P[0], (1 - share) * P.Sum() / P[1]], q = [split * P.Sum(), (1 - split) * P.Sum()];
                int first = alpha[0] >= alpha[1] ? 0 : 1;                       // decoded last
                double both = LogDeterminant(H, noise, q[0], q[1]), alone = first == 0 ? LogDeterminant(H, noise, q[0], 0) : LogDeterminant(H, noise, 0, q[1]);
                return (alpha[1 - first] * (both - alone)) + (alpha[first] * alone);
            },
            isMaximum: true), isMaximum: false);

        double LogDeterminant(Complex[,] h, double[] noise, double q0, double q1)
        {
            int M = channels.Shape.AntennaCount;
            double g00 = 0, g11 = 0;
            Complex g01 = 0;
            for (int m = 0; m < h.GetLength(1); m++)
            {
                double gain = 1 / noise[m / M];
                g00 += gain * Energy(h[0, m]);
                g11 += gain * Energy(h[1, m]);
                g01 += gain * Complex.Conjugate(h[0, m]) * h[1, m];
            }

            return Math.Log2(((1 + (q0 * g00)) * (1 + (q1 * g11))) - (q0 * q1 * Energy(g01)));
        }
    }

    /// <summary>Of a unimodal function on (0, 1), by golden sections.</summary>
    private static double Extremum(Func<double, double> f, bool isMaximum)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2, low = 1e-12, high = 1 - 1e-12, sign = isMaximum ? -1 : 1;
        double left = high - (ratio * (high - low)), right = low + (ratio * (high - low)), atLeft = sign * f(left), atRight = sign * f(right);
        for (int i = 0; i < 80; i++)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                atLeft = sign * f(left = high - (ratio * (high - low)));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                atRight = sign * f(right = low + (ratio * (high - low)));
            }
        }

        return sign * Math.Min(atLeft, atRight);
    }

    /// <summary>h_k/σ_k, antennas of all access points in a row.</summary>
    private static Complex[,] Stacked(ChannelBatch channels)
    {
        (int K, int L, int M) = (channels.Shape.UserCount, channels.Shape.AccessPointCount, channels.Shape.AntennaCount);
        var H = new Complex[K, L * M];
        var link = new Complex[M];
        for (int i = 0; i < K * L; i++)
        {
            channels.CopyLink(0, i / L, i % L, link);
            for (int m = 0; m < M; m++)
            {
                H[i / L, (i % L * M) + m] = link[m] / Math.Sqrt(channels.Network.NoisePowerOf(i / L));
            }
        }

        return H;
    }

    private static double Norm(ChannelBatch channels, int realization, int user, int accessPoint)
    {
        var link = new Complex[channels.Shape.AntennaCount];
        channels.CopyLink(realization, user, accessPoint, link);
        return Math.Sqrt(link.Sum(Energy));
    }

    private static double Energy(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}
