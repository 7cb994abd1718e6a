using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

public class BeamTableBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.BeamTable(Problem, Support, Table, Control);
}

public class PursuitSupportBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.PursuitSupport(Problem, PursuitResidual, Support, Control);
}

public class MatchedBeamsBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.MatchedBeams(Problem, Table, Support, U, Control);
}

public class UnitBeamsBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.UnitBeams(Problem, Support, U, Control);
}

public class ProjectedBeamsBenchmarks : BeamStepBenchmark
{
    protected override void Prepare()
    {
        base.Prepare();
        Engine.PrecodersOfBeams(Problem, Support, U, Precoders, Control);
    }

    protected override void Step() => Engine.ProjectedBeams(Problem, Precoders, Support, U, Control);
}

public class LeastSquaresBeamsBenchmarks : BeamStepBenchmark
{
    protected override void Prepare()
    {
        base.Prepare();
        Engine.PrecodersOfBeams(Problem, Support, U, Precoders, Control);
    }

    protected override void Step() => Engine.LeastSquaresBeams(Problem, Precoders, Support, U, Control);
}

public class ScaleBeamsToBudgetBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.ScaleBeamsToBudget(Problem, Support, U, ConstraintGradient, Power, Control);
}

/// <summary>Gathered; a complex multiplication and addition per slot and user.</summary>
public class CouplingsBenchmarks : BeamStepBenchmark
{
    public override double? FlopsPerCall => GatheredFlops;

    protected override void Step() => Engine.Couplings(Problem, Table, Support, U, EvaluationOrder.Gathered, ST, Control);
}

/// <summary>The step Couplings in its dense order: transforms, then a product.</summary>
public class DenseCouplingsBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.Couplings(Problem, Table, Support, U, EvaluationOrder.Dense, ST, Control);
}

public class StreamRateWeightsBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.StreamRateWeights(Problem, ST, WT, Control);
}

/// <summary>Gathered; a complex multiplication and addition per slot and user.</summary>
public class GradientBenchmarks : BeamStepBenchmark
{
    public override double? FlopsPerCall => GatheredFlops;

    protected override void Step() => Engine.Gradient(Problem, Table, Support, WT, EvaluationOrder.Gathered, Force, Control);
}

/// <summary>The step Gradient in its dense order: a product, then transforms.</summary>
public class DenseGradientBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.Gradient(Problem, Table, Support, WT, EvaluationOrder.Dense, Force, Control);
}

/// <summary>Two multiplications and additions per slot and user, after a square.</summary>
public class BeamCurvatureBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.BeamCurvature(Problem, Table, Support, ST, CurvatureKind.Hessian, Momentum, Control);
}

public class InverseMassBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.InverseMass(Problem, Support, 0.3, PreviousForce, Control);
}

public class ApplyInverseMassBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.ApplyInverseMass(Problem, Support, Force, U, Momentum, Control);
}

public class PrintedMultipliersBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.PrintedMultipliers(Problem, Support, Force, ConstraintGradient, ConstraintGradient, Momentum, Power, Lambda, Control);
}

public class BeamDampThenKickBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.BeamDampThenKick(Problem, Support, Force, ConstraintGradient, Lambda, Damping, Momentum, Control);
}

public class DriftOntoPowerEllipsoidBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.DriftOntoPowerEllipsoid(Problem, Support, exact: true, Momentum, ConstraintGradient, U, Momentum, ConstraintGradient, Power, Control);
}

public class BeamForceChangeBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.BeamForceChange(Problem, Support, Force, PreviousForce, Control);
}

public class BeamKickThenDampBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.BeamKickThenDamp(Problem, Support, Force, ConstraintGradient, ConstraintGradient, Power, Damping, printedMultiplier: false, Momentum, Control);
}

public class PrecodersOfBeamsBenchmarks : BeamStepBenchmark
{
    protected override void Step() => Engine.PrecodersOfBeams(Problem, Support, U, Precoders, Control);
}
