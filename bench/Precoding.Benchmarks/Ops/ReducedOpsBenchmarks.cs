using BenchmarkDotNet.Attributes;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

public class MatchedCoordinatesBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.MatchedCoordinates(Problem, X, S, Control);
}

public class RegularizedCoordinatesBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.RegularizedCoordinates(Problem, X, S, Control);
}

public class ScaleCoordinatesToBudgetBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops;

    protected override void Step() => Engine.ScaleCoordinatesToBudget(Problem, X, S, Control);
}

public class CoordinatesOfPrecodersBenchmarks : ReducedStepBenchmark
{
    protected override void Prepare()
    {
        base.Prepare();
        Engine.SynthesizePrecoders(Problem, X, Precoders, Control);
    }

    protected override void Step() => Engine.CoordinatesOfPrecoders(Problem, Precoders, D, Control);
}

/// <summary>L products of K × K × K: the roofline of everything in K-space.</summary>
public class RefreshImagesBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops;

    protected override void Step() => Engine.RefreshImages(Problem, X, S, Control);
}

public class RateWeightsBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.RateWeights(Problem, S, W, SignalWeight, Control);
}

public class DampThenKickBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.DampThenKick(Problem, W, Damping, Momentum, Control);
}

public class DriftOntoPowerSphereBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops;

    protected override void Step() => Engine.DriftOntoPowerSphere(Problem, X, S, Momentum, Power, Control);
}

public class ForceChangeBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops / Extents.L;

    protected override void Step() => Engine.ForceChange(Problem, W, PreviousW, Control);
}

public class KickThenDampBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.KickThenDamp(Problem, X, S, W, Power, Damping, Momentum, Control);
}

public class TangentMultipliersBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.TangentMultipliers(Problem, S, W, Multiplier, Regularizer, Control);
}

/// <summary>With 1 and 0 the regulariser stays what it is, call after call.</summary>
public class BlendRegularizerBenchmarks : ReducedStepBenchmark
{
    protected override void Step() => Engine.BlendRegularizer(Problem, SignalWeight, scale: 1, exponent: 0, Regularizer, Control);
}

public class ProjectedMomentumStepBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops;

    protected override void Step() => Engine.ProjectedMomentumStep(Problem, Q, stepSize: 1, retention: 0.6, Momentum, X, S, Control);
}

/// <summary>One Cholesky factorization (a sixth of a product) and two substitutions (half a product each) of order K.</summary>
public class PreconditionGradientBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops / Extents.L * (1 + (1.0 / 6));

    protected override void Step() => Engine.PreconditionGradient(Problem, S, W, SignalWeight, Multiplier, Regularizer, Q, Control);
}

public class PreconditionedGradientBenchmarks : ReducedStepBenchmark
{
    public override double? FlopsPerCall => ProductFlops;

    protected override void Step() => Engine.PreconditionedGradient(Problem, S, Q, QImage, Tangent, Control);
}

public class ConjugateDirectionBenchmarks : ReducedStepBenchmark
{
    protected override void Step()
    {
        Set(Control.Iteration, 1); // 0 would only take −y
        Engine.ConjugateDirection(Problem, X, S, W, PreviousW, Q, QImage, Tangent, Multiplier, Multiplier, Eta, D, DImage, MovedPower, Control);
    }
}

public class SteepestDirectionBenchmarks : ReducedStepBenchmark
{
    protected override void Step()
    {
        Set(Control.SearchState, (int)LineSearchState.Retry);
        Engine.SteepestDirection(Problem, X, S, Q, QImage, Tangent, D, DImage, MovedPower, Control);
    }
}

/// <summary>The first search of a solve, from maximum ratio along the preconditioned gradient.</summary>
public class LineSearchBenchmarks : ReducedStepBenchmark
{
    protected override double InitialStepSize => 1;

    /// <summary>A search moves the point; the next would be another one.</summary>
    [IterationSetup]
    public void Restore()
    {
        Engine.MatchedCoordinates(Problem, X, S, Control);
        Set(Control.SearchState, (int)LineSearchState.Searching);
        Set(Control.StepSize, InitialStepSize);
    }

    protected override void Step() => Engine.LineSearch(Problem, D, DImage, MovedPower, X, S, Control);
}
