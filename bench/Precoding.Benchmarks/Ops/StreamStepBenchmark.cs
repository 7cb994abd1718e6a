using BenchmarkDotNet.Attributes;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step for streams, from Local EZF and an update after it.</summary>
public abstract class StreamStepBenchmark : EngineBenchmark
{
    [Params(StreamDrop.CellFree, StreamDrop.CellFreeSmall, StreamDrop.CellFreeLarge)]
    public StreamDrop Drop { get; set; }

    protected ChannelBatch Channels { get; private set; } = null!;

    protected StreamProblem Problem { get; private set; } = null!;

    /// <summary>One branch each, as many as the serving access points send.</summary>
    protected StreamTable Streams { get; private set; } = null!;

    /// <summary>[realization, branch, row], a start; E is its image.</summary>
    protected Tensor X { get; private set; } = null!;

    protected Tensor E { get; private set; } = null!;

    protected Tensor Factor { get; private set; } = null!;

    protected Tensor Coefficient { get; private set; } = null!;

    /// <summary>What the update made of X and E, with the multipliers.</summary>
    protected Tensor Update { get; private set; } = null!;

    protected Tensor UpdateImage { get; private set; } = null!;

    protected Tensor Multiplier { get; private set; } = null!;

    /// <summary>[realization, branch, antenna].</summary>
    protected Tensor Precoders { get; private set; } = null!;

    /// <summary>Of all products with the M antennas, one for each branch and row.</summary>
    protected double BeamFlops
    {
        get
        {
            CellFreeSize size = StreamDrops.SizeOf(Drop);
            return 8.0 * StreamDrops.CountOf(Drop) * size.Serving * size.K * size.K * size.N * size.M;
        }
    }

    /// <summary>A thousand drops on the processor engine, few for kernels on a processor, many on a GPU.</summary>
    protected sealed override bool SuitsDevice =>
        StreamDrops.Suits(Drop, Device) && Drop != (IsOnGpuEngine ? StreamDrop.CellFree : StreamDrop.CellFreeSmall);

    internal sealed override void UseTiny() => Drop = StreamDrop.Tiny;

    protected sealed override SolveControl Load()
    {
        Channels = StreamDrops.Of(Drop);
        int count = Channels.Shape.RealizationCount;
        Problem = Own(new StreamProblem(Engine, Channels.Network, Channels.Shape, count));
        SolveControl control = Begin(count, 1);
        Engine.LoadUserChannels(Channels, 0, Problem, control);
        Engine.UserGramMatrices(Problem, control);
        return control;
    }

    protected override void Prepare()
    {
        Streams = Table((r, k) => [.. Serving(r, k).Select(l => new[] { l })], 1);
        (X, E, Update, UpdateImage) = (Branches(), Branches(), Branches(), Branches());
        (Factor, Coefficient, Multiplier) = (Complex(Streams.Rank, Problem.N), Complex(Streams.S, Streams.MaxRank), Reals(Problem.L));
        Precoders = Complex(Streams.Branches, Problem.M);
        Engine.LocalEigenZeroForcing(Problem, Streams, X, Control);
        Engine.ScaleStreamsToBudget(Problem, Streams, X, E, Control);
        Engine.StreamFactors(Problem, Streams, E, Factor, Coefficient, Control);
        Engine.UpdateStreams(Problem, Streams, -1, Factor, Coefficient, Update, UpdateImage, Multiplier, Control);
        Engine.SynthesizeStreams(Problem, Streams, X, Precoders, Control);
    }

    /// <summary>A complex tensor [realization, branch, row].</summary>
    protected Tensor Branches() => Complex(Streams.Branches, Problem.Rows);

    /// <summary>Access points that serve a user, ascending.</summary>
    protected IEnumerable<int> Serving(int realization, int user) => Enumerable.Range(0, Problem.L).Where(l => Channels.Serving[realization, l, user]);

    /// <param name="accessPoints">Those of every stream of (realization, user); as many in all realizations.</param>
    protected StreamTable Table(Func<int, int, int[][]> accessPoints, int branches)
    {
        StreamTable table = Own(new StreamTable(Engine, Problem, [.. Enumerable.Range(0, Problem.K).Select(k => accessPoints(0, k).Length)], branches));
        table.AccessPoint.Write([.. from r in Enumerable.Range(0, Control.RealizationCount) from k in Enumerable.Range(0, Problem.K) from stream in accessPoints(r, k) from l in stream select l]);
        return table;
    }
}
