using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>An array of numpy, row-major, as Python passes it: name, where it lies, its dtype as kind and size, its extents.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ForeignArray
{
    private const int LargestRank = 8;

    public byte* Name;
    public void* Data;
    public int Kind;
    public int Rank;
    public fixed long Extents[LargestRank];

    /// <summary>The array where it lies; Python keeps it alive until the job that reads it has ended.</summary>
    public readonly FileArray InPlace()
    {
        string name = Marshal.PtrToStringUTF8((nint)Name)!;
        var shape = new int[Rank];
        long length = 1;
        for (int i = 0; i < Rank; i++)
        {
            length = checked(length * Extents[i]);
            shape[i] = checked((int)Extents[i]);
        }

        if (length > int.MaxValue)
        {
            throw new ValidationException($"{name}: has {length} elements, at most {int.MaxValue} fit one call. Pass fewer realizations at a time.");
        }

        int count = (int)length;
        return Kind switch
        {
            ('c' << 8) | 8 => Of<ComplexF>(name, shape, Data, count),
            ('c' << 8) | 16 => Of<Complex>(name, shape, Data, count),
            ('f' << 8) | 2 => Of<Half>(name, shape, Data, count),
            ('f' << 8) | 4 => Of<float>(name, shape, Data, count),
            ('f' << 8) | 8 => Of<double>(name, shape, Data, count),
            ('i' << 8) | 1 => Of<sbyte>(name, shape, Data, count),
            ('i' << 8) | 2 => Of<short>(name, shape, Data, count),
            ('i' << 8) | 4 => Of<int>(name, shape, Data, count),
            ('i' << 8) | 8 => Of<long>(name, shape, Data, count),
            ('u' << 8) | 1 => Of<byte>(name, shape, Data, count),
            ('u' << 8) | 2 => Of<ushort>(name, shape, Data, count),
            ('u' << 8) | 4 => Of<uint>(name, shape, Data, count),
            ('u' << 8) | 8 => Of<ulong>(name, shape, Data, count),
            ('b' << 8) | 1 => Of<bool>(name, shape, Data, count),
            _ => throw new ValidationException($"{name}: has elements of type '{(char)(Kind >> 8)}{Kind & 0xff}'; expected numbers, complex64 or complex128."),
        };
    }

    private static FileArray Of<T>(string name, int[] shape, void* data, int count)
        where T : unmanaged => FileArray.FromMemory<T>(name, shape, new Owner<T>((T*)data, count).Memory);

    /// <summary>Memory that somebody else owns.</summary>
    private sealed class Owner<T>(T* data, int length) : MemoryManager<T>
        where T : unmanaged
    {
        public override Span<T> GetSpan() => new(data, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(data + elementIndex); // numpy's memory does not move

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
