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

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((7L * shape.AccessPointCount) + 12) * shape.UserCount * shape.UserCount;

    private sealed class Algorithm : ReducedAlgorithm
    {
        private readonly int refreshInterval;
        private readonly Tensor q, qImage, d, dImage, signalWeight, tangent, regularizer, eta, movedPower;
        private Tensor w, previousW, multiplier, previousMultiplier;
        private int iteration;

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
        }

        public override double InitialStepSize => 1;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            iteration = 0;
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
            if (++iteration % refreshInterval == 0)
            {
                Engine.ScaleCoordinatesToBudget(Problem, X, S, Control);
                Engine.SumRate(Problem, S, Control);
            }

            (w, previousW) = (previousW, w);
            (multiplier, previousMultiplier) = (previousMultiplier, multiplier);
            Engine.AdvanceControl(Control);
        }
    }
}
