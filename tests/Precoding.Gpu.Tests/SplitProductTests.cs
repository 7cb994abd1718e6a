using NUnit.Framework;
using Precoding.Gpu.Engine;
using Precoding.Testing;

namespace Precoding.Gpu.Tests;

/// <summary>
/// Products for tensor cores. PoCL carries out their 16 × 8 × 8 products by the layout that PTX defines, so what is tested is how the kernel spreads, splits and
/// collects numbers; a GPU's own are checked whenever a device is opened for them.
/// </summary>
public sealed class SplitProductTests
{
    [TestCase(1, 1, 1)]
    [TestCase(7, 5, 3)]
    [TestCase(64, 64, 8)]
    [TestCase(65, 33, 17)]
    [TestCase(100, 70, 64)]
    public void AreAlmostAsExactAsSinglePrecision(int rows, int columns, int inner)
    {
        using GpuDevice device = Open(ProductAccuracy.Full);
        using var engine = (GpuEngine)device.CreateEngine(Precision.Single);
        double error = engine.SplitProductError(rows, columns, inner);
        Assert.That(error, Is.LessThan(Math.Pow(2, -20)).And.GreaterThan(rows * columns > 1 ? 1e-9 : -1), "0 would mean that nothing was split");
    }

    /// <summary>The same rates to what single precision gives anyway, and other bits: the option takes effect.</summary>
    [Test]
    public void SolversComeToTheSameRates()
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(new ProblemShape(2, 2, 8, 6), seed: 5);
        var precoder = new ReducedHamiltonian(new() { MaxIterations = 10, Tolerance = 0 });
        using GpuDevice full = Open(ProductAccuracy.Full), split = Open(ProductAccuracy.SplitTensorFloat);
        PrecodingResult expected = precoder.Solve(channels, full), actual = precoder.Solve(channels, split);
        Assert.Multiple(() =>
        {
            Assert.That(Relative.WorstEntry(actual.WeightedSumRate, expected.WeightedSumRate), Is.LessThan(1e-4));
            Assert.That(actual.Precoders.AsSingle().SequenceEqual(expected.Precoders.AsSingle()), Is.False);
        });
    }

    private static GpuDevice Open(ProductAccuracy accuracy)
    {
        var backend = OpenClTesting.OpenBackend();
        return new GpuDevice(backend.Description, backend, Precision.Single, LaunchShapes.For(backend.Description), cache: null, memoryBudgetBytes: null, accuracy);
    }
}
