using System.CommandLine;
using Precoding.Cli.Completion;
using Precoding.Cli.Output;

namespace Precoding.Cli.Verbs;

/// <summary>completion: the script that makes a shell complete the tool's command lines.</summary>
internal static class CompletionVerb
{
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = $"{string.Join(", ", CompletionScript.Shells)}." };
        var command = new Command("completion", "Prints a script that makes a shell complete verbs, options and their values.") { shell };
        command.SetAction(parsed =>
        {
            terminal.Out.Write(CompletionScript.Read(parsed.GetValue(shell)!));
            return ExitCode.Done;
        });
        Examples.AddTo(
            command,
            "beamprecoding completion bash > ~/.local/share/bash-completion/completions/beamprecoding",
            "source <(beamprecoding completion bash)    # this shell only",
            "beamprecoding completion zsh > ~/.zfunc/_beamprecoding    # with fpath+=~/.zfunc before compinit in ~/.zshrc",
            "beamprecoding completion fish > ~/.config/fish/completions/beamprecoding.fish",
            "beamprecoding completion powershell >> $PROFILE");
        return command;
    }
}
