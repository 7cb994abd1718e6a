using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>Means of the sum rate with their intervals, and paired differences from the first precoder.</summary>
internal static class SweepTable
{
    public static void Write(TextWriter output, SweepSummary summary)
    {
        string metric = summary.Metrics.Contains(SweepSummary.SumRate) ? SweepSummary.SumRate : summary.Metrics[0];
        var table = new TextTable(
            ("SNR", "dB", true), ("precoder", "", false), (metric, "mean ± 95 %", true), ($"less {summary.Baseline}", "paired ± 95 %", true), ("ahead on", "% of drops", true), ("time", "ms per drop", true));
        foreach (double snr in summary.SnrsDb)
        {
            foreach (string precoder in summary.Precoders)
            {
                if (summary.Find(snr, precoder, metric) is not { } cell)
                {
                    continue;
                }

                double? seconds = summary.Times.FirstOrDefault(t => t.SnrDb.Equals(snr) && t.Precoder == precoder)?.MeanSeconds;
                table.Add(
                    double.IsNaN(snr) ? "-" : Format.Number(snr, "0.###"), precoder, cell.Mean.ToString("F3"),
                    cell.OverBaseline is { } over ? over.Difference.ToString("F3") : "-",
                    cell.OverBaseline is { } ahead ? Format.Number(100 * ahead.ShareAbove, "F0") : "-",
                    seconds is { } s ? Format.Number(1000 * s, "G3") : "-");
            }
        }

        table.Write(output);
    }
}
