using Precoding.Engines;

namespace Precoding;

/// <summary>The damped RATTLE flow of [BSP Alg.1] in the reduced coordinates P_l = H_l X_l. [coherent.md §5]</summary>
public sealed class ReducedHamiltonian(ReducedHamiltonianOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "reduced-hamiltonian";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((ReducedHamiltonianOptions)Options, engine, problem, control);

    /// <summary>Momentum has to build up anew.</summary>
    internal override int IterationsPerRound => 20;

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((5L * shape.AccessPointCount) + 8) * shape.UserCount * shape.UserCount;

    private sealed class Algorithm : ReducedAlgorithm
    {
        private readonly ReducedHamiltonianOptions options;
        private readonly Tensor momentum, best, signalWeight, power;
        private Tensor w, previousW;

        public Algorithm(ReducedHamiltonianOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(engine, problem, control, options.Starts)
        {
            this.options = options;
            momentum = Create("momentum", ElementKind.Complex, problem.L, problem.K, problem.K);
            best = Create("best", ElementKind.Complex, problem.L, problem.K, problem.K);
            w = Create("w", ElementKind.Complex, problem.K, problem.K);
            previousW = Create("previousW", ElementKind.Complex, problem.K, problem.K);
            signalWeight = Create("signalWeight", ElementKind.Control, problem.K);
            power = Create("power", ElementKind.Control, problem.L);
        }

        public override double InitialStepSize => options.InitialStepSize;

        protected override Tensor Result => best;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            Engine.ClearComplex(momentum, Control);
            Engine.RateWeights(Problem, S, w, signalWeight, Control);
            Engine.KeepBest(X, best, Control);
        }

        public override void Iterate()
        {
            Engine.DampThenKick(Problem, w, options.Damping, momentum, Control);                      // [BSP Alg.1 l.3], λ = 0
            Engine.DriftOntoPowerSphere(Problem, X, S, momentum, power, Control);                     // l.4 with the exact λ
            (w, previousW) = (previousW, w);
            Engine.RateWeights(Problem, S, w, signalWeight, Control);                                 // l.5, l.8: [BSP (35), (45)]
            Engine.ForceChange(Problem, w, previousW, Control);                                       // δ of the step rule
            Engine.KickThenDamp(Problem, X, S, w, power, options.Damping, momentum, Control);         // l.6 and l.7
            Engine.AdaptStepSize(options.StepReference, options.StepExponent, Control);               // h⁺ = (r/δ)^{θ/2} h
            Engine.KeepBest(X, best, Control);
            Engine.AdvanceControl(Control);                                                           // l.9
        }
    }
}
