using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests.MonteCarlo;

public class SweepDatabaseTests : DirectoryTest
{
    private static readonly Dictionary<string, string> Meta = new() { ["planHash"] = "ab12", ["it's"] = "\"quoted\"; DROP TABLE results" };

    [Test]
    public void TablesHoldEveryRow()
    {
        SweepRow[] rows = [.. SampleSweep.Rows(12)];
        SweepTiming[] timings = [.. SampleSweep.Timings(12)];
        SweepDatabase.Write(PathOf("results.sqlite"), Meta, rows, timings);
        Assert.Multiple(() =>
        {
            Assert.That(
                Query("SELECT realization, snrDb, precoder, metric, value, status FROM results ORDER BY rowid", r => new SweepRow(r.GetInt32(0), r.GetDouble(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? double.NaN : r.GetDouble(4), r.GetString(5))),
                Is.EqualTo(rows));
            Assert.That(
                Query("SELECT realization, snrDb, precoder, seconds, device, shard FROM timings ORDER BY rowid", r => new SweepTiming(r.GetInt32(0), r.GetDouble(1), r.GetString(2), r.GetDouble(3), r.GetString(4), r.GetInt32(5))),
                Is.EqualTo(timings));
            Assert.That(Query("SELECT key, value FROM meta", r => (r.GetString(0), r.GetString(1))), Is.EquivalentTo(Meta.Select(pair => (pair.Key, pair.Value))));
            Assert.That(Query("PRAGMA integrity_check", r => r.GetString(0)), Is.EqualTo(new[] { "ok" }));
            Assert.That(Query("SELECT count(*) FROM results WHERE value IS NULL", r => r.GetInt32(0)).Single(), Is.EqualTo(rows.Count(r => double.IsNaN(r.Value))).And.GreaterThan(0));
        });
    }

    /// <summary>The view counts and averages what the summary does.</summary>
    [Test]
    public void ViewAgreesWithTheSummary()
    {
        SweepDatabase.Write(PathOf("results.sqlite"), Meta, SampleSweep.Rows(50), []);
        var view = Query("SELECT snrDb, precoder, metric, mean, count, failed FROM summary", r => (Key: (r.GetDouble(0), r.GetString(1), r.GetString(2)), Mean: r.GetDouble(3), Count: r.GetInt32(4), Failed: r.GetInt32(5))).ToDictionary(row => row.Key);
        SweepSummary summary = SweepSummary.Of(SampleSweep.Rows(50), []);
        Assert.That(view, Has.Count.EqualTo(summary.Cells.Count));
        Assert.Multiple(() =>
        {
            foreach (SweepCell cell in summary.Cells)
            {
                var row = view[(cell.SnrDb, cell.Precoder, cell.Metric)];
                Assert.That((row.Count, row.Failed), Is.EqualTo((cell.Mean.Count, cell.FailedCount)));
                Assert.That(row.Mean, Is.EqualTo(cell.Mean.Mean).Within(1e-12 * Math.Abs(cell.Mean.Mean))); // two orders of 50 additions
            }
        });
    }

    [Test]
    public void UsualQueriesUseTheIndex()
    {
        SweepDatabase.Write(PathOf("results.sqlite"), Meta, SampleSweep.Rows(5), []);
        string[] plans =
        [
            .. Plan("SELECT * FROM summary"),
            .. Plan("SELECT avg(value) FROM results WHERE metric = 'sumRate' AND precoder = 'rzf' AND snrDb = 10"),
            .. Plan("SELECT avg(a.value - b.value) FROM results a JOIN results b USING (metric, snrDb, realization) WHERE metric = 'sumRate' AND a.precoder = 'rzf' AND b.precoder = 'x'"),
        ];
        Assert.That(plans, Has.Length.EqualTo(4).And.All.Contain("USING COVERING INDEX results_by_metric"));

        string[] Plan(string query) => [.. Query($"EXPLAIN QUERY PLAN {query}", r => r.GetString(3)).Where(step => !step.Contains("summary"))];
    }

    /// <summary>An SNR that is not a number, infinities, and no rows at all.</summary>
    [Test]
    public void OddNumbersAreKept()
    {
        SweepDatabase.Write(PathOf("results.sqlite"), Meta, [new SweepRow(0, double.NaN, "p", "m", double.PositiveInfinity, "converged"), new SweepRow(1, double.NaN, "p", "m", 2, "converged")], []);
        Assert.That(Query("SELECT value FROM results WHERE snrDb IS NULL", r => r.GetDouble(0)), Is.EqualTo(new[] { double.PositiveInfinity, 2 }));
        Assert.That(Query("SELECT mean, count FROM summary", r => (r.GetDouble(0), r.GetInt32(1))), Is.EqualTo(new[] { (2.0, 1) }));
        SweepDatabase.Write(PathOf("results.sqlite"), new Dictionary<string, string>(), [], []);
        Assert.That(Query("SELECT count(*) FROM summary", r => r.GetInt32(0)), Is.EqualTo(new[] { 0 }));
    }

    /// <summary>While it is written the old one is read; when writing fails it stays, and nothing else does.</summary>
    [Test]
    public void HalfADatabaseIsNeverSeen()
    {
        string path = PathOf("results.sqlite");
        SweepDatabase.Write(path, Meta, SampleSweep.Rows(1), []);
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<FileFormatException>(() => SweepDatabase.Write(path, Meta, SweepCsv.ReadResults(new StringReader($"{SweepCsv.ResultsHeader}\n0,1,a,b,2,c\n1,half"), "results.csv").Select(row =>
        {
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
            return row;
        }), []));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(DirectoryPath), Is.EqualTo(new[] { path }));
        SweepDatabase.Write(path, Meta, SampleSweep.Rows(2), []);
        Assert.That(Query("SELECT max(realization) FROM results", r => r.GetInt32(0)), Is.EqualTo(new[] { 1 }));
        Assert.That(Directory.GetFiles(DirectoryPath), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void MissingDirectoryIsNamed() =>
        Assert.That(() => SweepDatabase.Write(PathOf("missing/results.sqlite"), Meta, [], []), Throws.InstanceOf<IOException>().With.Message.Contains("missing").And.Message.Contains("Create the directory"));

    private T[] Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = PathOf("results.sqlite"), Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return [.. rows];
    }
}
