using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>What an algorithm of streams works with.</summary>
internal sealed record StreamContext(IEngine Engine, StreamProblem Problem, SolveControl Control)
{
    /// <summary>G_l as the access points told it, [realization, accessPoint, row, row]; null for those of the channels. The result is then coordinates in place of precoders.</summary>
    public Complex[]? ReportedGrams { get; init; }

    /// <summary>b of what is exchanged; null where nothing is rounded. [noncoherent.md §9]</summary>
    public int? WordBits { get; init; }
}

/// <summary>What the methods of streams share: channels, Gram matrices, x and its images, starts, and p = Hᴴx at the end.</summary>
internal abstract class StreamAlgorithm : Algorithm
{
    private readonly Complex[]? reportedGrams;
    private ChannelBatch? channels;
    private Complex[] reportedChannels = [], unrounded = [];
    private double[] scales = [];
    private int first;

    protected StreamAlgorithm(StreamContext context, StreamLayout layout)
        : base(context.Engine, context.Control)
    {
        (Engine, Problem) = (context.Engine, context.Problem);
        (reportedGrams, WordBits) = (context.ReportedGrams, context.WordBits);
        Streams = new StreamTable(Engine, Problem, layout.StreamsOfUser, layout.Branches);
        X = CreateOfBranches("x", Streams, Problem.Rows);
        E = CreateOfBranches("e", Streams, Problem.Rows);
        Precoders = CreateOfBranches("precoders", Streams, Problem.M);
    }

    /// <summary>[realization, branch, antenna].</summary>
    public sealed override Tensor Precoders { get; }

    protected IEngine Engine { get; }

    protected StreamProblem Problem { get; }

    protected StreamTable Streams { get; }

    /// <summary>b of what is exchanged; null where nothing is rounded.</summary>
    protected int? WordBits { get; }

    /// <summary>x_b, [realization, branch, row].</summary>
    protected Tensor X { get; }

    /// <summary>e_b = G_l x_b, [realization, branch, row].</summary>
    protected Tensor E { get; }

    /// <summary>The coordinates to return.</summary>
    protected virtual Tensor Result => X;

    /// <summary>What <see cref="RoundDown"/> rounds.</summary>
    protected virtual Tensor Rounded => Result;

    public override void Load(SolveInput input, int first)
    {
        (channels, this.first) = (input.Channels, first);
        Problem.TakeWeights(channels.Network);
        Engine.LoadUserChannels(input.Channels, first, Problem, Control);
        Engine.UserGramMatrices(Problem, Control);
        if (reportedGrams is not null)
        {
            int size = reportedGrams.Length / input.Channels.Shape.RealizationCount;
            Problem.Gram.Write(reportedGrams.AsSpan(first * size, Control.RealizationCount * size));
        }
        else if (WordBits is { } bits)
        {
            reportedChannels = RoundUp(bits);
            Problem.H.Write(reportedChannels);
        }

        Write(input.Plan!.Streams, Streams);
    }

    public override void Begin(StartContext context)
    {
        switch (context.Start)
        {
            case InitialPrecoder.LocalEigenZeroForcing:
                Engine.LocalEigenZeroForcing(Problem, Streams, X, Control);
                break;
            case InitialPrecoder.Matched:
                Engine.MatchedStreams(Problem, Streams, unit: false, X, Control);
                break;
            case InitialPrecoder.Singular:
                Engine.MatchedStreams(Problem, Streams, unit: true, X, Control);
                break;
            case InitialPrecoder.Random(int index):
                X.Write(RandomCoordinates(context, index));
                break;
            default:
                throw new InvalidOperationException($"Start {context.Start} is not one of streams.");
        }

        Engine.ScaleStreamsToBudget(Problem, Streams, X, E, Control);
    }

    public sealed override void Evaluate(Tensor rates, Tensor power)
    {
        if (WordBits is { } bits)
        {
            Engine.LoadUserChannels(channels!, first, Problem, Control); // access points know their channels
            unrounded = Read(Rounded);
            RoundDown(bits);
        }

        Synthesize();
        Engine.EvaluateStreams(Problem, Streams, Precoders, rates, power, Control);
        if (WordBits is not null)
        {
            Problem.H.Write(reportedChannels); // for the next start
        }

        if (reportedGrams is not null)
        {
            Complex[] x = Read(Result); // the antennas stand for rows here
            Precoders.Write(x);
        }
    }

    public sealed override void Resume()
    {
        if (WordBits is not null)
        {
            Rounded.Write(unrounded);
        }
    }

    public sealed override int VectorOf(int stream, int branch) => (stream * Streams.B) + branch;

    public override void Dispose()
    {
        base.Dispose();
        Streams.Dispose();
        Problem.Dispose();
    }

    protected Tensor CreateOfBranches(string name, StreamTable streams, int extent) => Create(name, ElementKind.Complex, Math.Max(1, streams.Branches), extent);

    /// <summary>The precoders of <see cref="Result"/>.</summary>
    protected virtual void Synthesize() => Engine.SynthesizeStreams(Problem, Streams, Result, Precoders, Control);

    /// <summary>
    /// Rounds what goes up: G_l in the problem becomes what the central unit makes of it. Returns what it has in place of H_l, a factor of that matrix (of its largest pivots where n &gt; M).
    /// </summary>
    protected virtual Complex[] RoundUp(int wordBits)
    {
        (int n, int M) = (Problem.Rows, Problem.M);
        Complex[] grams = Read(Problem.Gram), factors = new Complex[grams.Length / n * M];
        scales = new double[grams.Length / n];
        for (int i = 0; i < grams.Length / (n * n); i++)
        {
            Span<Complex> gram = grams.AsSpan(i * n * n, n * n);
            Complex[] upper = GramMatrix.UpperTriangle(gram, n);
            GramMatrix.RoundUpper(upper, n, wordBits);
            GramMatrix.Scales(upper, n).CopyTo(scales, i * n);
            GramMatrix.Unpack(upper, n, gram);
            GramMatrix.ProjectToPositive(gram, n);
            GramMatrix.Factor(gram, n, M).CopyTo(factors, i * n * M);
        }

        Problem.Gram.Write(grams);
        return factors;
    }

    /// <summary>Rounds what comes down, in place.</summary>
    protected virtual void RoundDown(int wordBits)
    {
        int n = Problem.Rows, branches = Math.Max(1, Streams.Branches);
        Complex[] x = Read(Result);
        var accessPoints = new int[Control.RealizationCount * branches];
        Streams.AccessPoint.Read(accessPoints);
        for (int i = 0; i < accessPoints.Length; i++)
        {
            if (accessPoints[i] is >= 0 and var l)
            {
                GramMatrix.RoundCoordinates(x.AsSpan(i * n, n), scales.AsSpan(((i / branches * Problem.L) + l) * n, n), wordBits);
            }
        }

        Result.Write(x);
    }

    /// <summary>The entries of the realizations in hand.</summary>
    protected Complex[] Read(Tensor tensor)
    {
        var values = new Complex[tensor.Length / Control.Capacity * Control.RealizationCount];
        tensor.Read(values);
        return values;
    }

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
            var random = new CounterRandom(context.Seed, RandomPurpose.StartPrecoder, context.NumberOf(r), index);
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
    private readonly IEngine engine;
    private readonly StreamProblem problem;
    private readonly SolveControl control;
    private readonly StreamTable streams;

    public StreamSweep(StreamContext context, StreamTable streams)
    {
        (engine, problem, control, this.streams) = (context.Engine, context.Problem, context.Control, streams);
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
        engine.StreamFactors(problem, streams, e, Factor, Coefficient, control);                                                 // U, W; R⁽⁰⁾
    }

    public void Iterate(Tensor x, Tensor e)
    {
        if (streams.B == 1)
        {
            engine.UpdateStreams(problem, streams, -1, Factor, Coefficient, x, e, Multiplier, control);                          // [NCJT (29)], side by side
        }
        else
        {
            for (int l = 0; l < problem.L; l++)
            {
                engine.UpdateStreams(problem, streams, l, Factor, Coefficient, x, e, Multiplier, control);                       // Gauss–Seidel, each exact
            }
        }

        engine.StreamFactors(problem, streams, e, Factor, Coefficient, control);                                                 // U, W; R⁽ᵈ⁾
    }

    public void Dispose()
    {
        Factor.Dispose();
        Coefficient.Dispose();
        Multiplier.Dispose();
    }
}
