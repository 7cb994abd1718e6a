using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Local eigen-zero-forcing: every access point separates the strongest directions of the users it serves, knowing nothing of the others. [NCJT Alg. 3]
/// </summary>
public sealed class LocalEigenZeroForcing(LocalEigenZeroForcingOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "local-ezf";

    internal override Exchange Exchange => Exchange.Nothing;

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new Algorithm(context, plan);

    private sealed class Algorithm : StreamAlgorithm
    {
        private readonly StreamSweep sweep;

        public Algorithm(StreamContext context, StreamPlan plan)
            : base(context, plan.Streams) => sweep = new StreamSweep(context, Streams);

        public override bool Iterates => false;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            sweep.Begin(E);
        }

        public override void Iterate() => throw new InvalidOperationException("A closed form does not iterate.");

        public override void Dispose()
        {
            sweep.Dispose();
            base.Dispose();
        }
    }
}
