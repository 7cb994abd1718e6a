using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;
using NUnit.Framework;

namespace Precoding.Simulation.Tests.MonteCarlo;

public static class SweepSummaryTests
{
    private const int Drops = 40;

    /// <summary>Every mean, interval and difference from all values at once, with MathNet's moments.</summary>
    [Test]
    public static void AgreesWithTheFormulas()
    {
        SweepRow[] rows = [.. SampleSweep.Rows(Drops)];
        SweepSummary summary = SweepSummary.Of(rows, []);
        Assert.That((summary.Baseline, summary.RealizationCount, summary.Cells.Count), Is.EqualTo((SampleSweep.Baseline, Drops, 18)));
        Assert.That(summary.SnrsDb, Is.EqualTo(SampleSweep.SnrsDb));
        Assert.That(summary.Precoders, Is.EqualTo(SampleSweep.Precoders));
        Assert.That(summary.Metrics, Is.EqualTo(SampleSweep.Metrics));
        foreach (SweepCell cell in summary.Cells)
        {
            SweepRow[] own = [.. rows.Where(r => (r.SnrDb, r.Precoder, r.Metric) == (cell.SnrDb, cell.Precoder, cell.Metric))];
            SweepRow[] valued = [.. own.Where(r => r.Status == "converged" && double.IsFinite(r.Value))];
            double[] values = [.. valued.Select(r => r.Value)];
            (double Own, double Base)[] pairs =
            [
                .. from r in valued
                   from b in rows
                   where (b.Realization, b.SnrDb, b.Metric, b.Precoder) == (r.Realization, r.SnrDb, r.Metric, SampleSweep.Baseline) && b.Status == "converged" && double.IsFinite(b.Value)
                   select (r.Value, b.Value),
            ];
            Assert.Multiple(() =>
            {
                AreClose(cell.Mean, values);
                Assert.That(cell.FailedCount, Is.EqualTo(own.Count(r => r.Status != "converged")));
                Assert.That(cell.NotFiniteCount, Is.EqualTo(own.Length - values.Length - cell.FailedCount));
                Assert.That(cell.Sample, Is.EqualTo(cell.Metric == "sumRate" ? values.Order() : Array.Empty<double>()));
                if (cell.Precoder == SampleSweep.Baseline)
                {
                    Assert.That(cell.OverBaseline, Is.Null);
                    return;
                }

                AreClose(cell.OverBaseline!.Difference, [.. pairs.Select(p => p.Own - p.Base)]);
                Assert.That(cell.OverBaseline.BaselineMean, Is.EqualTo(pairs.Average(p => p.Base)).Within(1e-12 * 20));
                Assert.That(cell.OverBaseline.ShareAbove, Is.EqualTo(pairs.Count(p => p.Own > p.Base) / (double)pairs.Length));
            });
        }
    }

    /// <summary>By hand: drop 0 lacks the baseline, drop 2 the other, on drop 3 the other diverged.</summary>
    [Test]
    public static void DifferencesAreOfCommonDrops()
    {
        SweepRow[] rows = [Row(0, "b", 100), Row(1, "a", 1), Row(1, "b", 3), Row(2, "a", 1000), Row(3, "a", 5), Row(3, "b", -1e9) with { Status = "diverged" }, Row(4, "a", 2), Row(4, "b", 1), Row(5, "a", 7), Row(5, "b", 7)];
        SweepCell cell = SweepSummary.Of(rows, [], baseline: "a").Find(0, "b", "sumRate")!;
        Assert.Multiple(() =>
        {
            Assert.That((cell.Mean.Count, cell.FailedCount), Is.EqualTo((4, 1)));
            Assert.That(cell.Mean.Mean, Is.EqualTo((100 + 3 + 1 + 7) / 4.0).Within(1e-13));
            AreClose(cell.OverBaseline!.Difference, [2, -1, 0]);
            Assert.That(cell.OverBaseline.BaselineMean, Is.EqualTo((1 + 2 + 7) / 3.0).Within(1e-15));
            Assert.That(cell.OverBaseline.ShareAbove, Is.EqualTo(1.0 / 3)); // a tie is not above
        });
    }

    /// <summary>Whether the baseline's rows come before or after does not matter.</summary>
    [Test]
    public static void OrderWithinADropDoesNotMatter()
    {
        SweepRow[] rows = [.. SampleSweep.Rows(Drops)];
        string expected = Written(SweepSummary.Of(rows, [], SampleSweep.Baseline)), reversed = Written(SweepSummary.Of(rows.GroupBy(r => r.Realization).SelectMany(drop => drop.Reverse()), [], SampleSweep.Baseline));
        Assert.That(reversed.Split('\n').Order(), Is.EqualTo(expected.Split('\n').Order()));
    }

    [Test]
    public static void NoRowsAreNoCells()
    {
        SweepSummary summary = SweepSummary.Of([], []);
        Assert.That((summary.RealizationCount, summary.Cells.Count, summary.Times.Count), Is.EqualTo((0, 0, 0)));
        Assert.That(SweepSummary.Of([Row(0, "a", 1)], [], baseline: "not there").Cells.Single().OverBaseline, Is.Null);
    }

    [Test]
    public static void DropsCountOnceAndInOrder()
    {
        Assert.That(() => SweepSummary.Of([Row(0, "a", 1), Row(0, "a", 1)], []), Throws.TypeOf<ValidationException>().With.Message.Contains("realization 0, 0 dB, a, sumRate is there twice"));
        Assert.That(() => SweepSummary.Of([Row(1, "a", 1), Row(0, "a", 1)], []), Throws.TypeOf<ValidationException>().With.Message.Contains("realization 0 stands behind 1"));
    }

    [Test]
    public static void TimesAreMeans()
    {
        SweepSummary summary = SweepSummary.Of([], [new(0, 1, "a", 1, "x", 0), new(1, 1, "a", 4, "y", 1), new(1, 2, "a", 7, "y", 1), new(0, 1, "b", 2, "x", 0)]);
        Assert.That(summary.Times, Is.EqualTo(new[] { new SweepTime(1, "a", 2.5, 2), new SweepTime(2, "a", 7, 1), new SweepTime(1, "b", 2, 1) }));
        Assert.That(summary.DeviceTimes, Is.EqualTo(new[] { new SweepDeviceTime("a", "x", 1, 1), new SweepDeviceTime("a", "y", 5.5, 2), new SweepDeviceTime("b", "x", 2, 1) }));
    }

    /// <summary>Half a million drops of two precoders: the sample stays small, is of the same drops for both, and lies as the drops do.</summary>
    [Test]
    public static void SampleIsBoundedAndFair()
    {
        const int count = 500_000;
        SweepSummary summary = SweepSummary.Of(Enumerable.Range(0, count).SelectMany(r => new[] { Row(r, "a", r), Row(r, "b", r) }), []);
        IReadOnlyList<double> sample = summary.Cells[0].Sample;
        Assert.Multiple(() =>
        {
            Assert.That(sample, Has.Count.InRange(SweepSummary.SampleBound / 2 - 50, SweepSummary.SampleBound));
            Assert.That(summary.Cells[1].Sample, Is.EqualTo(sample));
            Assert.That(sample.Select((r, i) => Math.Abs((r / count) - ((i + 0.5) / sample.Count))).Max(), Is.LessThan(0.01)); // of 1000 independent drops it would be 0.04
            for (int period = 2; period <= 16; period++)
            {
                Assert.That(Enumerable.Range(0, period).Select(rest => sample.Count(r => r % period == rest) * period / (double)sample.Count), Is.All.InRange(0.75, 1.25), $"period {period}");
            }
        });
    }

    /// <summary>Rows are not kept: 0.6 million of them, 64 B and more each, leave less than 8 MB behind while they pass.</summary>
    [Test]
    public static void MemoryDoesNotGrowWithDrops()
    {
        long first = 0, most = 0;
        SweepSummary.Of(SampleSweep.Rows(600_000 / 18).Select((row, i) =>
        {
            most = i % 50_000 == 1_000 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)) : most;
            first = i == 1_000 ? most : first;
            return row;
        }), []);
        Assert.That(most - first, Is.LessThan(8 << 20));
    }

    [Test]
    public static void SummaryCsvIsTheSameEachTime()
    {
        string text = Written(SweepSummary.Of(SampleSweep.Rows(Drops), []));
        Assert.That(Written(SweepSummary.Of(SampleSweep.Rows(Drops), [])), Is.EqualTo(text));
        string[] lines = text.Split('\n');
        Assert.That(lines[0], Is.EqualTo("snrDb,precoder,metric,mean,halfWidth,count,failed,notFinite,baseline,difference,differenceHalfWidth,pairs,shareAbove"));
        Assert.That(lines, Has.Length.EqualTo(1 + 18 + 1));
        Assert.That(lines[1], Does.Match("^-5.5,\"wmmse\\(tolerance=1e-3,start=rzf\\)\",sumRate,[0-9.]+,[0-9.]+,40,0,0,,,,,$"));
        Assert.That(lines[3], Does.Match("^-5.5,\"bsp \"\"fine\"\" ×2, é 𝄞\",sumRate,[0-9.]+,[0-9.]+,34,6,0,\"wmmse\\(tolerance=1e-3,start=rzf\\)\",[-0-9.]+,[0-9.]+,34,0.[0-9]+$"));
    }

    private static SweepRow Row(int realization, string precoder, double value) => new(realization, 0, precoder, "sumRate", value, "converged");

    private static string Written(SweepSummary summary)
    {
        var writer = new StringWriter();
        SweepCsv.WriteSummary(writer, summary);
        return writer.ToString();
    }

    private static void AreClose(Estimate actual, double[] samples)
    {
        const double Rounding = 1e-12; // some tens of additions of numbers of one size
        double halfWidth = StudentT.InvCDF(0, 1, samples.Length - 1, 0.975) * Statistics.StandardDeviation(samples) / Math.Sqrt(samples.Length);
        Assert.That(actual.Count, Is.EqualTo(samples.Length));
        Assert.That(actual.Mean, Is.EqualTo(Statistics.Mean(samples)).Within(Rounding * samples.Max(Math.Abs)));
        Assert.That(actual.HalfWidth, Is.EqualTo(halfWidth).Within(Rounding * samples.Max(Math.Abs)));
    }
}
