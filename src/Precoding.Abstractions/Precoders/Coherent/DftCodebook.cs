using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Beams of a codebook: p_{k,l} = √(P_l/K_l) v_n e^{jφ} with the n that has the largest |h_{k,l}ᴴ v_n| of N = F·M, φ = arg v_nᴴ h_{k,l}, and the same
/// power for each of the K_l users that the access point reaches. [BSP ref 52; coherent.md §7]
/// </summary>
public sealed class DftCodebook(DftCodebookOptions? options = null) : CoherentPrecoder(options ?? new())
{
    public override string Name => "dft-codebook";

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm((DftCodebookOptions)Options, engine, problem, control);

    internal override long ComplexNumbersPerRealization(ChannelShape shape) =>
        ((((long)((DftCodebookOptions)Options).FineFactor * shape.AntennaCount) + 2) * shape.AccessPointCount * shape.UserCount) + (2L * shape.UserCount * shape.UserCount);

    internal override BeamPrecoderBatch CreateBeams(ChannelShape shape) => new(shape, ((DftCodebookOptions)Options).FineFactor);

    private sealed class Algorithm : CoherentAlgorithm
    {
        /// <summary>One beam leaves at most 1 − F/N = 1 − 1/M of a link's energy, because Σ_n |v_nᴴh|² = F‖h‖²: a pursuit content with more than that takes exactly one.</summary>
        private readonly double residualOfOneBeam;

        private readonly BeamSupport support;
        private readonly Tensor table, u, constraintGradient, power, sT, wT;

        public Algorithm(DftCodebookOptions options, IEngine engine, CoherentProblem problem, SolveControl control)
            : base(engine, problem, control, options.Starts)
        {
            residualOfOneBeam = 1 - (0.5 / problem.M);
            support = new BeamSupport(engine, problem, options.FineFactor, beamsPerLink: 1);
            table = Create("beamTable", ElementKind.Complex, problem.L * support.N, problem.K);
            u = Create("u", ElementKind.Complex, support.SlotCapacity);
            constraintGradient = Create("constraintGradient", ElementKind.Complex, support.SlotCapacity);
            power = Create("power", ElementKind.Control, problem.L);
            sT = Create("sT", ElementKind.Complex, problem.K, problem.K);
            wT = Create("wT", ElementKind.Complex, problem.K, problem.K);
        }

        public override bool Iterates => false;

        public override (BeamSupport Support, Tensor U)? Beams => (support, u);

        public override void Begin(StartContext context)
        {
            Engine.MatchedBeams(Problem, table, support, u, Control);                                        // v_nᴴ h_{k,l}
            Engine.UnitBeams(Problem, support, u, Control);                                                  // e^{jφ}
            Engine.ScaleBeamsToBudget(Problem, support, u, constraintGradient, power, Control);              // √(P_l/K_l)
            Engine.Couplings(Problem, table, support, u, EvaluationOrder.Gathered, sT, Control);
            Engine.StreamRateWeights(Problem, sT, wT, Control);
        }

        public override void Iterate() => throw new InvalidOperationException("A codebook does not iterate.");

        public override void Dispose()
        {
            support.Dispose();
            base.Dispose();
        }

        public override void PrepareAgain() => Engine.BeamTable(Problem, support, table, Control);

        public override void Prepare(ChannelBatch channels, int first)
        {
            PrepareAgain();
            Engine.PursuitSupport(Problem, residualOfOneBeam, support, Control);
        }

        public override void Synthesize(Tensor precoders) => Engine.PrecodersOfBeams(Problem, support, u, precoders, Control);
    }
}
