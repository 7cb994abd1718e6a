using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>What a bound on the sum rate does not depend on, and what becomes of it when it is cut short.</summary>
public class SumRateCertificateTests
{
    private static readonly SumRateCertificateOptions Twelve = new() { MaxIterations = 12, Tolerance = 0 };

    private static IEnumerable<EngineUnderTest> Engines => EngineUnderTest.InDouble;

    [Test]
    public void RealizationAloneEqualsItselfInBatch([ValueSource(nameof(Engines))] EngineUnderTest engine, [Values(3, 15)] int userCount)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(7, 2, 6, userCount), seed: 3);
        double[] batch = Bounds(engine, channels);
        for (int r = 0; r < 7; r++)
        {
            Assert.That(Bounds(engine, channels.Slice(r, 1))[0], Is.EqualTo(batch[r]));
        }
    }

    /// <summary>It is in double whatever the device was opened for, and threads share rows, not sums.</summary>
    [Test]
    public void PrecisionAndThreadsOfTheDeviceDoNotMatter()
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(2, 3, 16, 33), seed: 4);
        double[] expected = Bounds(EngineUnderTest.Cpu(Precision.Double, threadCount: 2), channels);
        Assert.That(Bounds(EngineUnderTest.Cpu(Precision.Single, threadCount: 2), channels), Is.EqualTo(expected));
        Assert.That(Bounds(EngineUnderTest.Cpu(Precision.Double, threadCount: 1), channels), Is.EqualTo(expected));
    }

    [Test]
    public void EnginesAgree([Values(1, 5, 24)] int userCount)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(2, 3, 8, userCount), seed: 6);
        double[] expected = Bounds(EngineUnderTest.Reference, channels);
        foreach (EngineUnderTest engine in Engines)
        {
            Assert.That(Bounds(engine, channels), Is.EqualTo(expected).Within(1e-8).Percent, engine.Name);
        }
    }

    /// <summary>Neither the order of the users, whose weights decide in which order they are decoded, nor the unit of power.</summary>
    [TestCaseSource(nameof(Engines))]
    public void OrderOfUsersAndUnitOfPowerDoNotMatter(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(2, 3, 5, 7), seed: 8);
        double[] expected = Bounds(engine, channels);
        int[] order = [4, 2, 6, 0, 3, 1, 5];
        var reordered = new Complex[channels.AsDouble().Length];
        for (int link = 0; link < 2 * 7 * 3; link++)
        {
            channels.CopyLink(link / 21, order[link / 3 % 7], link % 3, reordered.AsSpan(link * 5, 5));
        }

        Network network = channels.Network, other = network with { Users = [.. order.Select(k => network.Users[k])] };
        Network kilo = network with
        {
            AccessPoints = [.. network.AccessPoints.Select(a => a with { PowerBudgetWatts = 1000 * a.PowerBudgetWatts })],
            Users = [.. network.Users.Select((user, k) => user with { NoisePowerWatts = 1000 * network.NoisePowerOf(k) })],
        };
        Assert.That(Bounds(engine, ChannelBatch.FromArray(other, channels.Shape, reordered)), Is.EqualTo(expected).Within(1e-8).Percent);
        Assert.That(Bounds(engine, channels.WithNetwork(kilo)), Is.EqualTo(expected).Within(1e-8).Percent);
    }

    [TestCaseSource(nameof(Engines))]
    public void WhereNothingIsReceivedTheBoundIsRounding(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 4, 3), seed: 9).WithZeroLinks((r, _, _) => r == 0);
        double[] bounds = Bounds(engine, channels);
        Assert.That(bounds[0], Is.InRange(0, 1e-10));
        Assert.That(bounds[1], Is.GreaterThan(1));
    }

    /// <summary>Gains whose squares overflow have no bound but +∞, and spoil no other realization's.</summary>
    [TestCaseSource(nameof(Engines))]
    public void NumbersThatOverflowAreBoundedByInfinity(EngineUnderTest engine)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(3, 2, 4, 3), seed: 9);
        double[] expected = Bounds(engine, channels), bounds = Bounds(engine, channels.Scaled((r, _, _) => r == 1 ? 1e170 : 1));
        Assert.That(bounds, Is.EqualTo(new[] { expected[0], double.PositiveInfinity, expected[2] }));
    }

    /// <summary>Cancelled at the first word of progress: the realizations in hand have bounds, those that were never begun have none.</summary>
    [Test]
    public void WhatIsNotReachedIsBoundedByInfinity()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(7, 2, 4, 3), seed: 10);
        using var source = new CancellationTokenSource();
        using IDevice device = EngineUnderTest.Reference.Open(); // three realizations at once
        SumRateBounds bounds = new SumRateCertificate().Bound(channels, device, new Cancelling(source), source.Token);
        double[] whole = Bounds(EngineUnderTest.Reference, channels);
        Assert.Multiple(() =>
        {
            Assert.That(bounds.UpperBound[..3].ToArray(), Is.All.Positive.And.All.LessThan(double.PositiveInfinity));
            Assert.That(bounds.UpperBound[..3].ToArray().Zip(whole, (early, late) => early >= late), Is.All.True);
            Assert.That(bounds.UpperBound[3..].ToArray(), Is.All.EqualTo(double.PositiveInfinity));
            Assert.That(bounds.Status[3..].ToArray(), Is.All.EqualTo(SolveStatus.Cancelled));
            Assert.That(bounds.Iterations[..3].ToArray(), Is.All.EqualTo(5));
        });
    }

    [Test]
    public void UsersWithSeveralAntennasAreRefused()
    {
        var shape = new ChannelShape(1, 2, 1, 4, 2);
        ChannelBatch channels = ChannelBatch.FromArray(Network.WithoutGeometry(shape, [1]), shape, RandomProblem.Normals(16, 1));
        using IDevice device = EngineUnderTest.Reference.Open();
        Assert.That(() => new SumRateCertificate().Bound(channels, device), Throws.TypeOf<ValidationException>().With.Message.Contains("users with one antenna"));
    }

    [Test]
    public void OptionsAreCheckedAtOnce() => Assert.That(
        () => new SumRateCertificate(new() { MaxIterations = 0, Tolerance = -1 }),
        Throws.TypeOf<ValidationException>().With.Message.Contains("MaxIterations is 0").And.Message.Contains("Tolerance is -1"));

    private static double[] Bounds(EngineUnderTest engine, ChannelBatch channels)
    {
        using IDevice device = engine.Open();
        return new SumRateCertificate(Twelve).Bound(channels, device).UpperBound.ToArray();
    }

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<SolveProgress>
    {
        public void Report(SolveProgress value) => source.Cancel();
    }
}
