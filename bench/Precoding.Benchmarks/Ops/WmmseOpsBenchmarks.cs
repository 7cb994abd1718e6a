using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step of the coherent WMMSE.</summary>
public abstract class WmmseStepBenchmark : ReducedStepBenchmark
{
    protected Tensor Receiver { get; private set; } = null!;

    protected Tensor Weight { get; private set; } = null!;

    protected Tensor PowerMultiplier { get; private set; } = null!;

    protected override void Prepare()
    {
        base.Prepare();
        (Receiver, Weight, PowerMultiplier) = (Complex(Problem.K), Reals(Problem.K), Reals(Problem.L));
        Engine.Receivers(Problem, S, Receiver, Weight, Control);
    }
}

public class ReceiversBenchmarks : WmmseStepBenchmark
{
    protected override void Step() => Engine.Receivers(Problem, S, Receiver, Weight, Control);
}

/// <summary>The first access point's block, multiplier warm from the call before.</summary>
public class UpdateBlockBenchmarks : WmmseStepBenchmark
{
    protected override void Step() => Engine.UpdateBlock(Problem, 0, Receiver, Weight, X, S, PowerMultiplier, Control);
}

public class SumRateBenchmarks : WmmseStepBenchmark
{
    protected override void Step() => Engine.SumRate(Problem, S, Control);
}
