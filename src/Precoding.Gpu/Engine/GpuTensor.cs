using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <summary>
/// Memory of a device, row-major, complex numbers interleaved. It is released when it or its engine is disposed and never by the garbage collector, which does
/// not know of commands still queued.
/// </summary>
internal sealed class GpuTensor : Tensor
{
    private const int ConvertedAtOnce = 1 << 16;
    private const int CopiedAtOnce = 1 << 26; // a span of bytes ends below 2 GiB

    private readonly IDeviceQueue queue;
    private readonly Precision precision;
    private readonly HashSet<GpuTensor> alive;

    /// <param name="alive">The engine's tensors; this one is in there until it is disposed.</param>
    public GpuTensor(IBackend backend, IDeviceQueue queue, Precision precision, HashSet<GpuTensor> alive, string name, ElementKind kind, ReadOnlySpan<int> shape)
        : base(name, kind, shape)
    {
        (this.queue, this.precision, this.alive) = (queue, precision, alive);
        Memory = backend.Allocate(checked(Length * BytesOf(kind, precision)));
        queue.Clear(Memory);
        Argument = KernelArgument.Of(Memory, kind switch
        {
            ElementKind.Complex => ParameterType.ComplexMemory,
            ElementKind.Control => ParameterType.DoubleMemory,
            _ => ParameterType.IntMemory,
        });
        alive.Add(this);
    }

    public IDeviceMemory Memory { get; }

    public KernelArgument Argument { get; }

    public static int BytesOf(ElementKind kind, Precision precision) => kind switch
    {
        ElementKind.Integer => sizeof(int),
        ElementKind.Control => sizeof(double),
        _ => precision == Precision.Single ? 8 : 16,
    };

    public override void Write(ReadOnlySpan<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        if (precision == Precision.Double)
        {
            WriteAsIs(values);
            return;
        }

        ComplexF[] converted = ArrayPool<ComplexF>.Shared.Rent(Math.Min(values.Length, ConvertedAtOnce));
        for (int first = 0; first < values.Length; first += ConvertedAtOnce)
        {
            int count = Math.Min(ConvertedAtOnce, values.Length - first);
            for (int i = 0; i < count; i++)
            {
                converted[i] = (ComplexF)values[first + i];
            }

            queue.Write(Memory, (long)first * 8, MemoryMarshal.AsBytes(converted.AsSpan(0, count)));
        }

        ArrayPool<ComplexF>.Shared.Return(converted);
    }

    public override void Write(ReadOnlySpan<double> values) => WriteAs(ElementKind.Control, values);

    public override void Write(ReadOnlySpan<int> values) => WriteAs(ElementKind.Integer, values);

    public override void Read(Span<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        if (precision == Precision.Double)
        {
            ReadAsIs(values);
        }
        else
        {
            ReadConverted(values, static (ComplexF stored) => (Complex)stored);
        }
    }

    public override void Read(Span<ComplexF> values)
    {
        Require(ElementKind.Complex, values.Length);
        if (precision == Precision.Single)
        {
            ReadAsIs(values);
        }
        else
        {
            ReadConverted(values, static (Complex stored) => (ComplexF)stored);
        }
    }

    public override void Read(Span<double> values) => ReadAs(ElementKind.Control, values);

    public override void Read(Span<int> values) => ReadAs(ElementKind.Integer, values);

    public override void Dispose()
    {
        if (alive.Remove(this))
        {
            try
            {
                queue.Finish();
            }
            finally
            {
                Memory.Dispose();
            }
        }
    }

    private void WriteAs<T>(ElementKind kind, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Require(kind, values.Length);
        WriteAsIs(values);
    }

    private void ReadAs<T>(ElementKind kind, Span<T> values)
        where T : unmanaged
    {
        Require(kind, values.Length);
        ReadAsIs(values);
    }

    private void ReadConverted<TStored, TValue>(Span<TValue> values, Func<TStored, TValue> convert)
        where TStored : unmanaged
    {
        TStored[] stored = ArrayPool<TStored>.Shared.Rent(Math.Min(values.Length, ConvertedAtOnce));
        for (int first = 0; first < values.Length; first += ConvertedAtOnce)
        {
            int count = Math.Min(ConvertedAtOnce, values.Length - first);
            queue.Read(Memory, (long)first * Unsafe.SizeOf<TStored>(), MemoryMarshal.AsBytes(stored.AsSpan(0, count)));
            for (int i = 0; i < count; i++)
            {
                values[first + i] = convert(stored[i]);
            }
        }

        ArrayPool<TStored>.Shared.Return(stored);
    }

    private void WriteAsIs<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        for (long offset = 0; values.Length > 0; values = values[Math.Min(CopiedAtOnce, values.Length)..])
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values[..Math.Min(CopiedAtOnce, values.Length)]);
            queue.Write(Memory, offset, bytes);
            offset += bytes.Length;
        }
    }

    private void ReadAsIs<T>(Span<T> values)
        where T : unmanaged
    {
        for (long offset = 0; values.Length > 0; values = values[Math.Min(CopiedAtOnce, values.Length)..])
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(values[..Math.Min(CopiedAtOnce, values.Length)]);
            queue.Read(Memory, offset, bytes);
            offset += bytes.Length;
        }
    }
}
