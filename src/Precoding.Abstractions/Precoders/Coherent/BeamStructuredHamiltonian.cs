using Precoding.Engines;

namespace Precoding;

/// <summary>Beam-structured precoding by a damped Hamiltonian flow with RATTLE steps, [BSP Alg. 1]. [coherent.md §3]</summary>
public sealed class BeamStructuredHamiltonian(BeamStructuredHamiltonianOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "bsp-hamiltonian";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((BeamStructuredHamiltonianOptions)Options, engine, problem, control);

    /// <summary>Momentum has to build up anew.</summary>
    internal override int IterationsPerRound => 20;

    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        var options = (BeamStructuredHamiltonianOptions)Options;
        return BeamAlgorithm.ComplexNumbers(options.Beams, shape)
            + ((options.Mass == MassMatrix.Identity ? 4L : 7L) * shape.UserCount * shape.AccessPointCount * BeamSelection.BeamsPerLink(options.Beams, shape.AntennaCount))
            + (2L * shape.UserCount * shape.UserCount);
    }

    internal override BeamPrecoderBatch CreateBeams(ChannelShape shape) => new(shape, ((BeamStructuredHamiltonianOptions)Options).FineFactor);

    private sealed class Algorithm : BeamAlgorithm
    {
        private readonly BeamStructuredHamiltonianOptions options;
        private readonly Tensor best, momentum, lambda, sT, wT;
        private readonly Tensor velocity, normal; // M⁻¹n and M⁻¹∇ψ; with the identity momentum and ∇ψ themselves
        private readonly Tensor? inverseMass;
        private Tensor gradient, previousGradient;
        private int iteration;

        public Algorithm(BeamStructuredHamiltonianOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(options.Beams, engine, problem, control, options.Starts)
        {
            this.options = options;
            best = CreateSlots("best");
            momentum = CreateSlots("momentum");
            gradient = CreateSlots("gradient");
            previousGradient = CreateSlots("previousGradient");
            lambda = Create("lambda", ElementKind.Control, problem.L);
            sT = Create("sT", ElementKind.Complex, problem.K, problem.K);
            wT = Create("wT", ElementKind.Complex, problem.K, problem.K);
            (velocity, normal) = (momentum, ConstraintGradient);
            if (options.Mass == MassMatrix.DiagonalHessian)
            {
                inverseMass = CreateSlots("inverseMass");
                velocity = CreateSlots("velocity");
                normal = CreateSlots("normal");
            }
        }

        public override double InitialStepSize => inverseMass is null ? options.InitialStepSize : options.HessianInitialStepSize ?? (options.MassRefreshInterval == 1 ? 1 : 0.5);

        protected override Tensor Result => best;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            iteration = 0;
            Engine.ClearComplex(momentum, Control);
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            Engine.Couplings(Problem, Table, Support, U, options.EvaluationOrder, sT, Control);
            Engine.StreamRateWeights(Problem, sT, wT, Control);
            Engine.Gradient(Problem, Table, Support, wT, options.EvaluationOrder, gradient, Control);
            Engine.KeepBest(U, best, Control);
        }

        public override void Iterate()
        {
            bool exact = options.PositionConstraint == PositionConstraint.Exact;
            if (inverseMass is not null && iteration++ % options.MassRefreshInterval == 0)
            {
                Engine.BeamCurvature(Problem, Table, Support, sT, CurvatureKind.Hessian, inverseMass, Control);                          // [BSP Fig. 7]
                Engine.InverseMass(Problem, Support, options.MassFloor, inverseMass, Control);
            }

            Lighten(ConstraintGradient, normal);                                                                                         // M⁻¹∇ψ
            if (!exact)
            {
                Lighten(momentum, velocity);                                                                                             // M⁻¹n
                Engine.PrintedMultipliers(Problem, Support, gradient, ConstraintGradient, normal, velocity, Power, lambda, Control);     // [BSP (56)]
            }

            Engine.BeamDampThenKick(Problem, Support, gradient, ConstraintGradient, lambda, options.Damping, momentum, Control);         // [BSP Alg.1 l.3]
            Lighten(momentum, velocity);
            Engine.DriftOntoPowerEllipsoid(Problem, Support, exact, velocity, normal, U, momentum, ConstraintGradient, Power, Control);  // l.4
            (gradient, previousGradient) = (previousGradient, gradient);
            Engine.Couplings(Problem, Table, Support, U, options.EvaluationOrder, sT, Control);                                          // [BSP (35)]
            Engine.StreamRateWeights(Problem, sT, wT, Control);                                                                          // l.8
            Engine.Gradient(Problem, Table, Support, wT, options.EvaluationOrder, gradient, Control);                                    // l.5, [BSP (45)]
            Engine.BeamForceChange(Problem, Support, gradient, previousGradient, Control);                                               // δ
            Lighten(ConstraintGradient, normal);
            Engine.BeamKickThenDamp(
                Problem, Support, gradient, ConstraintGradient, normal, Power, options.Damping, options.VelocityMultiplier == VelocityMultiplier.Printed, momentum, Control); // l.6–7
            Engine.AdaptStepSize(options.StepReference, options.StepExponent, Control);                                                  // h⁺ = (r/δ)^{θ/2} h
            Engine.KeepBest(U, best, Control);
            Engine.AdvanceControl(Control);                                                                                              // l.9
        }

        /// <summary>to = M⁻¹ from, nothing to do with the identity.</summary>
        private void Lighten(Tensor from, Tensor to)
        {
            if (inverseMass is not null)
            {
                Engine.ApplyInverseMass(Problem, Support, inverseMass, from, to, Control);
            }
        }
    }
}
