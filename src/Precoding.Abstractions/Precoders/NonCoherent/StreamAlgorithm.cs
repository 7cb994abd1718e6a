using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>What an algorithm of streams works with.</summary>
internal sealed record StreamContext(IEngine Engine, IStreamOps Ops, StreamProblem Problem, SolveControl Control);

/// <summary>What the methods of streams share: channels, Gram matrices, x and its images, starts, and p = Hᴴx at the end.</summary>
internal abstract class StreamAlgorithm : Algorithm
{
    private int first;

    protected StreamAlgorithm(StreamContext context, StreamLayout layout)
        : base(context.Engine, context.Control)
    {
        (Engine, Ops, Problem) = (context.Engine, context.Ops, context.Problem);
        Streams = new StreamTable(Engine, Problem, layout.StreamsOfUser, layout.Branches);
        X = CreateOfBranches("x", Streams, Problem.Rows);
        E = CreateOfBranches("e", Streams, Problem.Rows);
        Precoders = CreateOfBranches("precoders", Streams, Problem.M);
    }

    /// <summary>[realization, branch, antenna].</summary>
    public sealed override Tensor Precoders { get; }

    protected IEngine Engine { get; }

    protected IStreamOps Ops { get; }

    protected StreamProblem Problem { get; }

    protected StreamTable Streams { get; }

    /// <summary>x_b, [realization, branch, row].</summary>
    protected Tensor X { get; }

    /// <summary>e_b = G_l x_b, [realization, branch, row].</summary>
    protected Tensor E { get; }

    /// <summary>The coordinates to return.</summary>
    protected virtual Tensor Result => X;

    public override void Load(SolveInput input, int first)
    {
        this.first = first;
        Ops.LoadUserChannels(input.Channels, first, Problem, Control);
        Ops.UserGramMatrices(Problem, Control);
        Write(input.Plan!.Streams, Streams);
    }

    public override void Begin(StartContext context)
    {
        switch (context.Start)
        {
            case InitialPrecoder.LocalEigenZeroForcing:
                Ops.LocalEigenZeroForcing(Problem, Streams, X, Control);
                break;
            case InitialPrecoder.Matched:
                Ops.MatchedStreams(Problem, Streams, unit: false, X, Control);
                break;
            case InitialPrecoder.Singular:
                Ops.MatchedStreams(Problem, Streams, unit: true, X, Control);
                break;
            case InitialPrecoder.Random(int index):
                X.Write(RandomCoordinates(context, index));
                break;
            default:
                throw new InvalidOperationException($"Start {context.Start} is not one of streams.");
        }

        Ops.ScaleStreamsToBudget(Problem, Streams, X, E, Control);
    }

    public override void Evaluate(Tensor rates, Tensor power)
    {
        Ops.SynthesizeStreams(Problem, Streams, Result, Precoders, Control);
        Ops.EvaluateStreams(Problem, Streams, Precoders, rates, power, Control);
    }

    public sealed override int VectorOf(int stream, int branch) => (stream * Streams.B) + branch;

    public override void Dispose()
    {
        base.Dispose();
        Streams.Dispose();
        Problem.Dispose();
    }

    protected Tensor CreateOfBranches(string name, StreamTable streams, int extent) => Create(name, ElementKind.Complex, Math.Max(1, streams.Branches), extent);

    /// <summary>Who sends what in the realizations in hand.</summary>
    protected void Write(StreamLayout layout, StreamTable streams)
    {
        int size = layout.BranchCount;
        streams.AccessPoint.Write(layout.AccessPoints.AsSpan(first * size, Control.RealizationCount * size));
    }

    private Complex[] RandomCoordinates(StartContext context, int index)
    {
        int n = Problem.Rows, size = Streams.Branches * n;
        var x = new Complex[Control.RealizationCount * size];
        for (int r = 0; r < Control.RealizationCount; r++)
        {
            var random = new CounterRandom(context.Seed, RandomPurpose.StartPrecoder, context.FirstRealization + r, index);
            for (int i = 0; i < size; i++)
            {
                x[(r * size) + i] = random.ComplexNormal((uint)i);
            }
        }

        return x;
    }
}

/// <summary>One RWMMSE iteration: receivers and weights as factors of T, then the access points. [NCJT Alg. 2]</summary>
internal sealed class StreamSweep : IDisposable
{
    private readonly IStreamOps ops;
    private readonly StreamProblem problem;
    private readonly SolveControl control;
    private readonly StreamTable streams;

    public StreamSweep(StreamContext context, StreamTable streams)
    {
        (ops, problem, control, this.streams) = (context.Ops, context.Problem, context.Control, streams);
        Factor = context.Engine.Create("factor", ElementKind.Complex, problem.Capacity, Math.Max(1, streams.Rank), problem.N);
        Coefficient = context.Engine.Create("coefficient", ElementKind.Complex, problem.Capacity, Math.Max(1, streams.S), Math.Max(1, streams.MaxRank));
        Multiplier = context.Engine.Create("powerMultiplier", ElementKind.Control, problem.Capacity, problem.L);
    }

    /// <summary>F of <see cref="IStreamOps.StreamFactors"/>.</summary>
    public Tensor Factor { get; }

    /// <summary>C of <see cref="IStreamOps.StreamFactors"/>.</summary>
    public Tensor Coefficient { get; }

    /// <summary>λ, [realization, accessPoint].</summary>
    public Tensor Multiplier { get; }

    /// <summary>Factors and objective of the start; forgets the multipliers of an earlier solve, so that results do not depend on it.</summary>
    public void Begin(Tensor e)
    {
        Multiplier.Write(new double[problem.Capacity * problem.L]);
        ops.StreamFactors(problem, streams, e, Factor, Coefficient, control);                                                 // U, W; R⁽⁰⁾
    }

    public void Iterate(Tensor x, Tensor e)
    {
        if (streams.B == 1)
        {
            ops.UpdateStreams(problem, streams, -1, Factor, Coefficient, x, e, Multiplier, control);                          // [NCJT (29)], side by side
        }
        else
        {
            for (int l = 0; l < problem.L; l++)
            {
                ops.UpdateStreams(problem, streams, l, Factor, Coefficient, x, e, Multiplier, control);                       // Gauss–Seidel, each exact
            }
        }

        ops.StreamFactors(problem, streams, e, Factor, Coefficient, control);                                                 // U, W; R⁽ᵈ⁾
    }

    public void Dispose()
    {
        Factor.Dispose();
        Coefficient.Dispose();
        Multiplier.Dispose();
    }
}
