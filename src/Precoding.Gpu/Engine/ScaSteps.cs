using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Successive convex approximation. [noncoherent.md §8]</content>
internal sealed partial class GpuEngine
{
    /// <summary>What a trial may lack of its promised ascent, relative to f.</summary>
    private double AscentRounding => Precision == Precision.Single ? 5e-7 : 1e-14;

    public void MinorantTangent(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control) => Launch(
        "minorantTangent", new Groups(1, 1, control.RealizationCount), problem.L, problem.K, streams.S, Numbers(streams).First, Constants(problem).Weight, Constants(problem).Budget,
        streams.AccessPoint, problem.Gram, x, e, state.Y, state.EY, state.Slope, state.Curvature, state.InverseCurvature, state.Value, state.ValueAtY, state.StartValue, state.Bound,
        state.Momentum, state.PassCount, state.IsBest, TangentMemory(problem, streams, control), control.Objective, control.PowerExcess, state.Outcome, control.Status);

    public void MinorantGradient(StreamProblem problem, StreamTable streams, ScaState state, SolveControl control) => Launch(
        "minorantGradient", new Groups(1, 1, control.RealizationCount), problem.L, problem.K, streams.S, Numbers(streams).First, Numbers(streams).UserOf, Constants(problem).Weight,
        streams.AccessPoint, problem.Gram, state.EY, state.Slope, state.Curvature, state.W, state.GW, TangentMemory(problem, streams, control), control.Status);

    public void MinorantStep(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control)
    {
        (int L, int K, int S) = (problem.L, problem.K, streams.S);
        Launch(
            "minorantStep", new Groups(1, 1, control.RealizationCount), L, K, S, state.PassLimit, Math.Max(state.GapTolerance, 20 * Epsilon), state.GapShare, AscentRounding,
            Numbers(streams).First, Constants(problem).Weight, Constants(problem).Budget, streams.AccessPoint, x, e, state.Y, state.EY, state.W, state.GW, state.Slope, state.Curvature,
            state.InverseCurvature, state.Value, state.ValueAtY, state.StartValue, state.Bound, state.Gap, state.Stationarity, state.Momentum, state.PassCount, state.IsBest, state.Passes,
            state.Outcome, control.StepSize, Even("minorantTrials", (4 * S * K) + (4 * S) + K + (5 * L), control), control.Status);
    }

    public void AdvanceSubproblems(ScaState state, SolveControl control) => Launch(
        "advanceSubproblems", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, control.MaxIterations, control.Patience, control.Tolerance, control.Objective,
        control.PowerExcess, control.StepSize, control.PreviousObjective, control.Status, control.Iteration, control.CalmIterations, control.SearchState, control.Trace, state.Passes, state.PassesAt,
        state.Outcome);

    private GpuTensor TangentMemory(StreamProblem problem, StreamTable streams, SolveControl control) =>
        Even("minorantSums", (2 * streams.S * problem.K) + streams.S + (2 * problem.K) + problem.L, control);

    /// <summary>So many doubles for each realization, or one more: complex numbers lie at even places.</summary>
    private GpuTensor Even(string name, int count, SolveControl control) => Scratch(name, ElementKind.Control, control, count + (count % 2));
}
