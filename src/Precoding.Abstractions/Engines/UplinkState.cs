namespace Precoding.Engines;

/// <summary>The dual uplinks of a batch, in the letters of <see cref="IUplinkOps"/>: one per realization, all numbers in double.</summary>
public sealed class UplinkState : IDisposable
{
    private const double MachineEpsilon = 2.220446049250313e-16;

    private readonly List<Tensor> tensors = [];
    private readonly IEngine engine;
    private readonly int capacity;
    private readonly double[] budget;
    private readonly int userCount;

    public UplinkState(IEngine engine, CoherentProblem problem)
    {
        (this.engine, capacity, budget, userCount) = (engine, problem.Capacity, problem.PowerBudget, problem.K);
        SmallestWeight = problem.Weight.Where(weight => weight > 0).Min();
        Rounding = 16 * MachineEpsilon * (problem.M + problem.K + problem.L);
        Noise = Create("uplinkNoise", problem.L);
        Power = Create("uplinkPower", problem.K);
        Capacity = Create("uplinkCapacity");
        Marginal = Create("uplinkMarginal", problem.K);
        GainMarginal = Create("gainMarginal", problem.L);
        CapacitySize = Create("capacitySize");
        MarginalSize = Create("marginalSize", problem.K);
        Bound = Create("bound");
    }

    /// <summary>δ = 16ε·(M + K + L), ε of double: rounding relative to the sizes that are summed. [coherent.md §9]</summary>
    public double Rounding { get; }

    /// <summary>α⁺, the smallest positive weight.</summary>
    public double SmallestWeight { get; }

    /// <summary>λ_l, [realization, accessPoint].</summary>
    public Tensor Noise { get; }

    /// <summary>q_k, [realization, user].</summary>
    public Tensor Power { get; }

    /// <summary>C, nats, [realization].</summary>
    public Tensor Capacity { get; }

    /// <summary>g_k = ∂C/∂q_k, [realization, user].</summary>
    public Tensor Marginal { get; }

    /// <summary>c_l = ∂C/∂(1/λ_l), [realization, accessPoint].</summary>
    public Tensor GainMarginal { get; }

    /// <summary>s: C and Σ_k q_k g_k are known to ±δs, [realization].</summary>
    public Tensor CapacitySize { get; }

    /// <summary>e_k: g_k is known to ±δe_k, [realization, user].</summary>
    public Tensor MarginalSize { get; }

    /// <summary>The smallest bound so far, nats, [realization].</summary>
    public Tensor Bound { get; }

    /// <summary>λ_l = 1, q_k = Σ_l P_l/K, no bound.</summary>
    public void Begin()
    {
        Noise.Write(Enumerable.Repeat(1.0, capacity * budget.Length).ToArray());
        Power.Write(Enumerable.Repeat(budget.Sum() / userCount, capacity * userCount).ToArray());
        Bound.Write(Enumerable.Repeat(double.PositiveInfinity, capacity).ToArray());
    }

    public void Dispose() => tensors.ForEach(tensor => tensor.Dispose());

    private Tensor Create(string name, params ReadOnlySpan<int> extents)
    {
        Tensor tensor = engine.Create(name, ElementKind.Control, [capacity, .. extents]);
        tensors.Add(tensor);
        return tensor;
    }
}
