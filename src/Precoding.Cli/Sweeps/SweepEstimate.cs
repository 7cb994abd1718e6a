using System.Diagnostics;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;

namespace Precoding.Cli.Sweeps;

/// <summary>What a sweep will cost, from a few iterations on its first drops: at most, since realizations settle before the iteration limit.</summary>
internal static class SweepEstimate
{
    private const int PilotDrops = 4, PilotIterations = 5;

    public static void Write(TextWriter output, SweepPlan plan, IDevice device, CancellationToken stop)
    {
        int drops = Math.Min(PilotDrops, Math.Min(plan.RealizationCount, plan.ShardRealizationCount)), shards = plan.ToManifest().ShardCount;
        long began = Stopwatch.GetTimestamp();
        ShardProblem problem = ShardProblem.Of(plan, 0, drops)[0];
        drops = problem.Content.Channels.Shape.RealizationCount;
        double perDrop = Stopwatch.GetElapsedTime(began).TotalSeconds / drops, all = perDrop * plan.RealizationCount;
        var table = new TextTable(("per drop and SNR", "", false), ("", "ms, at most", true), ("all of them", "at most", true));
        foreach (SweepPrecoder precoder in plan.Precoders)
        {
            stop.ThrowIfCancellationRequested();
            double seconds = SecondsPerDrop(plan, precoder, problem.At(plan, plan.SnrDb.Count - 1), device, stop), whole = seconds * plan.RealizationCount * plan.SnrDb.Count;
            all += whole;
            table.Add(precoder.Label, Format.Number(1000 * seconds, "G3"), Format.Duration(TimeSpan.FromSeconds(whole)));
        }

        table.Write(output);
        output.WriteLine();
        output.WriteLine($"drops     {Format.Number(1000 * perDrop, "G3")} ms each to make or read");
        output.WriteLine($"time      at most {Format.Duration(TimeSpan.FromSeconds(all))} on this device, {Format.Duration(TimeSpan.FromSeconds(all / shards))} per shard{(plan.Certificate ? ", the bounds of the certificate not counted" : "")}");
        output.WriteLine($"memory    {Format.Number(plan.ShardRealizationCount * problem.Content.Channels.Shape.CoefficientsPerRealization * 8.0 / (1 << 20), "G3")} MiB of channels per shard; {Format.Number(Process.GetCurrentProcess().PeakWorkingSet64 / (double)(1 << 20), "F0")} MiB in all for these {drops} drops");
        output.WriteLine($"files     {shards} shards, about {Format.Number(RowCount(plan) * 64.0 / (1 << 20), "G2")} MiB of results");
    }

    private static double SecondsPerDrop(SweepPlan plan, SweepPrecoder precoder, UnitProblem problem, IDevice device, CancellationToken stop)
    {
        StreamSetup? streams = precoder.Entry.HasStreams() ? problem.Streams : null;
        int limit = precoder.Choice.Create(streams)[0].Options.MaxIterations, pilot = Math.Min(PilotIterations, limit);
        IPrecoder method = precoder.Entry.IsClosedForm() ? precoder.Choice.Create(streams)[0] : (precoder.Choice with { Iterations = pilot, Tolerance = 0 }).Create(streams)[0];
        using ISolver solver = method.CreateSolver(problem.Known.Network, problem.Known.Shape, device);
        solver.Solve(problem.Known, cancellationToken: stop); // compiles
        SolveTimings timings = solver.Solve(problem.Known, cancellationToken: stop).Timings;
        double iterations = precoder.Entry.IsClosedForm() ? 1 : (double)limit / pilot;
        return (timings.Upload + timings.Download + (timings.Solve * iterations)) / problem.Known.Shape.RealizationCount;
    }

    private static double RowCount(SweepPlan plan)
    {
        double metrics = plan.Metrics.Sum(m => m.Name == SweepMetric.UserRates ? plan.Drops.Shape.UserCount : 1.0);
        return plan.RealizationCount * (double)plan.SnrDb.Count * plan.Precoders.Count * (metrics + 1); // a line of timings each
    }
}
