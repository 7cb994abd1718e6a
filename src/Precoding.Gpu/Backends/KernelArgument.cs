using Precoding.Engines;
using Precoding.Gpu.Engine;

namespace Precoding.Gpu.Backends;

/// <summary>Types that kernel parameters have in the dialect.</summary>
internal enum ParameterType
{
    Int,
    Real,
    Double,
    ComplexMemory,
    RealMemory,
    DoubleMemory,
    FloatMemory,
    IntMemory,

    /// <summary>Shared memory of a group whose size is given at launch.</summary>
    SharedMemory,
}

/// <summary>A value for a kernel's parameter, as the device takes it: four or eight bytes, memory, or how much shared memory.</summary>
internal readonly struct KernelArgument
{
    private KernelArgument(ParameterType type, long bits, int size, IDeviceMemory? memory) => (Type, Bits, Size, Memory) = (type, bits, size, memory);

    public ParameterType Type { get; }

    public long Bits { get; }

    /// <summary>Bytes of <see cref="Bits"/> in use; of shared memory, all there is to be.</summary>
    public int Size { get; }

    public IDeviceMemory? Memory { get; }

    public static KernelArgument Of(IDeviceMemory memory, ParameterType type) => new(type, 0, nint.Size, memory);

    /// <summary>So many bytes of shared memory for every group.</summary>
    public static KernelArgument Shared(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes); // OpenCL takes no 0
        return new KernelArgument(ParameterType.SharedMemory, 0, bytes, null);
    }

    public static implicit operator KernelArgument(Tensor tensor) => ((GpuTensor)tensor).Argument;

    public static implicit operator KernelArgument(int value) => new(ParameterType.Int, value, sizeof(int), null);

    public static implicit operator KernelArgument(double value) => new(ParameterType.Double, BitConverter.DoubleToInt64Bits(value), sizeof(double), null);

    /// <summary>A double for a parameter of type real in single precision.</summary>
    public KernelArgument AsSingle() => new(ParameterType.Real, BitConverter.SingleToInt32Bits((float)BitConverter.Int64BitsToDouble(Bits)), sizeof(float), null);

    /// <summary>A double for a parameter of type real in double precision.</summary>
    public KernelArgument AsReal() => new(ParameterType.Real, Bits, sizeof(double), null);
}
