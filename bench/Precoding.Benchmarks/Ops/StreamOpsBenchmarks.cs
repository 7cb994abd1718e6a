using BenchmarkDotNet.Attributes;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

public class LoadUserChannelsBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.LoadUserChannels(Channels, 0, Problem, Control);
}

/// <summary>A complex multiplication and addition for each entry of the lower triangles and antenna.</summary>
public class UserGramMatricesBenchmarks : StreamStepBenchmark
{
    public override double? FlopsPerCall
    {
        get
        {
            CellFreeSize size = StreamDrops.SizeOf(Drop);
            double rows = size.K * size.N;
            return 4 * StreamDrops.CountOf(Drop) * size.L * rows * (rows + 1) * size.M;
        }
    }

    protected override void Step() => Engine.UserGramMatrices(Problem, Control);
}

public class LocalEigenZeroForcingBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.LocalEigenZeroForcing(Problem, Streams, X, Control);
}

public class MatchedStreamsBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.MatchedStreams(Problem, Streams, unit: false, X, Control);
}

/// <summary>Into a table where all serving access points send every stream.</summary>
public class EmbedStreamsBenchmarks : StreamStepBenchmark
{
    private StreamTable joint = null!;
    private Tensor embedded = null!;

    protected override void Prepare()
    {
        base.Prepare();
        joint = Table((r, k) => [.. Serving(r, k).Select(_ => Serving(r, k).ToArray())], StreamDrops.SizeOf(Drop).Serving);
        embedded = Complex(joint.Branches, Problem.Rows);
    }

    protected override void Step() => Engine.EmbedStreams(Problem, Streams, X, joint, embedded, Control);
}

public class ScaleStreamsToBudgetBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.ScaleStreamsToBudget(Problem, Streams, X, E, Control);
}

public class StreamFactorsBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.StreamFactors(Problem, Streams, E, Factor, Coefficient, Control);
}

/// <summary>All access points side by side, multipliers warm from the call before.</summary>
public class UpdateStreamsBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.UpdateStreams(Problem, Streams, -1, Factor, Coefficient, Update, UpdateImage, Multiplier, Control);
}

/// <summary>The step UpdateStreams of coherent streams, one access point after the other, as cjt-wmmse has it.</summary>
public class UpdateStreamsInTurnBenchmarks : StreamStepBenchmark
{
    private StreamTable joint = null!;
    private Tensor x = null!, e = null!, factor = null!, coefficient = null!;

    protected override void Prepare()
    {
        base.Prepare();
        joint = Table((r, k) => [.. Serving(r, k).Select(_ => Serving(r, k).ToArray())], StreamDrops.SizeOf(Drop).Serving);
        (x, e) = (Complex(joint.Branches, Problem.Rows), Complex(joint.Branches, Problem.Rows));
        (factor, coefficient) = (Complex(joint.Rank, Problem.N), Complex(joint.S, joint.MaxRank));
        Engine.MatchedStreams(Problem, joint, unit: true, x, Control);
        Engine.ScaleStreamsToBudget(Problem, joint, x, e, Control);
        Engine.StreamFactors(Problem, joint, e, factor, coefficient, Control);
    }

    protected override void Step()
    {
        for (int l = 0; l < Problem.L; l++)
        {
            Engine.UpdateStreams(Problem, joint, l, factor, coefficient, x, e, Multiplier, Control);
        }
    }
}

/// <summary>Eigendecompositions of order M.</summary>
public class UpdateBeamsBenchmarks : StreamStepBenchmark
{
    protected override void Step() => Engine.UpdateBeams(Problem, Streams, Factor, Coefficient, Precoders, UpdateImage, Multiplier, Control);
}

public class StreamScoresBenchmarks : StreamStepBenchmark
{
    private Tensor scores = null!;

    protected override void Prepare()
    {
        base.Prepare();
        scores = Reals(Streams.S);
    }

    protected override void Step() => Engine.StreamScores(Problem, Streams, Factor, Coefficient, UpdateImage, scores, Control);
}

/// <summary>Half of the streams.</summary>
public class SelectStreamsBenchmarks : StreamStepBenchmark
{
    private StreamTable selected = null!;
    private Tensor scores = null!;

    protected override void Prepare()
    {
        base.Prepare();
        scores = Reals(Streams.S);
        selected = Table((r, k) => [.. Serving(r, k).Take(1).Select(l => new[] { l })], 1);
        Engine.StreamScores(Problem, Streams, Factor, Coefficient, UpdateImage, scores, Control);
    }

    protected override void Step() => Engine.SelectStreams(Problem, Streams, scores, selected, Control);
}

public class SynthesizeStreamsBenchmarks : StreamStepBenchmark
{
    public override double? FlopsPerCall => BeamFlops;

    protected override void Step() => Engine.SynthesizeStreams(Problem, Streams, X, Precoders, Control);
}

public class EvaluateStreamsBenchmarks : StreamStepBenchmark
{
    private Tensor rates = null!, power = null!;

    public override double? FlopsPerCall => BeamFlops;

    protected override void Prepare()
    {
        base.Prepare();
        (rates, power) = (Reals(Problem.K), Reals(Problem.L));
    }

    protected override void Step() => Engine.EvaluateStreams(Problem, Streams, Precoders, rates, power, Control);
}

/// <summary>A step of the conjugate gradients, the first iteration's.</summary>
public abstract class StreamSearchBenchmark : StreamStepBenchmark
{
    protected Tensor W { get; private set; } = null!;

    protected Tensor Gradient { get; private set; } = null!;

    protected Tensor D { get; private set; } = null!;

    protected Tensor DImage { get; private set; } = null!;

    protected Tensor Eta { get; private set; } = null!;

    protected Tensor Kind { get; private set; } = null!;

    protected override void Prepare()
    {
        base.Prepare();
        (W, Gradient, D, DImage) = (Branches(), Branches(), Branches(), Branches());
        (Eta, Kind) = (Reals(), Integers(Problem.L));
        Engine.StreamGradient(Problem, Streams, E, Factor, Coefficient, W, Control);
        FindDirection();
    }

    /// <summary>From a fresh update.</summary>
    protected void FindDirection()
    {
        Engine.UpdateStreams(Problem, Streams, -1, Factor, Coefficient, Update, UpdateImage, Multiplier, Control);
        Engine.StreamDirection(Problem, Streams, X, E, W, Multiplier, Update, UpdateImage, Gradient, Eta, D, DImage, Kind, Control);
    }
}

public class StreamGradientBenchmarks : StreamSearchBenchmark
{
    protected override void Step() => Engine.StreamGradient(Problem, Streams, E, Factor, Coefficient, W, Control);
}

public class RefreshStreamsBenchmarks : StreamSearchBenchmark
{
    protected override void Step() => Engine.RefreshStreams(Problem, Streams, X, E, Control);
}

public class StreamDirectionBenchmarks : StreamSearchBenchmark
{
    /// <summary>The step writes its direction over the update.</summary>
    [IterationSetup]
    public void Restore()
    {
        Engine.UpdateStreams(Problem, Streams, -1, Factor, Coefficient, Update, UpdateImage, Multiplier, Control);
        Wait();
    }

    protected override void Step() => Engine.StreamDirection(Problem, Streams, X, E, W, Multiplier, Update, UpdateImage, Gradient, Eta, D, DImage, Kind, Control);
}

/// <summary>Along the update's direction, as in the first iterations.</summary>
public class StreamSearchBenchmarks : StreamSearchBenchmark
{
    /// <summary>A search moves the point; the next would be another one.</summary>
    [IterationSetup]
    public void Restore()
    {
        Engine.LocalEigenZeroForcing(Problem, Streams, X, Control);
        Engine.ScaleStreamsToBudget(Problem, Streams, X, E, Control);
        FindDirection();
        Set(Control.SearchState, (int)LineSearchState.Searching);
        Set(Control.StepSize, 1.0);
        Wait();
    }

    protected override void Step() => Engine.StreamSearch(Problem, Streams, bothUntil: 8, Update, UpdateImage, Kind, D, DImage, X, E, Control);
}
