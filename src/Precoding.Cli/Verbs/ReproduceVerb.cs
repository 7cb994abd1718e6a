using System.CommandLine;
using System.Globalization;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>reproduce: the papers' figures as data, pictures and verdicts.</summary>
internal static class ReproduceVerb
{
    private static string Papers => string.Join(", ", FigureCatalog.Studies.Select(s => s.Paper).Distinct());

    public static Command Create(Terminal terminal)
    {
        var paper = new Argument<string>("paper") { Description = $"bsp or ncjt: a paper; ours: what no paper shows, fig1 the share of a bound that methods reach, fig2 rates over time; all." };
        var figures = new Argument<string[]>("figures") { Description = "fig3 to fig9 (fig1 and fig2 of ours); all that there are when left out.", Arity = ArgumentArity.ZeroOrMore };
        var profile = new Option<string>("--profile")
        {
            Description = "smoke: small sizes, a minute for all figures; workstation: reduced sizes, an hour on two cores; paper: the papers' sizes and 100 drops, for a GPU.", HelpName = "name", DefaultValueFactory = _ => "workstation",
        };
        var directory = new Option<string>("--out") { Description = "Directory for FIGURE.csv, FIGURE.json, FIGURE.svg, report.html (all figures, interactive) and verdict.md; created where it does not exist.", HelpName = "directory", Required = true };
        var redraw = new Option<bool>("--redraw") { Description = "Compute nothing: draw the figures whose data is in --out again." };
        Option<string> device = OptionValues.Device(), seed = OptionValues.Seed();
        Option<string?> threads = OptionValues.Threads();
        Option<bool> quiet = OptionValues.Quiet();
        var command = new Command("reproduce", "Computes figures of the papers and says how the results compare with what the papers state.") { paper, figures, profile, directory, redraw, device, threads, seed, quiet };
        command.SetAction((parsed, cancellationToken) =>
        {
            string text = parsed.GetValue(profile)!;
            if (!Enum.TryParse(text, ignoreCase: true, out ReproductionProfile size) || !Enum.IsDefined(size) || char.IsAsciiDigit(text[0]))
            {
                throw new UsageException($"--profile is '{text}'; expected smoke, workstation or paper.");
            }

            IReadOnlyList<FigureStudy> studies = Select(parsed.GetValue(paper)!, parsed.GetValue(figures) ?? []);
            var request = new Request(
                studies, size, parsed.GetValue(directory)!, parsed.GetValue(redraw), parsed.GetValue(device)!, OptionValues.Count("--threads", parsed.GetValue(threads)), OptionValues.ParseSeed(parsed.GetValue(seed)!),
                parsed.GetValue(quiet));
            return Task.Run(() => Run(request, terminal, cancellationToken), CancellationToken.None);
        });
        Examples.AddTo(
            command,
            "beamprecoding reproduce all --profile smoke --out figures",
            "beamprecoding reproduce bsp fig4 fig6 --profile workstation --out figures",
            "beamprecoding reproduce all --redraw --out figures");
        return command;
    }

    private static FigureStudy[] Select(string paper, string[] figures)
    {
        FigureStudy[] ofPaper = [.. FigureCatalog.Studies.Where(s => paper == "all" || s.Paper == paper)];
        if (ofPaper.Length == 0)
        {
            throw new UsageException($"reproduce: '{paper}' is no paper; expected {Papers} or all.");
        }

        string[] wanted = figures.Length == 0 || figures is ["all"] ? [.. ofPaper.Select(Name).Distinct()] : figures;
        return wanted.FirstOrDefault(f => !ofPaper.Any(s => Name(s) == f)) is { } unknown
            ? throw new UsageException($"reproduce {paper}: '{unknown}' is not in this version; it has {string.Join(", ", ofPaper.Select(Name).Distinct().Order())}.")
            : [.. ofPaper.Where(s => wanted.Contains(Name(s)))];

        static string Name(FigureStudy study) => string.Create(CultureInfo.InvariantCulture, $"fig{study.Number}");
    }

    private static int Run(Request request, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Write(request.Directory, path => Directory.CreateDirectory(path));
        if (!request.Redraw)
        {
            using IDevice device = DeviceChoice.Open(request.Device, precision: null, request.Threads);
            var progress = new ProgressLine(terminal, request.Quiet);
            if (!request.Quiet)
            {
                terminal.Out.WriteLine($"device {DeviceChoice.Describe(device, request.Device)}");
            }

            foreach (FigureStudy study in request.Studies)
            {
                string name = $"{study.Paper} fig{study.Number}";
                try
                {
                    FigureResult figure = study.Run(new StudyContext(request.Profile, device, request.Seed, what => progress.Begin($"{name}: {what}"), cancellationToken));
                    progress.End();
                    OutputFile.Write(request.Directory, path => FigureFiles.WriteData(path, figure));
                    if (!request.Quiet)
                    {
                        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}  {study.Title}, {figure.Seconds:0.#} s"));
                    }
                }
                catch (OperationCanceledException)
                {
                    progress.End();
                    OutputFile.Write(request.Directory, path => FigureFiles.Draw(path));
                    terminal.Error.WriteLine($"interrupted in {name}; the figures before it are in {request.Directory}");
                    return ExitCode.Interrupted;
                }
            }
        }

        IReadOnlyList<FigureResult> drawn = [];
        OutputFile.Write(request.Directory, path => drawn = FigureFiles.Draw(path));
        if (drawn.Count == 0)
        {
            throw new UsageException($"--redraw: there is no data of figures in '{request.Directory}'. Leave --redraw out to compute them.");
        }

        if (!request.Quiet)
        {
            Claim[] claims = [.. drawn.SelectMany(f => f.Claims)];
            terminal.Out.WriteLine(
                $"{Path.Combine(request.Directory, FigureFiles.VerdictName)}: {claims.Count(c => c.Verdict == Verdict.Agrees)} statements agree, {claims.Count(c => c.Verdict == Verdict.Differs)} differ, " +
                $"{claims.Count(c => c.Verdict == Verdict.Open)} open, in {drawn.Count} figures");
        }

        return ExitCode.Done;
    }

    private sealed record Request(
        IReadOnlyList<FigureStudy> Studies, ReproductionProfile Profile, string Directory, bool Redraw, string Device, int? Threads, ulong Seed, bool Quiet);
}
