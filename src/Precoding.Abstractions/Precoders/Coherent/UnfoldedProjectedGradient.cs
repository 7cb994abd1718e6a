using Precoding.Engines;

namespace Precoding;

/// <summary>
/// bln-pgp: a fixed number of unfolded projected-gradient layers in the coordinates P_l = H_l X_l, with step size, momentum and preconditioner learned for
/// every layer. The best layer's precoders are returned. [bln-pgp.md; BSP ref 50]
/// </summary>
public sealed class UnfoldedProjectedGradient(UnfoldedProjectedGradientOptions? options = null) : CoherentPrecoder(WithinLayers(options ?? new()))
{
    public override string Name => "bln-pgp";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((UnfoldedProjectedGradientOptions)Options, engine, problem, control);

    /// <summary>The layers are trained for one pass.</summary>
    internal override int IterationsPerRound => Options.MaxIterations;

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((5L * shape.AccessPointCount) + 8) * shape.UserCount * shape.UserCount;

    /// <summary>There are no iterations beyond the last layer.</summary>
    private static UnfoldedProjectedGradientOptions WithinLayers(UnfoldedProjectedGradientOptions options) =>
        options with { MaxIterations = Math.Min(options.MaxIterations, options.Weights.Layers.Count) };

    private sealed class Algorithm : ReducedAlgorithm
    {
        private readonly IReadOnlyList<UnfoldedLayer> weights;
        private readonly UnfoldedLayers layers;
        private readonly Tensor best;
        private int layer;

        public Algorithm(UnfoldedProjectedGradientOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(engine, problem, control, options.Starts)
        {
            weights = options.Weights.Layers;
            layers = new UnfoldedLayers(engine, problem, control);
            best = Create("best", ElementKind.Complex, problem.L, problem.K, problem.K);
        }

        protected override Tensor Result => best;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            layer = 0;
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            layers.Begin(S);
            Engine.KeepBest(X, best, Control);
        }

        public override void Iterate()
        {
            layers.Apply(weights[layer++], X, S);
            Engine.KeepBest(X, best, Control);
            Engine.AdvanceControl(Control);
        }

        public override void Dispose()
        {
            layers.Dispose();
            base.Dispose();
        }
    }
}
