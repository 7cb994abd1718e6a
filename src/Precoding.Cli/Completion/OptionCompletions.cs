using System.CommandLine;
using System.CommandLine.Completions;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Cli.Verbs;
using Precoding.Gpu;
using Precoding.Simulation;

namespace Precoding.Cli.Completion;

/// <summary>What options and arguments may be, for the shell. Those that are not here are names of files, numbers or free text.</summary>
internal static class OptionCompletions
{
    private static readonly string[] Starts = ["mrt", "rzf", "wrzf", "wmmse", "random:", "uniform", "warm", "local-ezf", "matched", "svd", "ncjt:"];

    /// <summary>Gives every option and argument below the command what it may be.</summary>
    public static void AddTo(Command command)
    {
        foreach (Option option in command.Options)
        {
            if (Of(command, option) is { } values)
            {
                option.CompletionSources.Add(values);
            }
        }

        foreach (Argument argument in command.Arguments)
        {
            if (Of(argument) is { } values)
            {
                argument.CompletionSources.Add(_ => values.Select(value => new CompletionItem(value)));
            }
        }

        foreach (Command part in command.Subcommands)
        {
            AddTo(part);
        }
    }

    private static Func<CompletionContext, IEnumerable<CompletionItem>>? Of(Command command, Option option) => option.Name switch
    {
        "--precoder" => List(() => PrecoderCatalog.Entries.Select(entry => entry.Name)),
        "--starts" => List(() => Starts),
        "--device" => One(DeviceNames),
        "--scenario" => One(() => [GeneratedDrop.UrbanMacro, GeneratedDrop.CellFree, GeneratedDrop.Independent]),
        "--normalize" => One(NamesOf<Normalization>),
        "--precision" => One(NamesOf<Precision>),
        "--snr-rule" => One(NamesOf<SnrRule>),
        "--csi-error" => One(NamesOf<EstimateError>),
        "--profile" => One(NamesOf<ReproductionProfile>),
        "--engine" => One(() => ["local", "slurm"]),
        "--try" => One(NamesOf<TriedDevices>),
        "--serving" => One(() => ["all", "nearest:", "strongest:", "file"]),
        "--set" when command.Name == "solve" => One(() => PrecoderCatalog.Entries.SelectMany(PrecoderSettings.KeysOf).Distinct().Select(key => $"{key}=")),
        _ => null,
    };

    private static IEnumerable<string>? Of(Argument argument) => argument.Name switch
    {
        "paper" => [.. FigureCatalog.Studies.Select(study => study.Paper).Distinct(), "all"],
        "figures" => FigureCatalog.Studies.Select(study => $"fig{study.Number}").Distinct(),
        "precoder" => ["bln-pgp"],
        "shell" => CompletionScript.Shells,
        _ => null,
    };

    private static Func<CompletionContext, IEnumerable<CompletionItem>> One(Func<IEnumerable<string>> values) => _ => values().Select(value => new CompletionItem(value));

    /// <summary>Values separated by commas: what stands before the last comma stays, and is not offered again.</summary>
    private static Func<CompletionContext, IEnumerable<CompletionItem>> List(Func<IEnumerable<string>> values) => context =>
    {
        string done = context.WordToComplete[..(context.WordToComplete.LastIndexOf(',') + 1)];
        return values().Except(done.Split(',')).Select(value => new CompletionItem(done + value));
    };

    private static IEnumerable<string> NamesOf<TEnum>()
        where TEnum : struct, Enum => Enum.GetNames<TEnum>().Select(Format.Kebab);

    /// <summary>What --device takes that solves on this machine.</summary>
    private static IEnumerable<string> DeviceNames() =>
        ["auto", "cpu", "reference", .. CudaDevice.Search().Devices.Concat(OpenClDevice.Search().Devices).Where(device => device.Obstacle is null).Select(device => device.Info.Id)];
}
