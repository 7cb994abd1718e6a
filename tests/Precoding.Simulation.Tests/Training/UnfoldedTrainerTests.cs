using NUnit.Framework;
using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Simulation.Tests;

/// <summary>The trainer of bln-pgp.</summary>
public sealed class UnfoldedTrainerTests
{
    private static readonly TrainingOptions Tiny = new() { LayerCount = 3, EpochCount = 6, BatchSize = 4, BatchesPerShape = 1, Shapes = [new(1, 4, 2, 6), new(1, 6, 3, 4)], Seed = 5 };

    private static readonly UnfoldedLayer[] Layers = [new(1.3, 0.4, 0.8, 0.6), new(0.7, 0.3, 1.2, 0.9), new(1.1, 0.6, 0.5, 0.3)];

    /// <summary>Every weight of every layer, on every drop, by central differences of the forward pass.</summary>
    [TestCase(4, 2, 6)]
    [TestCase(5, 3, 3)] // more users than antennas of an access point
    [TestCase(1, 1, 4)]
    public void AdjointsEqualFiniteDifferences(int users, int accessPoints, int antennas)
    {
        using var device = SimdDevice.Open(precision: Precision.Double);
        using IEngine engine = device.CreateEngine();
        TrainingBatch made = TrainingBatch.Create(new ChannelShape(4, users, accessPoints, antennas), Tiny, seed: 3, device);
        Network unequal = made.Channels.Network with
        {
            AccessPoints = [.. made.Channels.Network.AccessPoints.Select((a, l) => a with { PowerBudgetWatts = 1 + (0.7 * l) })],
            Users = [.. made.Channels.Network.Users.Select((u, k) => u with { Weight = 1 + (0.3 * k) })],
        };
        using var network = new UnfoldedNetwork(engine, made with { Channels = made.Channels.WithNetwork(unequal) });
        (double[] objective, LayerGradient[][] gradients) = network.Differentiate(Layers);
        Assert.That(objective, Is.EqualTo(network.Objectives(Layers)[^1]));
        const double Step = 1e-5; // five points: errors of Step⁴ times derivatives of up to 10³ a weight, and of rounding over Step
        for (int i = 0; i < Layers.Length; i++)
        {
            for (int number = 0; number < 4; number++)
            {
                double[] up = At(1), down = At(-1), far = At(2), farDown = At(-2);
                for (int r = 0; r < objective.Length; r++)
                {
                    LayerGradient g = gradients[r][i];
                    double adjoint = ((double[])[g.StepSize, g.Retention, g.RegularizerScale, g.RegularizerExponent])[number];
                    double difference = ((8 * (up[r] - down[r])) - (far[r] - farDown[r])) / (12 * Step);
                    Assert.That(adjoint, Is.EqualTo(difference).Within(1e-7 * Math.Max(objective[r], Math.Abs(adjoint))), $"realization {r}, layer {i}, number {number}");
                }

                double[] At(int steps) => network.Objectives(Moved(i, number, steps * Step))[^1];
            }
        }
    }

    [Test]
    public void TrainingReducesTheLossAndRepeatsToTheLastBit()
    {
        var (weights, log) = UnfoldedTrainer.Train(Tiny);
        var (again, _) = UnfoldedTrainer.Train(Tiny);
        var (other, _) = UnfoldedTrainer.Train(Tiny with { Seed = 6, EpochCount = 1 });
        Assert.Multiple(() =>
        {
            Assert.That(log, Has.Count.EqualTo(Tiny.EpochCount + 1));
            Assert.That(log[^1].Step, Is.EqualTo(Tiny.EpochCount * Tiny.Shapes.Count));
            Assert.That(log[^1].Loss, Is.LessThan(log[1].Loss!.Value));
            Assert.That(again.Hash, Is.EqualTo(weights.Hash));
            Assert.That(other.Hash, Is.Not.EqualTo(weights.Hash));
        });
    }

    [Test]
    public void WrongOptionsAreNamedTogether() =>
        Assert.That(
            () => UnfoldedTrainer.Train(new TrainingOptions { LayerCount = 0, LearningRate = -1 }),
            Throws.TypeOf<ValidationException>().With.Message.Contains("LayerCount is 0").And.Message.Contains("LearningRate is -1"));

    private static UnfoldedLayer[] Moved(int layer, int number, double by)
    {
        var moved = (UnfoldedLayer[])Layers.Clone();
        UnfoldedLayer old = moved[layer];
        moved[layer] = number switch
        {
            0 => old with { StepSize = old.StepSize + by },
            1 => old with { Retention = old.Retention + by },
            2 => old with { RegularizerScale = old.RegularizerScale + by },
            _ => old with { RegularizerExponent = old.RegularizerExponent + by },
        };
        return moved;
    }
}
