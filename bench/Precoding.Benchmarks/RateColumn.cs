using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Precoding.Benchmarks;

/// <summary>10⁹ real operations a second, from the mean time and the counted operations.</summary>
internal sealed class RateColumn(bool perCore) : IColumn
{
    public string Id => ColumnName;

    public string ColumnName => perCore ? "GFLOP/s/core" : "GFLOP/s";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => perCore ? 1 : 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => perCore ? "10^9 counted real operations per second and thread" : "10^9 counted real operations per second";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (WithParameters(benchmarkCase) is not { FlopsPerCall: { } flops } counts || summary[benchmarkCase]?.ResultStatistics is not { } statistics)
        {
            return "-";
        }

        double rate = flops / statistics.Mean; // nanoseconds
        return (perCore ? rate / counts.ThreadCount : rate).ToString("F1", CultureInfo.InvariantCulture);
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(c => WithParameters(c)?.FlopsPerCall is not null);

    private static ICountsFlops? WithParameters(BenchmarkCase benchmarkCase)
    {
        if (!typeof(ICountsFlops).IsAssignableFrom(benchmarkCase.Descriptor.Type))
        {
            return null;
        }

        object benchmark = Activator.CreateInstance(benchmarkCase.Descriptor.Type)!;
        foreach (ParameterInstance parameter in benchmarkCase.Parameters.Items)
        {
            benchmarkCase.Descriptor.Type.GetProperty(parameter.Name)?.SetValue(benchmark, parameter.Value);
        }

        return (ICountsFlops)benchmark;
    }
}
