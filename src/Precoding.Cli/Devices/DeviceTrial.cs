using System.Diagnostics;
using System.Numerics;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Cpu;

namespace Precoding.Cli.Devices;

/// <summary>A small solve on a device, and how far it ends from what it must.</summary>
/// <param name="Difference">Of the sum rate, relative: from the reference's, and for the reference from the rate of one user in closed form. Null where nothing came out.</param>
/// <param name="Bound">What <paramref name="Difference"/> may be.</param>
/// <param name="Seconds">Opening, compiling where that is needed, and solving.</param>
/// <param name="Problem">What is wrong; null where nothing is.</param>
internal sealed record DeviceTrial(double? Difference, double Bound, double Seconds, string? Problem)
{
    // docs/determinism.md, held by EngineAgreementTests
    private const double SingleBound = 5e-4, DoubleBound = 1e-10;
    private const int Iterations = 10;

    private static readonly ChannelBatch Several = Channels(userCount: 6), One = Channels(userCount: 1);

    private static readonly Lazy<double> Expected = new(() =>
    {
        using IDevice reference = ReferenceDevice.Open();
        return SumRate(reference, Several);
    });

    public static DeviceTrial Of(DeviceInfo info) => Of(info, () => DeviceChoice.Open(info.Id, null, null));

    public static DeviceTrial Of(DeviceInfo info, Func<IDevice> open)
    {
        bool isReference = info.Kind == DeviceKind.Reference;
        double bound = isReference ? DoubleBound : SingleBound;
        double expected = isReference ? OneUser() : Expected.Value;
        long began = Stopwatch.GetTimestamp();
        try
        {
            using IDevice device = open();
            double rate = SumRate(device, isReference ? One : Several);
            double difference = Math.Abs(rate - expected) / expected;
            return new(difference, bound, Seconds(), difference <= bound ? null : $"its sum rate of a small problem is off by {Format.Number(difference, "0.0e+0")}, {Format.Number(bound, "0e+0")} is allowed");
        }
        catch (Exception error) when (error is DeviceException or ValidationException or OutOfMemoryException)
        {
            return new(null, bound, Seconds(), error.Message.TrimEnd('.'));
        }

        double Seconds() => Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The rate that the returned precoders have, not the one the device says, which must be the same.</summary>
    private static double SumRate(IDevice device, ChannelBatch channels)
    {
        PrecodingResult result = new ReducedConjugateGradient(new() { MaxIterations = Iterations }).Solve(channels, device);
        using IDevice reference = ReferenceDevice.Open();
        double rate = result.EvaluatedOn(channels, reference).WeightedSumRate[0], told = result.WeightedSumRate[0];
        return Math.Abs(told - rate) <= SingleBound * rate ? rate : throw new DeviceException($"it reports a sum rate of {Format.Rate(told)} for precoders that have {Format.Rate(rate)} bit/s/Hz");
    }

    /// <summary>log2(1 + (Σ_l √P_l ‖h_l‖)²/σ²), which the only user gets by maximum ratio transmission and nobody exceeds.</summary>
    private static double OneUser()
    {
        var h = new Complex[One.Shape.AntennaCount];
        double amplitude = 0;
        for (int l = 0; l < One.Shape.AccessPointCount; l++)
        {
            One.CopyLink(0, 0, l, h);
            amplitude += Math.Sqrt(One.Network.AccessPoints[l].PowerBudgetWatts * h.Sum(c => (c.Real * c.Real) + (c.Imaginary * c.Imaginary)));
        }

        return Math.Log2(1 + (amplitude * amplitude / One.Network.NoisePowerOf(0)));
    }

    private static ChannelBatch Channels(int userCount)
    {
        ChannelBatch channels = GeneratedDrop.IndependentChannels(new ChannelShape(1, userCount, 2, 16), seed: 1, userGainSpreadDb: 6);
        return channels.WithNetwork(channels.Network.WithPowerBudget(10));
    }
}
