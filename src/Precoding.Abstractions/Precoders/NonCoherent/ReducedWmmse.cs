using Precoding.Engines;

namespace Precoding;

/// <summary>
/// RWMMSE: WMMSE for non-coherent joint transmission in n = K·N coordinates per access point, the same iterates without the antennas. [NCJT Alg. 2]
/// </summary>
public sealed class ReducedWmmse(ReducedWmmseOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "ncjt-rwmmse";

    internal override Exchange Exchange => Exchange.Coordinates;

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new ReducedWmmseAlgorithm(context, plan.Streams);
}

/// <summary>Iterations of <see cref="StreamSweep"/>, keeping the best.</summary>
internal class ReducedWmmseAlgorithm : StreamAlgorithm
{
    private readonly StreamSweep sweep;
    private readonly Tensor best;

    public ReducedWmmseAlgorithm(StreamContext context, StreamLayout layout)
        : base(context, layout)
    {
        sweep = new StreamSweep(context, Streams);
        best = CreateOfBranches("best", Streams, Problem.Rows);
    }

    protected sealed override Tensor Result => best;

    public override void Begin(StartContext context)
    {
        base.Begin(context);
        BeginSweeps();
    }

    public sealed override void Iterate()
    {
        sweep.Iterate(X, E);
        Engine.KeepBest(X, best, Control);
        Engine.AdvanceControl(Control);
    }

    public override void Dispose()
    {
        sweep.Dispose();
        base.Dispose();
    }

    /// <summary>Factors and objective of the x and e at hand.</summary>
    protected void BeginSweeps()
    {
        Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
        sweep.Begin(E);
        Engine.KeepBest(X, best, Control);
    }
}
