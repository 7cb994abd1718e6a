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
        var csv = new Option<string?>("--csv") { Description = "Also write every comparison as CSV.", HelpName = "file" };
        var command = new Command("budget", $"Compares {Ours} with {string.Join(", ", Opponents)} at equal iterations and at equal times of one thread.") { channels, antennas, loads, drops, snrs, normalizations, starts, iterations, repeats, csv };
        command.SetAction(parsed => Run(
            Drops(parsed.GetValue(channels) ?? [], parsed.GetValue(antennas), parsed.GetValue(loads)!, parsed.GetValue(drops)), parsed.GetValue(normalizations)!, parsed.GetValue(snrs)!, parsed.GetValue(starts) ?? [],
            parsed.GetValue(iterations), parsed.GetValue(repeats), parsed.GetValue(csv)));
        return command;
    }

    /// <param name="starts">None for the default.</param>
    public static IEnumerable<BudgetRow> Compare(BudgetDrops drops, int realization, Normalization normalization, double snrDb, IReadOnlyList<string> starts, int iterations, int repeats)
    {
        ChannelBatch drop = drops.Prepare(realization, normalization, snrDb);
        PrecoderOptions defaults = PrecoderCatalog.Find(Ours).DefaultOptions;
        (string Name, RateCurve Curve)[] ours = starts.Count == 0
            ? [(string.Join(",", defaults.Starts), Measure(Ours, defaults.Starts))]
            : [.. starts.Select(s => (s, Measure(Ours, InitialPrecoder.ParseList(s))))];
        foreach (string opponent in Opponents)
        {
            RateCurve theirs = Measure(opponent, PrecoderCatalog.Find(opponent).DefaultOptions.Starts);
            foreach (var (start, curve) in ours)
            {
                var row = new BudgetRow(drops.Name, realization, normalization, snrDb, start, opponent, BudgetKind.Iterations, 0, 0, 0);
                foreach (BudgetRow compared in BudgetRow.Compare(row, curve, theirs))
                {
                    yield return compared;
                }
            }
        }

        RateCurve Measure(string precoder, IReadOnlyList<InitialPrecoder> from)
        {
            PrecoderEntry entry = PrecoderCatalog.Find(precoder);
            return RateCurve.Measure(entry.Create(entry.DefaultOptions with { MaxIterations = iterations, CheckInterval = 1, Starts = from }), drop, repeats);
        }
    }

    /// <summary>Everything compiled before anything is timed.</summary>
    private static void WarmUp(string[] starts)
    {
        foreach (BudgetDrops drops in BudgetDrops.Generate(antennas: 16, load: 0.5, drops: 1))
        {
            _ = Compare(drops, 0, Normalization.Mean, 20, starts, iterations: BudgetRow.Budgets[^1], repeats: 10).Count();
        }
    }

    private static IEnumerable<BudgetDrops> Drops(IEnumerable<string> files, int antennas, double[] loads, int count)
    {
        IEnumerable<BudgetDrops> generated = antennas > 0 ? loads.SelectMany(load => BudgetDrops.Generate(antennas, load, count)) : [];
        return files.Select(BudgetDrops.Read).Concat(generated);
    }

    private static int Run(IEnumerable<BudgetDrops> all, Normalization[] normalizations, double[] snrs, string[] starts, int iterations, int repeats, string? csv)
    {
        try
        {
            WarmUp(starts);
            var rows = new List<BudgetRow>();
            foreach (BudgetDrops drops in all)
            {
                Console.Error.WriteLine($"budget: {drops.Name}");
                foreach (Normalization normalization in normalizations)
                {
                    rows.AddRange(
                        from snr in snrs
                        from realization in Enumerable.Range(0, drops.Channels.Shape.RealizationCount)
                        from row in Compare(drops, realization, normalization, snr, starts, iterations, repeats)
                        select row);
                }

                if (csv is not null)
                {
                    File.WriteAllText(csv, BudgetReport.ToCsv(rows)); // after every set of drops: the next may take long
                }
            }

            Console.Out.Write(BudgetReport.ToMarkdown(rows));
            return ExitDone;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ValidationException or FileFormatException)
        {
            Console.Error.WriteLine($"budget: {error.Message}");
            return ExitBadInput;
        }
    }
}
