using System.CommandLine;
using System.Globalization;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;

namespace Precoding.Cli.Verbs;

/// <summary>Options that several verbs share, and option texts as values; every refusal says option, text and what was expected.</summary>
internal static class OptionValues
{
    public static Option<string> Device() => new("--device") { Description = $"{DeviceChoice.Expected}.", HelpName = "device", DefaultValueFactory = _ => "auto" };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "Print nothing but errors." };

    public static Option<string?> Threads() => new("--threads") { Description = "Threads of the cpu device; one per core when left out. Results do not depend on it.", HelpName = "n" };

    public static Option<string> Seed() =>
        new("--seed", "--random-state") { Description = "Seed of everything random; equal seeds give equal results.", HelpName = "s", DefaultValueFactory = _ => "0" };

    public static Option<string?> Text(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    /// <summary>One of the names of an enum, lower case.</summary>
    public static TEnum Choice<TEnum>(string option, string text)
        where TEnum : struct, Enum =>
        Enum.GetNames<TEnum>().FirstOrDefault(n => Format.Kebab(n).Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<TEnum>(name)
            : throw Wrong(option, text, $"one of {string.Join(", ", Enum.GetNames<TEnum>().Select(Format.Kebab))}");

    public static ulong ParseSeed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : throw Wrong("--seed", text, "a whole number from 0 to 2^64 − 1");

    /// <summary>A whole number from 1; null stays null.</summary>
    public static int? Count(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 ? count : throw Wrong(option, text, "a whole number from 1");
    }

    /// <summary>A whole number from 0.</summary>
    public static int Index(string option, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : throw Wrong(option, text, "a whole number from 0");

    /// <summary>A finite number; null stays null.</summary>
    public static double? Number(string option, string? text, Func<double, bool>? holds = null, string expected = "a finite number")
    {
        if (text is null)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && holds?.Invoke(number) != false
            ? number
            : throw Wrong(option, text, expected);
    }

    /// <summary>Positive numbers separated by commas; null stays null.</summary>
    public static IReadOnlyList<double>? PositiveNumbers(string option, string? text) =>
        text is null ? null : [.. text.Split(',').Select(t => Number(option, t.Trim(), n => n > 0, "positive numbers separated by commas")!.Value)];

    /// <summary>Numbers from 0 separated by commas; null stays null.</summary>
    public static IReadOnlyList<double>? Weights(string option, string? text) =>
        text is null ? null : [.. text.Split(',').Select(t => Number(option, t.Trim(), n => n >= 0, "numbers from 0 separated by commas")!.Value)];

    private static UsageException Wrong(string option, string text, string expected) => new($"{option} is '{text}'; expected {expected}.");
}
