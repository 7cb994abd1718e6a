using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step of the bound on the sum rate, in double precision, as it is computed always.</summary>
public abstract class UplinkStepBenchmark : StepBenchmark
{
    protected override Precision Arithmetic => Precision.Double;

    protected UplinkState Uplink { get; private set; } = null!;

    protected override void Prepare()
    {
        Uplink = Own(new UplinkState(Engine, Problem));
        Uplink.Begin();
        Engine.UplinkCapacity(Problem, Uplink, Control);
    }
}

/// <summary>A factorization and both substitutions with K right-hand sides.</summary>
public class UplinkCapacityBenchmarks : UplinkStepBenchmark
{
    public override double? FlopsPerCall => 8 * Extents.R * Math.Pow(Extents.K, 3) * (1.0 / 6 + 1);

    protected override void Step() => Engine.UplinkCapacity(Problem, Uplink, Control);
}

public class AdvanceUplinkBenchmarks : UplinkStepBenchmark
{
    protected override void Step() => Engine.AdvanceUplink(Problem, Uplink, Control);
}
