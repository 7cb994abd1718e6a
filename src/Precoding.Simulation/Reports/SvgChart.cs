using System.Globalization;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Charts, two in a row, as one self-contained SVG file: lines that differ in colour, marker and dashes, intervals as bands, a legend below each.</summary>
public static class SvgChart
{
    private const double PanelWidth = 560, PlotHeight = 340, Left = 72, Right = 18, Top = 30, TitleRoom = 36, AxisRoom = 52, LegendRow = 20, LegendColumn = 235, NoteRow = 14;

    /// <param name="title">Above all panels.</param>
    /// <param name="note">Below all panels: where the numbers come from.</param>
    public static string Draw(string title, IReadOnlyList<Chart> panels, string note = "")
    {
        int legendRows = panels.Max(p => (p.Series.Count + 1) / 2);
        int columns = Math.Min(2, panels.Count), rows = (panels.Count + 1) / 2;
        IReadOnlyList<string> lines = Wrapped(note, 85 * columns);
        double panelHeight = Top + PlotHeight + AxisRoom + (legendRows * LegendRow), height = TitleRoom + (rows * panelHeight) + 14 + (NoteRow * lines.Count), width = Math.Max(680, PanelWidth * columns);
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">");
        Add(svg, $"<title>{Escape(title)}</title><rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        Add(svg, $"<text x=\"{Left}\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{Escape(title)}</text>");
        for (int i = 0; i < panels.Count; i++)
        {
            Add(svg, $"<g transform=\"translate({i % 2 * PanelWidth} {TitleRoom + (i / 2 * panelHeight)})\">");
            DrawPanel(svg, panels[i]);
            Add(svg, $"</g>");
        }

        for (int i = 0; i < lines.Count; i++)
        {
            Add(svg, $"<text x=\"{Left}\" y=\"{height - 8 - (NoteRow * (lines.Count - 1 - i))}\" font-size=\"11\" fill=\"#555555\">{Escape(lines[i])}</text>");
        }

        Add(svg, $"</svg>");
        return svg.ToString();
    }

    private static void DrawPanel(StringBuilder svg, Chart chart)
    {
        const double plotWidth = PanelWidth - Left - Right, bottom = Top + PlotHeight;
        (AxisRange x, AxisRange y) = (AxisRange.OfX(chart), AxisRange.OfY(chart));
        Add(svg, $"<text x=\"{Left}\" y=\"{Top - 14}\">{Escape(chart.Title)}</text>");
        foreach (double tick in y.Ticks)
        {
            Add(svg, $"<line x1=\"{Left}\" y1=\"{Y(tick):F1}\" x2=\"{Left + plotWidth}\" y2=\"{Y(tick):F1}\" stroke=\"#e2e2e2\"/>");
            Add(svg, $"<text x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{Number(tick)}</text>");
        }

        foreach (double tick in x.Ticks)
        {
            Add(svg, $"<line x1=\"{X(tick):F1}\" y1=\"{Top}\" x2=\"{X(tick):F1}\" y2=\"{bottom}\" stroke=\"#efefef\"/>");
            Add(svg, $"<text x=\"{X(tick):F1}\" y=\"{bottom + 18}\" text-anchor=\"middle\">{Number(tick)}</text>");
        }

        Add(svg, $"<text x=\"{Left + (plotWidth / 2)}\" y=\"{bottom + 40}\" text-anchor=\"middle\">{Escape(chart.X.Label)}</text>");
        Add(svg, $"<text x=\"18\" y=\"{Top + (PlotHeight / 2)}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {Top + (PlotHeight / 2)})\">{Escape(chart.Y.Label)}</text>");
        for (int i = 0; i < chart.Series.Count; i++)
        {
            IReadOnlyList<ChartPoint> points = chart.DrawnPoints(i);
            LineStyle style = LineStyle.Of(i);
            string dash = string.Join(' ', style.Dash);
            if (points.Any(p => p.High > p.Low))
            {
                IEnumerable<string> edge = [.. points.Select(p => At(p.X, p.High)), .. points.Reverse().Select(p => At(p.X, p.Low))];
                Add(svg, $"<polygon points=\"{string.Join(' ', edge)}\" fill=\"{style.Colour}\" fill-opacity=\"{LineStyle.BandOpacity}\"/>");
            }

            if (points.Count > 0)
            {
                string path = string.Join(' ', points.SelectMany((p, j) => chart.Series[i].IsSteps && j > 0 ? [At(p.X, points[j - 1].Y), At(p.X, p.Y)] : (string[])[At(p.X, p.Y)]));
                Add(svg, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{style.Colour}\" stroke-width=\"{LineStyle.LineWidth}\" stroke-linejoin=\"round\" stroke-dasharray=\"{dash}\"/>");
                (int first, int every) = LineStyle.MarkedPoints(i, chart.Series.Count, points.Count);
                for (int j = first; j < points.Count && !chart.Series[i].IsSteps; j += every)
                {
                    Mark(svg, style, X(points[j].X), Y(points[j].Y));
                }
            }

            double legendX = Left + (i % 2 * LegendColumn), legendY = bottom + AxisRoom + (i / 2 * LegendRow) + 4;
            Add(svg, $"<line x1=\"{legendX}\" y1=\"{legendY}\" x2=\"{legendX + 34}\" y2=\"{legendY}\" stroke=\"{style.Colour}\" stroke-width=\"{LineStyle.LineWidth}\" stroke-dasharray=\"{dash}\"/>");
            if (!chart.Series[i].IsSteps)
            {
                Mark(svg, style, legendX + 17, legendY);
            }

            Add(svg, $"<text x=\"{legendX + 42}\" y=\"{legendY + 4}\" font-size=\"12\">{Escape(chart.Series[i].Name)}</text>");
        }

        Add(svg, $"<rect x=\"{Left}\" y=\"{Top}\" width=\"{plotWidth}\" height=\"{PlotHeight}\" fill=\"none\" stroke=\"#333333\"/>");

        double X(double value) => Left + (Math.Clamp(x.PlaceOf(value), 0, 1) * plotWidth);
        double Y(double value) => chart.Y.Scale == ChartScale.Logarithmic && value <= 0 ? bottom : bottom - (Math.Clamp(y.PlaceOf(value), 0, 1) * PlotHeight);
        string At(double px, double py) => FormattableString.Invariant($"{X(px):F1},{Y(py):F1}");
    }

    private static void Mark(StringBuilder svg, LineStyle style, double x, double y)
    {
        string fill = style.Fill switch { MarkerFill.None => "none", MarkerFill.Background => "#ffffff", _ => style.Colour };
        Add(svg, $"<path transform=\"translate({x:F1} {y:F1})\" d=\"{style.Marker}\" fill=\"{fill}\" stroke=\"{style.Colour}\" stroke-width=\"{LineStyle.MarkerStroke}\"/>");
    }

    private static void Add(StringBuilder svg, FormattableString line) => svg.Append(FormattableString.Invariant(line)).Append('\n');

    /// <summary>The words in lines of at most so many characters.</summary>
    private static List<string> Wrapped(string text, int most)
    {
        var lines = new List<string>();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= most)
            {
                lines[^1] += " " + word;
            }
            else
            {
                lines.Add(word);
            }
        }

        return lines;
    }

    private static string Number(double value) => value == 0 ? "0" : Math.Abs(value) >= 1e5 || Math.Abs(value) < 1e-3
        ? value.ToString("0.#e+0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
