using System.Text.Json.Nodes;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>Computes shards of a plan on one device: as solve would, realization by realization the same numbers.</summary>
/// <param name="device">Becomes its own.</param>
internal sealed class ShardComputation(SweepPlan plan, IDevice device, ShardStore store) : IShardWorker
{
    /// <summary>What results call the bounds.</summary>
    public const string BoundLabel = "upper-bound";

    private const int LongestNamePart = 60; // of a label, in the name of a file

    public ShardOrigin Origin { get; } = new($"{device.Info.Id}: {device.Info.Name}", Environment.MachineName, ToolVersion.Version);

    public void Dispose() => device.Dispose();

    public void Compute(SweepShard shard, IReadOnlySet<SweepUnit> finished, Action<SweepUnitResult> report, CancellationToken stop)
    {
        if (finished.Count == plan.UnitCount)
        {
            return;
        }

        stop.ThrowIfCancellationRequested();
        IReadOnlyList<ShardProblem> parts = ShardProblem.Of(plan, shard.First, shard.Count);
        for (int s = 0; s < plan.SnrDb.Count; s++)
        {
            int count = plan.UnitCount / plan.SnrDb.Count;
            if (Enumerable.Range(0, count).All(p => finished.Contains(new SweepUnit(s, p))))
            {
                continue;
            }

            UnitProblem[] problems = [.. parts.Select(part => part.At(plan, s))];
            for (int p = 0; p < count; p++)
            {
                var unit = new SweepUnit(s, p);
                if (finished.Contains(unit))
                {
                    continue;
                }

                SweepUnitResult[] results = [.. problems.Select(problem => p < plan.Precoders.Count ? Solve(problem, unit, shard, stop) : Bound(problem, unit, shard, stop))];
                report(new SweepUnitResult(unit, [.. results.SelectMany(r => r.Rows)], [.. results.SelectMany(r => r.Timings)]));
            }
        }
    }

    private SweepUnitResult Solve(UnitProblem problem, SweepUnit unit, SweepShard shard, CancellationToken stop)
    {
        SweepPrecoder precoder = plan.Precoders[unit.Precoder];
        IPrecoder method = precoder.Choice.Create(precoder.Entry.HasStreams() ? problem.Streams : null)[0];
        using ISolver solver = method.CreateSolver(problem.Known.Network, problem.Known.Shape, device);
        PrecodingResult result = solver.Solve(problem.Known, cancellationToken: stop);
        stop.ThrowIfCancellationRequested(); // what was left undone is no result
        result = plan.CsiNmseDb is null ? result : result.EvaluatedOn(problem.Channels, device);
        if (plan.SavesPrecoders)
        {
            Save(result, problem, unit, shard);
        }

        int first = problem.Channels.FirstRealization;
        double snr = plan.SnrDb[unit.Snr];
        return new SweepUnitResult(
            unit,
            [
                .. Enumerable.Range(0, problem.Channels.Shape.RealizationCount).SelectMany(r => plan.Metrics.SelectMany(m => m.Values(result, r)).Select(value =>
                    new SweepRow(first + r, snr, precoder.Label, value.Name, value.Value, Format.Kebab(result.Status[r].ToString())))),
            ],
            [.. Enumerable.Range(0, problem.Channels.Shape.RealizationCount).Select(r => new SweepTiming(first + r, snr, precoder.Label, result.SecondsSolve[r], device.Info.Id, shard.Index))]);
    }

    /// <summary>The upper bounds, as sum rates of a precoder that nobody has.</summary>
    private SweepUnitResult Bound(UnitProblem problem, SweepUnit unit, SweepShard shard, CancellationToken stop)
    {
        SumRateBounds bounds = new SumRateCertificate().Bound(problem.Channels, device, null, stop);
        stop.ThrowIfCancellationRequested();
        int count = problem.Channels.Shape.RealizationCount, first = problem.Channels.FirstRealization;
        double snr = plan.SnrDb[unit.Snr];
        return new SweepUnitResult(
            unit,
            [.. Enumerable.Range(0, count).Select(r => new SweepRow(first + r, snr, BoundLabel, SweepMetric.SumRate, bounds.UpperBound[r], Format.Kebab(bounds.Status[r].ToString())))],
            [.. Enumerable.Range(0, count).Select(r => new SweepTiming(first + r, snr, BoundLabel, bounds.Seconds / count, device.Info.Id, shard.Index))]);
    }

    /// <summary>Before the unit is noted as finished: whatever is finished has its precoders.</summary>
    private void Save(PrecodingResult result, UnitProblem problem, SweepUnit unit, SweepShard shard)
    {
        string snr = double.IsNaN(plan.SnrDb[unit.Snr]) ? string.Empty : $".snr{Format.Number(plan.SnrDb[unit.Snr], "R")}"; // no two SNRs have one name
        string part = problem.Channels.FirstRealization > shard.First ? $".from{problem.Channels.FirstRealization}" : string.Empty;
        string label = string.Concat(plan.Precoders[unit.Precoder].Label.Take(LongestNamePart).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        string meta = ResultJson.Provenance(device.Info, device.Precision, plan.Seed, new JsonObject
        {
            ["planHash"] = store.Manifest.PlanHash, ["firstRealization"] = problem.Channels.FirstRealization, ["precoder"] = plan.Precoders[unit.Precoder].Label,
        }).ToJsonString();
        ResultArchive.Write(store.PrecodersPathOf(shard.Index, $"p{unit.Precoder}.{label}{snr}{part}"), [result], isOfSeveral: false, bounds: null, meta);
    }
}
