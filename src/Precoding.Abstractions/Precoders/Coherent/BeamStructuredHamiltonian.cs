using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>Beam-structured precoding by a damped Hamiltonian flow with RATTLE steps, [BSP Alg. 1]. [coherent.md §3]</summary>
public sealed class BeamStructuredHamiltonian(BeamStructuredHamiltonianOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "bsp-hamiltonian";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((BeamStructuredHamiltonianOptions)Options, engine, problem, control);

    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        var options = (BeamStructuredHamiltonianOptions)Options;
        long beams = (long)options.FineFactor * shape.AntennaCount;
        return (beams * shape.AccessPointCount * shape.UserCount)
            + ((options.Mass == MassMatrix.Identity ? 7L : 10L) * shape.UserCount * shape.AccessPointCount * BeamSelection.BeamsPerLink(options, shape.AntennaCount))
            + (2L * shape.UserCount * shape.UserCount);
    }

    private sealed class Algorithm : CoherentAlgorithm
    {
        private readonly BeamStructuredHamiltonianOptions options;
        private readonly ReducedStart? reducedStart;
        private readonly BeamSupport support;
        private readonly Tensor table, u, best, momentum, constraintGradient, power, lambda, sT, wT;
        private readonly Tensor velocity, normal; // M⁻¹n and M⁻¹∇ψ; with the identity momentum and constraintGradient themselves
        private readonly Tensor? inverseMass, x, s, startPrecoders;
        private Tensor gradient, previousGradient;
        private int iteration;

        public Algorithm(BeamStructuredHamiltonianOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(engine, problem, control, options.Starts)
        {
            this.options = options;
            support = new BeamSupport(engine, problem, options.FineFactor, BeamSelection.BeamsPerLink(options, problem.M));
            table = Create("beamTable", ElementKind.Complex, problem.L * support.N, problem.K);
            u = Create("u", ElementKind.Complex, support.SlotCapacity);
            best = Create("best", ElementKind.Complex, support.SlotCapacity);
            momentum = Create("momentum", ElementKind.Complex, support.SlotCapacity);
            constraintGradient = Create("constraintGradient", ElementKind.Complex, support.SlotCapacity);
            gradient = Create("gradient", ElementKind.Complex, support.SlotCapacity);
            previousGradient = Create("previousGradient", ElementKind.Complex, support.SlotCapacity);
            power = Create("power", ElementKind.Control, problem.L);
            lambda = Create("lambda", ElementKind.Control, problem.L);
            sT = Create("sT", ElementKind.Complex, problem.K, problem.K);
            wT = Create("wT", ElementKind.Complex, problem.K, problem.K);
            (velocity, normal) = (momentum, constraintGradient);
            if (options.Mass == MassMatrix.DiagonalHessian)
            {
                inverseMass = Create("inverseMass", ElementKind.Complex, support.SlotCapacity);
                velocity = Create("velocity", ElementKind.Complex, support.SlotCapacity);
                normal = Create("normal", ElementKind.Complex, support.SlotCapacity);
            }

            if (options.Starts.Any(IsSpatial))
            {
                reducedStart = new ReducedStart(engine, problem, control, options.Starts);
                x = Create("x", ElementKind.Complex, problem.L, problem.K, problem.K);
                s = Create("s", ElementKind.Complex, problem.L, problem.K, problem.K);
                startPrecoders = Create("startPrecoders", ElementKind.Complex, problem.L, problem.K, problem.M);
            }
        }

        public override double InitialStepSize => inverseMass is null ? options.InitialStepSize : options.HessianInitialStepSize ?? (options.MassRefreshInterval == 1 ? 1 : 0.5);

        protected override void Prepare(ChannelBatch channels, int first)
        {
            if (reducedStart is not null)
            {
                Engine.GramMatrices(Problem, Control);
            }

            Engine.BeamTable(Problem, support, table, Control);
            switch (options.Support)
            {
                case SupportSelector.Pursuit:
                    Engine.PursuitSupport(Problem, options.PursuitResidual, support, Control);
                    break;
                case SupportSelector.PathBinning:
                    BeamSelection.WritePathBins(channels, first, Problem, support, Control);
                    break;
                case SupportSelector.Full:
                    BeamSelection.WriteAllBeams(Problem, support, Control);
                    break;
            }
        }

        public override void Begin(StartContext context)
        {
            switch (context.Start)
            {
                case InitialPrecoder.MaximumRatio:
                    Engine.MatchedBeams(Problem, table, support, u, Control);
                    break;
                case InitialPrecoder.Uniform:
                    Fill(static (_, _) => Complex.One);
                    break;
                case InitialPrecoder.Random(int index):
                    Fill((realization, slot) => new CounterRandom(
                        context.Seed, RandomPurpose.StartPrecoder, context.FirstRealization + realization, index).ComplexNormal((uint)slot));
                    break;
                case InitialPrecoder.WarmStart:
                    Engine.LeastSquaresBeams(Problem, WarmStart!, support, u, Control);
                    break;
                default:
                    reducedStart!.Begin(context, WarmStart, x!, s!);
                    Engine.SynthesizePrecoders(Problem, x!, startPrecoders!, Control);
                    Engine.ProjectedBeams(Problem, startPrecoders!, support, u, Control);
                    break;
            }

            iteration = 0;
            Engine.ClearComplex(momentum, Control);
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            Engine.ScaleBeamsToBudget(Problem, support, u, constraintGradient, power, Control);
            Engine.Couplings(Problem, table, support, u, options.EvaluationOrder, sT, Control);
            Engine.StreamRateWeights(Problem, sT, wT, Control);
            Engine.Gradient(Problem, table, support, wT, options.EvaluationOrder, gradient, Control);
            Engine.KeepBest(u, best, Control);
        }

        public override void Iterate()
        {
            bool exact = options.PositionConstraint == PositionConstraint.Exact;
            if (inverseMass is not null && iteration++ % options.MassRefreshInterval == 0)
            {
                Engine.BeamCurvature(Problem, table, support, sT, CurvatureKind.Hessian, inverseMass, Control);                          // [BSP Fig. 7]
                Engine.InverseMass(Problem, support, options.MassFloor, inverseMass, Control);
            }

            Lighten(constraintGradient, normal);                                                                                         // M⁻¹∇ψ
            if (!exact)
            {
                Lighten(momentum, velocity);                                                                                             // M⁻¹n
                Engine.PrintedMultipliers(Problem, support, gradient, constraintGradient, normal, velocity, power, lambda, Control);     // [BSP (56)]
            }

            Engine.BeamDampThenKick(Problem, support, gradient, constraintGradient, lambda, options.Damping, momentum, Control);         // [BSP Alg.1 l.3]
            Lighten(momentum, velocity);
            Engine.DriftOntoPowerEllipsoid(Problem, support, exact, velocity, normal, u, momentum, constraintGradient, power, Control);  // l.4
            (gradient, previousGradient) = (previousGradient, gradient);
            Engine.Couplings(Problem, table, support, u, options.EvaluationOrder, sT, Control);                                          // [BSP (35)]
            Engine.StreamRateWeights(Problem, sT, wT, Control);                                                                          // l.8
            Engine.Gradient(Problem, table, support, wT, options.EvaluationOrder, gradient, Control);                                    // l.5, [BSP (45)]
            Engine.BeamForceChange(Problem, support, gradient, previousGradient, Control);                                               // δ
            Lighten(constraintGradient, normal);
            Engine.BeamKickThenDamp(
                Problem, support, gradient, constraintGradient, normal, power, options.Damping, options.VelocityMultiplier == VelocityMultiplier.Printed, momentum, Control); // l.6–7
            Engine.AdaptStepSize(options.StepReference, options.StepExponent, Control);                                                  // h⁺ = (r/δ)^{θ/2} h
            Engine.KeepBest(u, best, Control);
            Engine.AdvanceControl(Control);                                                                                              // l.9
        }

        protected override void Synthesize(Tensor precoders) => Engine.PrecodersOfBeams(Problem, support, best, precoders, Control);

        public override void Dispose()
        {
            reducedStart?.Dispose();
            support.Dispose();
            base.Dispose();
        }

        /// <summary>to = M⁻¹ from, nothing to do with the identity.</summary>
        private void Lighten(Tensor from, Tensor to)
        {
            if (inverseMass is not null)
            {
                Engine.ApplyInverseMass(Problem, support, inverseMass, from, to, Control);
            }
        }

        private static bool IsSpatial(InitialPrecoder start) => start is InitialPrecoder.RegularizedZeroForcing or InitialPrecoder.Wmmse;

        private void Fill(Func<int, int, Complex> value)
        {
            var values = new Complex[Control.RealizationCount * support.SlotCapacity];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = value(i / support.SlotCapacity, i % support.SlotCapacity);
            }

            u.Write(values);
        }
    }
}
