using System.Diagnostics;
using System.Reflection;

namespace Precoding.Simulation;

/// <summary>One figure of a paper: how it is computed, what it shows and what the paper says of it.</summary>
public abstract class FigureStudy(string paper, int number, string title)
{
    public string Paper { get; } = paper;

    public int Number { get; } = number;

    public string Title { get; } = title;

    public FigureResult Run(StudyContext context)
    {
        long began = Stopwatch.GetTimestamp();
        StudyOutcome outcome = Compute(context);
        string version = typeof(FigureStudy).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return new FigureResult(
            Paper, Number, Title, context.Profile, outcome.Sizes, $"{context.Device.Info.Id}: {context.Device.Info.Name}", version, Stopwatch.GetElapsedTime(began).TotalSeconds, outcome.Panels, outcome.Claims, outcome.Tables);
    }

    private protected abstract StudyOutcome Compute(StudyContext context);
}

/// <summary>What a study finds.</summary>
internal sealed record StudyOutcome(string Sizes, IReadOnlyList<Chart> Panels, IReadOnlyList<Claim> Claims)
{
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];
}
