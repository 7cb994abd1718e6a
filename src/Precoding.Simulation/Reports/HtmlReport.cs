using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Precoding.Simulation;

/// <summary>A report as one HTML file that needs no other and no network: charts to zoom into, point at and take curves out of, drawn by Apache ECharts (Web/README.md).</summary>
public static class HtmlReport
{
    private static readonly string Library = Resource("echarts.min.js"), Program = Resource("report.js"), Style = Resource("report.css");

    public static string Write(Report report)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");

        // nothing is fetched, and no script runs but these two, whatever a text holds
        html.Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {Hash(Library)} {Hash(Program)}; style-src 'unsafe-inline'\"/>\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Escape(report.Title)}</title>\n<style>\n{Style}{PaletteRules()}</style>\n</head>\n<body>\n");
        html.Append(CultureInfo.InvariantCulture, $"<header>\n<h1>{Escape(report.Title)}</h1>\n");
        AddNotes(html, report.Notes);
        html.Append("</header>\n<nav aria-label=\"Contents\">\n<ul>\n");
        foreach (ReportSection section in report.Sections)
        {
            html.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{Escape(Uri.EscapeDataString(section.Id))}\">{Escape(section.Title)}</a></li>\n");
        }

        html.Append("</ul>\n</nav>\n<main>\n<noscript><p>The charts need JavaScript.</p></noscript>\n");
        AddTables(html, report.Tables);
        int chartCount = 0;
        foreach (ReportSection section in report.Sections)
        {
            html.Append(CultureInfo.InvariantCulture, $"<section id=\"{Escape(section.Id)}\">\n<h2>{Escape(section.Title)}</h2>\n");
            AddNotes(html, section.Notes);
            html.Append("<div class=\"charts\">\n");
            foreach (Chart chart in section.Charts)
            {
                AddChart(html, chart, chartCount++);
            }

            html.Append("</div>\n");
            AddTables(html, section.Tables);
            html.Append("</section>\n");
        }

        string data = HtmlChartData.Write(report.Sections.SelectMany(s => s.Charts));
        html.Append(CultureInfo.InvariantCulture, $"</main>\n<footer><p>Charts by Apache ECharts; its licence and those of its parts are in this file's source.</p></footer>\n");
        html.Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"chart-data\">{data}</script>\n<script>{Library}</script>\n<script>{Program}</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    /// <summary>A place for the picture, a button a curve, and a place for the numbers, which the script fills when somebody asks.</summary>
    private static void AddChart(StringBuilder html, Chart chart, int number)
    {
        string described = $"{chart.Title}: {chart.Y.Label} over {chart.X.Label}; {string.Join(", ", chart.Series.Select(s => s.Name))}. The numbers are below.";
        html.Append(CultureInfo.InvariantCulture, $"<figure>\n<figcaption>{Escape(chart.Title)}</figcaption>\n<div class=\"chart\" role=\"img\" aria-label=\"{Escape(described)}\" data-chart=\"{number}\"></div>\n<ul class=\"legend\">\n");
        for (int i = 0; i < chart.Series.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<li><button type=\"button\" aria-pressed=\"true\" data-series=\"{i}\">{Sample(LineStyle.Of(i), !chart.Series[i].IsSteps)}{Escape(chart.Series[i].Name)}</button></li>\n");
        }

        html.Append("</ul>\n<details class=\"numbers\"><summary>Numbers</summary></details>\n</figure>\n");
    }

    /// <summary>A piece of the line with its marker.</summary>
    private static string Sample(LineStyle style, bool hasMarker)
    {
        string colour = HtmlChartData.Colour(style);
        string marker = hasMarker ? $"<path d=\"{style.Marker}\" fill=\"{HtmlChartData.MarkerColour(style)}\" stroke=\"{colour}\" stroke-width=\"{Number(LineStyle.MarkerStroke)}\"/>" : "";
        return $"<svg viewBox=\"-18 -6 36 12\" width=\"36\" height=\"12\" aria-hidden=\"true\"><path d=\"M-17 0h34\" stroke=\"{colour}\" stroke-width=\"{Number(LineStyle.LineWidth)}\" stroke-dasharray=\"{string.Join(' ', style.Dash)}\"/>{marker}</svg>";
    }

    private static void AddNotes(StringBuilder html, IReadOnlyList<string> notes)
    {
        foreach (string note in notes)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{Escape(note)}</p>\n");
        }
    }

    private static void AddTables(StringBuilder html, IReadOnlyList<ReportTable> tables)
    {
        foreach (ReportTable table in tables)
        {
            string title = Escape(table.Title);
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"table\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table>\n<caption>{title}</caption>\n");
            html.Append(CultureInfo.InvariantCulture, $"<thead><tr>{string.Concat(table.Columns.Select(c => $"<th scope=\"col\">{Escape(c)}</th>"))}</tr></thead>\n<tbody>\n");
            foreach (IReadOnlyList<string> row in table.Rows)
            {
                html.Append(CultureInfo.InvariantCulture, $"<tr>{string.Concat(row.Select((cell, i) => i == 0 ? $"<th scope=\"row\">{Escape(cell)}</th>" : $"<td>{Escape(cell)}</td>"))}</tr>\n");
            }

            html.Append("</tbody>\n</table></div>\n");
        }
    }

    /// <summary>The palette as properties that the colour scheme may change: black lines are as light as the text on a dark page.</summary>
    private static string PaletteRules() => $":root {{ {string.Concat(LineStyle.Palette.Select((colour, i) => $"--line-{i}: {(colour == "#000000" ? "var(--ink)" : colour)}; "))}}}\n";

    private static string Hash(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream($"reports/{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
