using System.CommandLine;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Budget;

/// <summary>budget: reduced-cg from one start or another against every other iterative precoder from its own, at equal iterations and at equal times.</summary>
internal static class BudgetCommand
{
    private const int ExitDone = 0;
    private const int ExitBadInput = 3;
    private const string Ours = "reduced-cg";

    private static readonly string[] Opponents = ["wmmse", "bsp-hamiltonian", "bsp-cg", "reduced-hamiltonian"];

    public static Command Create()
    {
        var channels = new Option<string[]>("--channels") { Description = "Channel files, every realization a drop.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var antennas = new Option<int>("--antennas") { Description = "M of generated drops; 0 generates none.", DefaultValueFactory = _ => 64 };
        var loads = new Option<double[]>("--loads") { Description = "K/M of generated drops.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0.05, 0.25, 0.5, 1] };
        var drops = new Option<int>("--drops") { Description = "Generated drops of each kind.", DefaultValueFactory = _ => 4 };
        var snrs = new Option<double[]>("--snr-db") { Description = "SNRs.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0, 10, 20, 30] };
        var normalizations = new Option<Normalization[]>("--normalize")
        {
            Description = "Normalisations.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [Normalization.Mean, Normalization.Median, Normalization.User, Normalization.Link],
        };
        var starts = new Option<string[]>("--starts") { Description = "Starts of reduced-cg, each compared by itself; its default when left out.", AllowMultipleArgumentsPerToken = true };
        var iterations = new Option<int>("--iterations") { Description = "Iteration limit of everybody.", DefaultValueFactory = _ => BudgetRow.Budgets[^1] };
        var repeats = new Option<int>("--repeats") { Description = "Solves of a drop, of which every iteration's least time counts.", DefaultValueFactory = _ => 3 };
        var theirStart = new Option<string?>("--their-start") { Description = "Start of the others, their defaults when left out.", HelpName = "start" };
        var weightSpread = new Option<double>("--weight-spread-db") { Description = "Weights of users spread over so many dB." };
        var budgetSpread = new Option<double>("--budget-spread-db") { Description = "Budget of the last access point below that of the first." };
        var svg = new Option<string?>("--svg") { Description = "Also draw the curves over iterations and over time.", HelpName = "file" };
        var csv = new Option<string?>("--csv") { Description = "Also write every comparison as CSV.", HelpName = "file" };
        var command = new Command("budget", $"Compares {Ours} with {string.Join(", ", Opponents)} at equal iterations and at equal times of one thread.") { channels, antennas, loads, drops, snrs, normalizations, starts, theirStart, weightSpread, budgetSpread, iterations, repeats, csv, svg };
        command.SetAction(parsed => Run(
            Drops(parsed.GetValue(channels) ?? [], parsed.GetValue(antennas), parsed.GetValue(loads)!, parsed.GetValue(drops)).Select(
                d => d with { WeightSpreadDb = parsed.GetValue(weightSpread), BudgetSpreadDb = parsed.GetValue(budgetSpread) }),
            parsed.GetValue(normalizations)!, parsed.GetValue(snrs)!, new Contest(parsed.GetValue(starts) ?? [], parsed.GetValue(theirStart), parsed.GetValue(iterations), parsed.GetValue(repeats)),
            parsed.GetValue(csv), parsed.GetValue(svg)));
        return command;
    }

    public static BudgetCurves Measure(BudgetDrops drops, int realization, Normalization normalization, double snrDb, Contest contest)
    {
        IReadOnlyList<InitialPrecoder>[] starts = contest.Starts.Count == 0 ? [PrecoderCatalog.Find(Ours).DefaultOptions.Starts] : [.. contest.Starts.Select(InitialPrecoder.ParseList)];
        IReadOnlyList<InitialPrecoder>? theirs = contest.TheirStart is null ? null : InitialPrecoder.ParseList(contest.TheirStart);
        IPrecoder[] precoders = [.. starts.Select(s => Create(Ours, s)), .. Opponents.Select(o => Create(o, theirs))];
        RateCurve[] curves = RateCurve.Measure(precoders, drops.Prepare(realization, normalization, snrDb), contest.Repeats);
        return new(
            new(drops.Name, realization, normalization, snrDb), [.. starts.Select(s => string.Join(",", s)).Zip(curves)], [.. Opponents.Zip(curves.Skip(starts.Length))]);

        IPrecoder Create(string precoder, IReadOnlyList<InitialPrecoder>? from)
        {
            PrecoderEntry entry = PrecoderCatalog.Find(precoder);
            return entry.Create(entry.DefaultOptions with { MaxIterations = contest.Iterations, CheckInterval = 1, Starts = from ?? entry.DefaultOptions.Starts });
        }
    }

    /// <summary>Everything compiled before anything is timed.</summary>
    private static void WarmUp(Contest contest)
    {
        foreach (BudgetDrops drops in BudgetDrops.Generate(antennas: 16, load: 0.5, drops: 1))
        {
            _ = Measure(drops, 0, Normalization.Mean, 20, contest with { Iterations = BudgetRow.Budgets[^1], Repeats = 10 });
        }
    }

    private static IEnumerable<BudgetDrops> Drops(IEnumerable<string> files, int antennas, double[] loads, int count)
    {
        IEnumerable<BudgetDrops> generated = antennas > 0 ? loads.SelectMany(load => BudgetDrops.Generate(antennas, load, count)) : [];
        return files.Select(BudgetDrops.Read).Concat(generated);
    }

    private static int Run(IEnumerable<BudgetDrops> all, Normalization[] normalizations, double[] snrs, Contest contest, string? csv, string? svg)
    {
        try
        {
            WarmUp(contest);
            var curves = new List<BudgetCurves>();
            foreach (BudgetDrops drops in all)
            {
                Console.Error.WriteLine($"budget: {drops.Name}");
                curves.AddRange(
                    from normalization in normalizations
                    from snr in snrs
                    from realization in Enumerable.Range(0, drops.Channels.Shape.RealizationCount)
                    select Measure(drops, realization, normalization, snr, contest));
                if (csv is not null)
                {
                    File.WriteAllText(csv, BudgetReport.ToCsv(curves.SelectMany(c => c.Compare()))); // after every set of drops: the next may take long
                }
            }

            if (svg is not null)
            {
                File.WriteAllText(svg, BudgetChart.Draw(curves));
            }

            Console.Out.Write(BudgetReport.ToMarkdown([.. curves.SelectMany(c => c.Compare())]));
            return ExitDone;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ValidationException or FileFormatException)
        {
            Console.Error.WriteLine($"budget: {error.Message}");
            return ExitBadInput;
        }
    }

    /// <summary>Who starts where, and how far.</summary>
    /// <param name="Starts">Of ours, each compared by itself; none for the default.</param>
    /// <param name="TheirStart">Of all the others; null for their defaults.</param>
    public sealed record Contest(IReadOnlyList<string> Starts, string? TheirStart, int Iterations, int Repeats);
}
