using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>One thing asked of the thread of a <see cref="SqliteJournal"/>.</summary>
internal readonly record struct SqliteCommandItem(
    SqliteStreamLog? Stream,
    JournalSequence Sequence,
    IReadOnlyList<JournalRecord>? Records,
    PersistTicket Ticket,
    IJournalCallback? Callback,
    ISqliteWork? Work)
{
    public static SqliteCommandItem Run(ISqliteWork work) => new(null, default, null, default, null, work);
}

/// <summary>Something else that must happen on that thread, between two transactions.</summary>
internal interface ISqliteWork
{
    void Run(SqliteState state, JournalFault? fault);
}

/// <summary>Commits what is queued, one transaction at a time, then tells everyone.</summary>
internal sealed class SqliteWriter(SqliteState state, ILogger logger)
{
    private readonly OutcomeList _outcomes = new(state.Folder, logger);
    private readonly HashSet<SqliteStreamLog> _touched = [];
    private readonly HashSet<SqliteStreamLog> _deletions = [];
    private JournalFault? _fault;
    private JournalFault? _refusal;

    /// <summary>Why nothing is accepted any more; null while the journal is sound.</summary>
    public JournalFault? Fault => Volatile.Read(ref _fault);

    /// <summary>The thread's body; returns when the queue is closed and empty.</summary>
    public void Run(CommandQueue<SqliteCommandItem> queue)
    {
        var empty = new List<SqliteCommandItem>();
        while (queue.TakeAll(empty) is { } commands)
        {
            foreach (SqliteCommandItem command in commands)
            {
                Attempt(() => Execute(command));
            }

            commands.Clear();
            empty = commands;
            CommitAndTell();
        }
    }

    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (SqliteException full) when (SqliteStore.IsFull(full))
        {
            Refuse(new JournalFault(JournalFaultKind.DiskFull, $"The journal in '{state.Folder}' has no room: {full.Message}"));
        }
#pragma warning disable CA1031 // Whatever it is, the thread serves every group of the node: it must go on and say what happened.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Poison(fault);
        }
    }

    private void Execute(SqliteCommandItem command)
    {
        if (command.Work is { } work)
        {
            CommitAndTell();
            work.Run(state, Fault);
            return;
        }

        SqliteStreamLog stream = command.Stream!;
        if (command.Records is { } records)
        {
            Append(command, stream, records);
        }
        else
        {
            stream.DeleteRequested = JournalSequence.Max(stream.DeleteRequested, JournalSequence.Min(command.Sequence, stream.Last));
            _deletions.Add(stream);
        }
    }

    private void Append(in SqliteCommandItem command, SqliteStreamLog stream, IReadOnlyList<JournalRecord> records)
    {
        JournalFault? refusal = Fault ?? _refusal;
        if (refusal is null && command.Sequence != stream.Next)
        {
            refusal = new JournalFault(JournalFaultKind.DiskFull, "An earlier append of the stream was refused for lack of room.");
        }

        _outcomes.Add(command.Callback!, command.Ticket, Fault is null && _refusal is null ? refusal : null);
        if (refusal is not null || records.Count == 0)
        {
            if (_refusal is not null)
            {
                stream.Refuse();
            }

            return;
        }

        Touch(stream);
        stream.LostFrom = JournalSequence.Zero;
        for (int i = 0; i < records.Count; i++)
        {
            byte[] payload = records[i].Payload.ToArray();
            state.Store.PutRecord(stream.Id, stream.Next, records[i].Guarded, payload);
            stream.Last = stream.Next;
            stream.Next = stream.Next.Next;
            if (records[i].Guarded)
            {
                stream.Guarded = new GuardedPayload(stream.Last, payload, false);
                state.Store.PutGuarded(stream.Id, stream.Guarded);
            }
        }
    }

    private void Touch(SqliteStreamLog stream)
    {
        if (_touched.Count == 0)
        {
            state.Store.Begin();
        }

        if (_touched.Add(stream))
        {
            stream.Before = (stream.Row, stream.Guarded);
        }
    }

    /// <summary>Ends the transaction, and tells everyone; deletions that fell with a refused transaction get one of their own.</summary>
    private void CommitAndTell()
    {
        bool wasRefused = _refusal is not null;
        Attempt(Commit);
        wasRefused |= _refusal is not null;
        Settle();
        if (wasRefused && _deletions.Count > 0)
        {
            Attempt(Commit);
            Settle();
        }
    }

    private void Commit()
    {
        if (Fault is not null || _refusal is not null)
        {
            return;
        }

        foreach (SqliteStreamLog stream in _deletions)
        {
            JournalSequence through = JournalSequence.Min(stream.DeleteRequested, stream.Last);
            if (through > stream.DeletedThrough)
            {
                Touch(stream);
                state.Store.DeleteRecords(stream.Id, through);
                stream.DeletedThrough = through;
            }
        }

        if (_touched.Count > 0)
        {
            foreach (SqliteStreamLog stream in _touched)
            {
                state.Store.PutStream(stream.Id, stream.Row);
            }

            state.Store.PutBatch(state.LastBatch + 1, state.MayMissStreams);
            state.Store.Commit();
            state.LastBatch++;
            state.WriteFrontier();
        }

        _deletions.Clear();
    }

    private void Settle()
    {
        foreach (SqliteStreamLog stream in _touched)
        {
            stream.Before = null;
        }

        _touched.Clear();
        _outcomes.Tell(Fault ?? _refusal);
        _refusal = null;
    }

    /// <summary>Undoes the transaction; what was taken from the queue together with it is refused as well.</summary>
    private void Refuse(JournalFault refusal)
    {
        _refusal = refusal;
        state.Store.Rollback();
        foreach (SqliteStreamLog stream in _touched)
        {
            (SqliteStreamRow row, GuardedPayload guarded) = stream.Before!.Value;
            stream.DeletedThrough = row.DeletedThrough;
            stream.Last = row.Last;
            stream.LostFrom = row.LostFrom;
            stream.Guarded = guarded;
            stream.Next = stream.Last.Next;
            stream.Refuse();
        }

        if (_touched.Count > 0)
        {
            logger.DiskFull(state.Folder, refusal.Detail);
        }
    }

    private void Poison(Exception cause)
    {
        if (_fault is null)
        {
            string detail = $"a commit failed, and nobody knows what is on the disk: {cause.Message}";
            Volatile.Write(ref _fault, new JournalFault(JournalFaultKind.Poisoned, $"The journal in '{state.Folder}' is poisoned: {detail}"));
            logger.Poisoned(cause, state.Folder, detail);
        }

        Settle();
    }
}

/// <summary>Reads one stream in its turn.</summary>
internal sealed class SqliteReading(SqliteStreamLog stream) : ISqliteWork, IDisposable
{
    private readonly ManualResetEventSlim _isDone = new();
    private JournalReplay? _replay;
    private JournalFault? _fault;

    public void Run(SqliteState state, JournalFault? fault)
    {
        try
        {
            _fault = fault;
            _replay = fault is null ? Read(state) : null;
        }
        finally
        {
            _isDone.Set();
        }
    }

    public void Abandon(JournalFault fault)
    {
        _fault = fault;
        _isDone.Set();
    }

    /// <exception cref="StorageException">The journal is poisoned, or the file cannot be read.</exception>
    public JournalReplay Wait()
    {
        _isDone.Wait();
        ObjectDisposedException.ThrowIf(_fault?.Kind == JournalFaultKind.Closed, typeof(SqliteJournal));
        return _replay ?? throw new StorageException(StorageFaultKind.Poisoned, _fault?.Detail ?? "The journal's file cannot be read.");
    }

    public void Dispose() => _isDone.Dispose();

    private JournalReplay Read(SqliteState state)
    {
        var records = new List<ReplayedRecord>();
        JournalSequence next = state.Store.ReadRecords(stream.Id, stream.DeletedThrough, records.Add);
        if (next <= stream.Last)
        {
            // It was sound when the journal was opened.
            stream.LostFrom = next;
            stream.LostDetail = $"Record {next} is missing or fails its checksum.";
            stream.Last = next.Previous;
            stream.Next = next;
        }

        JournalVerdict verdict = stream.IsLost ? new JournalVerdict.Corrupt(stream.LostDetail, stream.LostFrom) : JournalVerdict.Clean.Instance;
        return new JournalReplay(stream.Id, records, stream.DeletedThrough, verdict, stream.Guarded.ToReplay());
    }
}

/// <summary>Bounds the size of the file.</summary>
internal sealed class SqliteLimit(long pages) : ISqliteWork
{
    public void Run(SqliteState state, JournalFault? fault) => state.Store.LimitPages(pages);
}
