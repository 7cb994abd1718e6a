using System.Globalization;
using Precoding.Cli.Output;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Precoding.Cli.Sweeps;

/// <summary>
/// The text of a plan, YAML or JSON (which is YAML), as a tree whose nodes know their line. Values given by --set take the place of nodes; they know that instead. Problems are
/// collected and said together.
/// </summary>
internal sealed class PlanText
{
    private const int LongestText = 1 << 20;
    private const int Deepest = 16;

    private readonly string source;
    private readonly List<string> problems = [];
    private readonly Dictionary<YamlNode, string> overrides = new(ReferenceEqualityComparer.Instance);

    /// <param name="source">What errors call the text.</param>
    /// <param name="settings">path=value of --set; the path's parts are separated by dots and name keys, or entries of lists by number or name.</param>
    public PlanText(string text, string source, IEnumerable<string> settings)
    {
        this.source = source;
        if (text.Length > LongestText)
        {
            throw new ValidationException($"{source}: {text.Length} characters, expected a plan of at most {LongestText}. Check the name.");
        }

        Root = new PlanMapping(this, Parse(text, source) as YamlMappingNode ?? throw new ValidationException($"{source}: expected keys and values, such as 'name: rate-vs-snr'. Check the name."), null);
        foreach (string setting in settings)
        {
            Override(setting);
        }
    }

    public PlanMapping Root { get; }

    /// <summary>All of them: each is a line to mend.</summary>
    public void ThrowIfProblems()
    {
        if (problems.Count > 0)
        {
            throw new ValidationException(string.Join(Environment.NewLine, problems.Distinct()));
        }
    }

    /// <summary>Adds a problem with the place of its node.</summary>
    public void Refuse(YamlNode node, string problem) => problems.Add($"{PlaceOf(node)}: {problem}");

    public void Refuse(string problem) => problems.Add($"{source}: {problem}");

    /// <summary>Runs what reads a value; what it refuses gets the place of the node.</summary>
    public T? Read<T>(YamlNode node, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is UsageException or ValidationException)
        {
            Refuse(node, error.Message);
            return default;
        }
    }

    private static YamlNode Parse(string text, string source)
    {
        try
        {
            text = text.Replace('\t', ' '); // JSON may be indented with tabs, YAML may not; inside texts both write \t
            RequirePlain(text, source);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count != 1)
            {
                throw new ValidationException($"{source}: {stream.Documents.Count} documents, expected one plan.");
            }

            return stream.Documents[0].RootNode;
        }
        catch (YamlException error)
        {
            throw new ValidationException($"{source}, line {error.Start.Line}, column {error.Start.Column}: {error.Message.TrimEnd('.')}. Expected YAML or JSON.");
        }
    }

    /// <summary>No anchors, whose aliases multiply what is read, and no depth that nobody needs. Event by event: trees are read by recursion.</summary>
    private static void RequirePlain(string text, string source)
    {
        var parser = new Parser(new StringReader(text));
        for (int depth = 0; parser.MoveNext();)
        {
            depth += parser.Current is MappingStart or SequenceStart ? 1 : parser.Current is MappingEnd or SequenceEnd ? -1 : 0;
            bool isAnchor = parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias;
            if (isAnchor || depth > Deepest)
            {
                throw new ValidationException($"{source}, line {parser.Current!.Start.Line}: {(isAnchor ? "an anchor" : $"more than {Deepest} levels")}, which plans do not have. Write the value out.");
            }
        }
    }

    private void Override(string setting)
    {
        string[] parts = setting.Split('=', 2, StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || parts[0].Length == 0)
        {
            throw new UsageException($"--set is '{setting}'; expected key=value, such as --set snrDb=[0,10,20] or --set scenario.users=64.");
        }

        YamlNode value = Parse(parts[1].Length == 0 ? "''" : parts[1], $"--set {setting}");
        Mark(value, $"--set {setting}");
        string[] path = parts[0].Split('.');
        YamlNode at = Root.Node;
        for (int i = 0; i < path.Length; i++)
        {
            bool isLast = i == path.Length - 1;
            at = Step(at, path[i], isLast ? value : null, setting);
        }
    }

    /// <summary>The child of that name, replaced or made where there is a value, made a mapping where there is none yet.</summary>
    private YamlNode Step(YamlNode at, string key, YamlNode? value, string setting)
    {
        if (at is YamlMappingNode mapping)
        {
            YamlNode? name = mapping.Children.Keys.FirstOrDefault(k => k is YamlScalarNode { Value: { } text } && text == key);
            if (value is not null || name is null)
            {
                name ??= new YamlScalarNode(key);
                overrides[name] = $"--set {setting}";
                mapping.Children[name] = value ?? new YamlMappingNode();
            }

            return mapping.Children[name];
        }

        if (at is YamlSequenceNode list)
        {
            int index = int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : list.Children.ToList().FindIndex(child => NameOf(child) == key);
            if (index >= 0 && index < list.Children.Count)
            {
                if (value is null && list.Children[index] is YamlScalarNode scalar) // a precoder's name alone gets options
                {
                    var options = new YamlMappingNode { { new YamlScalarNode("name"), new YamlScalarNode(scalar.Value) } };
                    list.Children[index] = options;
                }

                return value is null ? list.Children[index] : list.Children[index] = value;
            }

            throw new UsageException($"--set {setting}: the list has no entry '{key}'; it has {string.Join(", ", list.Children.Select((child, i) => NameOf(child) ?? $"{i}"))}.");
        }

        throw new UsageException($"--set {setting}: there is nothing below '{at}' to set.");
    }

    /// <summary>What an entry of a list is called.</summary>
    private static string? NameOf(YamlNode node) => node is YamlMappingNode mapping
        ? mapping.Children.Where(c => c.Key is YamlScalarNode { Value: "label" or "name" }).OrderBy(c => ((YamlScalarNode)c.Key).Value, StringComparer.Ordinal).Select(c => NameOf(c.Value)).FirstOrDefault()
        : (node as YamlScalarNode)?.Value;

    private void Mark(YamlNode node, string origin)
    {
        overrides[node] = origin;
        foreach (YamlNode child in node.AllNodes.Where(child => !ReferenceEquals(child, node)))
        {
            overrides[child] = origin;
        }
    }

    private string PlaceOf(YamlNode node) => overrides.GetValueOrDefault(node) ?? $"{source}, line {Math.Max(1, node.Start.Line)}";
}
