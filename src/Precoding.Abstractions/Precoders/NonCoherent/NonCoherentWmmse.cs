using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Centralised WMMSE for non-coherent joint transmission in the M antennas of each access point: the yardstick, whose time grows with M³. [NCJT Alg. 1]
/// </summary>
public sealed class NonCoherentWmmse(NonCoherentWmmseOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "ncjt-wmmse";

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new Algorithm(context, plan);

    private sealed class Algorithm : StreamAlgorithm
    {
        private readonly StreamSweep sweep;
        private readonly Tensor current, best;

        public Algorithm(StreamContext context, StreamPlan plan)
            : base(context, plan.Streams)
        {
            sweep = new StreamSweep(context, Streams);
            current = CreateOfBranches("current", Streams, Problem.M);
            best = Precoders;
        }

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            Ops.SynthesizeStreams(Problem, Streams, X, current, Control);
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            sweep.Begin(E);
            Engine.KeepBest(current, best, Control);
        }

        public override void Iterate()
        {
            Ops.UpdateBeams(Problem, Streams, sweep.Factor, sweep.Coefficient, current, E, sweep.Multiplier, Control);            // [NCJT (15)–(17)]
            Ops.StreamFactors(Problem, Streams, E, sweep.Factor, sweep.Coefficient, Control);                                     // [NCJT (13)–(14)]
            Engine.KeepBest(current, best, Control);
            Engine.AdvanceControl(Control);
        }

        public override void Evaluate(Tensor rates, Tensor power) => Ops.EvaluateStreams(Problem, Streams, Precoders, rates, power, Control);

        public override void Dispose()
        {
            sweep.Dispose();
            base.Dispose();
        }
    }
}
