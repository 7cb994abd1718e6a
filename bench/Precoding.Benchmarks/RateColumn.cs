using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Precoding.Benchmarks.Ops;

namespace Precoding.Benchmarks;

/// <summary>Something counted per second, from the mean time of a call.</summary>
/// <param name="name">Of the column.</param>
/// <param name="legend">What it says.</param>
/// <param name="priority">Its place among the rates.</param>
/// <param name="format">Of the numbers.</param>
/// <param name="ofNanosecond">What a call of this benchmark, with its parameters set, counts, so that a division by nanoseconds gives the rate; null where it is not counted.</param>
internal sealed class RateColumn(string name, string legend, int priority, string format, Func<object, double?> ofNanosecond) : IColumn
{
    private const double NanosecondsPerSecond = 1e9;

    public static RateColumn Gigaflops { get; } = new("GFLOP/s", "10^9 counted real operations per second", 0, "F1", benchmark => (benchmark as ICountsFlops)?.FlopsPerCall);

    public static RateColumn GigaflopsPerCore { get; } = new(
        "GFLOP/s/core", "10^9 counted real operations per second and thread", 1, "F1",
        benchmark => benchmark is ICountsFlops counts and not EngineBenchmark { IsOnGpuEngine: true } ? counts.FlopsPerCall / counts.ThreadCount : null);

    public static RateColumn Drops { get; } = new("drops/s", "drops solved per second", 2, "F0", benchmark => (benchmark as ICountsDrops)?.DropsPerCall * NanosecondsPerSecond);

    public string Id => ColumnName;

    public string ColumnName => name;

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => priority;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        ofNanosecond(WithParameters(benchmarkCase)) is { } count && summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (count / statistics.Mean).ToString(format, CultureInfo.InvariantCulture)
            : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(c => ofNanosecond(WithParameters(c)) is not null);

    /// <summary>The benchmark's object, its parameters set.</summary>
    public static object WithParameters(BenchmarkCase benchmarkCase)
    {
        object benchmark = Activator.CreateInstance(benchmarkCase.Descriptor.Type)!;
        foreach (ParameterInstance parameter in benchmarkCase.Parameters.Items)
        {
            benchmarkCase.Descriptor.Type.GetProperty(parameter.Name)?.SetValue(benchmark, parameter.Value);
        }

        return benchmark;
    }
}
