using Precoding.Engines;

namespace Precoding.Gpu.Engine;

internal sealed partial class GpuEngine
{
    public void CoordinatesOfPrecoders(CoherentProblem problem, Tensor precoders, Tensor x, SolveControl control) => throw new NotImplementedException();
    public void Receivers(CoherentProblem problem, Tensor s, Tensor receiver, Tensor weight, SolveControl control) => throw new NotImplementedException();
    public void UpdateBlock(CoherentProblem problem, int accessPoint, Tensor receiver, Tensor weight, Tensor x, Tensor s, Tensor powerMultiplier, SolveControl control) => throw new NotImplementedException();
}
