using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <summary>
/// Native, aligned, zeroed memory. Complex tensors keep each row (last extent) as its real parts followed by its imaginary parts, so real scalings,
/// sums and Re⟨a,b⟩ of whole matrices are plain real vector loops, and kernels see split planes.
/// </summary>
internal sealed unsafe class SimdTensor<T> : Tensor
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int columns;
    private void* memory;

    public SimdTensor(string name, ElementKind kind, ReadOnlySpan<int> shape)
        : base(name, kind, shape)
    {
        columns = shape[^1];
        long elementBytes = kind switch
        {
            ElementKind.Complex => 2L * sizeof(T),
            ElementKind.Control => sizeof(double),
            _ => sizeof(int),
        };
        nuint bytes = checked((nuint)Math.Max(64, Length * elementBytes));
        memory = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(memory, bytes);
    }

    ~SimdTensor() => Free();

    /// <summary>Complex elements.</summary>
    public T* Data => (T*)Alive;

    public double* Control => (double*)Alive;

    public int* Integers => (int*)Alive;

    private void* Alive => memory is not null ? memory : throw new ObjectDisposedException(Name);

    /// <summary>Reals per realization.</summary>
    public nint RealizationStride => (nint)(Length / Shape[0] * 2);

    /// <summary>As [realization, rows, columns] or [realization, block, rows, columns].</summary>
    public Matrices<T> Matrices() => new(Data, RealizationStride, Shape.Length == 4 ? RealizationStride / Shape[1] : 0, columns);

    public override void Write(ReadOnlySpan<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        T* row = Data;
        for (int from = 0; from < values.Length; from += columns, row += 2 * columns)
        {
            for (int j = 0; j < Math.Min(columns, values.Length - from); j++)
            {
                row[j] = T.CreateTruncating(values[from + j].Real);
                row[columns + j] = T.CreateTruncating(values[from + j].Imaginary);
            }
        }
    }

    public override void Read(Span<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        T* row = Data;
        for (int from = 0; from < values.Length; from += columns, row += 2 * columns)
        {
            for (int j = 0; j < Math.Min(columns, values.Length - from); j++)
            {
                values[from + j] = new Complex(double.CreateTruncating(row[j]), double.CreateTruncating(row[columns + j]));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Read(Span<ComplexF> values)
    {
        Require(ElementKind.Complex, values.Length);
        T* row = Data;
        for (int from = 0; from < values.Length; from += columns, row += 2 * columns)
        {
            int count = Math.Min(columns, values.Length - from);
            fixed (ComplexF* to = values.Slice(from, count))
            {
                for (int j = 0; j < count; j++)
                {
                    to[j] = new ComplexF(float.CreateTruncating(row[j]), float.CreateTruncating(row[columns + j]));
                }
            }
        }
    }

    public override void Write(ReadOnlySpan<double> values)
    {
        Require(ElementKind.Control, values.Length);
        values.CopyTo(new Span<double>(Alive, values.Length));
    }

    public override void Read(Span<double> values)
    {
        Require(ElementKind.Control, values.Length);
        new Span<double>(Alive, values.Length).CopyTo(values);
    }

    public override void Write(ReadOnlySpan<int> values)
    {
        Require(ElementKind.Integer, values.Length);
        values.CopyTo(new Span<int>(Alive, values.Length));
    }

    public override void Read(Span<int> values)
    {
        Require(ElementKind.Integer, values.Length);
        new Span<int>(Alive, values.Length).CopyTo(values);
    }

    public override void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
