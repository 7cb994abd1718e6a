using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Successive convex approximation for single-antenna users: every iteration maximises the concave minorant of the sum rate that touches it at the point in hand,
/// to a certified gap. Streams of users without weight are not sent. [NCJT figs. 3, 4; noncoherent.md §8, the minorant ours]
/// </summary>
public sealed class SuccessiveConvexApproximation(SuccessiveConvexApproximationOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "ncjt-sca";

    internal override Exchange Exchange => Exchange.Coordinates;

    private protected override bool SendsToWeightZero => false;

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) =>
        new Algorithm(context, plan, (SuccessiveConvexApproximationOptions)Options);

    private protected override void RequireSupported(Network network, ChannelShape shape)
    {
        base.RequireSupported(network, shape);
        if (shape.UserAntennaCount != 1)
        {
            throw new ValidationException(
                $"{Name}: the users have {shape.UserAntennaCount} antennas, expected 1: only then is its sub-problem convex. Choose ncjt-rwmmse for users with several antennas.");
        }
    }

    private sealed class Algorithm : StreamAlgorithm
    {
        private readonly ScaState state;

        public Algorithm(StreamContext context, StreamPlan plan, SuccessiveConvexApproximationOptions options)
            : base(context, plan.Streams) =>
            state = new ScaState(Engine, Problem, Streams, Control, options.PassLimit, options.GapTolerance, options.GapShare);

        public override double InitialStepSize => 1;

        public override int CallLimit => (int)Math.Min(int.MaxValue, Control.MaxIterations * (state.PassLimit + 1L));

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            state.BeginFirst();
            Engine.MinorantTangent(Problem, Streams, X, E, state, Control);
            Engine.ClearWhereNotFinite(X, Control);
            state.SetOutcome(ScaOutcome.Improving);
        }

        /// <summary>A pass of every realization; an iteration of those whose sub-problem it ends.</summary>
        public override void Iterate()
        {
            Engine.MinorantGradient(Problem, Streams, state, Control);
            Engine.MinorantStep(Problem, Streams, X, E, state, Control);
            Engine.MinorantTangent(Problem, Streams, X, E, state, Control);
            Engine.AdvanceSubproblems(state, Control);
        }

        public override int IterationsAfter(int calls)
        {
            var iterations = new int[Control.RealizationCount];
            Control.Iteration.Read(iterations);
            return iterations.Max();
        }

        public override Diagnostics Diagnose()
        {
            int count = Control.RealizationCount, rows = Control.MaxIterations + 1;
            double[] gap = new double[count], stationarity = new double[count];
            int[] passes = new int[count], passesAt = new int[count * rows];
            state.Gap.Read(gap);
            state.Stationarity.Read(stationarity);
            state.Passes.Read(passes);
            state.PassesAt.Read(passesAt);
            return new Diagnostics(
                (r, iteration) => passesAt[(r * rows) + iteration],
                r => new OptimalityCertificate(gap[r], stationarity[r], passes[r]));
        }

        public override void Dispose()
        {
            state.Dispose();
            base.Dispose();
        }
    }
}
