using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Responses of arrays to rays. [BSP (1), (2)]</content>
internal sealed partial class GpuEngine
{
    /// <summary>Antennas of a thread: ARRAY_ROWS of the kernel.</summary>
    private const int AntennasPerThread = 4;

    public void ArrayResponses(Tensor rays, Tensor responses, SolveControl control)
    {
        int links = rays.Shape[1], M = responses.Shape[2], antennas = AntennasPerThread * Shapes.Group;
        Launch("arrayResponses", new Groups(links, (M + antennas - 1) / antennas, control.RealizationCount), links, rays.Shape[2], M, rays, responses);
    }
}
