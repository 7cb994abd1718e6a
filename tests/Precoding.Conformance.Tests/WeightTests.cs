using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>A solver takes the weights of the channels that it is given, and nothing else of their network may change.</summary>
public class WeightTests
{
    private static readonly double[][] WeightsInTurn = [[1, 1, 1, 1, 1], [5, 1, 0, 1, 2], [1, 1, 1, 1, 1], [0.1, 3, 2, 0.5, 1]];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All
        from name in (string[])["wmmse", "bsp-hamiltonian", "bsp-cg", "reduced-hamiltonian", "reduced-cg", "bln-pgp", "ncjt-rwmmse", "ncjt-cg", "ncjt-lsa", "cjt-wmmse"]
        select new TestCaseData(engine, name) { TestName = $"{{m}}({engine},{name})" };

    [TestCaseSource(nameof(Cases))]
    public void ASolverWithOtherWeightsEqualsAFreshOne(EngineUnderTest engine, string name)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 6, 5), seed: 17);
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        IPrecoder precoder = entry.Create(entry.DefaultOptions with { MaxIterations = 6 });
        using IDevice device = engine.Open();
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, device);
        var rates = new List<double>();
        foreach (double[] weights in WeightsInTurn)
        {
            ChannelBatch weighted = channels.WithNetwork(channels.Network.WithWeights(weights));
            PrecodingResult reused = solver.Solve(weighted), fresh = precoder.Solve(weighted, device);
            Assert.Multiple(() =>
            {
                Assert.That(reused.Precoders.AsSingle().SequenceEqual(fresh.Precoders.AsSingle()) && reused.Precoders.AsDouble().SequenceEqual(fresh.Precoders.AsDouble()), "precoders");
                Assert.That(reused.WeightedSumRate.ToArray(), Is.EqualTo(fresh.WeightedSumRate.ToArray()));
                for (int r = 0; r < 2; r++)
                {
                    double[] userRates = reused.Rates(r).ToArray();
                    Assert.That(reused.WeightedSumRate[r], Is.EqualTo(userRates.Zip(weights, (rate, weight) => rate * weight).Sum()).Within(1e-9), "weighted by what was given");
                    Assert.That(reused.Trace(r).Select(p => p.SumRate), Is.EqualTo(fresh.Trace(r).Select(p => p.SumRate)));
                }
            });
            rates.Add(reused.Rates(0)[0]);
        }

        Assert.That(rates[1], Is.GreaterThan(rates[0]).And.GreaterThan(rates[3]), "user 0 with a weight of 5, of 1 and of 0.1");
        Assert.That(rates[2], Is.EqualTo(rates[0]));
    }

    [Test]
    public void OtherPowersAreRefused()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 4, 3), seed: 3);
        using IDevice device = EngineUnderTest.Reference.Open();
        using ISolver solver = new ReducedConjugateGradient().CreateSolver(channels.Network, channels.Shape, device);
        Network network = channels.Network;
        foreach (Network other in (Network[])[network.WithPowerBudget(7), network with { Users = [.. network.Users.Select(u => u with { NoisePowerWatts = 3 })] }])
        {
            Assert.That(() => solver.Solve(channels.WithNetwork(other)), Throws.TypeOf<ValidationException>().With.Message.Contains("power budgets, antenna limits or noise powers"));
        }

        Assert.That(() => solver.Solve(channels.WithNetwork(network.WithWeights([1, -1, 1]))), Throws.TypeOf<ValidationException>().With.Message.Contains("Weight is -1"));
        Assert.That(() => solver.Solve(channels.WithNetwork(network with { NoisePowerWatts = 9, Users = [.. network.Users.Select((u, k) => u with { NoisePowerWatts = network.NoisePowerOf(k) })] })), Throws.Nothing, "the same noise in other words");
    }
}
