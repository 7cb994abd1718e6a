namespace Precoding.Benchmarks.Ops;

public class LoadChannelsBenchmarks : StepBenchmark
{
    protected override void Step() => Engine.LoadChannels(Channels, 0, Problem, Control);
}

public class SynthesizePrecodersBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => 8 * Extents.R * Extents.L * Extents.K * Extents.K * Extents.M;

    protected override void Step() => Engine.SynthesizePrecoders(Problem, X, Precoders, Control);
}

public class EvaluatePrecodersBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => 8 * Extents.R * Extents.L * Extents.K * Extents.K * Extents.M;

    protected override void Prepare()
    {
        base.Prepare();
        Engine.SynthesizePrecoders(Problem, X, Precoders, Control);
    }

    protected override void Step() => Engine.EvaluatePrecoders(Problem, Precoders, Rates, Power, Control);
}

public class BeginControlBenchmarks : StepBenchmark
{
    protected override void Step() => Engine.BeginControl(InitialStepSize, Control);
}

public class ClearComplexBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.ClearComplex(Momentum, Control);
}

public class ClearWhereNotFiniteBenchmarks : ReducedStepBenchmark
{
    protected override void Step()
    {
        Set(Control.Objective, double.NaN);
        Engine.ClearWhereNotFinite(Momentum, Control);
    }
}

public class RecordStartBenchmarks : StepBenchmark
{
    protected override void Step() => Engine.RecordStart(Control);
}

public class AdvanceControlBenchmarks : StepBenchmark
{
    protected override void Step()
    {
        Set(Control.Iteration, 0); // the limit would settle every realization
        Engine.AdvanceControl(Control);
    }
}

public class AdaptStepSizeBenchmarks : ReducedStepBenchmark
{
    protected override void Step()
    {
        Set(Control.StepSize, InitialStepSize); // its rule has no fixed point here
        Engine.AdaptStepSize(2, 0.1, Control);
    }
}

public class KeepBestBenchmarks : ReducedStepBenchmark
{
    protected override void Step()
    {
        Set(Control.BestObjective, double.NegativeInfinity);
        Engine.KeepBest(X, Best, Control);
    }
}
