using System.Globalization;
using System.Text;

namespace Precoding.Simulation;

/// <summary>
/// Results and timings of a sweep as comma-separated values, a line each, in the shortest decimals that give the same number back; NaN, Infinity and -Infinity are
/// written so. Nothing keeps more than a line. A line is a row: texts hold no control characters.
/// </summary>
public static class SweepCsv
{
    public const string ResultsHeader = "realization,snrDb,precoder,metric,value,status", TimingsHeader = "realization,snrDb,precoder,seconds,device,shard";
    public const string SummaryHeader = "snrDb,precoder,metric,mean,halfWidth,count,failed,notFinite,baseline,difference,differenceHalfWidth,pairs,shareAbove";
    private const int LongestLine = 1 << 16;
    private const string Remedy = "The file is damaged or was edited; remove it and merge the shards again.";

    /// <summary>Whether a label may be written: no control characters and no half of a surrogate pair.</summary>
    public static bool CanHold(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (char.IsControl(text[i]) || (char.IsSurrogate(text[i]) && !isPair))
            {
                return false;
            }

            i += isPair ? 1 : 0;
        }

        return true;
    }

    /// <summary>A row without the end of its line.</summary>
    public static string Line(SweepRow row) => string.Create(
        CultureInfo.InvariantCulture, $"{row.Realization},{row.SnrDb:R},{Written(row.Precoder)},{Written(row.Metric)},{row.Value:R},{Written(row.Status)}");

    /// <summary>A row without the end of its line.</summary>
    public static string Line(SweepTiming timing) => string.Create(
        CultureInfo.InvariantCulture, $"{timing.Realization},{timing.SnrDb:R},{Written(timing.Precoder)},{timing.Seconds:R},{Written(timing.Device)},{timing.Shard}");

    /// <param name="file">What an error names, with the number of the line from 1.</param>
    public static SweepRow ParseRow(string line, string file, int lineNumber)
    {
        var fields = new Fields(line, file, lineNumber);
        var row = new SweepRow(fields.Index("realization"), fields.Number("snrDb"), fields.Text("precoder"), fields.Text("metric"), fields.Number("value"), fields.Text("status"));
        fields.RequireEnd();
        return row;
    }

    /// <param name="file">What an error names, with the number of the line from 1.</param>
    public static SweepTiming ParseTiming(string line, string file, int lineNumber)
    {
        var fields = new Fields(line, file, lineNumber);
        var timing = new SweepTiming(fields.Index("realization"), fields.Number("snrDb"), fields.Text("precoder"), fields.Number("seconds"), fields.Text("device"), fields.Index("shard"));
        fields.RequireEnd();
        return timing;
    }

    public static void WriteResults(TextWriter writer, IEnumerable<SweepRow> rows) => Write(writer, ResultsHeader, rows.Select(Line));

    public static void WriteTimings(TextWriter writer, IEnumerable<SweepTiming> timings) => Write(writer, TimingsHeader, timings.Select(Line));

    /// <summary>A line for each SNR, precoder and metric; the columns from baseline on are empty where there is no pair of drops.</summary>
    public static void WriteSummary(TextWriter writer, SweepSummary summary) => Write(writer, SummaryHeader, summary.Cells.Select(cell => string.Create(
        CultureInfo.InvariantCulture,
        $"{cell.SnrDb:R},{Written(cell.Precoder)},{Written(cell.Metric)},{cell.Mean.Mean:R},{cell.Mean.HalfWidth:R},{cell.Mean.Count},{cell.FailedCount},{cell.NotFiniteCount},") +
        (cell.OverBaseline is not { } over ? ",,,," : string.Create(
            CultureInfo.InvariantCulture, $"{Written(summary.Baseline)},{over.Difference.Mean:R},{over.Difference.HalfWidth:R},{over.Difference.Count},{over.ShareAbove:R}"))));

    /// <summary>Reads while it is enumerated.</summary>
    /// <param name="name">What errors call it.</param>
    public static IEnumerable<SweepRow> ReadResults(TextReader reader, string name) => Read(reader, name, ResultsHeader, ParseRow);

    /// <summary>Reads while it is enumerated.</summary>
    /// <param name="name">What errors call it.</param>
    public static IEnumerable<SweepTiming> ReadTimings(TextReader reader, string name) => Read(reader, name, TimingsHeader, ParseTiming);

    private static void Write(TextWriter writer, string header, IEnumerable<string> lines)
    {
        foreach (string line in lines.Prepend(header))
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    private static IEnumerable<T> Read<T>(TextReader reader, string name, string header, Func<string, string, int, T> parse)
    {
        int number = 0;
        foreach (string line in Lines(reader, name))
        {
            number++;
            if (number > 1)
            {
                yield return parse(line, name, number);
            }
            else if (line != header)
            {
                throw new FileFormatException(name, 1, 1, Shown(line), header, Remedy);
            }
        }

        if (number == 0)
        {
            throw new FileFormatException(name, 1, 1, "an empty file", header, Remedy);
        }
    }

    /// <summary>Lines of bounded length, each with its end \n or \r\n: a last line without one may have lost more than that.</summary>
    private static IEnumerable<string> Lines(TextReader reader, string name)
    {
        var buffer = new char[LongestLine];
        int number = 0, start = 0, filled = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, filled - start).IndexOf('\n');
            if (length >= 0)
            {
                number++;
                yield return new string(buffer, start, length > 0 && buffer[start + length - 1] == '\r' ? length - 1 : length);
                start += length + 1;
                continue;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            (start, filled) = (0, filled - start);
            if (filled == buffer.Length)
            {
                throw new FileFormatException(name, number + 1, 1, "a longer line", $"at most {LongestLine} characters", Remedy);
            }

            int read = reader.Read(buffer, filled, buffer.Length - filled);
            if (read == 0 && filled > 0)
            {
                throw new FileFormatException(name, number + 1, 1, $"{Shown(buffer.AsSpan(0, filled))} without an end of line", "a whole line", Remedy);
            }

            if (read == 0)
            {
                yield break;
            }

            filled += read;
        }
    }

    private static string Written(string text) => CanHold(text)
        ? CsvFields.Quoted(text)
        : throw new ArgumentException($"The label {Shown(text)} holds a control character or half of a surrogate pair; a line of results holds neither. Choose another.", nameof(text));

    private static string Shown(ReadOnlySpan<char> text)
    {
        const int Longest = 40;
        string shown = string.Concat(text[..Math.Min(Longest, text.Length)].ToString().Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > Longest ? $"'{shown}…'" : $"'{shown}'";
    }

    /// <summary>The fields of one line, taken one after the other.</summary>
    private ref struct Fields(string line, string file, int number)
    {
        private int next; // −1 behind the last field
        private int begin;

        public int Index(string name) =>
            int.TryParse(Take(name), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : throw Error(name, "a whole number from 0");

        public double Number(string name) =>
            double.TryParse(Take(name), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw Error(name, "a number, NaN, Infinity or -Infinity");

        public string Text(string name)
        {
            string text = Take(name).ToString();
            return CanHold(text) ? text : throw Error(name, "a text without control characters");
        }

        public readonly void RequireEnd()
        {
            if (next >= 0)
            {
                throw new FileFormatException(file, number, Column(next), Shown(line.AsSpan(next)), "the end of the line", Remedy);
            }
        }

        private ReadOnlySpan<char> Take(string name)
        {
            if (next < 0)
            {
                throw new FileFormatException(file, number, Column(line.Length), "the end of the line", name, Remedy);
            }

            begin = next;
            if (!CsvFields.TryTake(line, ref next, out ReadOnlySpan<char> field))
            {
                throw Error(name, "a quote only around a whole text, and twice inside");
            }

            next = next < line.Length ? next + 1 : -1;
            return field;
        }

        private readonly FileFormatException Error(string name, string expected) => new(file, number, Column(begin), $"{Shown(line.AsSpan(begin))} as {name}", expected, Remedy);

        private readonly int Column(int at) => Encoding.UTF8.GetByteCount(line.AsSpan(0, at)) + 1;
    }
}
