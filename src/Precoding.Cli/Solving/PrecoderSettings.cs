using System.Globalization;
using System.Reflection;
using Precoding.Cli.Output;

namespace Precoding.Cli.Solving;

/// <summary>--set key=value: properties of an options record by name, in any case or with hyphens; name.key=value is for one precoder.</summary>
internal sealed class PrecoderSettings
{
    private readonly List<Setting> settings = [];

    private PrecoderSettings()
    {
    }

    /// <param name="option">What messages put before a setting.</param>
    public static PrecoderSettings Parse(IEnumerable<string> texts, IReadOnlyList<PrecoderEntry> chosen, string option)
    {
        var result = new PrecoderSettings();
        foreach (string text in texts)
        {
            string[] parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                throw new UsageException($"{option}is '{text}'; expected key=value, such as {option}damping=0.5.");
            }

            int dot = parts[0].IndexOf('.', StringComparison.Ordinal);
            var setting = new Setting($"{option}{text}", dot < 0 ? null : parts[0][..dot], Normalize(parts[0][(dot + 1)..]), parts[1]);
            if (!chosen.Any(e => result.PropertyFor(e, setting) is not null))
            {
                IEnumerable<string> known = chosen.Select(e => $"{e.Name}: {(KeysOf(e).Count == 0 ? "none" : string.Join(", ", KeysOf(e)))}");
                throw new UsageException($"{option}{text}: no chosen precoder has that setting. Known settings are {string.Join("; ", known)}.");
            }

            result.settings.Add(setting);
        }

        return result;
    }

    /// <summary>A copy of the options with every setting that concerns this precoder.</summary>
    public PrecoderOptions Apply(PrecoderEntry entry, PrecoderOptions options)
    {
        PrecoderOptions result = options with { };
        foreach (Setting setting in settings)
        {
            if (PropertyFor(entry, setting) is { } property)
            {
                property.SetValue(result, Convert(setting, property)); // init-only setters are for the compiler; the copy is ours alone
            }
        }

        return result;
    }

    /// <summary>Names of the settings of a precoder, with hyphens.</summary>
    public static IReadOnlyList<string> KeysOf(PrecoderEntry entry) => [.. Properties(entry).Select(p => Format.Kebab(p.Name))];

    /// <summary>Closed forms have nothing to iterate: what all precoders share means nothing to them.</summary>
    private static IEnumerable<PropertyInfo> Properties(PrecoderEntry entry) => entry.DefaultOptions.GetType().GetProperties().Where(p =>
        p.SetMethod is not null && IsScalar(ValueType(p)) && !(entry.IsClosedForm() && p.DeclaringType == typeof(PrecoderOptions)));

    /// <summary>The type of a value; absent values are the business of defaults.</summary>
    private static Type ValueType(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static bool IsScalar(Type type) => type.IsEnum || type == typeof(int) || type == typeof(double) || type == typeof(ulong) || type == typeof(bool) || type == typeof(StreamRule) || type == typeof(UnfoldedWeights);

    private PropertyInfo? PropertyFor(PrecoderEntry entry, Setting setting) => setting.Precoder is null || setting.Precoder == entry.Name
        ? Properties(entry).FirstOrDefault(p => Normalize(p.Name) == setting.Key)
        : null;

    private static object Convert(Setting setting, PropertyInfo property)
    {
        Type type = ValueType(property);
        if (type.IsEnum)
        {
            string? name = Enum.GetNames(type).FirstOrDefault(n => Normalize(n) == Normalize(setting.Value));
            return name is not null ? Enum.Parse(type, name) : throw Wrong($"one of {string.Join(", ", Enum.GetNames(type).Select(Format.Kebab))}");
        }

        if (type == typeof(double))
        {
            return double.TryParse(setting.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw Wrong("a number");
        }

        if (type == typeof(int))
        {
            return int.TryParse(setting.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int integer) ? integer : throw Wrong("a whole number");
        }

        if (type == typeof(StreamRule))
        {
            return StreamChoice.ParseRule(setting.Value) ?? throw Wrong("average or a number of streams from 1");
        }

        if (type == typeof(UnfoldedWeights))
        {
            try
            {
                return UnfoldedWeights.Read(setting.Value);
            }
            catch (ValidationException error)
            {
                throw new IOException(error.Message, error); // bad input, not a bad command line
            }
        }

        if (type == typeof(ulong))
        {
            return ulong.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong integer) ? integer : throw Wrong("a whole number from 0");
        }

        return bool.TryParse(setting.Value, out bool truth) ? truth : throw Wrong("true or false");

        UsageException Wrong(string expected) => new($"{setting.Text}: '{setting.Value}' is no value of {Format.Kebab(property.Name)}; expected {expected}.");
    }

    private static string Normalize(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private sealed record Setting(string Text, string? Precoder, string Key, string Value);
}
