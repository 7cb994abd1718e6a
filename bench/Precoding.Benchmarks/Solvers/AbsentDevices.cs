using BenchmarkDotNet.Analysers;
using BenchmarkDotNet.Reports;

namespace Precoding.Benchmarks.Solvers;

/// <summary>Says in a report of what runs on devices which kinds of them it has no rows of.</summary>
internal sealed class AbsentDevices : IAnalyser
{
    public string Id => nameof(AbsentDevices);

    public IEnumerable<Conclusion> Analyse(Summary summary) => summary.BenchmarksCases.Any(c => c.Descriptor.Type.IsAssignableTo(typeof(IRunsOnDevices)))
        ? BenchmarkDevice.Absent.Select(line => Conclusion.CreateHint(Id, line))
        : [];
}
