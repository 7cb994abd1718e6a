using System.Globalization;
using Precoding.Cli.Output;

namespace Precoding.Cli.Sweeps;

/// <summary>A number that a plan asks for of every result.</summary>
/// <param name="Name">As the plan spells it.</param>
/// <param name="Summary">With its unit, for people.</param>
/// <param name="Values">Of one realization, each with the name of its row.</param>
internal sealed record SweepMetric(string Name, string Summary, Func<PrecodingResult, int, IEnumerable<(string Name, double Value)>> Values)
{
    public const string SumRate = "sumRate", UserRates = "userRates";

    public static IReadOnlyList<SweepMetric> All { get; } =
    [
        Of(SumRate, "Σ α_k R_k, bit/s/Hz", (result, r) => result.WeightedSumRate[r]),
        Of("iterations", "iterations done", (result, r) => result.Iterations[r]),
        Of("minUserRate", "least R_k, bit/s/Hz", (result, r) => Sorted(result, r)[0]),
        Of("fifthPercentileUserRate", "5 % quantile of R_k, bit/s/Hz", (result, r) => Statistics.Quantile(Sorted(result, r), 0.05)),
        Of("medianUserRate", "median of R_k, bit/s/Hz", (result, r) => Statistics.Quantile(Sorted(result, r), 0.5)),
        Of("fairness", "Jain's index (Σ R_k)²/(K Σ R_k²), from 1/K to 1", (result, r) => Fairness(result.Rates(r))),
        Of("worstPowerExcess", "max_l power_l/P_l − 1", (result, r) => result.WorstPowerExcess(r)),
        new(UserRates, "R_k of every user, bit/s/Hz, as rows userRate.0, userRate.1, …", (result, r) =>
            result.Rates(r).ToArray().Select((rate, k) => (string.Create(CultureInfo.InvariantCulture, $"userRate.{k}"), rate))),
    ];

    public static IReadOnlyList<SweepMetric> Default { get; } = [Find(SumRate)!, Find("iterations")!];

    public static SweepMetric? Find(string name) => All.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static SweepMetric Of(string name, string summary, Func<PrecodingResult, int, double> value) => new(name, summary, (result, r) => [(name, value(result, r))]);

    private static double[] Sorted(PrecodingResult result, int realization) => [.. result.Rates(realization).ToArray().Order()];

    private static double Fairness(ReadOnlySpan<double> rates)
    {
        double sum = 0, squares = 0;
        foreach (double rate in rates)
        {
            sum += rate;
            squares += rate * rate;
        }

        return squares > 0 ? sum * sum / (rates.Length * squares) : double.NaN;
    }
}
