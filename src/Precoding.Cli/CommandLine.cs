using System.CommandLine;
using Precoding.Cli.Completion;
using Precoding.Cli.Output;
using Precoding.Cli.Verbs;
using Precoding.Simulation;

namespace Precoding.Cli;

/// <summary>The whole tool: arguments in, text out, an exit code back.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var debug = new Option<bool>("--debug") { Description = "On an error, show where in the program it arose.", Recursive = true };
        RootCommand root = CreateRoot(terminal, debug);
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null }); // a file may be named @x
        try
        {
            if (parsed.Errors.Count > 0 && !Suggestion.IsAsked(parsed))
            {
                throw new UsageException(DescribeErrors(parsed, root));
            }

            var configuration = new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // signals are the caller's: cancellationToken
            };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            (int exitCode, string message) = Classify(error);
            await terminal.Error.WriteLineAsync($"{ToolVersion.Name}: {message}").ConfigureAwait(false);
            if (parsed.GetValue(debug))
            {
                await terminal.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            }

            return exitCode;
        }
    }

    internal static RootCommand CreateRoot(Terminal terminal, Option<bool> debug)
    {
        var root = new RootCommand("Precoders for several access points that serve the same users: coherent or non-coherent joint transmission under per-access-point power budgets.")
        {
            DoctorVerb.Create(terminal),
            DemoVerb.Create(terminal),
            DropVerb.Create(terminal),
            InspectVerb.Create(terminal),
            SolveVerb.Create(terminal),
            SweepVerb.Create(terminal),
            ShardVerb.Create(terminal),
            ReproduceVerb.Create(terminal),
            BenchVerb.Create(terminal),
            TrainVerb.Create(terminal),
            CompletionVerb.Create(terminal),
        };
        root.Options.Add(debug);
        OptionCompletions.AddTo(root);
        Suggestion.AddTo(root);
        Examples.AddTo(
            root,
            "beamprecoding demo",
            "beamprecoding drop --scenario uma-nlos --users 24 --antennas 64 --seed 1 --out drop.npz",
            "beamprecoding solve --channels drop.npz --normalize mean --snr-db 20 --precoder mrt,wmmse,reduced-cg");
        return root;
    }

    private static string DescribeErrors(ParseResult parsed, RootCommand root)
    {
        Command command = parsed.CommandResult.Command;
        string verbs = string.Join(", ", root.Subcommands.Select(c => c.Name));
        if (command == root)
        {
            return parsed.UnmatchedTokens.Count > 0
                ? $"'{parsed.UnmatchedTokens[0]}' is no verb of this version; it has {verbs}."
                : $"No verb given; expected one of {verbs}. Try {ToolVersion.Name} --help.";
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            return $"{command.Name}: '{parsed.UnmatchedTokens[0]}' is no option of this version. Try {ToolVersion.Name} {command.Name} --help.";
        }

        return $"{command.Name}: {string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct())} Try {ToolVersion.Name} {command.Name} --help.";
    }

    /// <summary>What becomes of an error: an exit code and a message for people.</summary>
    public static (int ExitCode, string Message) Classify(Exception error) => error switch
    {
        UsageException => (ExitCode.Usage, error.Message),
        OperationCanceledException => (ExitCode.Interrupted, "interrupted; nothing was written."),
        ValidationException problems => (ExitCode.BadInput, Format.Problems(problems)),
        FileFormatException => (ExitCode.BadInput, error.Message),
        FileNotFoundException { FileName: { } file } => (ExitCode.BadInput, $"{file} does not exist; expected a channel file. Check the name."),
        AggregateException several => Classify(several.Flatten().InnerExceptions[0]), // from parallel loops
        UnauthorizedAccessException => (ExitCode.BadInput, $"{error.Message} Expected a channel file that can be read."),
        IOException or NotSupportedException => (ExitCode.BadInput, error.Message),
        DeviceException or EnvironmentException => (ExitCode.Device, error.Message),
        OutOfMemoryException => (ExitCode.Device, "Not enough memory for channels of this size. Take fewer realizations, users or antennas, or use --precision single."),
        _ => (ExitCode.SolverFailed, $"Internal error: {error.Message} Run again with --debug and report what it shows."),
    };
}
