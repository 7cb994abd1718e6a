using Precoding.Engines;

namespace Precoding;

/// <summary>
/// reduced-cg, the default: nonlinear conjugate gradients on the product of the L power spheres in the coordinates P_l = H_l X_l, preconditioned with
/// the WMMSE Hessian, with a line search that costs O(LK²). Monotone and feasible at every iterate. [coherent.md §6]
/// </summary>
public sealed class ReducedConjugateGradient(ReducedConjugateGradientOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "reduced-cg";

    /// <summary>
    /// Double where K &gt; M: the Gram matrices are singular then, coordinates grow in their null spaces, and single precision loses the images to them.
    /// </summary>
    internal override Precision PrecisionFor(ChannelShape shape, Precision asked) => shape.UserCount > shape.AntennaCount ? Precision.Double : asked;

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((ReducedConjugateGradientOptions)Options, engine, problem, control);

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((8L * shape.AccessPointCount) + 9) * shape.UserCount * shape.UserCount;

    private sealed class Algorithm : ReducedAlgorithm
    {
        /// <summary>The challenger comes after so many iterations, and is so many of WMMSE; why two and two, docs/decisions/0016.</summary>
        private const int ChallengedIteration = 2, ChallengerIterationCount = 2;

        private readonly int refreshInterval;
        private readonly WmmseSweep? sweep;
        private readonly Tensor? challenger, challengerImage;
        private readonly Tensor q, qImage, d, dImage, signalWeight, tangent, regularizer, eta, movedPower;
        private Tensor w, previousW, multiplier, previousMultiplier;
        private int iteration;
        private bool isChallenged;

        public Algorithm(ReducedConjugateGradientOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(engine, problem, control, options.Starts)
        {
            refreshInterval = options.RefreshInterval;
            w = Create("w", ElementKind.Complex, problem.K, problem.K);
            previousW = Create("previousW", ElementKind.Complex, problem.K, problem.K);
            q = Create("q", ElementKind.Complex, problem.K, problem.K);
            qImage = Create("qImage", ElementKind.Complex, problem.L, problem.K, problem.K);
            d = Create("d", ElementKind.Complex, problem.L, problem.K, problem.K);
            dImage = Create("dImage", ElementKind.Complex, problem.L, problem.K, problem.K);
            signalWeight = Create("signalWeight", ElementKind.Control, problem.K);
            multiplier = Create("multiplier", ElementKind.Control, problem.L);
            previousMultiplier = Create("previousMultiplier", ElementKind.Control, problem.L);
            tangent = Create("tangent", ElementKind.Control, problem.L);
            movedPower = Create("movedPower", ElementKind.Control, problem.L, 3);
            regularizer = Create("regularizer", ElementKind.Control);
            eta = Create("eta", ElementKind.Control);
            if (options.Starts.Any(start => start is InitialPrecoder.Automatic))
            {
                sweep = new WmmseSweep(engine, problem, control);
                challenger = Create("challenger", ElementKind.Complex, problem.L, problem.K, problem.K);
                challengerImage = Create("challengerImage", ElementKind.Complex, problem.L, problem.K, problem.K);
            }
        }

        public override double InitialStepSize => 1;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            iteration = 0;
            isChallenged = context.Start is InitialPrecoder.Automatic && Problem.K <= Problem.M; // beyond, WMMSE costs more than it is worth: singular Gram matrices
            Engine.SumRate(Problem, S, Control);
            Engine.ClearWhereNotFinite(X, Control); // the line search moves to better points only (but for rounding that a refresh removes), so X is the result at every stop
        }

        public override void Iterate()
        {
            Engine.RateWeights(Problem, S, w, signalWeight, Control);                                           // f, W, ω
            Engine.TangentMultipliers(Problem, S, w, multiplier, regularizer, Control);                         // c_l, λ
            Engine.PreconditionGradient(Problem, S, w, signalWeight, multiplier, regularizer, q, Control);      // Q
            Engine.PreconditionedGradient(Problem, S, q, qImage, tangent, Control);                             // G_l Q, t_l: y_l = Q + t_l X_l
            Engine.ConjugateDirection(
                Problem, X, S, w, previousW, q, qImage, tangent, multiplier, previousMultiplier, eta, d, dImage, movedPower, Control); // β, D_l
            Engine.LineSearch(Problem, d, dImage, movedPower, X, S, Control);                                   // α, retraction
            Engine.SteepestDirection(Problem, X, S, q, qImage, tangent, d, dImage, movedPower, Control);        // once more along −y
            Engine.LineSearch(Problem, d, dImage, movedPower, X, S, Control);
            if (++iteration == ChallengedIteration && isChallenged)
            {
                Challenge();
            }

            if (iteration % refreshInterval == 0)
            {
                Engine.ScaleCoordinatesToBudget(Problem, X, S, Control);
                Engine.SumRate(Problem, S, Control);
            }

            (w, previousW) = (previousW, w);
            (multiplier, previousMultiplier) = (previousMultiplier, multiplier);
            Engine.AdvanceControl(Control);
        }

        /// <summary>WMMSE from MRT takes the place of X where its rate is larger: RZF leads to poor optima where users are far apart in gain, WMMSE is slow but turns the hopeless ones off. Within an iteration, so that rates never fall and no iteration gains nothing.</summary>
        private void Challenge()
        {
            Engine.KeepBest(X, challenger!, Control);                                                           // f, to be beaten
            Engine.MatchedCoordinates(Problem, challenger!, challengerImage!, Control);
            sweep!.Begin();
            for (int i = 0; i < ChallengerIterationCount; i++)
            {
                sweep.Iterate(challenger!, challengerImage!);
            }

            Engine.SumRate(Problem, challengerImage!, Control);
            Engine.KeepBest(challenger!, X, Control);
            Engine.ScaleCoordinatesToBudget(Problem, X, S, Control);                                            // images, and power that WMMSE left unused
            Engine.SumRate(Problem, S, Control);
            Engine.ClearComplex(d, Control);                                                                    // directions begin anew: D = −y
            Engine.ClearComplex(dImage, Control);
        }

        public override void Dispose()
        {
            sweep?.Dispose();
            base.Dispose();
        }
    }
}
