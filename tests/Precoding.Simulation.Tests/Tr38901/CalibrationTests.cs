using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Statistics of twelve drops of the paper's layout against four drops of an independent generator. M plays no part in them.</summary>
[TestFixture]
public class CalibrationTests
{
    private const int Users = 256, Drops = 12;

    private CalibrationReport report = null!;

    [OneTimeSetUp]
    public void Generate()
    {
        report = PaperScenario.CreateModel(Users, seed: 11).Calibrate(PaperScenario.CreateNetwork(Users, 1), Drops, seed: 11);
        TestContext.Out.WriteLine(report);
    }

    // What the reference's links lose and ours do not: it shares a ray's power between two received polarisations, κ/(1 + κ) with 10 lg κ ~ N(7, 3²) dB, where [38.901 (7.5-22)] leaves the
    // co-polar part whole. −10 lg of the mean share.
    private const double SharedPolarisationDb = 0.90;

    // Index of the percentile: 0…4 for 5, 25, 50, 75, 95 %. Weak links stay up to 2.5 dB stronger than the reference's, and not because it draws cluster angles uniformly: with such draws in place
    // of step 7's, and its zenith spread within clusters, the percentiles of this generator move by 0.4 dB at most.
    [TestCase(0, 1, 1.0)]
    [TestCase(0, 2, 1.0)]
    [TestCase(0, 3, 1.0)]
    [TestCase(0, 4, 1.0)]
    [TestCase(1, 1, 1.0)]
    [TestCase(1, 2, 1.0)]
    [TestCase(1, 3, 1.5)]
    [TestCase(1, 4, 2.75)]
    [TestCase(2, 1, 1.0)]
    [TestCase(2, 2, 1.0)]
    [TestCase(2, 3, 1.0)]
    [TestCase(2, 4, 1.5)]
    [TestCase(3, 1, 1.0)]
    [TestCase(3, 2, 1.5)]
    public void LossesAgree(int row, int percentile, double toleranceDb) =>
        Assert.That(
            report.Rows[row].Percentiles[percentile] + (row is 1 or 2 ? SharedPolarisationDb : 0), Is.EqualTo(report.Rows[row].Reference[percentile]).Within(toleranceDb),
            report.Rows[row].Name);

    [TestCase(4, 1, 15)]
    [TestCase(4, 2, 15)]
    [TestCase(4, 3, 15)]
    [TestCase(5, 1, 15)]
    [TestCase(5, 2, 15)]
    [TestCase(5, 3, 15)]
    [TestCase(6, 1, 15)]
    [TestCase(6, 2, 15)]
    [TestCase(6, 3, 15)]
    public void SpreadsAgree(int row, int percentile, double tolerancePercent) =>
        Assert.That(
            report.Rows[row].Percentiles[percentile], Is.EqualTo(report.Rows[row].Reference[percentile]).Within(tolerancePercent).Percent, report.Rows[row].Name);

    [Test]
    public void ClusterPowersAgree() =>
        Assert.That(report.ClusterPowerDb, Is.EqualTo(CalibrationReport.ReferenceClusterPowerDb).Within(0.5));

    [Test]
    public void ReportIsOfTheChannelsThatAreGenerated()
    {
        Network network = PaperScenario.CreateNetwork(30, 1, seed: 2);
        var model = new Tr38901ChannelModel();
        PropagationPaths paths = model.Generate(network, 1, 4).Paths!;
        double[] losses =
        [
            .. Enumerable.Range(0, 90).Select(link => -10 * Math.Log10(
                Enumerable.Range(0, 400).Sum(p => Math.Pow(paths[0, link / 3, link % 3, p].Coefficient.Magnitude, 2)))),
        ];
        double median = (losses.Order().ElementAt(44) + losses.Order().ElementAt(45)) / 2;
        Assert.That(model.Calibrate(network, 1, 4).Rows[1].Percentiles[2], Is.EqualTo(median).Within(1e-9));
    }
}
