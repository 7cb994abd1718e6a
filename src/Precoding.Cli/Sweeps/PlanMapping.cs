using System.Globalization;
using Precoding.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace Precoding.Cli.Sweeps;

/// <summary>Keys and values of a plan. A key that nobody asks for is unknown; a value of another kind is a problem with its line and what was expected.</summary>
/// <param name="name">Of the mapping, for people; null for the plan itself.</param>
internal sealed class PlanMapping(PlanText plan, YamlMappingNode node, string? name)
{
    private readonly List<string> known = [];

    public YamlMappingNode Node => node;

    public PlanText Plan => plan;

    /// <summary>The value of a key; null where there is none.</summary>
    public YamlNode? Find(string key)
    {
        known.Add(key);
        return node.Children.FirstOrDefault(c => c.Key is YamlScalarNode { Value: { } text } && text == key).Value;
    }

    public string? Text(string key) => Find(key) is { } value ? Scalar(value, key, "a text") : null;

    public bool? Truth(string key) => Converted(key, "true or false", text => bool.TryParse(text, out bool value) ? value : (bool?)null);

    /// <summary>A whole number from 1.</summary>
    public int? Count(string key) => Converted(
        key, "a whole number from 1", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 ? value : (int?)null);

    public ulong? Seed(string key) => Converted(
        key, "a whole number from 0 to 2^64 − 1", text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : (ulong?)null);

    public double? Number(string key, Func<double, bool>? holds = null, string expected = "a finite number") => Converted(key, expected, text => ParseNumber(text, holds));

    public TEnum? Choice<TEnum>(string key)
        where TEnum : struct, Enum => Converted(
        key, $"one of {string.Join(", ", Enum.GetNames<TEnum>().Select(Format.Kebab))}",
        text => Enum.GetNames<TEnum>().FirstOrDefault(n => Format.Kebab(n).Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found ? Enum.Parse<TEnum>(found) : (TEnum?)null);

    /// <summary>A number or a list of them; null where the key is not there.</summary>
    public IReadOnlyList<double>? Numbers(string key, Func<double, bool>? holds = null, string expected = "finite numbers") => List(key, (item, _) =>
    {
        double? number = Scalar(item, key, expected) is { } text ? ParseNumber(text, holds) : null;
        if (number is null && item is YamlScalarNode)
        {
            plan.Refuse(item, $"{Named(key)} has '{item}'; expected {expected}.");
        }

        return number ?? double.NaN;
    });

    /// <summary>A text or a list of them; null where the key is not there.</summary>
    public IReadOnlyList<string>? Texts(string key) => List(key, (item, _) => Scalar(item, key, "texts") ?? string.Empty);

    /// <summary>Every entry of a list, or the one value that stands for a list of one; null where the key is not there.</summary>
    public IReadOnlyList<T>? List<T>(string key, Func<YamlNode, int, T> read)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        IReadOnlyList<YamlNode> items = value is YamlSequenceNode sequence ? [.. sequence.Children] : [value];
        if (items.Count == 0)
        {
            plan.Refuse(value, $"{Named(key)} is empty; give at least one entry, or leave it out.");
        }

        return [.. items.Select(read)];
    }

    /// <summary>A mapping below a key; null where the key is not there or has no mapping.</summary>
    public PlanMapping? Mapping(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        if (value is YamlMappingNode mapping)
        {
            return new PlanMapping(plan, mapping, Named(key));
        }

        plan.Refuse(value, $"{Named(key)} is '{value}'; expected keys and values, such as {{ name: … }}.");
        return null;
    }

    /// <summary>Keys that nobody asked for, with their values as texts: settings of something that knows them.</summary>
    public IReadOnlyList<(string Key, YamlNode Node)> Others() =>
        [.. node.Children.Where(c => c.Key is not YamlScalarNode { Value: { } text } || !known.Contains(text)).Select(c => ((c.Key as YamlScalarNode)?.Value ?? c.Key.ToString(), c.Key))];

    public void RefuseOthers()
    {
        foreach (var (key, at) in Others())
        {
            plan.Refuse(at, $"'{key}' is no key of {name ?? "a plan"}; it has {string.Join(", ", known.Distinct())}.");
        }
    }

    public string? Scalar(YamlNode value, string key, string expected)
    {
        if (value is YamlScalarNode { Value.Length: > 0 } scalar)
        {
            return scalar.Value;
        }

        plan.Refuse(value, $"{Named(key)} is {(value is YamlScalarNode ? "empty" : value is YamlSequenceNode ? "a list" : "a mapping")}; expected {expected}.");
        return null;
    }

    public string Named(string key) => name is null ? key : $"{name}.{key}";

    private static double? ParseNumber(string text, Func<double, bool>? holds) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && holds?.Invoke(value) != false ? value : null;

    private T? Converted<T>(string key, string expected, Func<string, T?> convert)
        where T : struct
    {
        if (Find(key) is not { } value || Scalar(value, key, expected) is not { } text)
        {
            return null;
        }

        T? result = convert(text);
        if (result is null)
        {
            plan.Refuse(value, $"{Named(key)} is '{text}'; expected {expected}.");
        }

        return result;
    }
}
