using Precoding.Engines;

namespace Precoding;

/// <summary>What the methods in reduced coordinates share: Gram matrices, X_l, S_l = G_l X_l, their starts, and P_l = H_l X_l at the end.</summary>
internal abstract class ReducedAlgorithm : CoherentAlgorithm
{
    private readonly ReducedStart start;

    protected ReducedAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
        : base(engine, problem, control, starts)
    {
        start = new ReducedStart(engine, problem, control, starts);
        X = Create("x", ElementKind.Complex, problem.L, problem.K, problem.K);
        S = Create("s", ElementKind.Complex, problem.L, problem.K, problem.K);
    }

    /// <summary>X_l, [realization, accessPoint, k, u].</summary>
    protected Tensor X { get; }

    /// <summary>S_l = G_l X_l, [realization, accessPoint, k, u].</summary>
    protected Tensor S { get; }

    /// <summary>The coordinates to return.</summary>
    protected virtual Tensor Result => X;

    public override void PrepareAgain() => Engine.GramMatrices(Problem, Control);

    public override void Begin(StartContext context) => start.Begin(context, WarmStart, X, S);

    public override void Synthesize(Tensor precoders) => Engine.SynthesizePrecoders(Problem, Result, precoders, Control);

    public override void Dispose()
    {
        start.Dispose();
        base.Dispose();
    }
}
