using Precoding.Engines;

namespace Precoding.Gpu.Engine;

internal sealed partial class GpuEngine
{
    public void BeamTable(CoherentProblem problem, BeamSupport support, Tensor table, SolveControl control) => throw new NotImplementedException();
    public void PursuitSupport(CoherentProblem problem, double residual, BeamSupport support, SolveControl control) => throw new NotImplementedException();
    public void MatchedBeams(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, SolveControl control) => throw new NotImplementedException();
    public void ProjectedBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control) => throw new NotImplementedException();
    public void LeastSquaresBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control) => throw new NotImplementedException();
    public void ScaleBeamsToBudget(CoherentProblem problem, BeamSupport support, Tensor u, Tensor constraintGradient, Tensor power, SolveControl control) => throw new NotImplementedException();
    public void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control) => throw new NotImplementedException();
    public void StreamRateWeights(CoherentProblem problem, Tensor sT, Tensor wT, SolveControl control) => throw new NotImplementedException();
    public void Gradient(CoherentProblem problem, Tensor table, BeamSupport support, Tensor wT, EvaluationOrder order, Tensor gradient, SolveControl control) => throw new NotImplementedException();
    public void PrintedMultipliers(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor momentum, Tensor power, Tensor lambda, SolveControl control) => throw new NotImplementedException();
    public void BeamDampThenKick(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor lambda, double damping, Tensor momentum, SolveControl control) => throw new NotImplementedException();
    public void DriftOntoPowerEllipsoid(CoherentProblem problem, BeamSupport support, bool exact, Tensor u, Tensor momentum, Tensor constraintGradient, Tensor power, SolveControl control) => throw new NotImplementedException();
    public void BeamForceChange(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor previousGradient, SolveControl control) => throw new NotImplementedException();
    public void BeamKickThenDamp(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor power, double damping, bool printedMultiplier, Tensor momentum, SolveControl control) => throw new NotImplementedException();
    public void PrecodersOfBeams(CoherentProblem problem, BeamSupport support, Tensor u, Tensor precoders, SolveControl control) => throw new NotImplementedException();
}
