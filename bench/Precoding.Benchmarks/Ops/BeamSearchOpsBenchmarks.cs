using BenchmarkDotNet.Attributes;
using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step of bsp-cg at its first point and direction.</summary>
public abstract class BeamSearchBenchmark : BeamStepBenchmark
{
    private protected BeamPoint Point { get; private set; }

    private protected BeamDirection Direction { get; private set; }

    protected Tensor Curvature { get; private set; } = null!;

    protected Tensor Multiplier { get; private set; } = null!;

    protected Tensor Eta { get; private set; } = null!;

    protected Tensor MovedPower { get; private set; } = null!;

    protected override void Prepare()
    {
        base.Prepare();
        int K = Problem.K, L = Problem.L, slots = Support.SlotCapacity;
        Point = new BeamPoint(U, Complex(L, K, K), ConstraintGradient);
        Direction = new BeamDirection(Complex(slots), Complex(L, K, K), Complex(slots), Complex(slots), Complex(L, K, K), Complex(slots));
        (Curvature, Multiplier, Eta, MovedPower) = (Complex(slots), Reals(L), Reals(1), Reals(L, 3));
        Engine.BeamImages(Problem, Support, U, Point.S, ConstraintGradient, Control);
        Engine.BeamCurvature(Problem, Table, Support, ST, CurvatureKind.Positive, Curvature, Control);
        Engine.PreconditionBeams(Problem, Support, U, Force, ConstraintGradient, Curvature, Multiplier, Direction.Y, Control);
        Engine.BeamImages(Problem, Support, Direction.Y, Direction.YImage, Direction.YNormal, Control);
        Engine.BeamConjugateDirection(Problem, Support, Point, Force, Force, Multiplier, Multiplier, Eta, Direction, MovedPower, Control);
    }
}

public class BeamImagesBenchmarks : BeamSearchBenchmark
{
    protected override void Step() => Engine.BeamImages(Problem, Support, U, Point.S, ConstraintGradient, Control);
}

public class StreamCouplingsBenchmarks : BeamSearchBenchmark
{
    protected override void Step() => Engine.StreamCouplings(Problem, Point.S, ST, Control);
}

public class PreconditionBeamsBenchmarks : BeamSearchBenchmark
{
    protected override void Step() => Engine.PreconditionBeams(Problem, Support, U, Force, ConstraintGradient, Curvature, Multiplier, Direction.Y, Control);
}

public class BeamConjugateDirectionBenchmarks : BeamSearchBenchmark
{
    protected override void Step() =>
        Engine.BeamConjugateDirection(Problem, Support, Point, Force, Force, Multiplier, Multiplier, Eta, Direction, MovedPower, Control);
}

public class BeamSteepestDirectionBenchmarks : BeamSearchBenchmark
{
    protected override void Step()
    {
        Set(Control.SearchState, (int)LineSearchState.Retry);
        Engine.BeamSteepestDirection(Problem, Support, Point, Direction, MovedPower, Control);
    }
}

/// <summary>The first search of a solve, from maximum ratio along the preconditioned gradient.</summary>
public class BeamLineSearchBenchmarks : BeamSearchBenchmark
{
    protected override double InitialStepSize => 1;

    /// <summary>A search moves the point; the next would be another one.</summary>
    [IterationSetup]
    public void Restore()
    {
        Engine.MatchedBeams(Problem, Table, Support, U, Control);
        Engine.ScaleBeamsToBudget(Problem, Support, U, ConstraintGradient, Power, Control);
        Engine.BeamImages(Problem, Support, U, Point.S, ConstraintGradient, Control);
        Set(Control.SearchState, (int)LineSearchState.Searching);
        Set(Control.StepSize, InitialStepSize);
    }

    protected override void Step() => Engine.BeamLineSearch(Problem, Support, Direction, MovedPower, Point, Control);
}
