using System.Globalization;

namespace Precoding.Cli.Output;

/// <summary>Numbers for people, the same in every locale.</summary>
internal static class Format
{
    private const int ShownProblems = 4;

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Rate(double value) => Number(value, "F3");

    public static string Seconds(double value) => Number(value, value < 10 ? "F3" : "F1");

    /// <summary>As a reader of a watch would say it: 8 s, 3 min 20 s, 2 h 05 min.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 60 } => FormattableString.Invariant($"{Math.Ceiling(duration.TotalSeconds)} s"),
        { TotalMinutes: < 60 } => FormattableString.Invariant($"{duration.Minutes} min {duration.Seconds:D2} s"),
        _ => FormattableString.Invariant($"{Math.Floor(duration.TotalHours)} h {duration.Minutes:D2} min"),
    };

    /// <summary>value, or mean ± standard deviation of several.</summary>
    public static string MeanAndDeviation(IReadOnlyList<double> values, string format)
    {
        double mean = values.Average();
        if (values.Count == 1)
        {
            return Number(mean, format);
        }

        double deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return $"{Number(mean, format)} ± {Number(deviation, format)}";
    }

    /// <summary>The first problems and how many more there are: one a user can be hundreds.</summary>
    public static string Problems(ValidationException error) => error.Problems.Count <= ShownProblems
        ? error.Message
        : string.Join(Environment.NewLine, error.Problems.Take(ShownProblems).Append($"And {error.Problems.Count - ShownProblems} more of this kind."));

    /// <summary>Words of a PascalCase name in lower case with hyphens: IterationLimit, iteration-limit.</summary>
    public static string Kebab(string pascalCase) =>
        string.Concat(pascalCase.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
