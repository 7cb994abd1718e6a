using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Kernels;

/// <summary>What a kernel's text says of it.</summary>
/// <param name="Name">Entry point.</param>
/// <param name="File">File it is in.</param>
/// <param name="GroupSize">Name of the define that gives its threads a group.</param>
/// <param name="Parameters">Types in order.</param>
internal sealed record KernelSignature(string Name, string File, string GroupSize, IReadOnlyList<ParameterType> Parameters);

/// <summary>The kernels' texts, embedded, and how a program is put together from them.</summary>
internal static partial class KernelSources
{
    private const string Suffix = ".kernel.c";
    private static readonly string[] Headers = ["complex.h", "reduce.h"];
    private static readonly FrozenDictionary<string, string> Texts = ReadTexts();

    /// <summary>Every kernel by name.</summary>
    public static FrozenDictionary<string, KernelSignature> Signatures { get; } =
        Files.SelectMany(file => SignaturesOf(file, Texts[file])).ToFrozenDictionary(signature => signature.Name);

    /// <summary>Files that hold kernels.</summary>
    public static IEnumerable<string> Files => Texts.Keys.Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)).Order();

    /// <summary>Every text that both languages read: all but the preludes.</summary>
    public static IEnumerable<string> SharedTexts => Texts.Keys.Where(name => !name.StartsWith("prelude.", StringComparison.Ordinal)).Order();

    public static string TextOf(string file) => Texts[file];

    /// <summary>A program's whole text; compilers report lines of the parts.</summary>
    public static string Compose(string file, KernelLanguage language)
    {
        var text = new StringBuilder();
        foreach (string part in (string[])[language == KernelLanguage.Cuda ? "prelude.cuda.h" : "prelude.opencl.h", .. Headers, file])
        {
            text.Append("#line 1 \"").Append(part).Append("\"\n").Append(Expand(part, Texts[part])).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A text with the headers that it includes in their places, because compilers are given no files.</summary>
    internal static string Expand(string file, string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Include().Match(lines[i]) is { Success: true } match)
            {
                string header = match.Groups["header"].Value;
                lines[i] = Texts.TryGetValue(header, out string? included)
                    ? $"#line 1 \"{header}\"\n{included}#line {i + 2} \"{file}\""
                    : throw new InvalidOperationException($"{file}:{i + 1}: includes {header}, but there are only: {string.Join(", ", SharedTexts.Except(Files))}.");
            }
        }

        return string.Join('\n', lines);
    }

    internal static IEnumerable<KernelSignature> SignaturesOf(string file, string text)
    {
        foreach (Match match in KernelHead().Matches(text))
        {
            string name = match.Groups["name"].Value;
            ParameterType[] types = [.. match.Groups["parameters"].Value.Split(',').Select(parameter => TypeOf(file, name, parameter.Trim()))];
            if (types[..^1].Contains(ParameterType.SharedMemory))
            {
                throw new InvalidOperationException($"{file}: kernel {name} has a parameter IN_SHARED double* that is not its last.");
            }

            yield return new KernelSignature(name, file, match.Groups["group"].Value, types);
        }
    }

    private static ParameterType TypeOf(string file, string kernel, string parameter)
    {
        Match match = Parameter().Match(parameter);
        string type = match.Groups["type"].Value;
        bool isMemory = match.Groups["global"].Success;
        if (match.Groups["shared"].Success)
        {
            return ParameterType.SharedMemory;
        }

        return (type, isMemory) switch
        {
            ("int", false) => ParameterType.Int,
            ("real", false) => ParameterType.Real,
            ("double", false) => ParameterType.Double,
            ("int", true) => ParameterType.IntMemory,
            ("real", true) => ParameterType.RealMemory,
            ("double", true) => ParameterType.DoubleMemory,
            ("float", true) => ParameterType.FloatMemory,
            ("cplx", true) => ParameterType.ComplexMemory,
            _ => throw new InvalidOperationException(
                $"{file}: parameter '{parameter}' of kernel {kernel} is none of: const int|real|double NAME, GLOBAL [const] int|real|double|float|cplx* RESTRICT NAME, IN_SHARED double* NAME."),
        };
    }

    private static FrozenDictionary<string, string> ReadTexts()
    {
        Assembly assembly = typeof(KernelSources).Assembly;
        const string prefix = "kernels/";
        var texts = new Dictionary<string, string>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            texts[resource[prefix.Length..]] = reader.ReadToEnd().ReplaceLineEndings("\n");
        }

        return texts.ToFrozenDictionary();
    }

    [GeneratedRegex(@"^KERNEL GROUP_SIZE\((?<group>\w+)\)\s+void (?<name>\w+)\((?<parameters>[^)]*)\)", RegexOptions.Multiline)]
    private static partial Regex KernelHead();

    [GeneratedRegex(@"^(?:const (?<type>int|real|double) \w+|(?<global>GLOBAL) (?:const )?(?<type>int|real|double|float|cplx)\* RESTRICT \w+|(?<shared>IN_SHARED) double\* \w+)$")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^#include ""(?<header>[^""]+)""$")]
    private static partial Regex Include();
}
