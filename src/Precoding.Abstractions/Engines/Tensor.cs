using System.Numerics;

namespace Precoding.Engines;

/// <summary>What a tensor's elements are.</summary>
public enum ElementKind
{
    /// <summary>Complex numbers in the engine's precision.</summary>
    Complex,

    /// <summary>Real numbers in double precision on every engine: objectives, step sizes, multipliers, powers.</summary>
    Control,

    /// <summary>32-bit integers: statuses, counters, beam numbers.</summary>
    Integer,
}

/// <summary>
/// Memory of an engine, shaped, outermost extent first; the first extent is the realization unless said otherwise. The engine owns the layout;
/// Read and Write convert from and to row-major order. Owned by whoever asked <see cref="IEngine.Create"/> for it.
/// </summary>
public abstract class Tensor : IDisposable
{
    private readonly int[] shape;

    protected Tensor(string name, ElementKind kind, ReadOnlySpan<int> shape)
    {
        (Name, Kind, this.shape) = (name, kind, shape.ToArray());
        Length = 1;
        foreach (int extent in shape)
        {
            Length *= extent;
        }
    }

    public string Name { get; }

    public ElementKind Kind { get; }

    public ReadOnlySpan<int> Shape => shape;

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Copies the first <c>values.Length</c> elements in, row-major.</summary>
    public abstract void Write(ReadOnlySpan<Complex> values);

    public abstract void Write(ReadOnlySpan<double> values);

    public abstract void Write(ReadOnlySpan<int> values);

    /// <summary>Copies the first <c>values.Length</c> elements out, row-major.</summary>
    public abstract void Read(Span<Complex> values);

    public abstract void Read(Span<ComplexF> values);

    public abstract void Read(Span<double> values);

    public abstract void Read(Span<int> values);

    public abstract void Dispose();

    public override string ToString() => $"{Name} {Kind} [{string.Join(", ", shape)}]";

    /// <summary>For implementers: fails with both sides when elements of another kind, or too many, are read or written.</summary>
    protected void Require(ElementKind kind, int count)
    {
        if (kind != Kind || count > Length)
        {
            throw new InvalidOperationException($"Tensor {this}: asked for {count} elements of kind {kind}, it has {Length} of kind {Kind}.");
        }
    }
}
