using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Precoding.Benchmarks.Race;

/// <summary>A report as markdown, which also reads well in a terminal, and as JSON.</summary>
internal static class RaceText
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string ToJson(RaceReport report) => JsonSerializer.Serialize(report, JsonOptions) + "\n";

    public static string ToMarkdown(RaceReport report)
    {
        var lines = new List<string>
        {
            $"* {report.Date}, commit {report.Commit}: {report.Processor}, {report.CoreCount} cores, {report.VectorBits}-bit vectors, {report.Runtime}",
        };
        if (report.Device is not null)
        {
            lines.Add($"* device: {report.Device}");
        }

        if (report.Torch is not null)
        {
            lines.Add($"* peer: PyTorch {report.Torch} on {report.TorchDevice}");
        }

        if (report.OpenBlas is not null)
        {
            lines.Add($"* OpenBLAS: {report.OpenBlas}, core {report.OpenBlasCore}; beside n threads of it run n workers of ours, the caller among them");
        }

        if (report.Numpy is not null)
        {
            lines.Add($"* peer: numpy {report.Numpy}, scipy {report.Scipy}, {report.PeerBlas}, core {report.PeerCore}");
        }

        if (report.LoadAverage is { } load)
        {
            lines.Add($"* load average before: {load.ToString("F1", CultureInfo.InvariantCulture)}");
        }

        lines.Add($"* channels: {report.Channels}");
        if (report.Rows.Count > 0)
        {
            lines.Add(string.Empty);
            lines.AddRange(Table(report.Rows));
        }

        foreach (string line in report.Skipped.Concat(report.Failures.Select(f => $"FAILED: {f}")))
        {
            lines.Add(string.Empty);
            lines.Add(line);
        }

        return string.Join('\n', lines) + "\n";
    }

    private static IEnumerable<string> Table(IReadOnlyList<RaceRow> rows)
    {
        string[][] table =
        [
            ["what", "unit", "ours", "theirs", "from minima", "median of rounds", "target", "met", "rates differ"],
            .. rows.Select(r => (string[])[r.Name, r.Unit, Value(r.Ours), Value(r.Theirs), Score(r.Kind, r.Score), Score(r.Kind, r.MedianScore), Score(r.Kind, r.Target), r.Met, Difference(r.RateDifference)]),
        ];
        int[] widths = [.. Enumerable.Range(0, table[0].Length).Select(c => table.Max(r => r[c].Length))];
        for (int row = 0; row < table.Length; row++)
        {
            yield return "| " + string.Join(" | ", table[row].Select((cell, c) => IsNumber(c) ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))) + " |";
            if (row == 0)
            {
                yield return "|" + string.Join("|", widths.Select((w, c) => IsNumber(c) ? new string('-', w + 1) + ":" : new string('-', w + 2))) + "|";
            }
        }

        static bool IsNumber(int column) => column is (>= 2 and <= 6) or 8;
    }

    private static string Value(double? value) => value is { } v ? v.ToString(v >= 100 ? "F0" : v >= 10 ? "F1" : "F3", CultureInfo.InvariantCulture) : "-";

    private static string Score(ScoreKind kind, double? score) => score is not { } s ? "-" : kind switch
    {
        ScoreKind.TimesFaster => s.ToString(s >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture) + "x",
        ScoreKind.AtLeast or ScoreKind.AtMost => Value(s),
        ScoreKind.Share => (100 * s).ToString("F0", CultureInfo.InvariantCulture) + " %",
        _ => s.ToString("F0", CultureInfo.InvariantCulture),
    };

    private static string Difference(double? difference) => difference is { } d ? d.ToString("0.0e+0", CultureInfo.InvariantCulture) : "-";
}
