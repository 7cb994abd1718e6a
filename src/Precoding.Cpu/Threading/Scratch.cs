using System.Runtime.InteropServices;

namespace Precoding.Cpu.Threading;

/// <summary>Working memory of an engine: grows to the largest request and stays, so that iterations allocate nothing after the first.</summary>
internal sealed unsafe class Scratch(int workerCount) : IDisposable
{
    private Block shared, held, perWorker, partials, active;

    /// <summary>One block for the step in hand; the next request overwrites it.</summary>
    public T* Shared<T>(nint count)
        where T : unmanaged => (T*)shared.AtLeast(checked((nuint)count * (nuint)sizeof(T)));

    /// <summary>A second block, for steps that call a product while they hold memory of their own.</summary>
    public T* Held<T>(nint count)
        where T : unmanaged => (T*)held.AtLeast(checked((nuint)count * (nuint)sizeof(T)));

    /// <summary>Partial sums, one slot per part of a job.</summary>
    public double* Partials(nint count) => (double*)partials.AtLeast(checked((nuint)count * sizeof(double)));

    /// <summary>The numbers of the realizations that a step works on.</summary>
    public int* ActiveList(int capacity) => (int*)active.AtLeast((nuint)capacity * sizeof(int));

    /// <summary>A block for each worker, <paramref name="stride"/> elements apart.</summary>
    public T* PerWorker<T>(nint count, out nint stride)
        where T : unmanaged
    {
        stride = (count + 255) / 64 * 64; // apart by more than a cache line
        return (T*)perWorker.AtLeast(checked((nuint)(stride * workerCount) * (nuint)sizeof(T)));
    }

    public void Dispose()
    {
        shared.Free();
        held.Free();
        perWorker.Free();
        partials.Free();
        active.Free();
    }

    private struct Block
    {
        private void* memory;
        private nuint size;

        public void* AtLeast(nuint bytes)
        {
            if (bytes > size)
            {
                NativeMemory.AlignedFree(memory);
                memory = NativeMemory.AlignedAlloc(bytes, 64);
                size = bytes;
            }

            return memory;
        }

        public void Free()
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
        }
    }
}
