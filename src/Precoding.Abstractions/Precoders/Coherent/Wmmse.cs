using Precoding.Engines;

namespace Precoding;

/// <summary>Coherent WMMSE in reduced form with the exact multiplier per access point: the yardstick. [SHI11; coherent.md §4]</summary>
public sealed class Wmmse(WmmseOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "wmmse";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm(engine, problem, control, Options.Starts);

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((3L * shape.AccessPointCount) + 8) * shape.UserCount * shape.UserCount;

    internal override int OwnIterationLimit(ChannelShape shape) => ((WmmseOptions)Options).ComplexityLimit is double limit
        ? Math.Clamp(Complexity.Of(this, shape).IterationsWithin(limit), 1, Options.MaxIterations)
        : Options.MaxIterations;

    private sealed class Algorithm : ReducedAlgorithm
    {
        private readonly WmmseSweep sweep;
        private readonly Tensor best;

        public Algorithm(IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
            : base(engine, problem, control, starts)
        {
            sweep = new WmmseSweep(engine, problem, control);
            best = Create("best", ElementKind.Complex, problem.L, problem.K, problem.K);
        }

        protected override Tensor Result => best;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            sweep.Begin();
            Engine.SumRate(Problem, S, Control);
            Engine.KeepBest(X, best, Control);
        }

        public override void Iterate()
        {
            sweep.Iterate(X, S);
            Engine.SumRate(Problem, S, Control);
            Engine.KeepBest(X, best, Control);
            Engine.AdvanceControl(Control);
        }

        public override void Dispose()
        {
            sweep.Dispose();
            base.Dispose();
        }
    }
}
