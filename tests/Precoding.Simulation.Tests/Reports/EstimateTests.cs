using NUnit.Framework;

namespace Precoding.Simulation.Tests;

public static class EstimateTests
{
    /// <summary>t₀.₉₇₅ of 4 degrees of freedom is 2.776; s of 1…5 is √2.5.</summary>
    [Test]
    public static void IntervalIsStudents()
    {
        Estimate estimate = Estimate.Of([1, 2, 3, 4, 5]);
        Assert.Multiple(() =>
        {
            Assert.That(estimate.Mean, Is.EqualTo(3));
            Assert.That(estimate.HalfWidth, Is.EqualTo(2.7764451 * Math.Sqrt(2.5 / 5)).Within(1e-6));
            Assert.That(estimate.ToString("0.00"), Is.EqualTo("3.00 ± 1.96"));
        });
    }

    [Test]
    public static void OneDropSaysNothingOfTheSpread()
    {
        Estimate estimate = Estimate.Of([7]);
        Assert.That(estimate.HalfWidth, Is.NaN);
        Assert.That((estimate.Low, estimate.High), Is.EqualTo((7.0, 7.0)));
        Assert.That(estimate.ToString(), Is.EqualTo("7"));
    }

    /// <summary>Nine in ten or more of many intervals hold the true mean: 95 % less what 400 trials can miss.</summary>
    [Test]
    public static void IntervalsCoverTheMean()
    {
        int covered = Enumerable.Range(0, 400).Count(trial =>
        {
            var random = new CounterRandom(5, RandomPurpose.IndependentFading, trial);
            Estimate estimate = Estimate.Of([.. Enumerable.Range(0, 8).Select(i => random.Normal((uint)i))]);
            return estimate.Low <= 0 && estimate.High >= 0;
        });
        Assert.That(covered, Is.InRange(365, 395));
    }

    [Test]
    public static void RatiosAreOfTheSameDrops() => Assert.That(Estimate.OfRatio([2, 6], [1, 3]), Is.EqualTo(new Estimate(2, 0, 2)));

    /// <summary>t₀.₉₇₅ comes down to that of the normal distribution; ∑(x − x̄)² = n(n − 1) leaves it alone.</summary>
    [TestCase(1_000, 1.962341)]
    [TestCase(100_000_000, 1.959964)]
    public static void ManyDropsAreNearlyNormal(int n, double t) => Assert.That(Estimate.Of(0, (double)n * (n - 1), n).HalfWidth, Is.EqualTo(t).Within(1e-6));

    /// <summary>Far from 0, where a sum of squares would have no digit left.</summary>
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1000)]
    public static void SamplesNeedNotBeKept(int count)
    {
        var random = new CounterRandom(5, RandomPurpose.IndependentFading, 0);
        double[] samples = [.. Enumerable.Range(0, count).Select(i => 1e9 + random.Normal((uint)i))];
        var running = new RunningEstimate();
        foreach (double sample in samples)
        {
            running.Add(sample);
        }

        Estimate expected = count == 0 ? new Estimate(double.NaN, double.NaN, 0) : Estimate.Of(samples);
        Assert.Multiple(() =>
        {
            Assert.That(running.Estimate.Count, Is.EqualTo(count));
            Assert.That(running.Estimate.Mean, Is.EqualTo(expected.Mean).Within(1e-6)); // some ulp of 10⁹
            Assert.That(running.Estimate.HalfWidth, Is.EqualTo(expected.HalfWidth).Within(1e-3).Percent);
        });
    }

    [TestCase(1.2, 1.0, Verdict.Agrees)]
    [TestCase(0.8, 1.0, Verdict.Differs)]
    [TestCase(1.05, 1.0, Verdict.Open)]
    public static void VerdictsWaitForTheInterval(double mean, double bound, Verdict expected)
    {
        var estimate = new Estimate(mean, 0.1, 5);
        Verdict opposite = expected switch { Verdict.Agrees => Verdict.Differs, Verdict.Differs => Verdict.Agrees, _ => Verdict.Open };
        Assert.Multiple(() =>
        {
            Assert.That(Judgement.Above(estimate, bound), Is.EqualTo(expected));
            Assert.That(Judgement.Below(estimate, bound), Is.EqualTo(opposite));
        });
    }

    [TestCase(1.0, Verdict.Agrees)]
    [TestCase(1.15, Verdict.Open)]
    [TestCase(1.5, Verdict.Differs)]
    public static void BetweenBoundsToo(double mean, Verdict expected) => Assert.That(Judgement.Within(new Estimate(mean, 0.1, 5), 0.8, 1.2), Is.EqualTo(expected));

    [Test]
    public static void OneThatDiffersDecides() => Assert.Multiple(() =>
    {
        Assert.That(Judgement.All([Verdict.Agrees, Verdict.Open, Verdict.Differs]), Is.EqualTo(Verdict.Differs));
        Assert.That(Judgement.All([Verdict.Agrees, Verdict.Open]), Is.EqualTo(Verdict.Open));
        Assert.That(Judgement.All([Verdict.Agrees]), Is.EqualTo(Verdict.Agrees));
    });
}
