using System.Globalization;
using System.Numerics;
using System.Text;

namespace Precoding.Simulation;

/// <summary>
/// Channels as a table in text, one coefficient a line: a line that names the columns, then indices from 0 and the real and imaginary part,
/// such as realization,user,accessPoint,antenna,re,im. Columns in any order; of the axes user and antenna are needed, those without a column have
/// extent 1. Every combination of indices has one line, lines in any order. Lines before the names that begin with # are comments; the first that holds
/// a JSON object is the meta text.
/// </summary>
internal sealed class ChannelCsvReader
{
    private const string Remedy = "The first line names the columns, such as realization,user,accessPoint,antenna,re,im; commas between, points in numbers.";
    private const string RealColumn = "re", ImaginaryColumn = "im";

    private readonly string file;
    private readonly CsvLines lines;
    private string[] columns = [];
    private int[] axisColumns = [];
    private int realColumn;
    private int imaginaryColumn;

    private ChannelCsvReader(Stream stream, string name) => (lines, file) = (new CsvLines(stream), name);

    /// <summary>The coefficients in double precision, axes as the columns have them; their names as --axes has them; the meta text, or null.</summary>
    public static (FileArray Coefficients, string Axes, string? MetaJson) Read(Stream stream, string name) => new ChannelCsvReader(stream, name).Read();

    private (FileArray Coefficients, string Axes, string? MetaJson) Read()
    {
        string? meta = ReadHeader();
        int firstLine = lines.Number + 1, axes = axisColumns.Length;
        var indices = new List<int>(); // [row, axis]
        var values = new List<Complex>();
        var fields = new Range[columns.Length + 1];
        Span<int> row = stackalloc int[axes];
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (line.IsEmpty)
            {
                RequireNoMore();
                break;
            }

            values.Add(ReadRow(line, fields, row));
            indices.AddRange(row);
        }

        int[] shape = Shape(indices, values.Count, firstLine);
        return (new FileArray(file, $"{file}, line {firstLine}, column 1", NumpyElement.ComplexDouble, shape, Place(indices, values, shape, firstLine)), string.Join(',', axisColumns.Select(c => columns[c])), meta);
    }

    private string? ReadHeader()
    {
        string? meta = null;
        ReadOnlySpan<byte> line;
        bool first = true;
        while (true)
        {
            if (!lines.TryRead(out line))
            {
                throw Error(1, "the end of the file", "a line that names the columns");
            }

            line = first && line.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line; // spreadsheets write one
            first = false;
            if (line.IsEmpty || line[0] != '#')
            {
                break;
            }

            string comment = Encoding.UTF8.GetString(line[1..]).Trim();
            meta ??= !lines.IsTooLong && comment.StartsWith('{') ? comment : null;
        }

        RequireLength();
        columns = Encoding.Latin1.GetString(line).Split(',', StringSplitOptions.TrimEntries);
        int column = 1;
        foreach (var (name, i) in columns.Select((name, i) => (name, i)))
        {
            if (!IsKnown(name) || Array.FindIndex(columns, other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) < i)
            {
                throw Error(column, $"the column {Shown(Encoding.Latin1.GetBytes(name))}{(IsKnown(name) ? " again" : "")}", $"{string.Join(", ", ChannelAxes.Names)}, {RealColumn} or {ImaginaryColumn}, each once");
            }

            column += Encoding.Latin1.GetString(line).Split(',')[i].Length + 1;
        }

        (realColumn, imaginaryColumn) = (Find(RealColumn), Find(ImaginaryColumn));
        axisColumns = [.. Enumerable.Range(0, columns.Length).Where(c => c != realColumn && c != imaginaryColumn)];
        foreach (string needed in new[] { "user", "antenna" })
        {
            Find(needed);
        }

        return meta;

        static bool IsKnown(string name) => ChannelAxes.Names.Concat([RealColumn, ImaginaryColumn]).Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private int Find(string name) =>
        Array.FindIndex(columns, c => c.Equals(name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var found ? found : throw Error(1, $"no column '{name}'", "one");

    private Complex ReadRow(ReadOnlySpan<byte> line, Span<Range> fields, Span<int> row)
    {
        RequireLength();
        int count = 0, start = 0;
        for (int at = 0; at <= line.Length; at++)
        {
            if (at < line.Length && line[at] != ',')
            {
                continue;
            }

            if (count == columns.Length)
            {
                throw Error(start + 1, "one more value", $"{columns.Length} of them");
            }

            fields[count++] = start..at;
            start = at + 1;
        }

        if (count < columns.Length)
        {
            throw Error(line.Length + 1, $"the end of the line after {count} value{(count == 1 ? "" : "s")}", $"{columns.Length} of them");
        }

        for (int axis = 0; axis < row.Length; axis++)
        {
            row[axis] = Index(line, fields[axisColumns[axis]], columns[axisColumns[axis]]);
        }

        return new Complex(Number(line, fields[realColumn]), Number(line, fields[imaginaryColumn]));
    }

    private int Index(ReadOnlySpan<byte> line, Range field, string name) =>
        int.TryParse(line[field].Trim((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < int.MaxValue
            ? index
            : throw Error(field.Start.Value + 1, Shown(line[field]), $"the {name}, a whole number from 0");

    private double Number(ReadOnlySpan<byte> line, Range field) =>
        double.TryParse(
            line[field].Trim((byte)' '), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number) &&
        double.IsFinite(number)
            ? number
            : throw Error(field.Start.Value + 1, Shown(line[field]), "a finite number");

    /// <summary>Extents from the largest indices; as many lines as they make combinations, before memory is taken for those.</summary>
    private int[] Shape(List<int> indices, int count, int firstLine)
    {
        if (count == 0)
        {
            throw Error(1, "no lines behind the names of the columns", "one for every coefficient");
        }

        var shape = new int[axisColumns.Length];
        for (int i = 0; i < indices.Count; i++)
        {
            shape[i % shape.Length] = Math.Max(shape[i % shape.Length], indices[i] + 1);
        }

        long product = 1;
        foreach (int extent in shape)
        {
            product = Math.Min(product * extent, int.MaxValue); // stops growing, so that it cannot overflow
        }

        return product == count ? shape : throw new FileFormatException(
            file, firstLine + count - 1, 1, $"the last of {count} lines of numbers",
            $"{(product == int.MaxValue ? "one" : product)} for every combination of {string.Join(", ", shape.Select((extent, axis) => $"{columns[axisColumns[axis]]} 0…{extent - 1}"))}",
            product > count ? "Lines are missing, or an index is wrong: they count from 0." : "Some combinations are there more than once.");
    }

    private Complex[] Place(List<int> indices, List<Complex> values, int[] shape, int firstLine)
    {
        var placed = new Complex[values.Count];
        var lineOf = new int[values.Count];
        for (int row = 0; row < values.Count; row++)
        {
            int at = 0;
            for (int axis = 0; axis < shape.Length; axis++)
            {
                at = (at * shape[axis]) + indices[(row * shape.Length) + axis];
            }

            if (lineOf[at] != 0)
            {
                throw new FileFormatException(file, firstLine + row, 1, $"the indices of line {lineOf[at]} again", "each combination once", "Remove one of the two.");
            }

            (placed[at], lineOf[at]) = (values[row], firstLine + row);
        }

        return placed;
    }

    private void RequireLength()
    {
        if (lines.IsTooLong)
        {
            throw Error(CsvLines.MaximumLength + 1, "a longer line", $"at most {CsvLines.MaximumLength} bytes");
        }
    }

    private void RequireNoMore()
    {
        int empty = lines.Number;
        if (lines.TryRead(out _))
        {
            throw new FileFormatException(file, empty, 1, "an empty line", "numbers, or the end of the file", Remedy);
        }
    }

    private static string Shown(ReadOnlySpan<byte> field)
    {
        const int Longest = 24;
        string text = string.Concat(Encoding.Latin1.GetString(field[..Math.Min(Longest, field.Length)]).Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return field.Length > Longest ? $"'{text}…'" : $"'{text}'";
    }

    private FileFormatException Error(int column, string got, string expected) => new(file, Math.Max(1, lines.Number), column, got, expected, Remedy);
}
