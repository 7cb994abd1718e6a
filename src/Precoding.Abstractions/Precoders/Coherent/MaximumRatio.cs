using Precoding.Engines;

namespace Precoding;

/// <summary>Maximum ratio transmission, P_l = c_l H_l with ‖P_l‖² = P_l. [coherent.md §7]</summary>
public sealed class MaximumRatio() : ClosedForm(new InitialPrecoder.MaximumRatio())
{
    public override string Name => "mrt";
}

/// <summary>Normalised regularised zero forcing, H(HᴴH + (K/Σ_l P_l)I)⁻¹ with each block scaled to its budget. [BSP ref 51; coherent.md §7]</summary>
public sealed class RegularizedZeroForcing() : ClosedForm(new InitialPrecoder.RegularizedZeroForcing())
{
    public override string Name => "rzf";
}

/// <summary>A precoder that is a start and nothing more.</summary>
public abstract class ClosedForm : CoherentPrecoder
{
    private readonly InitialPrecoder start;

    private protected ClosedForm(InitialPrecoder start)
        : base(new ClosedFormOptions { Starts = [start] }) => this.start = start;

    internal override CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control) =>
        new Algorithm(engine, problem, control, [start]);

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => ((2L * shape.AccessPointCount) + 4) * shape.UserCount * shape.UserCount;

    private sealed class Algorithm(IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
        : ReducedAlgorithm(engine, problem, control, starts)
    {
        public override bool Iterates => false;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            Engine.SumRate(Problem, S, Control);
        }

        public override void Iterate() => throw new InvalidOperationException("A closed form does not iterate.");
    }
}
