using System.Collections.Concurrent;
using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step in the beam domain, after the evaluation of a maximum ratio start. Supports by pursuit, F = 2, as [BSP] has them.</summary>
public abstract class BeamStepBenchmark : StepBenchmark
{
    protected const double Damping = 0.4;
    protected const double PursuitResidual = 0.03;
    private const int FineFactor = 2;

    private static readonly ConcurrentDictionary<Drop, double> SlotCounts = new();

    /// <summary>8·K real operations for every slot of every realization.</summary>
    protected double GatheredFlops => 8 * Extents.K * SlotCounts.GetOrAdd(Drop, drop => CountSlots(Drops.Of(drop)));

    protected BeamSupport Support { get; private set; } = null!;

    /// <summary>Y = V̄ᴴH.</summary>
    protected Tensor Table { get; private set; } = null!;

    /// <summary>u, [realization, slot].</summary>
    protected Tensor U { get; private set; } = null!;

    protected Tensor Momentum { get; private set; } = null!;

    protected Tensor ConstraintGradient { get; private set; } = null!;

    protected Tensor Force { get; private set; } = null!;

    protected Tensor PreviousForce { get; private set; } = null!;

    protected Tensor Power { get; private set; } = null!;

    protected Tensor Lambda { get; private set; } = null!;

    /// <summary>Couplings by stream, [realization, u, k].</summary>
    protected Tensor ST { get; private set; } = null!;

    protected Tensor WT { get; private set; } = null!;

    protected Tensor Precoders { get; private set; } = null!;

    protected override void Prepare()
    {
        int K = Problem.K, L = Problem.L;
        Support = Own(CreateSupport(Engine, Problem));
        Table = Complex(L * Support.N, K);
        int slots = Support.SlotCapacity;
        (U, Momentum, ConstraintGradient, Force, PreviousForce) = (Complex(slots), Complex(slots), Complex(slots), Complex(slots), Complex(slots));
        (Power, Lambda, ST, WT, Precoders) = (Reals(L), Reals(L), Complex(K, K), Complex(K, K), Complex(L, K, Problem.M));
        Engine.BeamTable(Problem, Support, Table, Control);
        Engine.PursuitSupport(Problem, PursuitResidual, Support, Control);
        Engine.MatchedBeams(Problem, Table, Support, U, Control);
        Engine.ScaleBeamsToBudget(Problem, Support, U, ConstraintGradient, Power, Control);
        Engine.Couplings(Problem, Table, Support, U, EvaluationOrder.Auto, ST, Control);
        Engine.StreamRateWeights(Problem, ST, WT, Control);
        Engine.Gradient(Problem, Table, Support, WT, EvaluationOrder.Auto, Force, Control);
    }

    private static BeamSupport CreateSupport(IEngine engine, CoherentProblem problem) => new(engine, problem, FineFactor, Math.Max(1, problem.M / 2));

    /// <summary>Beams in the supports of all realizations.</summary>
    internal static double CountSlots(ChannelBatch channels)
    {
        int count = channels.Shape.RealizationCount;
        using IDevice device = SimdDevice.Open();
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, channels.Shape, count);
        using var control = new SolveControl(engine, count, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = count };
        using BeamSupport support = CreateSupport(engine, problem);
        engine.BeginControl(0, control);
        engine.LoadChannels(channels, 0, problem, control);
        engine.PursuitSupport(problem, PursuitResidual, support, control);
        var start = new int[(int)support.Start.Length];
        support.Start.Read(start);
        int perRealization = start.Length / count;
        return Enumerable.Range(0, count).Sum(r => (double)start[((r + 1) * perRealization) - 1]);
    }
}
