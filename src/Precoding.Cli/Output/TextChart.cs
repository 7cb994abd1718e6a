namespace Precoding.Cli.Output;

/// <summary>The convergence chart in characters.</summary>
internal static class TextChart
{
    private const int Rows = 16;
    private const int Columns = 68;

    public static void Write(TextWriter output, ConvergenceChart chart)
    {
        var cells = new char[Rows + 1, Columns];
        for (int row = 0; row <= Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                cells[row, column] = ' ';
            }
        }

        foreach (var (_, mark, points) in chart.Series)
        {
            for (int column = 0; column < Columns; column++)
            {
                bool dotted = points.Count == 1; // a closed form is a level
                if (!dotted || column % 3 == 0)
                {
                    int row = Rows - (int)Math.Round(RateAt(chart, points, (double)column / (Columns - 1)) / chart.Top * Rows);
                    cells[Math.Clamp(row, 0, Rows), column] = mark;
                }
            }
        }

        output.WriteLine(ConvergenceChart.YTitle);
        for (int row = 0; row <= Rows; row++)
        {
            double value = chart.Top * (Rows - row) / Rows;
            bool labelled = row % (Rows / 4) == 0;
            output.WriteLine($"{(labelled ? Format.Number(value, "0.#") : ""),8} {(labelled ? '+' : '|')}{string.Concat(Enumerable.Range(0, Columns).Select(c => cells[row, c])).TrimEnd()}");
        }

        output.WriteLine($"{"",9}+{new string('-', Columns)}");
        char[] labels = [.. Enumerable.Repeat(' ', Columns + 8)];
        foreach (int iteration in chart.LabelledIterations)
        {
            int at = (int)Math.Round(chart.XOf(iteration) * (Columns - 1));
            iteration.ToString(System.Globalization.CultureInfo.InvariantCulture).CopyTo(labels.AsSpan(at));
        }

        output.WriteLine($"{"",10}{new string(labels).TrimEnd()}  {ConvergenceChart.XTitle}");
        output.WriteLine($"{"",10}{string.Join("   ", chart.Series.Select(s => $"{s.Mark} {s.Name}"))}");
    }

    /// <summary>Rate at a place on the axis: that of the last iterate before it; a settled curve stays level.</summary>
    private static double RateAt(ConvergenceChart chart, IReadOnlyList<(int Iteration, double SumRate)> points, double x)
    {
        double rate = points[0].SumRate;
        foreach (var (iteration, sumRate) in points)
        {
            if (chart.XOf(iteration) > x + 1e-9)
            {
                break;
            }

            rate = sumRate;
        }

        return rate;
    }
}
