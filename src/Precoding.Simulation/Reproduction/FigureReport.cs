using System.Globalization;

namespace Precoding.Simulation;

/// <summary>Figures as a report, from their data alone.</summary>
public static class FigureReport
{
    internal const string Legend = "Values are means over drops with 95 % confidence intervals.",
        Verdicts = "open: the sizes of the profile, or what the paper leaves unsaid, do not allow a verdict.";

    public static Report Of(IReadOnlyList<FigureResult> figures) => new(
        "Figures of the papers", [Origin(figures), $"{Legend} {Verdicts}"], figures.Any(f => f.Claims.Count > 0) ? [Counts(figures)] : [], [.. figures.Select(Section)]);

    /// <summary>[BSP Fig. 5]: sum rate of all methods.</summary>
    internal static string Heading(FigureResult figure) => $"{Cited(figure)}: {figure.Title}";

    /// <summary>Sizes, profile, device, version and time.</summary>
    internal static string Origin(FigureResult figure) => string.Create(
        CultureInfo.InvariantCulture, $"{figure.Sizes}; profile {Lower(figure.Profile)}; {figure.Device}; {figure.Version}; {figure.Seconds:0.#} s");

    internal static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static ReportSection Section(FigureResult figure) => new(
        figure.Id, Heading(figure), [Origin(figure) + "."], figure.Panels, [.. figure.Tables, .. figure.Claims.Count > 0 ? [Claims(figure)] : Array.Empty<ReportTable>()]);

    /// <summary>What was computed where, over all figures.</summary>
    private static string Origin(IReadOnlyList<FigureResult> figures)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{figures.Count} figures; profile {Joined(f => Lower(f.Profile))}; device {Joined(f => f.Device)}; version {Joined(f => f.Version)}; computed in {figures.Sum(f => f.Seconds):0.#} s.");

        string Joined(Func<FigureResult, string> part) => string.Join(", ", figures.Select(part).Distinct());
    }

    private static ReportTable Counts(IReadOnlyList<FigureResult> figures)
    {
        FigureResult[] judged = [.. figures.Where(f => f.Claims.Count > 0)];
        return new ReportTable(
            "Statements of the papers", ["figure", .. Enum.GetValues<Verdict>().Select(Marked)],
            [.. judged.Select(f => Row(Cited(f), f.Claims)), Row("all", [.. judged.SelectMany(f => f.Claims)])]);

        static IReadOnlyList<string> Row(string name, IReadOnlyList<Claim> claims) =>
            [name, .. Enum.GetValues<Verdict>().Select(v => claims.Count(c => c.Verdict == v).ToString(CultureInfo.InvariantCulture))];
    }

    private static ReportTable Claims(FigureResult figure) => new(
        "What the paper states, and what was found", ["the paper", "tried at", "found", "verdict"],
        [.. figure.Claims.Select(c => (IReadOnlyList<string>)[c.Statement, c.Setting, c.Found, c.Why.Length == 0 ? Marked(c.Verdict) : $"{Marked(c.Verdict)}: {c.Why}"])]);

    private static string Marked(Verdict verdict) => verdict switch { Verdict.Agrees => "✓ agrees", Verdict.Differs => "✗ differs", _ => "? open" };

    private static string Cited(FigureResult figure) => figure.Paper == "ours" ? $"Beyond the papers, {figure.Number}" : $"[{figure.Paper.ToUpperInvariant()} Fig. {figure.Number}]";
}
