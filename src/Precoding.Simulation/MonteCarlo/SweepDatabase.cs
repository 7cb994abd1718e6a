using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Precoding.Simulation;

/// <summary>
/// A sweep as a SQLite database: tables meta, results and timings, with the columns of the CSV files, and a view summary of means by SNR, precoder and metric.
/// What is not a number is NULL.
/// </summary>
internal static class SweepDatabase
{
    // nobody reads it before it is renamed into place, so that it need not be on disk before then; a journal in memory, because without one SQLite cannot roll back after an error
    private const string Settings = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;";

    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
        CREATE TABLE results(realization INTEGER, snrDb REAL, precoder TEXT, metric TEXT, value REAL, status TEXT);
        CREATE TABLE timings(realization INTEGER, snrDb REAL, precoder TEXT, seconds REAL, device TEXT, shard INTEGER);
        """;

    private static readonly string Views = $"""
        CREATE INDEX results_by_metric ON results(metric, precoder, snrDb, realization, value, status);
        CREATE VIEW summary AS
            SELECT snrDb, precoder, metric, avg(value) FILTER (WHERE counts) AS mean, count(*) FILTER (WHERE counts) AS count, count(*) FILTER (WHERE status = '{SweepRow.DivergedStatus}') AS failed
            FROM (SELECT *, status <> '{SweepRow.DivergedStatus}' AND abs(value) < 9e999 AS counts FROM results) GROUP BY metric, precoder, snrDb;
        """;

    /// <summary>Writes beside the place and renames when complete; an error leaves what was there.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, string> meta, IEnumerable<SweepRow> rows, IEnumerable<SweepTiming> timings) => AtomicFile.WriteAt(path, temporary =>
    {
        File.Create(temporary).Dispose(); // a missing directory is .NET's error, which says more than SQLite's
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = temporary, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, Settings);
            using SqliteTransaction transaction = connection.BeginTransaction();
            Execute(connection, Tables);
            Insert(connection, "meta", 2, meta.OrderBy(pair => pair.Key, StringComparer.Ordinal), (statement, pair) => BindTexts(statement, (1, pair.Key), (2, pair.Value)));
            Insert(connection, "results", 6, rows, (statement, row) =>
            {
                BindInteger(statement, 1, row.Realization);
                BindNumber(statement, 2, row.SnrDb);
                BindNumber(statement, 5, row.Value);
                BindTexts(statement, (3, row.Precoder), (4, row.Metric), (6, row.Status));
            });
            Insert(connection, "timings", 6, timings, (statement, row) =>
            {
                BindInteger(statement, 1, row.Realization);
                BindNumber(statement, 2, row.SnrDb);
                BindNumber(statement, 4, row.Seconds);
                BindInteger(statement, 6, row.Shard);
                BindTexts(statement, (3, row.Precoder), (5, row.Device));
            });
            Execute(connection, Views);
            transaction.Commit();
        }
        catch (SqliteException error)
        {
            throw new IOException($"{Path.GetFullPath(path)}: the database cannot be written ({error.Message}). Look at the disk, and merge again.", error.SqliteErrorCode == SQLITE_FULL ? AtomicFile.ErrnoNoSpace : 0);
        }
    });

    /// <summary>The table meta of a database that <see cref="Write"/> wrote.</summary>
    /// <exception cref="FileFormatException">It is none.</exception>
    public static IReadOnlyDictionary<string, string> ReadMeta(string path)
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT key, value FROM meta";
            using SqliteDataReader reader = command.ExecuteReader();
            var meta = new Dictionary<string, string>();
            while (reader.Read())
            {
                meta.Add(reader.GetString(0), reader.GetString(1));
            }

            return meta;
        }
        catch (SqliteException error)
        {
            throw new FileFormatException(path, 0, $"what SQLite cannot read ({error.Message})", "the database that merge writes", "Merge the shards again.", error);
        }
    }

    /// <summary>By SQLite's own functions: five times as many rows a second as by ADO.NET's commands.</summary>
    private static void Insert<T>(SqliteConnection connection, string table, int columnCount, IEnumerable<T> rows, Action<sqlite3_stmt, T> bind)
    {
        sqlite3 database = connection.Handle!;
        string values = string.Join(", ", Enumerable.Repeat("?", columnCount));
        SqliteException.ThrowExceptionForRC(sqlite3_prepare_v2(database, $"INSERT INTO {table} VALUES ({values})", out sqlite3_stmt statement), database);
        using (statement)
        {
            foreach (T row in rows)
            {
                bind(statement, row);
                int outcome = sqlite3_step(statement);
                ThrowIfFailed(statement, outcome == SQLITE_DONE ? SQLITE_OK : outcome);
                ThrowIfFailed(statement, sqlite3_reset(statement));
            }
        }
    }

    private static void BindInteger(sqlite3_stmt statement, int column, int value) => ThrowIfFailed(statement, sqlite3_bind_int(statement, column, value));

    private static void BindNumber(sqlite3_stmt statement, int column, double value) =>
        ThrowIfFailed(statement, double.IsNaN(value) ? sqlite3_bind_null(statement, column) : sqlite3_bind_double(statement, column, value));

    private static void BindTexts(sqlite3_stmt statement, params ReadOnlySpan<(int Column, string Text)> texts)
    {
        foreach ((int column, string text) in texts)
        {
            ThrowIfFailed(statement, sqlite3_bind_text(statement, column, text));
        }
    }

    private static void ThrowIfFailed(sqlite3_stmt statement, int outcome)
    {
        if (outcome != SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(outcome, sqlite3_db_handle(statement));
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
