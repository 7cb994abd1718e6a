using System.Numerics;

namespace Precoding.Simulation;

/// <summary>An array read from a file as numpy would hold it: row-major whatever the order in the file. From .npy and .npz in the element type of the file.</summary>
public sealed class FileArray
{
    private readonly Lazy<Array> elements; // of foreign memory, a copy that is made when somebody needs one
    private readonly object? memory; // a ReadOnlyMemory of the elements where they lie

    /// <param name="place">What is said of its data in messages: source, and the byte or line where they begin.</param>
    internal FileArray(string source, string place, NumpyElement element, int[] shape, Array data) =>
        (Source, Place, Element, Shape, elements, Length) = (source, place, element, shape, new Lazy<Array>(data), data.Length);

    private FileArray(string name, NumpyElement element, int[] shape, object memory, int length, Func<Array> copy) =>
        (Source, Place, Element, Shape, this.memory, Length, elements) = (name, name, element, shape, memory, length, new Lazy<Array>(copy));

    private Array data => elements.Value;

    /// <summary>An array of foreign memory, row-major, such as numpy's, which stays where it is and is not to be written to or freed while the array is used.</summary>
    /// <param name="name">What messages call it.</param>
    internal static FileArray FromMemory<T>(string name, int[] shape, ReadOnlyMemory<T> values)
        where T : unmanaged => new(name, NumpyElements.Of(typeof(T)), shape, values, values.Length, values.ToArray);

    /// <summary>Where it came from, for messages: the file, and the member of an archive in brackets.</summary>
    public string Source { get; }

    public NumpyElement Element { get; }

    internal string Place { get; }

    /// <summary>Whether trailing axes of extent 1 may be missing, as MATLAB leaves them out.</summary>
    internal bool DropsTrailingAxes { get; init; }

    /// <summary>Extents, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    public bool IsComplex => Element is NumpyElement.ComplexSingle or NumpyElement.ComplexDouble;

    /// <summary>Whether single precision holds every element without loss: f2, f4, c8.</summary>
    public bool IsSinglePrecision => Element is NumpyElement.Half or NumpyElement.Single or NumpyElement.ComplexSingle;

    /// <summary>The elements as real numbers; complex ones and text are refused.</summary>
    public double[] ToDoubles() => data switch
    {
        double[] values => (double[])values.Clone(),
        float[] values => Array.ConvertAll(values, v => (double)v),
        Half[] values => Array.ConvertAll(values, v => (double)v),
        bool[] values => Array.ConvertAll(values, v => v ? 1.0 : 0.0),
        sbyte[] values when Element == NumpyElement.Int8 => Array.ConvertAll(values, v => (double)v),
        byte[] values => Array.ConvertAll(values, v => (double)v),
        short[] values when Element == NumpyElement.Int16 => Array.ConvertAll(values, v => (double)v),
        ushort[] values => Array.ConvertAll(values, v => (double)v),
        int[] values when Element == NumpyElement.Int32 => Array.ConvertAll(values, v => (double)v),
        uint[] values => Array.ConvertAll(values, v => (double)v),
        long[] values when Element == NumpyElement.Int64 => Array.ConvertAll(values, v => (double)v),
        ulong[] values => Array.ConvertAll(values, v => (double)v),
        _ => throw Wrong("real numbers"),
    };

    /// <summary>The elements as whole numbers; 2.0 is one, 2.5 is refused.</summary>
    public int[] ToIntegers() => Array.ConvertAll(ToDoubles(), value => value == Math.Round(value) && Math.Abs(value) <= int.MaxValue
        ? (int)value
        : throw new ValidationException($"{Place}: holds {value}; expected whole numbers up to {int.MaxValue}."));

    /// <summary>The elements in double precision; real ones get an imaginary part of 0.</summary>
    public Complex[] ToComplex() => data switch
    {
        Complex[] values => (Complex[])values.Clone(),
        ComplexF[] values => Array.ConvertAll(values, v => (Complex)v),
        _ => Array.ConvertAll(ToDoubles(), v => new Complex(v, 0)),
    };

    /// <summary>The elements rounded to single precision; real ones get an imaginary part of 0.</summary>
    public ComplexF[] ToComplexSingle() => data switch
    {
        ComplexF[] values => (ComplexF[])values.Clone(),
        Complex[] values => Array.ConvertAll(values, v => (ComplexF)v),
        _ => Array.ConvertAll(ToDoubles(), v => new ComplexF((float)v, 0)),
    };

    /// <summary>The elements themselves where they are of type T; for callers that own the array.</summary>
    internal T[]? TakeAs<T>() => data as T[];

    /// <summary>Foreign memory of elements of type T; null for what was read, and for other types.</summary>
    internal ReadOnlyMemory<T>? MemoryOf<T>() => memory as ReadOnlyMemory<T>?;

    /// <summary>Whether the coefficients of the batch are this foreign memory, not a copy.</summary>
    internal bool Holds(ChannelBatch channels) =>
        (MemoryOf<ComplexF>() is { } single && single.Span == channels.AsSingle()) || (MemoryOf<Complex>() is { } full && full.Span == channels.AsDouble());

    /// <summary>The one string of a text scalar.</summary>
    public string ToText() => data is string[] { Length: 1 } text ? text[0] : throw Wrong("one string");

    /// <summary>The same array with its axes in another order: axis i of the result is axis order[i] of this.</summary>
    public FileArray Transpose(ReadOnlySpan<int> order)
    {
        var (shape, moved) = AxisOrder.Transpose([.. Shape], data, order);
        return new FileArray(Source, Place, Element, shape, moved) { DropsTrailingAxes = DropsTrailingAxes };
    }

    /// <summary>The same elements with axes of extent 1 added or removed.</summary>
    internal FileArray Reshape(ReadOnlySpan<int> shape) => new(Source, Place, Element, shape.ToArray(), data) { DropsTrailingAxes = DropsTrailingAxes };

    private ValidationException Wrong(string expected) =>
        new($"{Place}: has {Length} elements of type {Element}; expected {expected}.");
}
