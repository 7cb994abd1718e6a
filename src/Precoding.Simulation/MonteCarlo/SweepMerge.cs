using System.Text;

namespace Precoding.Simulation;

/// <summary>Shards in, one set of files out. Equal shards give equal bytes of results.csv, whenever and wherever they were computed.</summary>
public static class SweepMerge
{
    public const string ResultsName = "results.csv", TimingsName = "timings.csv", DatabaseName = "results.sqlite", SummaryName = "summary.csv", ReportName = "report.html";

    private const string DevicesKey = "devices", VersionsKey = "versions";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes results.csv, timings.csv, results.sqlite, summary.csv and report.html from all shards, each verified.</summary>
    /// <exception cref="ValidationException">Shards lack; the message says which.</exception>
    public static SweepSummary Merge(ShardStore store)
    {
        IReadOnlyList<int> missing = store.Missing();
        if (missing.Count > 0)
        {
            throw new ValidationException(
                $"{store.Directory}: {missing.Count} of {store.Manifest.ShardCount} shards lack, {Ranges(missing)}; nothing was merged. Compute them first: beamprecoding sweep resume {store.Directory}");
        }

        var devices = new SortedSet<string>(StringComparer.Ordinal);
        var versions = new SortedSet<string>(StringComparer.Ordinal);
        Write(store, ResultsName, results => Write(store, TimingsName, timings =>
        {
            results.Write($"{SweepCsv.ResultsHeader}\n");
            timings.Write($"{SweepCsv.TimingsHeader}\n");
            for (int index = 0; index < store.Manifest.ShardCount; index++)
            {
                ShardResult shard = store.Read(index);
                devices.Add(shard.Origin.Device);
                versions.Add(shard.Origin.Version);
                foreach (SweepRow row in shard.Rows)
                {
                    results.Write($"{SweepCsv.Line(row)}\n");
                }

                foreach (SweepTiming timing in shard.Timings)
                {
                    timings.Write($"{SweepCsv.Line(timing)}\n");
                }
            }
        }));
        string resultsPath = Path.Combine(store.Directory, ResultsName), timingsPath = Path.Combine(store.Directory, TimingsName);
        var meta = new Dictionary<string, string>
        {
            ["name"] = store.Manifest.Name, ["tool"] = store.Manifest.Tool, ["planHash"] = store.Manifest.PlanHash, ["plan"] = store.Manifest.Plan.ToJsonString(),
            [DevicesKey] = string.Join("; ", devices), [VersionsKey] = string.Join(", ", versions),
        };
        using (StreamReader rows = File.OpenText(resultsPath), timings = File.OpenText(timingsPath))
        {
            SweepDatabase.Write(Path.Combine(store.Directory, DatabaseName), meta, SweepCsv.ReadResults(rows, resultsPath), SweepCsv.ReadTimings(timings, timingsPath));
        }

        return Report(store, meta[DevicesKey], meta[VersionsKey]);
    }

    /// <summary>Writes summary.csv and report.html anew from results.csv and timings.csv; merges where nobody has, or not to the end.</summary>
    public static SweepSummary Report(ShardStore store)
    {
        string database = Path.Combine(store.Directory, DatabaseName);
        if (!File.Exists(database)) // written last
        {
            return Merge(store);
        }

        IReadOnlyDictionary<string, string> meta = SweepDatabase.ReadMeta(database);
        return Report(store, meta[DevicesKey], meta[VersionsKey]);
    }

    /// <summary>"0 to 3, 7".</summary>
    public static string Ranges(IReadOnlyList<int> ascending)
    {
        var parts = new List<string>();
        for (int i = 0; i < ascending.Count;)
        {
            int end = i;
            while (end + 1 < ascending.Count && ascending[end + 1] == ascending[end] + 1)
            {
                end++;
            }

            parts.Add(end == i ? $"{ascending[i]}" : $"{ascending[i]} to {ascending[end]}");
            i = end + 1;
        }

        const int Shown = 8;
        return parts.Count <= Shown ? string.Join(", ", parts) : $"{string.Join(", ", parts.Take(Shown))} and more";
    }

    private static SweepSummary Report(ShardStore store, string devices, string versions)
    {
        string resultsPath = Path.Combine(store.Directory, ResultsName), timingsPath = Path.Combine(store.Directory, TimingsName);
        using StreamReader rows = File.OpenText(resultsPath), timings = File.OpenText(timingsPath);
        SweepSummary summary = SweepSummary.Of(SweepCsv.ReadResults(rows, resultsPath), SweepCsv.ReadTimings(timings, timingsPath));
        Write(store, SummaryName, writer => SweepCsv.WriteSummary(writer, summary));
        var header = new SweepReportHeader(store.Manifest.Name, store.Manifest.PlanHash, store.Manifest.RealizationCount, devices, versions);
        Write(store, ReportName, writer => writer.Write(HtmlReport.Write(SweepReport.Of(summary, header))));
        return summary;
    }

    private static void Write(ShardStore store, string name, Action<TextWriter> write) => AtomicFile.Write(Path.Combine(store.Directory, name), stream =>
    {
        using var writer = new StreamWriter(stream, Utf8, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });
}
