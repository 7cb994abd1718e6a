using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Precoding.Simulation;

/// <summary>The files of figures: data (.json, .csv) when one is computed, pictures (.svg), report.html and verdict.md from the data alone.</summary>
public static class FigureFiles
{
    public const string VerdictName = "verdict.md", ReportName = "report.html";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes FIGURE.json and FIGURE.csv, a line a point: panel, series, x, y and the ends of its interval.</summary>
    public static void WriteData(string directory, FigureResult figure)
    {
        WriteText(Path.Combine(directory, $"{figure.Id}.json"), JsonSerializer.Serialize(figure, Json) + "\n");
        var csv = new StringBuilder("panel,series,x,y,low,high\n");
        foreach (Chart panel in figure.Panels)
        {
            foreach (ChartSeries series in panel.Series)
            {
                foreach (ChartPoint p in series.Points)
                {
                    csv.Append(CultureInfo.InvariantCulture, $"{CsvFields.Quoted(panel.Title)},{CsvFields.Quoted(series.Name)},{p.X:R},{p.Y:R},{p.Low:R},{p.High:R}\n");
                }
            }
        }

        WriteText(Path.Combine(directory, $"{figure.Id}.csv"), csv.ToString());
    }

    /// <summary>Draws every figure whose data is in the directory and writes the report and the table of verdicts; a damaged file is an error after the others are drawn.</summary>
    /// <returns>The figures, by paper and number.</returns>
    public static IReadOnlyList<FigureResult> Draw(string directory)
    {
        FileFormatException? damaged = null;
        FigureResult[] figures = [.. Directory.EnumerateFiles(directory, "*-fig*.json").Order(StringComparer.Ordinal).Select(path =>
        {
            try
            {
                return Read(path);
            }
            catch (FileFormatException error)
            {
                damaged ??= error;
                return null;
            }
        }).OfType<FigureResult>().OrderBy(f => f.Paper, StringComparer.Ordinal).ThenBy(f => f.Number)];
        foreach (FigureResult figure in figures)
        {
            WriteText(Path.Combine(directory, $"{figure.Id}.svg"), SvgChart.Draw(FigureReport.Heading(figure), figure.Panels, $"{figure.Sizes}; profile {FigureReport.Lower(figure.Profile)}; bands: 95 % confidence of the mean over drops"));
        }

        WriteText(Path.Combine(directory, VerdictName), Verdicts(figures));
        WriteText(Path.Combine(directory, ReportName), HtmlReport.Write(FigureReport.Of(figures)));
        return damaged is null ? figures : throw damaged;
    }

    /// <summary>The data of a figure; a file that is none is refused with its place.</summary>
    public static FigureResult Read(string path)
    {
        try
        {
            FigureResult? figure = JsonSerializer.Deserialize<FigureResult>(File.ReadAllBytes(path), Json);
            return figure is { Panels: not null, Claims: not null, Paper: not null, Tables: not null } ? figure : throw new FileFormatException(path, 1, 1, "no figure", "what reproduce writes", "Compute it again.");
        }
        catch (JsonException error)
        {
            throw new FileFormatException(path, (int)(error.LineNumber ?? 0) + 1, (int)(error.BytePositionInLine ?? 0) + 1, "no figure", "what reproduce writes", "Compute it again.");
        }
    }

    private static string Verdicts(IReadOnlyList<FigureResult> figures)
    {
        var text = new StringBuilder("# What the papers state, and what was found\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{FigureReport.Legend} {FigureReport.Verdicts}\n");
        foreach (FigureResult figure in figures)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {FigureReport.Heading(figure)}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"{FigureReport.Origin(figure)}. ![{figure.Id}]({figure.Id}.svg)\n\n");
            foreach (ReportTable table in figure.Tables)
            {
                text.Append(CultureInfo.InvariantCulture, $"{table.Title}\n\n| {string.Join(" | ", table.Columns.Select(Cell))} |\n|{string.Concat(Enumerable.Repeat("---|", table.Columns.Count))}\n");
                foreach (IReadOnlyList<string> row in table.Rows)
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Cell))} |\n");
                }

                text.Append('\n');
            }

            text.Append(figure.Claims.Count == 0 ? "" : "| the paper | tried at | found | verdict |\n|---|---|---|---|\n");
            foreach (Claim claim in figure.Claims)
            {
                string why = claim.Why.Length == 0 ? "" : $": {claim.Why}";
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(claim.Statement)} | {Cell(claim.Setting)} | {Cell(claim.Found)} | **{FigureReport.Lower(claim.Verdict)}**{Cell(why)} |\n");
            }
        }

        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
