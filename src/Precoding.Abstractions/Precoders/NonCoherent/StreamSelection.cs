using Precoding.Engines;

namespace Precoding;

/// <summary>Where the candidate streams of <see cref="StreamSelection"/> come from.</summary>
public enum StreamCandidates
{
    /// <summary>The access points serving the user: stream allocation, LSA.</summary>
    ServingAccessPoints,

    /// <summary>All access points; those that keep a stream serve the user: user scheduling, LUS.</summary>
    AllAccessPoints,
}

/// <summary>
/// RWMMSE after a choice of streams: all candidates from matched beams for a few iterations, each user keeps the Dmax_k that lower its weighted errors most,
/// then RWMMSE anew from the Local EZF of those. [NCJT Alg. 4, Remark 8; noncoherent.md §6.4]
/// </summary>
public sealed class StreamSelection(StreamCandidates candidates, StreamSelectionOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => candidates == StreamCandidates.ServingAccessPoints ? "ncjt-lsa" : "ncjt-lus";

    internal override Exchange Exchange => Exchange.Coordinates;

    private protected override int VectorsOfBranches => 8; // candidates have their own

    private protected override long StreamsAtMost(ChannelShape shape) =>
        (long)shape.AccessPointCount * shape.UserCount * Math.Min(StreamOptions.MaxStreams ?? shape.UserAntennaCount, Math.Min(shape.UserAntennaCount, shape.AntennaCount));

    internal override StreamPlan Plan(ChannelBatch channels)
    {
        ChannelShape shape = channels.Shape;
        int directions = Math.Min(shape.UserAntennaCount, shape.AntennaCount);
        StreamLayout all = StreamPlan.Separate(shape, (r, l, k) =>
            candidates == StreamCandidates.AllAccessPoints || channels.Serving[r, l, k] ? Math.Min(MaxStreamsOf(channels, k), directions) : 0);
        int[] room = [.. Enumerable.Range(0, shape.UserCount).Select(k => Math.Min(all.StreamsOfUser[k], Math.Min(MaxStreamsOf(channels, k), shape.UserAntennaCount)))];
        return new StreamPlan(new StreamLayout(room, 1, StreamPlan.NoAccessPoints(shape.RealizationCount, room.Sum())), all);
    }

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new Algorithm(context, plan, (StreamSelectionOptions)Options);

    private sealed class Algorithm : ReducedWmmseAlgorithm
    {
        private readonly StreamSelectionOptions options;
        private readonly StreamTable candidates;
        private readonly StreamSweep sweep;
        private readonly Tensor x, e, scores;
        private int[] accessPoints = [];

        public Algorithm(StreamContext context, StreamPlan plan, StreamSelectionOptions options)
            : base(context, plan.Streams)
        {
            this.options = options;
            candidates = new StreamTable(Engine, Problem, plan.Others!.StreamsOfUser, 1);
            sweep = new StreamSweep(context, candidates);
            x = CreateOfBranches("candidateX", candidates, Problem.Rows);
            e = CreateOfBranches("candidateE", candidates, Problem.Rows);
            scores = Create("scores", ElementKind.Control, Math.Max(1, candidates.S));
        }

        public override void Load(SolveInput input, int first)
        {
            base.Load(input, first);
            Write(input.Plan!.Others!, candidates);
        }

        public override void Begin(StartContext context)
        {
            Engine.MatchedStreams(Problem, candidates, unit: false, x, Control);
            Engine.ScaleStreamsToBudget(Problem, candidates, x, e, Control);
            sweep.Begin(e);
            for (int iteration = 1; iteration < options.SelectionIterations && context.MayIterate(); iteration++)
            {
                sweep.Iterate(x, e);
            }

            Engine.UpdateStreams(Problem, candidates, -1, sweep.Factor, sweep.Coefficient, x, e, sweep.Multiplier, Control); // the last, whose factors the scores need
            Engine.StreamScores(Problem, candidates, sweep.Factor, sweep.Coefficient, e, scores, Control);                   // step 3
            Engine.SelectStreams(Problem, candidates, scores, Streams, Control);                                             // step 4
            accessPoints = new int[Control.RealizationCount * Streams.S];
            Streams.AccessPoint.Read(accessPoints);
            base.Begin(context);
        }

        public override void CopyAccessPoints(int realization, PrecoderBatch destination, int destinationRealization) =>
            destination.SetAccessPoints(destinationRealization, accessPoints.AsSpan(realization * Streams.S, Streams.S));

        public override void Dispose()
        {
            sweep.Dispose();
            candidates.Dispose();
            base.Dispose();
        }
    }
}
