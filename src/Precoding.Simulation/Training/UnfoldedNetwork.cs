using System.Numerics;
using Precoding.Engines;

namespace Precoding.Simulation;

/// <summary>
/// The unfolded layers on one batch of drops, forwards on an engine in double precision and backwards by the adjoint of every layer: the objective at the
/// last layer and its derivatives by the weights.
/// </summary>
internal sealed class UnfoldedNetwork : IDisposable
{
    private readonly IEngine engine;
    private readonly CoherentProblem problem;
    private readonly SolveControl control;
    private readonly UnfoldedLayers layers;
    private readonly Tensor x, s;
    private readonly Complex[] gram, gramSum;

    public UnfoldedNetwork(IEngine engine, TrainingBatch batch)
    {
        (this.engine, Batch) = (engine, batch);
        int R = batch.Channels.Shape.RealizationCount;
        problem = new CoherentProblem(engine, batch.Channels.Network, batch.Channels.Shape, R);
        control = new SolveControl(engine, R, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = R };
        layers = new UnfoldedLayers(engine, problem, control);
        x = engine.Create("x", ElementKind.Complex, R, problem.L, problem.K, problem.K);
        s = engine.Create("s", ElementKind.Complex, R, problem.L, problem.K, problem.K);
        engine.BeginControl(0, control);
        engine.LoadChannels(batch.Channels, 0, problem, control);
        engine.GramMatrices(problem, control);
        (gram, gramSum) = (Complexes(problem.Gram), Complexes(problem.GramSum));
    }

    public TrainingBatch Batch { get; }

    /// <summary>Σ_k ln(tot_k/int_k) after every layer, the start first, [layer][realization].</summary>
    public double[][] Objectives(IReadOnlyList<UnfoldedLayer> weights)
    {
        var objectives = new double[weights.Count + 1][];
        Start();
        objectives[0] = Reals(control.Objective);
        for (int i = 0; i < weights.Count; i++)
        {
            layers.Apply(weights[i], x, s);
            objectives[i + 1] = Reals(control.Objective);
        }

        return objectives;
    }

    /// <summary>The objective at the last layer, [realization], and its derivatives, [realization][layer].</summary>
    public (double[] Objective, LayerGradient[][] Gradients) Differentiate(IReadOnlyList<UnfoldedLayer> weights)
    {
        var tape = new LayerTape[weights.Count];
        Start();
        for (int i = 0; i < weights.Count; i++)
        {
            var before = new LayerTape(Complexes(x), Complexes(s), Complexes(layers.Momentum), Complexes(layers.W), Reals(layers.SignalWeight));
            layers.Apply(weights[i], x, s);
            tape[i] = before with { Q = Complexes(layers.Q), Multiplier = Reals(layers.Multiplier), Regularizer = Reals(layers.Regularizer) };
        }

        double[] objective = Reals(control.Objective);
        var last = new LayerTape(Complexes(x), Complexes(s), Complexes(layers.Momentum), Complexes(layers.W), Reals(layers.SignalWeight));
        var gradients = new LayerGradient[objective.Length][];
        Parallel.For(0, objective.Length, r =>
        {
            var adjoint = new LayerAdjoint(problem, gram, gramSum, r, last);
            gradients[r] = new LayerGradient[weights.Count];
            for (int i = weights.Count - 1; i >= 0; i--)
            {
                gradients[r][i] = adjoint.Step(weights[i], tape[i], i == weights.Count - 1 ? last : tape[i + 1]);
            }
        });
        return (objective, gradients);
    }

    public void Dispose()
    {
        layers.Dispose();
        x.Dispose();
        s.Dispose();
        control.Dispose();
        problem.Dispose();
    }

    private void Start()
    {
        engine.RegularizedCoordinates(problem, x, s, control);
        layers.Begin(s);
    }

    private static Complex[] Complexes(Tensor tensor)
    {
        var values = new Complex[tensor.Length];
        tensor.Read(values);
        return values;
    }

    private static double[] Reals(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(values);
        return values;
    }
}

/// <summary>What the derivatives of a layer are made of: its input, and what it computes from it on the way.</summary>
/// <param name="X">[realization, accessPoint, k, u].</param>
/// <param name="S">[realization, accessPoint, k, u].</param>
/// <param name="Momentum">ν, [realization, accessPoint, k, u].</param>
/// <param name="W">[realization, k, u].</param>
/// <param name="SignalWeight">ω, [realization, k].</param>
internal sealed record LayerTape(Complex[] X, Complex[] S, Complex[] Momentum, Complex[] W, double[] SignalWeight)
{
    /// <summary>[realization, k, u].</summary>
    public Complex[] Q { get; init; } = [];

    /// <summary>c, [realization, accessPoint].</summary>
    public double[] Multiplier { get; init; } = [];

    /// <summary>λ after blending, [realization].</summary>
    public double[] Regularizer { get; init; } = [];
}

/// <summary>∂f by the weights of a layer, in the order of <see cref="UnfoldedLayer"/>.</summary>
internal readonly record struct LayerGradient(double StepSize, double Retention, double RegularizerScale, double RegularizerExponent);
