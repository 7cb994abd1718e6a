using Precoding.Engines;

namespace Precoding;

/// <summary>
/// The layers of the unfolded projected gradient on an engine, with what one layer leaves for the next: the precoder runs them, the trainer reads what
/// they leave. [bln-pgp.md §1]
/// </summary>
internal sealed class UnfoldedLayers(IEngine engine, CoherentProblem problem, SolveControl control) : IDisposable
{
    /// <summary>W, [realization, k, u].</summary>
    public Tensor W { get; } = engine.Create("w", ElementKind.Complex, problem.Capacity, problem.K, problem.K);

    /// <summary>ω, [realization, k].</summary>
    public Tensor SignalWeight { get; } = engine.Create("signalWeight", ElementKind.Control, problem.Capacity, problem.K);

    /// <summary>c, [realization, accessPoint].</summary>
    public Tensor Multiplier { get; } = engine.Create("multiplier", ElementKind.Control, problem.Capacity, problem.L);

    /// <summary>λ, blended, [realization].</summary>
    public Tensor Regularizer { get; } = engine.Create("regularizer", ElementKind.Control, problem.Capacity);

    /// <summary>Q, [realization, k, u].</summary>
    public Tensor Q { get; } = engine.Create("q", ElementKind.Complex, problem.Capacity, problem.K, problem.K);

    /// <summary>ν, [realization, accessPoint, k, u].</summary>
    public Tensor Momentum { get; } = engine.Create("momentum", ElementKind.Complex, problem.Capacity, problem.L, problem.K, problem.K);

    /// <summary>Forgets the momentum of an earlier solve; the objective of a start.</summary>
    public void Begin(Tensor s)
    {
        engine.ClearComplex(Momentum, control);
        engine.RateWeights(problem, s, W, SignalWeight, control);
    }

    /// <summary>One layer: X_l and S_l = G_l X_l moved, and the objective there.</summary>
    public void Apply(UnfoldedLayer layer, Tensor x, Tensor s)
    {
        engine.TangentMultipliers(problem, s, W, Multiplier, Regularizer, control);                                       // c_l, λ
        engine.BlendRegularizer(problem, SignalWeight, layer.RegularizerScale, layer.RegularizerExponent, Regularizer, control); // λ := κ λ (τ/λ)^p
        engine.PreconditionGradient(problem, s, W, SignalWeight, Multiplier, Regularizer, Q, control);                    // Q
        engine.ProjectedMomentumStep(problem, Q, layer.StepSize, layer.Retention, Momentum, x, s, control);               // ν_l, X_l, S_l
        engine.RateWeights(problem, s, W, SignalWeight, control);                                                         // f, W, ω
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[W, SignalWeight, Multiplier, Regularizer, Q, Momentum])
        {
            tensor.Dispose();
        }
    }
}
