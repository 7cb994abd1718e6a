namespace Precoding.Cli.Output;

/// <summary>Columns of text, the first left-aligned, the others as told; one or two heading lines.</summary>
internal sealed class TextTable(params IReadOnlyList<(string Heading, string Unit, bool AlignRight)> columns)
{
    private const string Gap = "  ";
    private const int LongestRule = 110;
    private readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add(cells);

    public void Write(TextWriter output)
    {
        bool hasUnits = columns.Any(c => c.Unit.Length > 0);
        int[] widths = [.. columns.Select((c, i) => rows.Select(r => r[i].Length).Append(c.Heading.Length).Append(c.Unit.Length).Max())];
        Line(columns.Select(c => c.Heading));
        if (hasUnits)
        {
            Line(columns.Select(c => c.Unit));
        }

        output.WriteLine(new string('-', Math.Min(LongestRule, widths.Sum() + (Gap.Length * (widths.Length - 1)))));
        foreach (string[] row in rows)
        {
            Line(row);
        }

        void Line(IEnumerable<string> cells) => output.WriteLine(
            string.Join(Gap, cells.Select((cell, i) => columns[i].AlignRight ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }
}
