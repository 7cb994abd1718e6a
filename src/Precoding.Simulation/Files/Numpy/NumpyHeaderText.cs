using System.Globalization;

namespace Precoding.Simulation;

/// <summary>The Python literal in an .npy header, {'descr': '&lt;c8', 'fortran_order': False, 'shape': (1, 24, 3, 64), }, and nothing more of Python.</summary>
/// <param name="origin">Byte offset of the text in the file, for messages.</param>
internal sealed class NumpyHeaderText(string text, string file, long origin)
{
    private const string Remedy = "Save the array with numpy.save; structured arrays field by field.";

    private int position;

    internal readonly record struct Fields(string Descr, long DescrOffset, bool FortranOrder, long[] Shape, long ShapeOffset);

    public Fields Parse()
    {
        string? descr = null;
        bool? fortran = null;
        long[]? shape = null;
        long descrOffset = 0, shapeOffset = 0;
        Expect('{');
        while (!Accept('}'))
        {
            long keyOffset = Offset();
            string key = String();
            Expect(':');
            long valueOffset = Offset();
            bool repeated = key switch { "descr" => descr is not null, "fortran_order" => fortran is not null, "shape" => shape is not null, _ => false };
            if (repeated)
            {
                throw Error(keyOffset, $"the key '{Printable(key)}' again", "each key once");
            }

            switch (key)
            {
                case "descr":
                    (descr, descrOffset) = (String(), valueOffset);
                    break;
                case "fortran_order":
                    fortran = Boolean();
                    break;
                case "shape":
                    (shape, shapeOffset) = (Tuple(), valueOffset);
                    break;
                default:
                    throw Error(keyOffset, $"the key '{Printable(key)}'", "'descr', 'fortran_order' or 'shape'");
            }

            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }

        SkipSpace();
        if (position < text.Length)
        {
            throw Error(Offset(), Found(), "spaces up to the data");
        }

        if (descr is null || fortran is null || shape is null)
        {
            string missing = descr is null ? "descr" : fortran is null ? "fortran_order" : "shape";
            throw Error(origin, $"a header without '{missing}'", "the keys descr, fortran_order, shape");
        }

        return new Fields(descr, descrOffset, fortran.Value, shape, shapeOffset);
    }

    private long[] Tuple()
    {
        Expect('(');
        var extents = new List<long>();
        while (!Accept(')'))
        {
            extents.Add(Integer());
            if (!Accept(','))
            {
                Expect(')');
                break;
            }
        }

        return [.. extents];
    }

    private long Integer()
    {
        long offset = Offset();
        int start = position;
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] is '-' or '+' or '.'))
        {
            position++;
        }

        ReadOnlySpan<char> word = text.AsSpan(start, position - start);
        ReadOnlySpan<char> digits = word.EndsWith("L") ? word[..^1] : word; // Python 2 wrote 24L
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Error(offset, word.Length == 0 ? Found() : $"the extent '{Printable(word)}'", "a whole number that fits 64 bits");
    }

    private bool Boolean()
    {
        long offset = Offset();
        foreach (var (word, value) in new[] { ("True", true), ("False", false) })
        {
            if (text.AsSpan(position).StartsWith(word, StringComparison.Ordinal))
            {
                position += word.Length;
                return value;
            }
        }

        throw Error(offset, Found(), "True or False");
    }

    private string String()
    {
        long offset = Offset();
        if (position >= text.Length || text[position] is not ('\'' or '"'))
        {
            throw Error(offset, Found(), "a quoted string");
        }

        int end = text.IndexOf(text[position], position + 1);
        if (end < 0)
        {
            throw Error(offset, "a string without end", "a quoted string");
        }

        string value = text[(position + 1)..end];
        position = end + 1;
        return value;
    }

    private void Expect(char wanted)
    {
        if (!Accept(wanted))
        {
            throw Error(Offset(), Found(), $"'{wanted}'");
        }
    }

    private bool Accept(char wanted)
    {
        SkipSpace();
        bool found = position < text.Length && text[position] == wanted;
        position += found ? 1 : 0;
        return found;
    }

    private long Offset()
    {
        SkipSpace();
        return origin + position;
    }

    private void SkipSpace()
    {
        while (position < text.Length && text[position] is ' ' or '\n' or '\r' or '\t')
        {
            position++;
        }
    }

    private string Found() => position < text.Length ? $"'{Printable(text.AsSpan(position, Math.Min(12, text.Length - position)))}'" : "the end of the header";

    private FileFormatException Error(long offset, string got, string expected) => new(file, offset, got, expected, Remedy);

    private static string Printable(ReadOnlySpan<char> value)
    {
        Span<char> shown = stackalloc char[Math.Min(value.Length, 40)];
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = value[i] is >= ' ' and <= '~' ? value[i] : '?';
        }

        return shown.ToString();
    }
}
