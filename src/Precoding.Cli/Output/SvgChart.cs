using System.Text;

namespace Precoding.Cli.Output;

/// <summary>The convergence chart as a self-contained SVG file.</summary>
internal static class SvgChart
{
    private const double Width = 800, Height = 480, Left = 70, Right = 205, Top = 40, Bottom = 55;

    // Okabe and Ito's palette: distinct to readers with any colour vision
    private static readonly string[] Colours = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2"];

    public static string Draw(ConvergenceChart chart, string title)
    {
        var svg = new StringBuilder();
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\">");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Escape(title)}</text>");
        for (double value = 0; value <= chart.Top * 1.0001; value += chart.LabelStep)
        {
            Line($"<line x1=\"{Left}\" y1=\"{Y(value):F1}\" x2=\"{Width - Right}\" y2=\"{Y(value):F1}\" stroke=\"#dddddd\"/>");
            Line($"<text x=\"{Left - 8}\" y=\"{Y(value) + 4:F1}\" text-anchor=\"end\">{value:0.###}</text>");
        }

        foreach (int iteration in chart.LabelledIterations)
        {
            Line($"<text x=\"{X(iteration):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{iteration}</text>");
        }

        Line($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{ConvergenceChart.XTitle}</text>");
        Line($"<text x=\"18\" y=\"{(Top + Height - Bottom) / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {(Top + Height - Bottom) / 2})\">{ConvergenceChart.YTitle}</text>");
        for (int i = 0; i < chart.Series.Count; i++)
        {
            var (name, _, points) = chart.Series[i];
            string colour = Colours[i % Colours.Length];
            string dashes = points.Count == 1 ? " stroke-dasharray=\"6 4\"" : string.Empty; // a closed form is a level
            IEnumerable<(int Iteration, double SumRate)> drawn = points.Append((chart.LastIteration, points[^1].SumRate)); // settled: level
            string path = string.Join(' ', drawn.Select(p => FormattableString.Invariant($"{X(p.Iteration):F1},{Y(p.SumRate):F1}")));
            Line($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>");
            double y = Top + 10 + (22 * i);
            Line($"<line x1=\"{Width - Right + 15}\" y1=\"{y}\" x2=\"{Width - Right + 45}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>");
            Line($"<text x=\"{Width - Right + 52}\" y=\"{y + 4}\">{Escape(name)}</text>");
        }

        Line($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Width - Left - Right}\" height=\"{Height - Top - Bottom}\" fill=\"none\" stroke=\"#333333\"/>");
        Line($"</svg>");
        return svg.ToString();

        double X(int iteration) => Left + (chart.XOf(iteration) * (Width - Left - Right));
        double Y(double sumRate) => Height - Bottom - (sumRate / chart.Top * (Height - Top - Bottom));
        void Line(FormattableString line) => svg.Append(FormattableString.Invariant(line)).Append('\n');
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
