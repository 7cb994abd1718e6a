using System.Numerics;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

internal static class CpuTesting
{
    public static Complex[] RandomComplex(int stream, int count)
    {
        var random = new CounterRandom(20261122, RandomPurpose.IndependentFading, stream);
        var values = new Complex[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.ComplexNormal((uint)i);
        }

        return values;
    }

    public static double ToleranceOf<T>(int reductionLength) => Tolerance.For(typeof(T) == typeof(float) ? Precision.Single : Precision.Double, reductionLength);
}
