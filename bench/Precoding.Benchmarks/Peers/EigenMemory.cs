using System.Numerics;
using System.Runtime.InteropServices;

namespace Precoding.Benchmarks.Peers;

/// <summary>Working memory of heevd for matrices of order n, of the sizes it asks for.</summary>
internal sealed unsafe class EigenMemory<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public EigenMemory(int n)
    {
        T* complexSize = stackalloc T[2];
        T realSize;
        int integerSize;
        Complexes = complexSize;
        Reals = &realSize;
        Integers = &integerSize;
        (ComplexCount, RealCount, IntegerCount) = (-1, -1, -1); // asks for sizes
        OpenBlas.DecomposeHermitian(n, null, null, this);
        (ComplexCount, RealCount, IntegerCount) = (int.CreateChecked(*complexSize), int.CreateChecked(realSize), integerSize);
        Complexes = (T*)NativeMemory.AlignedAlloc((nuint)ComplexCount * 2 * (nuint)sizeof(T), 64);
        Reals = (T*)NativeMemory.AlignedAlloc((nuint)RealCount * (nuint)sizeof(T), 64);
        Integers = (int*)NativeMemory.AlignedAlloc((nuint)IntegerCount * sizeof(int), 64);
    }

    public T* Complexes { get; private set; }

    public int ComplexCount { get; }

    public T* Reals { get; private set; }

    public int RealCount { get; }

    public int* Integers { get; private set; }

    public int IntegerCount { get; }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Complexes);
        NativeMemory.AlignedFree(Reals);
        NativeMemory.AlignedFree(Integers);
        Complexes = Reals = null;
        Integers = null;
    }
}
