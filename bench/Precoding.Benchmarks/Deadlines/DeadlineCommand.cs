using System.CommandLine;
using System.Globalization;
using System.Text;
using Precoding.Benchmarks.Race;

namespace Precoding.Benchmarks.Deadlines;

/// <summary>deadline: how well time limits are kept, preparation, final rates and copies included.</summary>
internal static class DeadlineCommand
{
    private const int ExitDone = 0;
    private const int ExitNoDevice = 3;
    private const string Streams = "ncjt-cg";

    private static readonly string[] Precoders = ["reduced-cg", "wmmse", "bsp-cg", Streams];
    private static readonly string[] Problems = ["one", "batch", "paper"];

    public static Command Create()
    {
        var only = new Option<string[]>("--only") { Description = $"Precoders: {string.Join(", ", Precoders)}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Precoders };
        var problems = new Option<string[]>("--problems")
        {
            Description = "one: K = 24, M = 64, L = 3, or a cell-free drop; batch: 64 of them; paper: K = 256, M = 512, L = 3, users with one antenna only.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Problems,
        };
        var milliseconds = new Option<double[]>("--ms") { Description = "Deadlines.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [2, 5, 20, 100, 500] };
        var device = new Option<string>("--device") { Description = "cpu, opencl, opencl:I, cuda or cuda:I.", HelpName = "name", DefaultValueFactory = _ => BenchmarkDevice.Cpu };
        only.AcceptOnlyFromAmong(Precoders);
        problems.AcceptOnlyFromAmong(Problems);
        var command = new Command("deadline", "Solves against deadlines, and reports how far from them the results come.") { only, problems, milliseconds, device };
        command.SetAction(parsed => Run(parsed.GetValue(only)!, parsed.GetValue(problems)!, parsed.GetValue(milliseconds)!, parsed.GetValue(device)!));
        return command;
    }

    /// <summary>A row per cell, those without numbers of a solver in one; then how many are further from their deadline than <see cref="DeadlineCell.Tolerance"/>.</summary>
    public static string ToMarkdown(IReadOnlyCollection<DeadlineCell> cells)
    {
        var text = new StringBuilder("| problem | precoder | solver | least, ms | T, ms | median | p95 | worst | undisturbed | their median | their p95, either way | iterations |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var solver in cells.GroupBy(c => (c.Problem, c.Precoder, c.IsNewSolver)))
        {
            string head = string.Create(CultureInfo.InvariantCulture, $"| {solver.Key.Problem} | {solver.Key.Precoder} | {(solver.Key.IsNewSolver ? "new" : "kept")} | {solver.First().LeastMilliseconds:F2} | ");
            foreach (DeadlineCell c in solver.Where(c => c.Counts))
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{head}{c.Milliseconds} | {Percent(c.Median)} | {Percent(c.Percentile95)} | {Percent(c.Worst)} | {c.Undisturbed.Length} of {c.Errors.Length} | {Percent(DeadlineCell.Quantile(c.Undisturbed, 0.5))} | {Percent(c.UndisturbedDistance)} | {c.Iterations:F0} |\n");
            }

            Without("not reachable", solver.Where(c => !c.IsReachable));
            Without("settles before", solver.Where(c => c.IsSettled));

            void Without(string why, IEnumerable<DeadlineCell> which)
            {
                if (which.Any())
                {
                    text.Append(CultureInfo.InvariantCulture, $"{head}{string.Join(", ", which.Select(c => c.Milliseconds))} | {why} | | | | | | |\n");
                }
            }
        }

        DeadlineCell[] all = [.. cells.Where(c => c.Counts && c.LeastMilliseconds > 0)], some = [.. all.Where(c => c.Undisturbed.Length >= DeadlineCell.FewestUndisturbed)];
        text.Append(CultureInfo.InvariantCulture, $"\nOf {all.Length} cells {Beyond(all, c => c.Median)} have a median beyond 5 %, {Beyond(all, c => c.Percentile95)} are beyond it at the 95th percentile and {Beyond(all, c => c.Worst)} at worst. ");
        text.Append(CultureInfo.InvariantCulture, $"Of {some.Length} cells with {DeadlineCell.FewestUndisturbed} undisturbed solves or more {Beyond(some, c => DeadlineCell.Quantile(c.Undisturbed, 0.5))} have a median of these beyond 5 %, {Beyond(some, c => c.UndisturbedDistance)} are beyond it at the 95th percentile.\n");
        return text.ToString();

        static int Beyond(DeadlineCell[] cells, Func<DeadlineCell, double> of) => cells.Count(c => Math.Abs(of(c)) > DeadlineCell.Tolerance);

        static string Percent(double share) => double.IsNaN(share) ? "–" : (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";
    }

    private static int Run(string[] precoders, string[] problems, double[] milliseconds, string deviceName)
    {
        try
        {
            using IDevice device = BenchmarkDevice.Open(deviceName);
            Console.WriteLine(FormattableString.Invariant($"{device.Info.Name}, {device.Info.Details}; load {Machine.LoadAverage:F1} before, commit {Machine.Commit}\n"));
            List<DeadlineCell> cells = [.. milliseconds.Select(DeadlineCell.MeasureClock)];
            foreach (string problem in problems)
            {
                foreach (string precoder in precoders.Where(p => p != Streams || problem != "paper"))
                {
                    foreach (bool isNewSolver in (bool[])[false, true])
                    {
                        Console.Error.WriteLine($"deadline: {problem}, {precoder}, {(isNewSolver ? "new solvers" : "a kept solver")}");
                        cells.AddRange(DeadlineCell.Measure(problem, Channels(problem, precoder), precoder, problem == "one" ? 20_000 : 2_000, device, milliseconds, isNewSolver));
                    }
                }
            }

            Console.Write(ToMarkdown(cells));
            Console.WriteLine(FormattableString.Invariant($"\nload {Machine.LoadAverage:F1} after"));
            return ExitDone;
        }
        catch (DeviceException error)
        {
            Console.Error.WriteLine($"deadline: {error.Message}");
            return ExitNoDevice;
        }
    }

    private static ChannelBatch Channels(string problem, string precoder) => (problem, precoder) switch
    {
        ("paper", _) => Drops.Of(Drop.Paper),
        ("batch", Streams) => StreamDrops.Of(StreamDrop.CellFreeSmall),
        ("batch", _) => Drops.Of(Drop.SmallBatch),
        (_, Streams) => StreamDrops.Of(StreamDrop.CellFreeSmall).Slice(0, 1),
        _ => Drops.Of(Drop.SmallBatch).Slice(0, 1),
    };
}
