using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>The dual uplink and its bound. [coherent.md §9]</content>
internal sealed partial class GpuEngine
{
    public void UplinkCapacity(CoherentProblem problem, UplinkState uplink, SolveControl control)
    {
        (int L, int K, int count) = (problem.L, problem.K, control.RealizationCount);
        GpuTensor gram = Scratch("uplinkGram", ElementKind.Complex, control, K, K), inverse = Scratch("rightHandSides", ElementKind.Complex, control, K, K);
        GpuTensor reciprocals = Scratch("uplinkReciprocals", ElementKind.Control, control, K), sizes = Scratch("uplinkSizes", ElementKind.Control, control, K);
        GpuTensor rows = Scratch("uplinkRows", ElementKind.Control, control, L, K), weights = Constants(problem).Weight;
        SystemMemory systems = Systems(K, control);
        OpenRunning(systems, control);
        Launch("uplinkSystem", new Groups(K, 1, count), L, K, problem.Gram, uplink.Noise, uplink.Power, gram, systems.Matrix, systems.Open);
        Factor(systems, control);
        Launch("identity", new Groups(K, 1, count), K, inverse, control.Status);
        Launch(
            "choleskyWeighted", new Groups((K + Shapes.Block - 1) / Shapes.Block, 1, count), K, K, systems.Matrix, systems.Inverses, weights, inverse, reciprocals, systems.Open);
        Launch("uplinkMarginals", new Groups(K, 1, count), K, uplink.SmallestWeight, weights, uplink.Power, gram, inverse, uplink.Marginal, uplink.MarginalSize, sizes, control.Status);
        Launch("uplinkGains", new Groups(K, L, count), L, K, uplink.Power, problem.Gram, inverse, rows, control.Status);
        Launch(
            "uplinkTotals", new Groups(1, 1, count), L, K, weights, reciprocals, sizes, rows, uplink.Capacity, uplink.CapacitySize, uplink.GainMarginal, control.Status);
    }

    public void AdvanceUplink(CoherentProblem problem, UplinkState uplink, SolveControl control) => Launch(
        "advanceUplink", new Groups(1, 1, control.RealizationCount), problem.L, problem.K, uplink.Rounding, Constants(problem).Budget, uplink.Capacity, uplink.CapacitySize,
        uplink.Marginal, uplink.MarginalSize, uplink.GainMarginal, uplink.Noise, uplink.Power, uplink.Bound, control.Objective, control.Status);
}
