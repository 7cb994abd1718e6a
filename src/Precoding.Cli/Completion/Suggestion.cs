using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Precoding.Cli.Completion;

/// <summary>beamprecoding [suggest] "beamprecoding solve --prec": what may stand in the place of the line's last word, a line each; nothing where that is for the shell, as names of files are.</summary>
internal sealed class Suggestion : SynchronousCommandLineAction
{
    private static readonly string[] ForWindows = ["-?", "/?", "/h"]; // further names of --help

    public override bool ClearsParseErrors => true; // the line is an argument that no verb knows

    public static void AddTo(RootCommand root) => root.Directives.OfType<SuggestDirective>().Single().Action = new Suggestion();

    /// <summary>Whether the arguments ask for suggestions, whatever else they are.</summary>
    public static bool IsAsked(ParseResult parsed) => parsed.Tokens is [{ Type: TokenType.Directive, Value: var text }, ..] && text.StartsWith("[suggest", StringComparison.Ordinal);

    public override int Invoke(ParseResult parseResult)
    {
        string line = parseResult.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? string.Empty;
        foreach (string label in Of(parseResult.RootCommandResult.Command, line))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(label);
        }

        return ExitCode.Done;
    }

    /// <param name="root">The whole tool, which the first word of the line calls by whatever name.</param>
    /// <param name="line">Up to the cursor.</param>
    private static IEnumerable<string> Of(Command root, string line)
    {
        int afterName = line.TrimStart().IndexOf(' ', StringComparison.Ordinal);
        string rest = afterName < 0 ? string.Empty : line.TrimStart()[(afterName + 1)..];
        string word = rest[(rest.LastIndexOf(' ') + 1)..];
        ParseResult parsed = root.Parse(rest);
        string[] fitting = [.. parsed.GetCompletions(rest.Length).Select(item => item.Label).Where(label => label.StartsWith(word, StringComparison.Ordinal) && !ForWindows.Contains(label)).Distinct()];
        bool expectsArgument = parsed.CommandResult.Command.Arguments.Count > 0 || fitting.Any(label => !label.StartsWith('-')); // names of files are arguments too
        return word.Length == 0 && expectsArgument ? fitting.Where(label => !label.StartsWith('-')) : fitting;
    }
}
