namespace Precoding.Engines;

/// <summary>
/// The data of a coherent problem on an engine. Channels are divided by σ_k, so the noise power is 1 for every user.
/// Tensors have room for <see cref="Capacity"/> realizations.
/// </summary>
public sealed class CoherentProblem : IDisposable
{
    public CoherentProblem(IEngine engine, Network network, ChannelShape shape, int capacity)
    {
        (L, M, K, Capacity) = (shape.AccessPointCount, shape.AntennaCount, shape.UserCount, capacity);
        PowerBudget = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)];
        AntennaPowerLimit = network.AntennaPowerLimits();
        Weight = [.. network.Users.Select(u => u.Weight)];
        NoisePower = [.. Enumerable.Range(0, K).Select(network.NoisePowerOf)];
        H = engine.Create("H", ElementKind.Complex, capacity, L, K, M);
        Gram = engine.Create("gram", ElementKind.Complex, capacity, L, K, K);
        GramSum = engine.Create("gramSum", ElementKind.Complex, capacity, K, K);
    }

    private CoherentProblem(IEngine engine, CoherentProblem problem)
    {
        (L, M, K, Capacity) = (1, 1, problem.K, problem.Capacity);
        PowerBudget = AntennaPowerLimit = [problem.PowerBudget.Sum()];
        (Weight, NoisePower) = (problem.Weight, problem.NoisePower);
        H = engine.Create("jointH", ElementKind.Complex, Capacity, L, K, M);
        Gram = engine.Create("jointGram", ElementKind.Complex, Capacity, L, K, K);
        GramSum = engine.Create("jointGramSum", ElementKind.Complex, Capacity, K, K);
    }

    /// <summary>Access points.</summary>
    public int L { get; }

    /// <summary>Antennas per access point.</summary>
    public int M { get; }

    /// <summary>Users.</summary>
    public int K { get; }

    public int Capacity { get; }

    /// <summary>P_l, watts, [accessPoint].</summary>
    public double[] PowerBudget { get; }

    /// <summary>P_{l,m}, watts, [accessPoint·M + antenna]; P_l where the antenna has no limit of its own.</summary>
    public double[] AntennaPowerLimit { get; }

    /// <summary>α_k, [user]; those of the channels in hand.</summary>
    public double[] Weight { get; }

    /// <summary>σ_k², watts, [user].</summary>
    public double[] NoisePower { get; }

    /// <summary>h_{k,l}/σ_k, [realization, accessPoint, user, antenna].</summary>
    public Tensor H { get; }

    /// <summary>G_l = H_lᴴ H_l, [realization, accessPoint, user, user].</summary>
    public Tensor Gram { get; }

    /// <summary>G = Σ_l G_l, [realization, user, user].</summary>
    public Tensor GramSum { get; }

    /// <summary>The same users at one access point that has the budgets of all: for steps that shall take another metric than G, which the caller writes.</summary>
    internal CoherentProblem Joint(IEngine engine) => new(engine, this);

    /// <summary>The weights of another solve. Budgets and noise stay.</summary>
    internal void TakeWeights(Network network)
    {
        for (int k = 0; k < K; k++)
        {
            Weight[k] = network.Users[k].Weight;
        }
    }

    public void Dispose()
    {
        H.Dispose();
        Gram.Dispose();
        GramSum.Dispose();
    }
}
