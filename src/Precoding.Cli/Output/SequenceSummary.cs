using Precoding.Cli.Solving;

namespace Precoding.Cli.Output;

/// <summary>What users of one sequence of blocks get in the mean over its blocks; blocks that were not reached do not count.</summary>
/// <param name="MeanRates">bit/s/Hz, [user].</param>
/// <param name="IterationsAfterFirst">Mean over the blocks that had one before; NaN where there is none.</param>
internal sealed record SequenceSummary(double[] MeanRates, double IterationsAfterFirst)
{
    private const double LowPercentile = 0.05;

    /// <summary>exp of the mean of ln R̄_k over users of positive weight: what proportional fairness makes large.</summary>
    public required double GeometricMean { get; init; }

    /// <summary>Over the users, by linear interpolation.</summary>
    public double FifthPercentile => Statistics.Quantile([.. MeanRates.Order()], LowPercentile);

    public static IReadOnlyList<SequenceSummary> Of(PrecodingResult result, int blocks) =>
        [.. Enumerable.Range(0, result.Status.Length / blocks).Select(s => Of(result, s * blocks, blocks)).OfType<SequenceSummary>()];

    /// <summary>"2 sequences of 40 blocks, each from the last, weights proportional-fair over 20 blocks".</summary>
    public static string Describe(PrecoderChoice choice, int sequences)
    {
        string starts = choice.Starts is null ? "after the first each from the last" : $"after the first from {string.Join(",", choice.Starts)}";
        string weights = choice.FairnessWindow is { } window ? $"; weights proportional-fair over {window} blocks" : string.Empty;
        return $"{sequences} sequence{(sequences == 1 ? "" : "s")} of {choice.Blocks}, {starts}{weights}";
    }

    /// <summary>For people, means over the sequences.</summary>
    public static string Describe(IReadOnlyList<SequenceSummary> sequences)
    {
        double[] iterations = [.. sequences.Select(s => s.IterationsAfterFirst).Where(double.IsFinite)];
        string work = iterations.Length == 0 ? string.Empty : $"; {Format.Number(iterations.Average(), "F1")} iterations a block after the first";
        return sequences.Count == 0 ? "no block was reached"
            : $"users' mean rates in bit/s/Hz: geometric mean {Format.Number(sequences.Average(s => s.GeometricMean), "F3")}, 5th percentile {Format.Number(sequences.Average(s => s.FifthPercentile), "F3")}{work}";
    }

    private static SequenceSummary? Of(PrecodingResult result, int first, int blocks)
    {
        int[] reached = [.. Enumerable.Range(first, blocks).Where(r => result.Start(r).Length > 0)];
        if (reached.Length == 0)
        {
            return null;
        }

        double[] mean = [.. Enumerable.Range(0, result.Network.Users.Count).Select(k => reached.Average(r => result.Rates(r)[k]))];
        double[] served = [.. mean.Where((_, k) => result.Network.Users[k].Weight > 0)];
        return new(mean, reached.Skip(1).Select(r => (double)result.Iterations[r]).DefaultIfEmpty(double.NaN).Average()) { GeometricMean = Math.Exp(served.Average(Math.Log)) };
    }
}
