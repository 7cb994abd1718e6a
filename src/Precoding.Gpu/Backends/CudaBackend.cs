using System.Text;
using Precoding.Gpu.Interop;
using Precoding.Gpu.Interop.Cuda;

namespace Precoding.Gpu.Backends;

/// <summary>An NVIDIA device through the driver API; programs are compiled by NVRTC to PTX, which the driver translates.</summary>
internal sealed unsafe class CudaBackend : IBackend
{
    private readonly CuPrimaryContext context;
    private readonly string architecture;

    public CudaBackend(int device, GpuDescription description)
    {
        Description = description;
        NativeCheck.ThrowIfFailed(CudaNative.cuDevicePrimaryCtxRetain(out nint handle, device), description.Info);
        context = new CuPrimaryContext(handle, device);
        ComputeCapability = (10 * Attribute(CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)) + Attribute(CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        CuResult known = CudaNative.cuDeviceGetAttribute(out int mostShared, CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device); // newer than the next
        SharedBytes = known == CuResult.CUDA_SUCCESS && mostShared > 0 ? mostShared : Attribute(CuDeviceAttribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
        architecture = $"compute_{Nvrtc.ArchitectureFor(ComputeCapability, Nvrtc.Architectures)}";
        CompilerIdentity = $"{description.Info.Name}|{description.Info.Details}|{architecture}|NVRTC {Nvrtc.Version}";

        int Attribute(CuDeviceAttribute attribute)
        {
            NativeCheck.ThrowIfFailed(CudaNative.cuDeviceGetAttribute(out int value, attribute, device), description.Info, attribute.ToString());
            return value;
        }
    }

    public GpuDescription Description { get; }

    public KernelLanguage Language => KernelLanguage.Cuda;

    /// <summary>Ten times the major number plus the minor one.</summary>
    public int ComputeCapability { get; }

    public long LargestAllocationBytes => Description.Info.MemoryBytes ?? long.MaxValue;

    public int SharedBytes { get; }

    public string CompilerIdentity { get; }

    public long FreeBytes()
    {
        MakeCurrent();
        NativeCheck.ThrowIfFailed(CudaNative.cuMemGetInfo_v2(out nuint free, out _), Description.Info);
        return (long)free;
    }

    public IDeviceMemory Allocate(long bytes)
    {
        MakeCurrent();
        NativeCheck.ThrowIfFailed(CudaNative.cuMemAlloc_v2(out nint pointer, (nuint)Math.Max(1, bytes)), Description.Info, $"asked for {bytes} bytes");
        return new Memory(new CuMemory(pointer, context), pointer, bytes);
    }

    public IDeviceQueue CreateQueue()
    {
        MakeCurrent();
        NativeCheck.ThrowIfFailed(CudaNative.cuStreamCreate(out nint stream, CuStreamFlags.CU_STREAM_NON_BLOCKING), Description.Info);
        return new Queue(this, new CuStream(stream, context));
    }

    public IDeviceProgram Compile(string name, string source, IReadOnlyList<string> options) =>
        LoadPtx(Nvrtc.Compile(name, source, [$"--gpu-architecture={architecture}", .. options], Description.Info), name);

    public IDeviceProgram? Load(byte[] binary, IReadOnlyList<string> options)
    {
        try
        {
            return LoadPtx(binary, "a cached program");
        }
        catch (DeviceException)
        {
            return null; // compiled again from its source
        }
    }

    public void Dispose() => context.Dispose();

    private void MakeCurrent() => NativeCheck.ThrowIfFailed(CudaNative.cuCtxSetCurrent(context.DangerousGetHandle()), Description.Info);

    /// <param name="ptx">Text, closed by a zero.</param>
    private Program LoadPtx(byte[] ptx, string name)
    {
        MakeCurrent();
        fixed (byte* image = ptx)
        {
            NativeCheck.ThrowIfFailed(CudaNative.cuModuleLoadData(out nint module, image), Description.Info, name);
            return new Program(this, new CuModule(module, context), ptx);
        }
    }

    private sealed class Memory(CuMemory handle, nint pointer, long bytes) : IDeviceMemory
    {
        public nint Pointer => pointer;

        public long Bytes => bytes;

        public void Dispose() => handle.Dispose();
    }

    private sealed class Program(CudaBackend backend, CuModule handle, byte[] ptx) : IDeviceProgram
    {
        private readonly Dictionary<string, Kernel> kernels = [];

        public byte[] Binary => ptx;

        /// <summary>One for all who ask for this name, as the driver's function is.</summary>
        public IDeviceKernel CreateKernel(string name)
        {
            lock (kernels)
            {
                if (!kernels.TryGetValue(name, out Kernel? kernel))
                {
                    backend.MakeCurrent();
                    NativeCheck.ThrowIfFailed(CudaNative.cuModuleGetFunction(out nint function, handle, name), backend.Description.Info, $"kernel {name}");
                    kernels[name] = kernel = new Kernel(function, name);
                }

                return kernel;
            }
        }

        public void Dispose() => handle.Dispose();
    }

    /// <summary>Lives as long as its module.</summary>
    private sealed class Kernel(nint function, string name) : IDeviceKernel
    {
        private readonly Lock gate = new();
        private int sharedBytes;

        public nint Function => function;

        public string Name => name;

        /// <summary>Raises what a launch may ask for, which begins with 48 KB less what the kernel declares; never lowers it, because other queues may count on it.</summary>
        public CuResult AllowShared(int bytes)
        {
            lock (gate)
            {
                if (bytes <= sharedBytes)
                {
                    return CuResult.CUDA_SUCCESS;
                }

                CuResult result = CudaNative.cuFuncSetAttribute(function, CuFunctionAttribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
                sharedBytes = result == CuResult.CUDA_SUCCESS ? bytes : sharedBytes;
                return result;
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class Queue(CudaBackend backend, CuStream stream) : IDeviceQueue
    {
        public void Write(IDeviceMemory memory, long offset, ReadOnlySpan<byte> values)
        {
            if (values.Length == 0)
            {
                return;
            }

            backend.MakeCurrent();
            fixed (byte* start = values)
            {
                Check(CudaNative.cuMemcpyHtoDAsync_v2(((Memory)memory).Pointer + (nint)offset, start, (nuint)values.Length, stream), $"{values.Length} bytes", "cuMemcpyHtoDAsync");
                Check(CudaNative.cuStreamSynchronize(stream), $"after writing {values.Length} bytes", "cuStreamSynchronize"); // pageable memory may still be read when the call returns
            }
        }

        public void Read(IDeviceMemory memory, long offset, Span<byte> values)
        {
            if (values.Length == 0)
            {
                return;
            }

            backend.MakeCurrent();
            fixed (byte* start = values)
            {
                Check(CudaNative.cuMemcpyDtoHAsync_v2(start, ((Memory)memory).Pointer + (nint)offset, (nuint)values.Length, stream), $"{values.Length} bytes", "cuMemcpyDtoHAsync");
                Check(CudaNative.cuStreamSynchronize(stream), $"after reading {values.Length} bytes", "cuStreamSynchronize");
            }
        }

        public void Clear(IDeviceMemory memory)
        {
            backend.MakeCurrent();
            Check(CudaNative.cuMemsetD8Async(((Memory)memory).Pointer, 0, (nuint)memory.Bytes, stream), $"{memory.Bytes} bytes", "cuMemsetD8Async");
        }

        public void Launch(IDeviceKernel kernel, Groups groups, int groupSize, ReadOnlySpan<KernelArgument> arguments)
        {
            backend.MakeCurrent();
            var entry = (Kernel)kernel;
            long* values = stackalloc long[arguments.Length];
            void** pointers = stackalloc void*[arguments.Length];
            int sharedBytes = 0;
            for (int i = 0; i < arguments.Length; i++)
            {
                values[i] = arguments[i].Memory is { } memory ? ((Memory)memory).Pointer : arguments[i].Bits; // little-endian: the first bytes are an int or a float too
                pointers[i] = values + i;
                sharedBytes += arguments[i].Type == ParameterType.SharedMemory ? arguments[i].Size : 0; // the parameter itself gets a null
            }

            if (sharedBytes > 0 && entry.AllowShared(sharedBytes) is not CuResult.CUDA_SUCCESS and CuResult refused)
            {
                Check(refused, $"kernel {entry.Name}, {sharedBytes} bytes of shared memory a group", "cuFuncSetAttribute");
            }

            CuResult launched = CudaNative.cuLaunchKernel(
                entry.Function, (uint)groups.X, (uint)groups.Y, (uint)groups.Z, (uint)groupSize, 1, 1, (uint)sharedBytes, stream, pointers, null);
            if (launched != CuResult.CUDA_SUCCESS)
            {
                Check(launched, $"kernel {entry.Name}, {groups}, {groupSize} threads a group", "cuLaunchKernel");
            }
        }

        public void Finish()
        {
            backend.MakeCurrent();
            Check(CudaNative.cuStreamSynchronize(stream), null, "cuStreamSynchronize");
        }

        public void Dispose() => stream.Dispose();

        private void Check(CuResult status, string? detail, string call) => NativeCheck.ThrowIfFailed(status, backend.Description.Info, detail, call);
    }
}
