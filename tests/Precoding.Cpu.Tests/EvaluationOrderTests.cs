using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>Auto is one of the two orders, bit for bit: gathered where supports are sparse, dense where they are full.</summary>
public class EvaluationOrderTests
{
    [Test]
    public void Auto_TakesTheCheaperOrder([Values] Precision precision, [Values] bool full)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 32, 48), seed: 12);
        using IDevice device = SimdDevice.Open(precision: precision, threadCount: 1);
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, channels.Shape, 1);
        using var control = new SolveControl(engine, 1, 1, 0, 1) { RealizationCount = 1 };
        int perLink = full ? 64 : 2, links = problem.K * problem.L;
        using var support = new BeamSupport(engine, problem, fineFactor: 2, perLink);
        support.Start.Write([.. Enumerable.Range(0, links + 1).Select(link => link * perLink)]);
        support.Beam.Write([.. Enumerable.Range(0, links * perLink).Select(slot => slot % perLink)]);
        engine.BeginControl(1, control);
        engine.LoadChannels(channels, 0, problem, control);
        using Tensor table = engine.Create("table", ElementKind.Complex, 1, problem.L * support.N, problem.K);
        using Tensor u = engine.Create("u", ElementKind.Complex, 1, support.SlotCapacity);
        engine.BeamTable(problem, support, table, control);
        engine.MatchedBeams(problem, table, support, u, control);
        Complex[] gathered = Evaluate(EvaluationOrder.Gathered), dense = Evaluate(EvaluationOrder.Dense);
        Assert.That(gathered, Is.Not.EqualTo(dense), "the orders round differently, or this test sees nothing");
        Assert.That(Evaluate(EvaluationOrder.Auto), Is.EqualTo(full ? dense : gathered));

        Complex[] Evaluate(EvaluationOrder order)
        {
            using Tensor sT = engine.Create("sT", ElementKind.Complex, 1, problem.K, problem.K), gradient = engine.Create("gradient", ElementKind.Complex, 1, support.SlotCapacity);
            engine.Couplings(problem, table, support, u, order, sT, control);
            engine.Gradient(problem, table, support, sT, order, gradient, control);
            var values = new Complex[(problem.K * problem.K) + (links * perLink)];
            sT.Read(values.AsSpan(0, problem.K * problem.K));
            gradient.Read(values.AsSpan(problem.K * problem.K));
            return values;
        }
    }
}
