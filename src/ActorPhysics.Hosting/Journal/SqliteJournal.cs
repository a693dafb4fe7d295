using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// A journal in one SQLite file (write-ahead log, <c>synchronous = FULL</c>), for those who want to look into it with common tools. One
/// thread commits whatever is queued as one transaction. SQLite takes a damaged end of its own log for an unfinished write; so the
/// number of the last acknowledged batch is kept beside it, and an end that is missing is noticed.
/// </summary>
public sealed class SqliteJournal : IJournal, IDisposable
{
    internal const string FileName = "journal.sqlite";
    private const string LockName = "journal.lock";

    private readonly IDisposable _lock;
    private readonly SqliteState _state;
    private readonly CommandQueue<SqliteCommandItem> _queue = new(spinIterations: 0);
    private readonly Thread _thread;
    private readonly SqliteWriter _writer;
    private int _isDisposed;

    private SqliteJournal(IDisposable heldLock, SqliteState state, SqliteWriter writer)
    {
        _lock = heldLock;
        _state = state;
        _writer = writer;
        _thread = new Thread(() => writer.Run(_queue)) { IsBackground = true, Name = "sqlite journal" };
        _thread.Start();
    }

    public int MaxAppendBytes => 32 * 1024 * 1024;

    /// <summary>Why the journal accepts nothing more; null while it is sound.</summary>
    public JournalFault? Fault => _writer.Fault;

    public IReadOnlyList<JournalStreamId> Streams
    {
        get
        {
            JournalStreamId[] streams = [.. _state.Streams.Keys];
            Array.Sort(streams);
            return streams;
        }
    }

    /// <summary>Opens the journal in a folder of its own, creating it when the folder is empty.</summary>
    /// <exception cref="StorageException">The journal is in use, its file is no sound SQLite file, or the disk refuses.</exception>
    public static SqliteJournal Open(string folder, ILogger? logger = null) =>
        Open(PhysicalDisk.Instance, folder, logger ?? NullLogger.Instance);

    public JournalReplay Replay(JournalStreamId stream)
    {
        SqliteStreamLog log = _state.Streams.GetOrAdd(stream, _state.NewStream);
        using var reading = new SqliteReading(log);
        if (!_queue.TryAdd(SqliteCommandItem.Run(reading)))
        {
            reading.Abandon(WriteAheadJournal.ClosedFault);
        }

        JournalReplay replay = reading.Wait();
        log.OpenFor(replay.Next);
        return replay;
    }

    public void Append(
        JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(callback);
        AppendSize.RequireWithin(MaxAppendBytes, records);
        SqliteStreamLog log = Find(stream);
        if (_writer.Fault is null)
        {
            log.Admit(first, records.Count);
        }

        ObjectDisposedException.ThrowIf(!_queue.TryAdd(new SqliteCommandItem(log, first, records, ticket, callback, null)), this);
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
        SqliteStreamLog log = Find(stream);
        if (_writer.Fault is null)
        {
            log.RequireDeletable(through);
        }

        ObjectDisposedException.ThrowIf(!_queue.TryAdd(new SqliteCommandItem(log, through, null, default, null, null)), this);
    }

    /// <summary>Commits what is queued, tells everyone, and closes the file.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _queue.Close();
        _thread.Join();
        _state.Dispose();
        _lock.Dispose();
    }

    internal static SqliteJournal Open(IDisk disk, string folder, ILogger logger)
    {
        IDisposable? held = null;
        try
        {
            disk.CreateFolder(folder);
            held = disk.Lock(Path.Combine(folder, LockName));
            var state = SqliteState.Open(disk, folder, Path.Combine(folder, FileName), logger);
            disk.SyncFolder(folder);
            var journal = new SqliteJournal(held, state, new SqliteWriter(state, logger));
            held = null;
            return journal;
        }
        catch (StorageException fault) when (fault.Kind == StorageFaultKind.InUse)
        {
            throw new StorageException(StorageFaultKind.InUse, $"The journal in '{folder}' is in use by another live process.", fault);
        }
        catch (SqliteException fault) when (SqliteStore.IsBusy(fault))
        {
            throw new StorageException(StorageFaultKind.InUse, $"The journal file in '{folder}' is in use: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is SqliteException or InvalidCastException)
        {
            throw new StorageException(
                StorageFaultKind.Damaged, $"The journal file in '{folder}' is damaged, or no SQLite file: {fault.Message}", fault);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw new StorageException(StorageFaultKind.Medium, $"The journal in '{folder}' cannot be opened: {fault.Message}", fault);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>Bounds the file, or frees it, for tests of a full disk; takes effect in its turn.</summary>
    internal void LimitPages(long pages) => _queue.TryAdd(SqliteCommandItem.Run(new SqliteLimit(pages)));

    private SqliteStreamLog Find(JournalStreamId stream)
    {
        _state.Streams.TryGetValue(stream, out SqliteStreamLog? log);
        return StreamGate.Require(log, stream);
    }
}
