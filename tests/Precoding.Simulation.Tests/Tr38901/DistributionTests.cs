using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>What the report draws has the report's distributions: Kolmogorov–Smirnov distances of many links, at the level of one in a thousand, seeds fixed.</summary>
public sealed class DistributionTests
{
    private const int Links = 400, Clusters = UrbanMacroTable.ClusterCount;

    private static readonly LinkGeometry Straight = new(400, 400.7, AzimuthDeg: 0, ZenithDeg: 93, BroadsideDeg: 0);

    /// <summary>Every large-scale parameter of independent links is N(0, 1), before the table gives it mean and deviation.</summary>
    [Test]
    public void LargeScaleParametersAreNormal()
    {
        var map = new LargeScaleMap([default], new ParallelOptions());
        var drawn = Enumerable.Range(0, 4 * Links).Select(r => map.Draw(5, r, 1, new ParallelOptions())).ToArray();
        Assert.Multiple(() =>
        {
            for (int parameter = 0; parameter < UrbanMacroTable.Order.Length; parameter++)
            {
                Check(drawn.Select(d => d[0, 0, parameter]), Normal, UrbanMacroTable.Order[parameter].ToString());
            }
        });
    }

    /// <summary>N − i times the gap after the i-th of N sorted exponential delays is exponential again, of mean r_τ DS. [38.901 (7.5-1)]</summary>
    [Test]
    public void DelaysAreExponential()
    {
        double mean = UrbanMacroTable.DelayScaling * Math.Pow(10, UrbanMacroTable.LgDelaySpread(10).Mean);
        Check(
            Drawn().SelectMany(rays => Enumerable.Range(0, Clusters - 1).Select(n => (Clusters - 1 - n) * (rays.ClusterDelay[n + 1] - rays.ClusterDelay[n]) / mean)),
            gap => 1 - Math.Exp(-gap), "delays");
    }

    /// <summary>What a cluster's power has beyond its delay's is log-normal, 3 dB, up to the link's normalisation. [38.901 (7.5-5)]</summary>
    [Test]
    public void ClustersAreShadowedByThreeDecibels()
    {
        double spread = Math.Pow(10, UrbanMacroTable.LgDelaySpread(10).Mean), scaling = UrbanMacroTable.DelayScaling;
        double[] differences = [.. Drawn().Select(rays =>
        {
            double Shadowing(int n) => 10 * Math.Log10(rays.ClusterPower[n]) + (10 * rays.ClusterDelay[n] * (scaling - 1) / (scaling * spread * Math.Log(10)));
            return (Shadowing(3) - Shadowing(11)) / (3 * Math.Sqrt(2)); // the normalisation cancels
        })];
        Check(differences, Normal, "shadowing");
    }

    /// <summary>Azimuths of clusters: ±the inverse Gaussian of their power, and a normal offset of ASD/7; both signs as often. [38.901 (7.5-9), (7.5-11)]</summary>
    [Test]
    public void AzimuthsScatterAroundTheInverseGaussian()
    {
        double spread = Math.Pow(10, UrbanMacroTable.LgAzimuthSpreadOfDeparture(10).Mean), deviation = spread / 7;
        var offsets = new List<double>();
        int left = 0;
        foreach (LinkRays rays in Drawn())
        {
            double strongest = rays.ClusterPower.Max();
            for (int n = 0; n < Clusters; n++)
            {
                double azimuth = Enumerable.Range(0, 20).Average(m => rays.AzimuthDeg[(n * 20) + m]); // offsets within a cluster cancel
                double inverse = 2 * (spread / 1.4) * Math.Sqrt(-Math.Log(rays.ClusterPower[n] / strongest)) / UrbanMacroTable.AzimuthScaling;
                if (inverse > 6 * deviation) // the sign shows
                {
                    offsets.Add((azimuth - (Math.Sign(azimuth) * inverse)) / deviation);
                    left += azimuth > 0 ? 1 : 0;
                }
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(offsets, Has.Count.GreaterThan(1000));
            Check(offsets, Normal, "offsets");
            Assert.That((double)left / offsets.Count, Is.EqualTo(0.5).Within(3.3 * 0.5 / Math.Sqrt(offsets.Count)));
        });
    }

    /// <summary>Phases of rays are uniform. [38.901 §7.5 step 10]</summary>
    [Test]
    public void PhasesAreUniform() => Check(
        Drawn().Take(40).SelectMany(rays => rays.Coefficient.Where(c => c != default).Select(c => Math.Atan2(c.Imaginary, c.Real))),
        phase => (phase + Math.PI) / (2 * Math.PI), "phases");

    /// <summary>The test itself tells: a normal of deviation 1.2 is not N(0, 1).</summary>
    [Test]
    public void OtherDistributionsAreTold()
    {
        var random = new CounterRandom(1, RandomPurpose.Cluster, 0);
        double[] values = [.. Enumerable.Range(0, 8000).Select(i => random.Normal((uint)i))];
        Assert.Multiple(() =>
        {
            Assert.That(Distance(values, Normal), Is.LessThan(Limit(values.Length)));
            Assert.That(Distance([.. values.Select(v => 1.2 * v)], Normal), Is.GreaterThan(Limit(values.Length)));
            Assert.That(Distance([.. values.Select(v => v + 0.1)], Normal), Is.GreaterThan(Limit(values.Length)));
        });
    }

    /// <summary>Links one after the other, large-scale parameters at their means; one object, written anew.</summary>
    private static IEnumerable<LinkRays> Drawn()
    {
        var normals = new double[UrbanMacroTable.Order.Length];
        for (int r = 0; r < Links; r++)
        {
            var rays = new LinkRays();
            RayGenerator.Generate(LinkStreams.Of(3, r, 0, 0), Straight, normals, 1.5, 25, 10e9, rays);
            yield return rays;
        }
    }

    private static void Check(IEnumerable<double> values, Func<double, double> distribution, string what)
    {
        double[] all = [.. values];
        Assert.That(Distance(all, distribution), Is.LessThan(Limit(all.Length)), what);
    }

    /// <summary>Exceeded once in a thousand.</summary>
    private static double Limit(int count) => 1.95 / Math.Sqrt(count);

    private static double Distance(double[] values, Func<double, double> distribution)
    {
        double[] sorted = [.. values.Order()];
        return Enumerable.Range(0, sorted.Length).Max(i =>
        {
            double p = distribution(sorted[i]);
            return Math.Max(p - ((double)i / sorted.Length), ((i + 1.0) / sorted.Length) - p);
        });
    }

    private static double Normal(double x) => MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2)) / 2;
}
