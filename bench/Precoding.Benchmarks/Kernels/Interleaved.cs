using System.Numerics;
using System.Runtime.InteropServices;

namespace Precoding.Benchmarks.Kernels;

/// <summary>Complex numbers as BLAS keeps them: [re, im] pairs in native, aligned memory.</summary>
internal sealed unsafe class Interleaved<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Interleaved(int count)
    {
        Count = count;
        Data = (T*)NativeMemory.AlignedAlloc((nuint)count * 2 * (nuint)sizeof(T), 64);
        new Span<T>(Data, 2 * count).Clear();
    }

    ~Interleaved() => NativeMemory.AlignedFree(Data);

    public int Count { get; }

    public T* Data { get; private set; }

    public void Write(ReadOnlySpan<Complex> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            Data[2 * i] = T.CreateTruncating(values[i].Real);
            Data[(2 * i) + 1] = T.CreateTruncating(values[i].Imaginary);
        }
    }

    public Complex Read(int index) => new(double.CreateTruncating(Data[2 * index]), double.CreateTruncating(Data[(2 * index) + 1]));

    public void CopyTo(Interleaved<T> destination) => new Span<T>(Data, 2 * Count).CopyTo(new Span<T>(destination.Data, 2 * Count));

    public void Dispose()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
        GC.SuppressFinalize(this);
    }
}
