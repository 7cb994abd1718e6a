using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Precoding.Cli;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Cli.Verbs;

namespace Precoding.Python;

/// <summary>Requests in the command line's words, so that options mean the same and are refused in the same sentences.</summary>
internal static class CommandWords
{
    private const char Between = '\0';

    public static unsafe string[] Of(byte* words, int length) => length == 0 ? [] : Encoding.UTF8.GetString(words, length).Split(Between);

    public static ParseResult Parse(Command command, IReadOnlyList<string> words)
    {
        ParseResult parsed = command.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null }); // a value may begin with @
        return parsed.Errors.Count == 0 ? parsed : throw new UsageException(string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct()));
    }

    public static DropRequest Drop(IReadOnlyList<string> words)
    {
        var options = new DropOptions();
        var command = new Command("drop");
        options.AddTo(command);
        return options.Read(Parse(command, [.. words, "--out", "H.npz"]));
    }

    /// <summary>What a verb prints.</summary>
    public static string Run(string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = CommandLine.RunAsync(words, new Terminal(output, error, ErrorIsTerminal: false, Width: 100), CancellationToken.None).GetAwaiter().GetResult();
        return exitCode == ExitCode.Done ? output.ToString() : throw new InvalidOperationException(error.ToString());
    }

    /// <summary>Precoders with their options, JSON.</summary>
    public static string Precoders() => ResultJson.ToText(new JsonArray([.. PrecoderCatalog.Entries.Select(entry => new JsonObject
    {
        ["name"] = entry.Name,
        ["summary"] = entry.Summary,
        ["streams"] = entry.HasStreams(),
        ["iterates"] = !entry.IsClosedForm(),
        ["defaults"] = RequestJson.OptionsOf(entry.DefaultOptions),
        ["settings"] = new JsonArray([.. PrecoderSettings.KeysOf(entry).Select(key => JsonValue.Create(key))]),
    })]));
}
