using Precoding.Engines;

namespace Precoding;

/// <summary>
/// WMMSE for coherent joint transmission to users with several antennas: all access points serving a user send the same streams; the access points take
/// their turns. [noncoherent.md §7]
/// </summary>
public sealed class CoherentStreamWmmse(CoherentStreamWmmseOptions? options = null) : StreamPrecoder(options ?? new CoherentStreamWmmseOptions())
{
    public override string Name => "cjt-wmmse";

    internal override Exchange Exchange => Exchange.Coordinates;

    private protected override long BranchesAtMost(ChannelShape shape) => shape.AccessPointCount;

    /// <summary>Besides, the non-coherent start: vectors of its branches, and factors.</summary>
    internal override long ComplexNumbersPerRealization(ChannelShape shape) =>
        base.ComplexNumbersPerRealization(shape) + (2L * StreamsAtMost(shape) * (shape.UserCount + 1) * shape.UserAntennaCount);

    internal override StreamPlan Plan(ChannelBatch channels)
    {
        StreamLayout separate = base.Plan(channels).Streams;
        return new StreamPlan(StreamPlan.Joint(channels.Shape, separate, channels.Serving), separate);
    }

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new Algorithm(context, plan);

    private sealed class Algorithm : ReducedWmmseAlgorithm
    {
        private readonly StreamTable separate;
        private readonly StreamSweep sweep;
        private readonly Tensor x, e;

        public Algorithm(StreamContext context, StreamPlan plan)
            : base(context, plan.Streams)
        {
            separate = new StreamTable(Engine, Problem, plan.Others!.StreamsOfUser, 1);
            sweep = new StreamSweep(context, separate);
            x = CreateOfBranches("separateX", separate, Problem.Rows);
            e = CreateOfBranches("separateE", separate, Problem.Rows);
        }

        public override void Load(SolveInput input, int first)
        {
            base.Load(input, first);
            Write(input.Plan!.Others!, separate);
        }

        public override void Begin(StartContext context)
        {
            if (context.Start is not (InitialPrecoder.LocalEigenZeroForcing or InitialPrecoder.NonCoherent))
            {
                base.Begin(context);
                return;
            }

            Engine.LocalEigenZeroForcing(Problem, separate, x, Control);
            Engine.ScaleStreamsToBudget(Problem, separate, x, e, Control);
            if (context.Start is InitialPrecoder.NonCoherent(int iterationCount))
            {
                sweep.Begin(e);
                for (int iteration = 0; iteration < iterationCount && context.MayIterate(); iteration++)
                {
                    sweep.Iterate(x, e);
                }
            }

            Engine.EmbedStreams(Problem, separate, x, Streams, X, Control);
            Engine.EmbedStreams(Problem, separate, e, Streams, E, Control); // an access point that holds back keeps doing so: the start is the non-coherent point
            BeginSweeps();
        }

        public override void Dispose()
        {
            sweep.Dispose();
            separate.Dispose();
            base.Dispose();
        }
    }
}
