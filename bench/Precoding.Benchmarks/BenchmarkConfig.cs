using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using Precoding.Benchmarks.Peers;
using Precoding.Benchmarks.Solvers;

namespace Precoding.Benchmarks;

/// <summary>BenchmarkDotNet's defaults with rates; what needs an absent OpenBLAS and what is not meant is left out, and absent devices are named.</summary>
internal static class BenchmarkConfig
{
    public static IConfig Create()
    {
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddAnalyser(new AbsentDevices())
            .AddColumn(RateColumn.Gigaflops, RateColumn.GigaflopsPerCore, RateColumn.Drops)
            .AddFilter(new SimpleFilter(c => (RateColumn.WithParameters(c) as ICase)?.IsMeant(c.Descriptor.WorkloadMethod.Name) ?? true))
            .HideColumns(Column.Error, Column.RatioSD);
        return OpenBlas.IsAvailable ? config : config.AddFilter(new SimpleFilter(c => !c.Descriptor.Categories.Contains(OpenBlas.Category)));
    }
}
