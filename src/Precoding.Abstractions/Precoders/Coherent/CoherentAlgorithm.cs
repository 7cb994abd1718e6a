using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>A method for coherent joint transmission to single-antenna users.</summary>
internal abstract class CoherentAlgorithm : Algorithm
{
    protected CoherentAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
        : base(engine, control)
    {
        (Engine, Problem) = (engine, problem);
        Precoders = Create("precoders", ElementKind.Complex, problem.L, problem.K, problem.M);
        WarmStart = starts.Any(start => start is InitialPrecoder.WarmStart) ? Create("warmStart", ElementKind.Complex, problem.L, problem.K, problem.M) : null;
    }

    /// <summary>P_l by streams, [realization, accessPoint, stream, antenna].</summary>
    public override Tensor Precoders { get; }

    protected IEngine Engine { get; }

    protected CoherentProblem Problem { get; }

    /// <summary>Given precoders, [realization, accessPoint, stream, antenna]; null where no start is given any.</summary>
    public Tensor? WarmStart { get; }

    public sealed override void Load(SolveInput input, int first)
    {
        Problem.TakeWeights(input.Channels.Network);
        Engine.LoadChannels(input.Channels, first, Problem, Control);
        Prepare(input.Channels, first);
        if (WarmStart is not null && input.WarmStart is { } given)
        {
            Upload(given, first, WarmStart);
        }
    }

    public sealed override void Evaluate(Tensor rates, Tensor power)
    {
        Synthesize(Precoders);
        Engine.EvaluatePrecoders(Problem, Precoders, rates, power, Control);
    }

    public sealed override int VectorOf(int stream, int branch) => (branch * Problem.K) + stream;

    public override void Dispose()
    {
        base.Dispose();
        Problem.Dispose();
    }

    /// <summary>What depends on the channels only: Gram matrices, beam table, support.</summary>
    public virtual void Prepare(ChannelBatch channels, int first) => PrepareAgain();

    /// <summary>The same after antennas were weighted: all but the support.</summary>
    public abstract void PrepareAgain();


    /// <summary>P of the iterate to return, [realization, accessPoint, stream, antenna].</summary>
    public abstract void Synthesize(Tensor precoders);

    private void Upload(PrecoderBatch given, int first, Tensor destination)
    {
        int count = Control.RealizationCount, K = Problem.K, L = Problem.L, M = Problem.M;
        var values = new Complex[count * L * K * M];
        for (int r = 0; r < count; r++)
        {
            for (int l = 0; l < L; l++)
            {
                for (int k = 0; k < K; k++)
                {
                    given.CopyTo(first + r, k, l, values.AsSpan(((((r * L) + l) * K) + k) * M, M));
                }
            }
        }

        destination.Write(values);
    }
}
