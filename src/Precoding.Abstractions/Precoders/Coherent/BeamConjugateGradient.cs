using Precoding.Engines;

namespace Precoding;

/// <summary>
/// bsp-cg: nonlinear conjugate gradients in the beam domain, tangent to the L power ellipsoids, preconditioned with a diagonal of the Hessian, with a line search
/// that costs O(LK²) a trial. Monotone and feasible at every iterate; precoders with the beam structure of bsp-hamiltonian. [coherent.md §3.7]
/// </summary>
public sealed class BeamConjugateGradient(BeamConjugateGradientOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "bsp-cg";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((BeamConjugateGradientOptions)Options, engine, problem, control);

    /// <summary>Directions have to become conjugate anew.</summary>
    internal override int IterationsPerRound => 10;

    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        var options = (BeamConjugateGradientOptions)Options;
        long K = shape.UserCount, L = shape.AccessPointCount;
        return BeamAlgorithm.ComplexNumbers(options.Beams, shape) + (7L * L * K * BeamSelection.BeamsPerLink(options.Beams, shape.AntennaCount)) + (((3 * L) + 2) * K * K);
    }

    internal override BeamPrecoderBatch CreateBeams(ChannelShape shape) => new(shape, ((BeamConjugateGradientOptions)Options).FineFactor);

    private sealed class Algorithm : BeamAlgorithm
    {
        private readonly BeamConjugateGradientOptions options;
        private readonly BeamPoint point;
        private readonly BeamDirection direction;
        private readonly Tensor curvature, sT, wT, eta, movedPower;
        private Tensor gradient, previousGradient, multiplier, previousMultiplier;
        private int iteration;

        public Algorithm(BeamConjugateGradientOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(options.Beams, engine, problem, control, options.Starts)
        {
            this.options = options;
            point = new BeamPoint(U, CreateImages("couplings"), ConstraintGradient);
            direction = new BeamDirection(CreateSlots("y"), CreateImages("yImage"), CreateSlots("yNormal"), CreateSlots("d"), CreateImages("dImage"), CreateSlots("dNormal"));
            curvature = CreateSlots("curvature");
            gradient = CreateSlots("gradient");
            previousGradient = CreateSlots("previousGradient");
            sT = Create("sT", ElementKind.Complex, problem.K, problem.K);
            wT = Create("wT", ElementKind.Complex, problem.K, problem.K);
            multiplier = Create("multiplier", ElementKind.Control, problem.L);
            previousMultiplier = Create("previousMultiplier", ElementKind.Control, problem.L);
            eta = Create("eta", ElementKind.Control);
            movedPower = Create("movedPower", ElementKind.Control, problem.L, 3);
        }

        public override double InitialStepSize => 1;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            iteration = 0;
            Engine.BeamImages(Problem, Support, U, point.S, ConstraintGradient, Control);
            Engine.SumRate(Problem, point.S, Control);
            Engine.ClearWhereNotFinite(U, Control); // the line search moves to better points only, so u is the result at every stop
        }

        public override void Iterate()
        {
            Engine.StreamCouplings(Problem, point.S, sT, Control);
            Engine.StreamRateWeights(Problem, sT, wT, Control);                                                                     // f, W
            Engine.Gradient(Problem, Table, Support, wT, options.EvaluationOrder, gradient, Control);                               // ∇f, [BSP (45)]
            Engine.BeamCurvature(Problem, Table, Support, sT, CurvatureKind.Positive, curvature, Control);                          // c
            Engine.PreconditionBeams(Problem, Support, U, gradient, ConstraintGradient, curvature, multiplier, direction.Y, Control); // λ_l, y
            Engine.BeamImages(Problem, Support, direction.Y, direction.YImage, direction.YNormal, Control);                         // the only products
            Engine.BeamConjugateDirection(
                Problem, Support, point, gradient, previousGradient, multiplier, previousMultiplier, eta, direction, movedPower, Control); // β, D
            Engine.BeamLineSearch(Problem, Support, direction, movedPower, point, Control);                                         // α, retraction
            Engine.BeamSteepestDirection(Problem, Support, point, direction, movedPower, Control);                                  // once more along −y
            Engine.BeamLineSearch(Problem, Support, direction, movedPower, point, Control);
            if (++iteration % options.RefreshInterval == 0)
            {
                Engine.ScaleBeamsToBudget(Problem, Support, U, ConstraintGradient, Power, Control);
                Engine.BeamImages(Problem, Support, U, point.S, ConstraintGradient, Control);
                Engine.SumRate(Problem, point.S, Control);
            }

            (gradient, previousGradient) = (previousGradient, gradient);
            (multiplier, previousMultiplier) = (previousMultiplier, multiplier);
            Engine.AdvanceControl(Control);
        }

        private Tensor CreateImages(string name) => Create(name, ElementKind.Complex, Problem.L, Problem.K, Problem.K);
    }
}
