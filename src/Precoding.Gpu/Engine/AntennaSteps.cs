using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Power limits of single antennas.</content>
internal sealed partial class GpuEngine
{
    private const double LeastAntennaWeight = 1e-3;

    public void AntennaPowers(CoherentProblem problem, Tensor precoders, Tensor antennaPower, SolveControl control) =>
        Launch(
            "antennaPowers", new Groups(GroupsFor(problem.M), problem.L, control.RealizationCount), problem.L, problem.K, problem.M, precoders, antennaPower, control.Status);

    public void LimitAntennas(CoherentProblem problem, Tensor antennaPower, Tensor gain, Tensor factor, SolveControl control) =>
        Launch(
            "limitAntennas", new Groups(problem.L, 1, control.RealizationCount), problem.L, problem.M, LeastAntennaWeight, antennaPower, Constants(problem).AntennaLimit!,
            Constants(problem).Budget, gain, factor, control.Status);

    public void ScaleAntennas(CoherentProblem problem, Tensor factor, Tensor vectors, Tensor scaled, SolveControl control) =>
        Launch(
            "scaleAntennas", new Groups(GroupsFor(problem.K * problem.M), problem.L, control.RealizationCount), problem.L, problem.K, problem.M, factor, vectors, scaled,
            control.Status);

    public void TakeRates(CoherentProblem problem, Tensor rates, Tensor power, Tensor designed, SolveControl control) =>
        Launch(
            "takeRates", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, problem.L, problem.K, rates, power, designed, Constants(problem).Weight,
            Constants(problem).Budget, control.Objective, control.PowerExcess, control.Status);
}
