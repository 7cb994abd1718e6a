using System.Numerics;
using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Responses of arrays to rays.</content>
internal sealed partial class ReferenceEngine
{
    public void ArrayResponses(Tensor rays, Tensor responses, SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            for (int link = 0; link < rays.Shape[1]; link++)
            {
                for (int m = 0; m < responses.Shape[2]; m++)
                {
                    Complex sum = 0;
                    for (int p = 0; p < rays.Shape[2]; p++)
                    {
                        var c = new Complex(Real(rays, r, link, p, 0), Real(rays, r, link, p, 1));
                        double phase = Math.Atan2(Real(rays, r, link, p, 3), Real(rays, r, link, p, 2));
                        sum += c * Complex.FromPolarCoordinates(1, m * phase);
                    }

                    Element(responses, r, link, m) = sum;
                }
            }
        }
    }
}
