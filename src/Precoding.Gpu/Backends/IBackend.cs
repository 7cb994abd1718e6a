namespace Precoding.Gpu.Backends;

/// <summary>Which of the two preludes reads the kernels.</summary>
internal enum KernelLanguage
{
    OpenCl,
    Cuda,
}

/// <summary>An opened device: memory, programs, queues. Safe to use from several threads; what it makes is not.</summary>
internal interface IBackend : IDisposable
{
    GpuDescription Description { get; }

    KernelLanguage Language { get; }

    /// <summary>The largest single allocation, bytes.</summary>
    long LargestAllocationBytes { get; }

    /// <summary>The most shared memory that a group may use, bytes: what a kernel declares and what a launch gives it together.</summary>
    int SharedBytes { get; }

    /// <summary>Compiler, device and driver: compiled programs are good for exactly these.</summary>
    string CompilerIdentity { get; }

    /// <summary>Memory that is free now, bytes; an estimate where the driver does not tell.</summary>
    long FreeBytes();

    IDeviceMemory Allocate(long bytes);

    IDeviceQueue CreateQueue();

    /// <summary>Compiles; a failure carries device, options and the compiler's log.</summary>
    /// <param name="name">What errors call the source.</param>
    IDeviceProgram Compile(string name, string source, IReadOnlyList<string> options);

    /// <summary>A program from what <see cref="IDeviceProgram.Binary"/> gave; null where the driver does not take it.</summary>
    IDeviceProgram? Load(byte[] binary, IReadOnlyList<string> options);
}

/// <summary>Memory of a device.</summary>
internal interface IDeviceMemory : IDisposable
{
    long Bytes { get; }
}

/// <summary>A compiled program.</summary>
internal interface IDeviceProgram : IDisposable
{
    byte[] Binary { get; }

    IDeviceKernel CreateKernel(string name);
}

/// <summary>An entry point; used by one queue at a time.</summary>
internal interface IDeviceKernel : IDisposable;

/// <summary>Commands carried out in order.</summary>
internal interface IDeviceQueue : IDisposable
{
    /// <summary>Returns when <paramref name="values"/> may be reused.</summary>
    void Write(IDeviceMemory memory, long offset, ReadOnlySpan<byte> values);

    /// <summary>Returns when <paramref name="values"/> are there.</summary>
    void Read(IDeviceMemory memory, long offset, Span<byte> values);

    void Clear(IDeviceMemory memory);

    void Launch(IDeviceKernel kernel, Groups groups, int groupSize, ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Returns when every command is carried out; failures of earlier ones appear here at the latest.</summary>
    void Finish();
}

/// <summary>Extents of a grid of groups.</summary>
internal readonly record struct Groups(int X, int Y = 1, int Z = 1);
