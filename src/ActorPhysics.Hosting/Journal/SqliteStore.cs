using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Checksums;
using Microsoft.Data.Sqlite;

namespace ActorPhysics.Hosting.Journal;

/// <summary>A stream's row.</summary>
internal readonly record struct SqliteStreamRow(JournalSequence DeletedThrough, JournalSequence Last, JournalSequence LostFrom);

/// <summary>
/// The tables of a <see cref="SqliteJournal"/> and the statements on them, for one thread. Every row carries a CRC-32C over its key and
/// its values, for SQLite itself notices damage only in its own structures.
/// </summary>
internal sealed class SqliteStore : IDisposable
{
    private const int FullError = 13;
    private const int BusyError = 5;
    private const int CorruptError = 11;
    private const int NotADatabaseError = 26;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS streams (
            group_id INTEGER NOT NULL, replica_id INTEGER NOT NULL,
            deleted_through INTEGER NOT NULL, last INTEGER NOT NULL, lost_from INTEGER NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (group_id, replica_id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS records (
            group_id INTEGER NOT NULL, replica_id INTEGER NOT NULL, sequence INTEGER NOT NULL,
            guarded INTEGER NOT NULL, payload BLOB NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (group_id, replica_id, sequence)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS guarded (
            group_id INTEGER NOT NULL, replica_id INTEGER NOT NULL,
            sequence INTEGER NOT NULL, damaged INTEGER NOT NULL, payload BLOB NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (group_id, replica_id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS journal (
            one INTEGER PRIMARY KEY CHECK (one = 1), batch INTEGER NOT NULL, unsure INTEGER NOT NULL, checksum INTEGER NOT NULL);
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _putRecord;
    private readonly SqliteCommand _putStream;
    private readonly SqliteCommand _putGuarded;
    private readonly SqliteCommand _putBatch;
    private readonly SqliteCommand _deleteRecords;
    private readonly SqliteCommand _cutRecords;
    private SqliteTransaction? _transaction;

    private SqliteStore(SqliteConnection connection)
    {
        _connection = connection;
        _putRecord = Prepare("INSERT INTO records VALUES ($group, $replica, $sequence, $guarded, $payload, $checksum)");
        _putStream = Prepare("INSERT OR REPLACE INTO streams VALUES ($group, $replica, $deleted, $last, $lost, $checksum)");
        _putGuarded = Prepare("INSERT OR REPLACE INTO guarded VALUES ($group, $replica, $sequence, $damaged, $payload, $checksum)");
        _putBatch = Prepare("INSERT OR REPLACE INTO journal VALUES (1, $batch, $unsure, $checksum)");
        _deleteRecords = Prepare("DELETE FROM records WHERE group_id = $group AND replica_id = $replica AND sequence <= $sequence");
        _cutRecords = Prepare("DELETE FROM records WHERE group_id = $group AND replica_id = $replica AND sequence >= $sequence");
    }

    /// <summary>
    /// Opens the file, makes what was committed durable once more (it may be page cache of a process whose fsync failed), and checks
    /// SQLite's own structures.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="damage">What the check found; null when it found nothing.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteStore Open(string path, out string? damage)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;");
            Execute(connection, Schema);
            Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
            using SqliteCommand check = connection.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            string? found = (string?)check.ExecuteScalar();
            damage = found == "ok" ? null : found ?? "the check gave no answer";
            return new SqliteStore(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static bool IsFull(Exception fault) => fault is SqliteException { SqliteErrorCode: FullError };

    public static bool IsBusy(Exception fault) => fault is SqliteException { SqliteErrorCode: BusyError };

    public void Begin() => _transaction = _connection.BeginTransaction(deferred: false);

    public void Commit()
    {
        _transaction!.Commit();
        _transaction.Dispose();
        _transaction = null;
    }

    /// <summary>Undoes what was done since <see cref="Begin"/>.</summary>
    public void Rollback()
    {
        // SQLite has rolled back already where it had to; disposing does what is left of it.
        _transaction?.Dispose();
        _transaction = null;
    }

    /// <summary>The number of the last batch; null when the row is damaged, 0 when there never was one.</summary>
    public ulong? ReadBatch(out bool mayMissStreams)
    {
        mayMissStreams = false;
        foreach (SqliteDataReader row in Query("SELECT batch, unsure, checksum FROM journal"))
        {
            ulong batch = (ulong)row.GetInt64(0);
            mayMissStreams = row.GetInt64(1) != 0;
            return row.GetInt64(2) == Checksum(default, batch, mayMissStreams ? 1UL : 0, 0, default) ? batch : null;
        }

        return 0;
    }

    /// <summary>All streams; null for a row that is damaged.</summary>
    public List<(JournalStreamId Stream, SqliteStreamRow? Row)> ReadStreams()
    {
        var streams = new List<(JournalStreamId, SqliteStreamRow?)>();
        foreach (SqliteDataReader rows in Query("SELECT group_id, replica_id, deleted_through, last, lost_from, checksum FROM streams"))
        {
            JournalStreamId stream = ReadStream(rows);
            var row = new SqliteStreamRow(Sequence(rows, 2), Sequence(rows, 3), Sequence(rows, 4));
            bool isSound = rows.GetInt64(5) == Checksum(stream, row.DeletedThrough.Value, row.Last.Value, row.LostFrom.Value, default);
            streams.Add((stream, isSound ? row : null));
        }

        return streams;
    }

    /// <summary>The streams that have records, whatever the table of streams says.</summary>
    public List<JournalStreamId> ReadStreamsOfRecords()
    {
        var streams = new List<JournalStreamId>();
        foreach (SqliteDataReader rows in Query("SELECT DISTINCT group_id, replica_id FROM records"))
        {
            streams.Add(ReadStream(rows));
        }

        return streams;
    }

    /// <summary>The latest guarded payload of every stream that has one.</summary>
    public Dictionary<JournalStreamId, GuardedPayload> ReadGuarded()
    {
        var guarded = new Dictionary<JournalStreamId, GuardedPayload>();
        foreach (SqliteDataReader rows in Query("SELECT group_id, replica_id, sequence, damaged, payload, checksum FROM guarded"))
        {
            JournalStreamId stream = ReadStream(rows);
            byte[] payload = (byte[])rows[4];
            JournalSequence sequence = Sequence(rows, 2);
            bool isSound = rows.GetInt64(5) == Checksum(stream, sequence.Value, (ulong)rows.GetInt64(3), 0, payload);
            guarded[stream] = isSound && rows.GetInt64(3) == 0 ? new GuardedPayload(sequence, payload, false) : GuardedPayload.Damaged;
        }

        return guarded;
    }

    /// <summary>
    /// Reads the records of a stream in order for as long as they are consecutive and sound; returns the sequence that comes next.
    /// </summary>
    public JournalSequence ReadRecords(JournalStreamId stream, JournalSequence deletedThrough, Action<ReplayedRecord> take)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText =
            "SELECT sequence, guarded, payload, checksum FROM records WHERE group_id = $group AND replica_id = $replica AND sequence > $after ORDER BY sequence";
        command.Parameters.AddWithValue("$group", (long)stream.Group.Value);
        command.Parameters.AddWithValue("$replica", (long)stream.Replica.Value);
        command.Parameters.AddWithValue("$after", (long)deletedThrough.Value);
        JournalSequence next = deletedThrough.Next;
        try
        {
            using SqliteDataReader rows = command.ExecuteReader();
            while (rows.Read())
            {
                byte[] payload = (byte[])rows[2];
                ulong guarded = (ulong)rows.GetInt64(1);
                if (Sequence(rows, 0) != next || rows.GetInt64(3) != Checksum(stream, next.Value, guarded, 0, payload))
                {
                    break;
                }

                take(new ReplayedRecord(next, payload, guarded != 0));
                next = next.Next;
            }
        }
        catch (Exception fault) when (fault is SqliteException { SqliteErrorCode: CorruptError or NotADatabaseError } or InvalidCastException)
        {
            // Damage that SQLite notices by itself ends the reading like damage that the checksum shows.
            return next;
        }

        return next;
    }

    public void PutRecord(JournalStreamId stream, JournalSequence sequence, bool guarded, byte[] payload)
    {
        ulong flag = guarded ? 1UL : 0;
        Run(_putRecord, stream, ("$sequence", (long)sequence.Value), ("$guarded", (long)flag), ("$payload", payload),
            ("$checksum", Checksum(stream, sequence.Value, flag, 0, payload)));
    }

    public void PutStream(JournalStreamId stream, in SqliteStreamRow row) =>
        Run(_putStream, stream, ("$deleted", (long)row.DeletedThrough.Value), ("$last", (long)row.Last.Value), ("$lost", (long)row.LostFrom.Value),
            ("$checksum", Checksum(stream, row.DeletedThrough.Value, row.Last.Value, row.LostFrom.Value, default)));

    public void PutGuarded(JournalStreamId stream, in GuardedPayload guarded)
    {
        byte[] payload = guarded.Payload ?? [];
        ulong damaged = guarded.IsDamaged ? 1UL : 0;
        Run(_putGuarded, stream, ("$sequence", (long)guarded.Sequence.Value), ("$damaged", (long)damaged), ("$payload", payload),
            ("$checksum", Checksum(stream, guarded.Sequence.Value, damaged, 0, payload)));
    }

    public void PutBatch(ulong batch, bool mayMissStreams)
    {
        ulong unsure = mayMissStreams ? 1UL : 0;
        Set(_putBatch, ("$batch", (long)batch), ("$unsure", (long)unsure), ("$checksum", Checksum(default, batch, unsure, 0, default)));
        _putBatch.Transaction = _transaction;
        _putBatch.ExecuteNonQuery();
    }

    public void DeleteRecords(JournalStreamId stream, JournalSequence through) => Run(_deleteRecords, stream, ("$sequence", (long)through.Value));

    /// <summary>Removes what lies at and behind a loss.</summary>
    public void CutRecords(JournalStreamId stream, JournalSequence from) => Run(_cutRecords, stream, ("$sequence", (long)from.Value));

    /// <summary>Bounds the file, for tests of a full disk.</summary>
    public void LimitPages(long pages) => Execute(_connection, $"PRAGMA max_page_count = {pages}");

    public void Dispose()
    {
        Rollback();
        foreach (SqliteCommand command in new[] { _putRecord, _putStream, _putGuarded, _putBatch, _deleteRecords, _cutRecords })
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this class; the one number among them is a number.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long Checksum(JournalStreamId stream, ulong first, ulong second, ulong third, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(head, stream.Group.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], stream.Replica.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], first);
        BinaryPrimitives.WriteUInt64LittleEndian(head[24..], second);
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], third);
        return Crc32C.Of(head).Append(payload).Value;
    }

    private static JournalStreamId ReadStream(SqliteDataReader rows) =>
        new(new GroupId((ulong)rows.GetInt64(0)), new ReplicaId((ulong)rows.GetInt64(1)));

    private static JournalSequence Sequence(SqliteDataReader rows, int column) => new((ulong)rows.GetInt64(column));

    private static void Set(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach ((string name, object value) in values)
        {
            if (command.Parameters.Contains(name))
            {
                command.Parameters[name].Value = value;
            }
            else
            {
                command.Parameters.AddWithValue(name, value);
            }
        }
    }

    private void Run(SqliteCommand command, JournalStreamId stream, params ReadOnlySpan<(string Name, object Value)> values)
    {
        Set(command, ("$group", (long)stream.Group.Value), ("$replica", (long)stream.Replica.Value));
        Set(command, values);
        command.Transaction = _transaction;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private IEnumerable<SqliteDataReader> Query(string sql)
    {
        using SqliteCommand command = Prepare(sql);
        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return rows;
        }
    }
}
