using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>Precoders of maximum ratio under limits of half the budget over the antennas.</summary>
public abstract class AntennaStepBenchmark : ReducedStepBenchmark
{
    protected Tensor Gain { get; private set; } = null!;

    protected Tensor Factor { get; private set; } = null!;

    protected Tensor AntennaPower { get; private set; } = null!;

    protected Tensor Scaled { get; private set; } = null!;

    protected CoherentProblem Limited { get; private set; } = null!;

    protected override void Prepare()
    {
        base.Prepare();
        ChannelShape shape = Channels.Shape;
        int R = shape.RealizationCount, L = shape.AccessPointCount, M = shape.AntennaCount;
        Limited = Own(new CoherentProblem(Engine, Channels.Network.WithAntennaPowerLimit(0.5), shape, R));
        Gain = Own(Engine.Create("gain", ElementKind.Control, R, L, M));
        Factor = Own(Engine.Create("factor", ElementKind.Control, R, L, M));
        AntennaPower = Own(Engine.Create("antennaPower", ElementKind.Control, R, L, M));
        Scaled = Own(Engine.Create("scaled", ElementKind.Complex, R, L, shape.UserCount, M));
        Gain.Write([.. Enumerable.Repeat(1.0, R * L * M)]);
        Engine.SynthesizePrecoders(Problem, X, Precoders, Control);
        Engine.AntennaPowers(Limited, Precoders, AntennaPower, Control);
    }
}

public class AntennaPowersBenchmarks : AntennaStepBenchmark
{
    protected override void Step() => Engine.AntennaPowers(Limited, Precoders, AntennaPower, Control);
}

public class LimitAntennasBenchmarks : AntennaStepBenchmark
{
    protected override void Step() => Engine.LimitAntennas(Limited, AntennaPower, Gain, Factor, Control);
}

public class ScaleAntennasBenchmarks : AntennaStepBenchmark
{
    protected override void Step() => Engine.ScaleAntennas(Limited, Gain, Precoders, Scaled, Control);
}

public class TakeRatesBenchmarks : AntennaStepBenchmark
{
    protected override void Prepare()
    {
        base.Prepare();
        Engine.EvaluatePrecoders(Problem, Precoders, Rates, Power, Control);
    }

    protected override void Step() => Engine.TakeRates(Problem, Rates, Power, Control.PreviousObjective, Control);
}
