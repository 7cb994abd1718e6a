namespace Precoding;

/// <summary>
/// Weights that make Σ_k w_k ln R̄_k grow, w_k those of the network: α_k(t) = w_k/R̄_k(t − 1), scaled to a mean of 1, with the average rates R̄_k(t) = (1 − 1/N) R̄_k(t − 1) + R_k(t)/N and
/// R̄_k(−1) = 0. An average below 1 % of the users' mean counts as that, and where all are 0 the weights are those of the network, so scaled. [coherent.md §11]
/// </summary>
/// <param name="window">N, blocks.</param>
public sealed class ProportionalFairness(Network network, int window)
{
    private const double SmallestShare = 0.01; // of the mean: a user that was never served is worth a hundred, not infinitely much

    private readonly double[] priority = [.. network.Users.Select(user => user.Weight)];
    private readonly double[] averages = new double[network.Users.Count];

    /// <summary>R̄_k, bit/s/Hz, [user].</summary>
    public IReadOnlyList<double> AverageRates => averages;

    /// <summary>α_k of the next block, [user].</summary>
    public double[] Weights
    {
        get
        {
            double floor = SmallestShare * averages.Average();
            double[] weights = [.. averages.Select((average, k) => floor > 0 ? priority[k] / Math.Max(average, floor) : priority[k])];
            double mean = weights.Average();
            return [.. weights.Select(weight => weight / mean)];
        }
    }

    /// <summary>Takes the rates of a block, [user].</summary>
    public void Add(ReadOnlySpan<double> rates)
    {
        for (int k = 0; k < averages.Length; k++)
        {
            averages[k] += (rates[k] - averages[k]) / window;
        }
    }
}
