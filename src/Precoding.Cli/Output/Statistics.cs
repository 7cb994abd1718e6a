namespace Precoding.Cli.Output;

internal static class Statistics
{
    /// <summary>Quantile of sorted values by linear interpolation, q in 0…1.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double q)
    {
        double position = q * (sorted.Count - 1);
        int below = (int)Math.Floor(position);
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
