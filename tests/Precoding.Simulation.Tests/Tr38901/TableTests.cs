using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class TableTests
{
    private const double AccessPointHeight = 25, UserHeight = 1.5, FrequencyHz = 10e9;

    [Test]
    public void RayOffsetsAreTwentySymmetricAndOfUnitSpread()
    {
        double[] offsets = UrbanMacroTable.RayOffsets;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(offsets, Has.Length.EqualTo(20));
            Assert.That(offsets.Order(), Is.EqualTo(offsets.Select(o => -o).Order()));
            Assert.That(offsets.Max(), Is.EqualTo(2.1551));
            Assert.That(Math.Sqrt(offsets.Average(o => o * o)), Is.EqualTo(1).Within(1e-3)); // the table's four digits
        }
    }

    [Test]
    public void CrossCorrelationsAreThoseOfTheTable()
    {
        LargeScaleParameter[] order = UrbanMacroTable.Order;
        double Of(LargeScaleParameter a, LargeScaleParameter b) => UrbanMacroTable.Correlation(Array.IndexOf(order, a), Array.IndexOf(order, b));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(LargeScaleParameter.DelaySpread, LargeScaleParameter.ShadowFading), Is.EqualTo(-0.4));
            Assert.That(Of(LargeScaleParameter.DelaySpread, LargeScaleParameter.AzimuthSpreadOfDeparture), Is.EqualTo(0.4));
            Assert.That(Of(LargeScaleParameter.DelaySpread, LargeScaleParameter.AzimuthSpreadOfArrival), Is.EqualTo(0.6));
            Assert.That(Of(LargeScaleParameter.DelaySpread, LargeScaleParameter.ZenithSpreadOfDeparture), Is.EqualTo(-0.5));
            Assert.That(Of(LargeScaleParameter.ShadowFading, LargeScaleParameter.AzimuthSpreadOfDeparture), Is.EqualTo(-0.6));
            Assert.That(Of(LargeScaleParameter.ShadowFading, LargeScaleParameter.ZenithSpreadOfArrival), Is.EqualTo(-0.4));
            Assert.That(Of(LargeScaleParameter.AzimuthSpreadOfDeparture, LargeScaleParameter.AzimuthSpreadOfArrival), Is.EqualTo(0.4));
            Assert.That(Of(LargeScaleParameter.AzimuthSpreadOfDeparture, LargeScaleParameter.ZenithSpreadOfDeparture), Is.EqualTo(0.5));
            Assert.That(Of(LargeScaleParameter.AzimuthSpreadOfDeparture, LargeScaleParameter.ZenithSpreadOfArrival), Is.EqualTo(-0.1));
        }
    }

    [Test]
    public void CrossCorrelationFactorReproducesTheTable()
    {
        int size = UrbanMacroTable.Order.Length;
        double[,] factor = LargeScaleMap.Cholesky(size, UrbanMacroTable.Correlation);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = Enumerable.Range(0, size).Sum(k => factor[i, k] * factor[j, k]);
                Assert.That(product, Is.EqualTo(UrbanMacroTable.Correlation(i, j)).Within(1e-14));
            }
        }
    }

    [Test]
    public void SpreadsAtTenGigahertz()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(UrbanMacroTable.LgDelaySpread(10).Mean, Is.EqualTo(-6.484).Within(1e-12));
            Assert.That(UrbanMacroTable.LgAzimuthSpreadOfDeparture(10).Mean, Is.EqualTo(1.3856).Within(1e-12));
            Assert.That(UrbanMacroTable.LgZenithSpreadOfDeparture(400, 1.5).Mean, Is.EqualTo(0.06).Within(1e-12));
            Assert.That(UrbanMacroTable.LgZenithSpreadOfDeparture(2000, 1.5).Mean, Is.EqualTo(-0.5));
            Assert.That(UrbanMacroTable.LgDelaySpread(2), Is.EqualTo(UrbanMacroTable.LgDelaySpread(6))); // note 6
            Assert.That(UrbanMacroTable.ZenithOffsetDeg(10, 100, 1.5), Is.EqualTo(1.7 - Math.Pow(10, 0.752)).Within(1e-12)); // −0.574·2 + 1.9
        }
    }

    // 10 GHz: breakpoint 4·24·0.5·100/3 = 1600 m. 500 m away, 23.5 m higher: d₃ = 500.5520…, 13.54 + 39.08·2.699449 + 20 = 139.0345
    [TestCase(500, 139.0345)]
    [TestCase(100, 112.1562)] // d₃ = 102.7242, lg = 2.011673: 33.54 + 78.6162
    [TestCase(1000, 150.7847)] // d₃ = 1000.2761, lg = 3.000120: 33.54 + 117.2447
    public void PathLossWithoutLineOfSight(double distance, double expected) =>
        Assert.That(UrbanMacroPathLoss.NonLineOfSightDb(distance, AccessPointHeight, UserHeight, FrequencyHz), Is.EqualTo(expected).Within(2e-3));

    [TestCase(500, 107.3879)] // 48 + 22·2.699449
    [TestCase(3200, 130.5315)] // beyond the breakpoint: 48 + 40 lg 3200.0863 − 9 lg 2560552.25 = 48 + 140.2065 − 57.6750
    public void PathLossWithLineOfSight(double distance, double expected)
    {
        double value = UrbanMacroPathLoss.LineOfSightDb(distance, AccessPointHeight, UserHeight, FrequencyHz);
        Assert.That(value, Is.EqualTo(expected).Within(2e-3));
    }

    [Test]
    public void LineOfSightLossIsContinuousAtTheBreakpoint()
    {
        double breakpoint = UrbanMacroPathLoss.BreakpointMetres(AccessPointHeight, UserHeight, FrequencyHz);
        Assert.That(breakpoint, Is.EqualTo(1600).Within(1e-9));
        double below = UrbanMacroPathLoss.LineOfSightDb(breakpoint, AccessPointHeight, UserHeight, FrequencyHz);
        double above = UrbanMacroPathLoss.LineOfSightDb(breakpoint + 1e-6, AccessPointHeight, UserHeight, FrequencyHz);
        Assert.That(above, Is.EqualTo(below).Within(1e-5));
    }

    [TestCase(0, 90, 8)]
    [TestCase(32.5, 90, 5)] // half the width: −3 dB
    [TestCase(0, 122.5, 5)]
    [TestCase(65, 90, -4)]
    [TestCase(180, 90, -22)] // the 30 dB floor
    [TestCase(120, 0, -22)] // both floors together count once
    public void ElementGain(double azimuth, double zenith, double expected) =>
        Assert.That(ElementPattern.GainDb(azimuth, zenith), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void PaperLayoutIsThatOfThePaper()
    {
        Network network = PaperScenario.CreateNetwork(1000, 512, seed: 4);
        (double X, double Y)[] expected = [(0, 300 * Math.Sqrt(3)), (-450, -150 * Math.Sqrt(3)), (450, -150 * Math.Sqrt(3))];
        double[] radii = [.. network.Users.Select(u => Math.Sqrt((u.Position.X * u.Position.X) + (u.Position.Y * u.Position.Y)))];
        using (Assert.EnterMultipleScope())
        {
            for (int l = 0; l < 3; l++)
            {
                Assert.That(network.AccessPoints[l].Position.X, Is.EqualTo(expected[l].X).Within(1e-9));
                Assert.That(network.AccessPoints[l].Position.Y, Is.EqualTo(expected[l].Y).Within(1e-9));
                Assert.That(network.AccessPoints[l].Position.Z, Is.EqualTo(25));
            }

            Assert.That(radii.Max(), Is.LessThan(360 * Math.Sqrt(3)).And.GreaterThan(355 * Math.Sqrt(3)));
            Assert.That(radii.Average(r => r * r) / Math.Pow(360 * Math.Sqrt(3), 2), Is.EqualTo(0.5).Within(0.05)); // uniform in area
            Assert.That(PaperScenario.CreateNetwork(10, 512, seed: 4).Users, Is.EqualTo(network.Users.Take(10)));
        }
    }
}
