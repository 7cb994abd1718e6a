using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Precoding.Cli.Verbs;

/// <summary>--help that ends with examples.</summary>
internal static class Examples
{
    public static void AddTo(Command command, params IReadOnlyList<string> lines)
    {
        HelpOption? help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
        {
            command.Options.Add(help = new HelpOption());
        }

        help.Action = new HelpWithExamples((HelpAction)help.Action!, lines);
    }

    /// <summary>The examples of a command; none where its help has none of its own.</summary>
    public static IReadOnlyList<string> Of(Command command) => command.Options.OfType<HelpOption>().Select(option => option.Action).OfType<HelpWithExamples>().FirstOrDefault()?.Lines ?? [];

    private sealed class HelpWithExamples(HelpAction help, IReadOnlyList<string> lines) : SynchronousCommandLineAction
    {
        public IReadOnlyList<string> Lines => lines;

        public override bool ClearsParseErrors => true; // help is given whatever else is missing

        public override int Invoke(ParseResult parseResult)
        {
            int result = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(lines.Count == 1 ? "Example:" : "Examples:");
            foreach (string line in lines)
            {
                output.WriteLine($"  {line}");
            }

            return result;
        }
    }
}
