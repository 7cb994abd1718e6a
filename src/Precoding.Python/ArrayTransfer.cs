using System.Text;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>
/// Lists the arrays that a writer adds, a line each: name, numpy's descr, extents; of a text: name, U, the text. Python makes arrays after it, and
/// <see cref="ArrayCopy"/> fills them: the coefficients are copied once.
/// </summary>
internal sealed class ArrayList : IArrayWriter
{
    private readonly StringBuilder lines = new();

    public void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        lines.Append(name).Append('\t').Append(NumpyElements.Descr(typeof(T))).Append('\t');
        for (int i = 0; i < shape.Length; i++)
        {
            lines.Append(i > 0 ? "," : string.Empty).Append(shape[i]);
        }

        lines.Append('\n');
    }

    public void AddText(string name, string text) => lines.Append(name).Append("\tU\t").Append(text.Replace('\n', ' ')).Append('\n');

    public override string ToString() => lines.ToString();
}

/// <summary>Copies the arrays that a writer adds to memory that numpy owns, in the order of <see cref="ArrayList"/>.</summary>
/// <param name="destinations">One per array, texts apart.</param>
/// <param name="sizes">Bytes that each has room for.</param>
internal sealed unsafe class ArrayCopy(void** destinations, long* sizes, int count) : IArrayWriter
{
    private int next;

    public void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (next >= count || sizes[next] != (long)values.Length * sizeof(T))
        {
            throw new InvalidOperationException($"the memory for {name} does not fit.");
        }

        fixed (T* from = values)
        {
            Buffer.MemoryCopy(from, destinations[next], sizes[next], (long)values.Length * sizeof(T));
        }

        next++;
    }

    public void AddText(string name, string text)
    {
    }
}
