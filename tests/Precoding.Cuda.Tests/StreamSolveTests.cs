using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Cuda.Tests;

/// <summary>Methods of streams on the test driver, with the sizes of groups that GPUs get, against the reference.</summary>
public sealed class StreamSolveTests
{
    private const int Iterations = 4;

    private static readonly StreamShape Shape = new("unequal", 3, 2, 9, 5, 2, (r, l, k) => l == 1 && (r + k) % 3 == 0 ? 0 : 1);

    /// <summary>Conjugate gradients begin after one iteration of RWMMSE, so that they search.</summary>
    private static readonly Precoder[] Precoders =
    [
        new LocalEigenZeroForcing(),
        new ReducedWmmse(new() { MaxIterations = Iterations, Tolerance = 0 }),
        new StreamConjugateGradient(new() { MaxIterations = Iterations, Tolerance = 0, UpdatesFirst = 1 }),
        new NonCoherentWmmse(new() { MaxIterations = Iterations, Tolerance = 0 }),
        new StreamSelection(StreamCandidates.ServingAccessPoints, new() { MaxIterations = Iterations, Tolerance = 0 }),
        new CoherentStreamWmmse(new() { MaxIterations = Iterations, Tolerance = 0 }),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from precoder in Precoders
        from precision in (Precision[])[Precision.Double, Precision.Single]
        select new TestCaseData(precoder, precision).SetArgDisplayNames(precoder.Name, precision.ToString());

    [TestCaseSource(nameof(Cases))]
    public void RatesAreThoseOfTheReference(Precoder precoder, Precision precision)
    {
        long faults = TestDriver.Now.Faults;
        ChannelBatch channels = RandomStreams.Create(Shape, seed: 61);
        using IDevice reference = EngineUnderTest.Reference.Open(), device = EngineUnderTest.Cuda(precision).Open();
        PrecodingResult expected = precoder.Solve(channels, reference), actual = precoder.Solve(channels, device);
        double tolerance = Tolerance.For(precision, Shape.L * Shape.M * Shape.Rows * (Iterations + 1), condition: precision == Precision.Single ? 100 : 1e5); // they part by about a digit an iteration
        Assert.Multiple(() =>
        {
            for (int r = 0; r < Shape.R; r++)
            {
                Assert.That(Relative.Error(actual.Rates(r), expected.Rates(r)), Is.LessThan(tolerance), $"realization {r}");
            }

            Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
        });
    }
}
