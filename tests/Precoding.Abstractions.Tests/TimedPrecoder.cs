using Precoding.Engines;

namespace Precoding.Abstractions.Tests;

/// <summary>A clock that stands still until it is told.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Milliseconds.</summary>
    public double Now => now / (double)TimeSpan.TicksPerMillisecond;

    public override long GetTimestamp() => now;

    public void Advance(double milliseconds) => now += (long)(milliseconds * TimeSpan.TicksPerMillisecond);
}

/// <summary>What the steps of an algorithm take on a fake clock, milliseconds, and how often they were taken.</summary>
internal sealed class FakeCosts
{
    public double Setup { get; init; }

    public double Load { get; init; } = 10;

    public double Start { get; init; } = 5;

    public double StartIteration { get; init; } = 3;

    /// <summary>Of the call with that number, from 0.</summary>
    public Func<int, double> Call { get; init; } = _ => 7;

    /// <summary>Of the evaluation with that number, from 0.</summary>
    public Func<int, double> Finish { get; init; } = _ => 4;

    /// <summary>Calls return at once and are waited for at a look.</summary>
    public bool IsQueue { get; init; }

    /// <summary>Queued and not waited for, milliseconds.</summary>
    public double Queued { get; set; }

    /// <summary>Calls after which nothing is left to do.</summary>
    public int CallLimit { get; init; } = int.MaxValue;

    public int Calls { get; set; }

    public int Evaluations { get; set; }
}

/// <summary>A precoder that computes what another does, on a fake clock.</summary>
internal sealed class TimedPrecoder(Precoder inner, FakeClock clock, FakeCosts costs) : Precoder(inner.Options)
{
    public override string Name => inner.Name;

    internal override bool NeedsPlan => inner.NeedsPlan;

    public BatchSolver CreateSolver(ChannelBatch channels, IDevice device) => new(this, channels.Network, channels.Shape, new TimedDevice(device, clock, costs), clock);

    internal override StreamPlan? Plan(ChannelBatch channels) => inner.Plan(channels);

    internal override Algorithm CreateAlgorithm(IEngine engine, SolveControl control, Network network, ChannelShape shape, StreamPlan? plan) =>
        new Timed(inner.CreateAlgorithm(engine, control, network, shape, plan), engine, control, clock, costs);

    internal override PrecoderBatch CreatePrecoders(ChannelShape shape, Precision precision, StreamPlan? plan) => inner.CreatePrecoders(shape, precision, plan);

    internal override BeamPrecoderBatch? CreateBeams(ChannelShape shape) => inner.CreateBeams(shape);

    internal override int PieceSize(IEngine engine, int asked, int available) => inner.PieceSize(engine, asked, available);

    internal override Precision PrecisionFor(ChannelShape shape, Precision asked) => inner.PrecisionFor(shape, asked);

    internal override int IterationLimit(ChannelShape shape, bool limitsAntennas) => inner.IterationLimit(shape, limitsAntennas);

    internal override long ComplexNumbersPerRealization(ChannelShape shape) => inner.ComplexNumbersPerRealization(shape);

    private protected override void RequireSupported(Network network, ChannelShape shape)
    {
    }

    private sealed class TimedDevice(IDevice inner, FakeClock clock, FakeCosts costs) : IDevice
    {
        public DeviceInfo Info => inner.Info;

        public Precision Precision => inner.Precision;

        public IEngine CreateEngine(Precision? precision = null) => inner.CreateEngine(precision);

        public IReadOnlyList<IEngine> CreateEngines(ChannelShape shape, long bytesPerRealization, Precision? precision = null)
        {
            clock.Advance(costs.Setup);
            return inner.CreateEngines(shape, bytesPerRealization, precision);
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class Timed(Algorithm inner, IEngine engine, SolveControl control, FakeClock clock, FakeCosts costs) : Algorithm(engine, control)
    {
        public override bool Iterates => inner.Iterates;

        public override double InitialStepSize => inner.InitialStepSize;

        public override Tensor Precoders => inner.Precoders;

        public override int CallLimit => Math.Min(inner.CallLimit, costs.CallLimit);

        public override (BeamSupport Support, Tensor U)? Beams => inner.Beams;

        public override void Load(SolveInput input, int first)
        {
            clock.Advance(costs.Load);
            inner.Load(input, first);
        }

        public override void Begin(StartContext context)
        {
            clock.Advance(costs.Start);
            inner.Begin(context with
            {
                MayIterate = () =>
                {
                    bool may = context.MayIterate();
                    clock.Advance(may ? costs.StartIteration : 0);
                    return may;
                },
            });
        }

        public override void Iterate()
        {
            double cost = costs.Call(costs.Calls++);
            if (costs.IsQueue)
            {
                costs.Queued += cost;
            }
            else
            {
                clock.Advance(cost);
            }

            inner.Iterate();
        }

        public override int IterationsAfter(int calls) => inner.IterationsAfter(calls);

        public override Diagnostics? Diagnose() => inner.Diagnose();

        public override void Evaluate(Tensor rates, Tensor power)
        {
            clock.Advance(costs.Finish(costs.Evaluations++));
            inner.Evaluate(rates, power);
        }

        public override void Resume() => inner.Resume();

        public override int VectorOf(int stream, int branch) => inner.VectorOf(stream, branch);

        public override void CopyAccessPoints(int realization, PrecoderBatch destination, int destinationRealization) =>
            inner.CopyAccessPoints(realization, destination, destinationRealization);

        public override void Dispose()
        {
            inner.Dispose();
            base.Dispose();
        }
    }
}
