using System.Runtime.InteropServices;
using System.Text;
using Precoding.Gpu.Interop;
using Precoding.Gpu.Interop.OpenCl;

namespace Precoding.Gpu.Backends;

/// <summary>An OpenCL 1.2 device.</summary>
internal sealed unsafe class OpenClBackend : IBackend
{
    private readonly nint device;
    private readonly ClContext context;
    private long allocated, mostAllocated;

    public OpenClBackend(nint device, GpuDescription description)
    {
        (this.device, Description) = (device, description);
        context = new ClContext(OpenClNative.clCreateContext(0, 1, in device, 0, 0, out ClStatus status));
        NativeCheck.ThrowIfFailed(status, description.Info, call: "clCreateContext");
        LargestAllocationBytes = Number(ClDeviceInfo.CL_DEVICE_MAX_MEM_ALLOC_SIZE);
        SharedBytes = (int)Math.Min(int.MaxValue, Number(ClDeviceInfo.CL_DEVICE_LOCAL_MEM_SIZE));
    }

    public GpuDescription Description { get; }

    public KernelLanguage Language => KernelLanguage.OpenCl;

    public long LargestAllocationBytes { get; }

    public int SharedBytes { get; }

    public string CompilerIdentity => $"{Description.Info.Name}|{Description.Info.Details}";

    /// <summary>OpenCL does not tell: all there is less what this process took.</summary>
    public long FreeBytes() => Math.Max(0, (Description.Info.MemoryBytes ?? 0) - Interlocked.Read(ref allocated));

    /// <summary>The most bytes that were allocated at once.</summary>
    internal long MostAllocatedBytes => Interlocked.Read(ref mostAllocated);

    public IDeviceMemory Allocate(long bytes)
    {
        var memory = new ClMemory(OpenClNative.clCreateBuffer(context, 0, (nuint)Math.Max(1, bytes), 0, out ClStatus status));
        NativeCheck.ThrowIfFailed(status, Description.Info, $"asked for {bytes} bytes", "clCreateBuffer");
        long now = Interlocked.Add(ref allocated, bytes), most;
        while (now > (most = Interlocked.Read(ref mostAllocated)) && Interlocked.CompareExchange(ref mostAllocated, now, most) != most)
        {
        }

        return new Memory(this, memory, bytes);
    }

    public IDeviceQueue CreateQueue() => new Queue(this);

    public IDeviceProgram Compile(string name, string source, IReadOnlyList<string> options)
    {
        byte[] text = Encoding.UTF8.GetBytes(source);
        ClProgram program;
        fixed (byte* start = text)
        {
            nuint length = (nuint)text.Length;
            byte* pointer = start;
            program = new ClProgram(OpenClNative.clCreateProgramWithSource(context, 1, &pointer, &length, out ClStatus status));
            NativeCheck.ThrowIfFailed(status, Description.Info, name, "clCreateProgramWithSource");
        }

        ClStatus built = Build(program, options);
        if (built != ClStatus.CL_SUCCESS)
        {
            string log = Log(program);
            program.Dispose();
            throw new DeviceException(
                $"Device {Description.Info.Id} ({Description.Info.Name}): clBuildProgram of {name} failed with {built} ({(int)built}), options '{string.Join(' ', options)}'. The compiler says:\n{log}");
        }

        return new Program(this, program);
    }

    public IDeviceProgram? Load(byte[] binary, IReadOnlyList<string> options)
    {
        fixed (byte* start = binary)
        {
            nuint length = (nuint)binary.Length;
            byte* pointer = start;
            var program = new ClProgram(OpenClNative.clCreateProgramWithBinary(context, 1, in device, in length, &pointer, out ClStatus taken, out ClStatus status));
            if (status == ClStatus.CL_SUCCESS && taken == ClStatus.CL_SUCCESS && Build(program, options) == ClStatus.CL_SUCCESS)
            {
                return new Program(this, program);
            }

            program.Dispose();
            return null;
        }
    }

    public void Dispose() => context.Dispose();

    private ClStatus Build(ClProgram program, IReadOnlyList<string> options) =>
        OpenClNative.clBuildProgram(program, 1, in device, string.Join(' ', options), 0, 0);

    private string Log(ClProgram program)
    {
        if (OpenClNative.clGetProgramBuildInfo(program, device, ClProgramBuildInfo.CL_PROGRAM_BUILD_LOG, 0, null, out nuint size) != ClStatus.CL_SUCCESS)
        {
            return "(no log)";
        }

        var log = new byte[size];
        return OpenClNative.clGetProgramBuildInfo(program, device, ClProgramBuildInfo.CL_PROGRAM_BUILD_LOG, size, log, out _) == ClStatus.CL_SUCCESS
            ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n', ' ')
            : "(no log)";
    }

    private long Number(ClDeviceInfo parameter)
    {
        var value = new byte[sizeof(ulong)]; // nothing here is wider
        NativeCheck.ThrowIfFailed(OpenClNative.clGetDeviceInfo(device, parameter, (nuint)value.Length, value, out _), Description.Info, parameter.ToString());
        return (long)Math.Min(long.MaxValue, MemoryMarshal.Read<ulong>(value));
    }

    private sealed class Memory(OpenClBackend backend, ClMemory handle, long bytes) : IDeviceMemory
    {
        private bool disposed;

        public ClMemory Handle => handle;

        public long Bytes => bytes;

        public void Dispose()
        {
            if (!disposed)
            {
                disposed = true;
                Interlocked.Add(ref backend.allocated, -bytes);
                handle.Dispose();
            }
        }
    }

    private sealed class Program(OpenClBackend backend, ClProgram handle) : IDeviceProgram
    {
        public byte[] Binary
        {
            get
            {
                nuint size = 0;
                NativeCheck.ThrowIfFailed(
                    OpenClNative.clGetProgramInfo(handle, ClProgramInfo.CL_PROGRAM_BINARY_SIZES, (nuint)sizeof(nuint), &size, out _), backend.Description.Info, "sizes of the binary");
                var binary = new byte[size];
                fixed (byte* start = binary)
                {
                    byte* pointer = start;
                    NativeCheck.ThrowIfFailed(
                        OpenClNative.clGetProgramInfo(handle, ClProgramInfo.CL_PROGRAM_BINARIES, (nuint)sizeof(nint), &pointer, out _), backend.Description.Info, "the binary");
                }

                return binary;
            }
        }

        public IDeviceKernel CreateKernel(string name)
        {
            var kernel = new ClKernel(OpenClNative.clCreateKernel(handle, name, out ClStatus status));
            NativeCheck.ThrowIfFailed(status, backend.Description.Info, $"kernel {name}", "clCreateKernel");
            return new Kernel(kernel, name);
        }

        public void Dispose() => handle.Dispose();
    }

    private sealed class Kernel(ClKernel handle, string name) : IDeviceKernel
    {
        public ClKernel Handle => handle;

        public string Name => name;

        public void Dispose() => handle.Dispose();
    }

    private sealed class Queue : IDeviceQueue
    {
        private readonly OpenClBackend backend;
        private readonly ClQueue handle;

        public Queue(OpenClBackend backend)
        {
            this.backend = backend;
            handle = new ClQueue(OpenClNative.clCreateCommandQueue(backend.context, backend.device, 0, out ClStatus status));
            Check(status, null, "clCreateCommandQueue");
        }

        public void Write(IDeviceMemory memory, long offset, ReadOnlySpan<byte> values)
        {
            fixed (byte* start = values)
            {
                if (values.Length > 0)
                {
                    Check(OpenClNative.clEnqueueWriteBuffer(handle, ((Memory)memory).Handle, 1, (nuint)offset, (nuint)values.Length, start, 0, 0, 0), $"{values.Length} bytes", "clEnqueueWriteBuffer");
                }
            }
        }

        public void Read(IDeviceMemory memory, long offset, Span<byte> values)
        {
            fixed (byte* start = values)
            {
                if (values.Length > 0)
                {
                    Check(OpenClNative.clEnqueueReadBuffer(handle, ((Memory)memory).Handle, 1, (nuint)offset, (nuint)values.Length, start, 0, 0, 0), $"{values.Length} bytes", "clEnqueueReadBuffer");
                }
            }
        }

        public void Clear(IDeviceMemory memory)
        {
            int zero = 0;
            if (memory.Bytes > 0)
            {
                Check(OpenClNative.clEnqueueFillBuffer(handle, ((Memory)memory).Handle, &zero, sizeof(int), 0, (nuint)memory.Bytes, 0, 0, 0), $"{memory.Bytes} bytes", "clEnqueueFillBuffer");
            }
        }

        public void Launch(IDeviceKernel kernel, Groups groups, int groupSize, ReadOnlySpan<KernelArgument> arguments)
        {
            var entry = (Kernel)kernel;
            for (int i = 0; i < arguments.Length; i++)
            {
                long bits = arguments[i].Memory is { } memory ? ((Memory)memory).Handle.DangerousGetHandle() : arguments[i].Bits;
                void* value = arguments[i].Type == ParameterType.SharedMemory ? null : &bits; // null: the driver makes so many bytes for every group
                ClStatus status = OpenClNative.clSetKernelArg(entry.Handle, (uint)i, (nuint)arguments[i].Size, value);
                if (status != ClStatus.CL_SUCCESS)
                {
                    Check(status, $"kernel {entry.Name}, argument {i}", "clSetKernelArg");
                }
            }

            nuint* global = stackalloc nuint[] { (nuint)groups.X * (nuint)groupSize, (nuint)groups.Y, (nuint)groups.Z };
            nuint* local = stackalloc nuint[] { (nuint)groupSize, 1, 1 };
            ClStatus launched = OpenClNative.clEnqueueNDRangeKernel(handle, entry.Handle, 3, null, global, local, 0, 0, 0);
            if (launched != ClStatus.CL_SUCCESS)
            {
                Check(launched, $"kernel {entry.Name}, {groups}, {groupSize} threads a group", "clEnqueueNDRangeKernel");
            }
        }

        public void Finish() => Check(OpenClNative.clFinish(handle), null, "clFinish");

        public void Dispose() => handle.Dispose();

        private void Check(ClStatus status, string? detail, string call) => NativeCheck.ThrowIfFailed(status, backend.Description.Info, detail, call);
    }
}
