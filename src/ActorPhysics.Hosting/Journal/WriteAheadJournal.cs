using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// The journal of a node on files of its own: segments that were written with zeros before use, shared by all streams, and one thread
/// that writes whatever is queued as one batch and fsyncs once for all of it. docs/design/journal.md tells the format and its reasons.
/// </summary>
public sealed class WriteAheadJournal : IJournal, IDisposable
{
    internal static readonly JournalFault ClosedFault = new(JournalFaultKind.Closed, "The journal is closed.");

    private const string LockName = "journal.lock";

    private readonly IDisposable _lock;
    private readonly LogState _state;
    private readonly CommandQueue<LogCommand> _queue;
    private readonly SegmentShelf _shelf;
    private readonly PromiseBook _book;
    private readonly LogWriter _writer;
    private readonly JournalCounters _counters;
    private readonly Thread _thread;
    private int _isDisposed;

    private WriteAheadJournal(
        IDisposable heldLock, LogState state, CommandQueue<LogCommand> queue, SegmentShelf shelf, PromiseBook book, LogWriter writer, JournalCounters counters, int maxAppendBytes)
    {
        _lock = heldLock;
        _state = state;
        _queue = queue;
        _shelf = shelf;
        _book = book;
        _writer = writer;
        _counters = counters;
        MaxAppendBytes = maxAppendBytes;
        _thread = new Thread(writer.Run) { IsBackground = true, Name = "journal" };
        _thread.Start();
    }

    public int MaxAppendBytes { get; }

    public IReadOnlyList<JournalStreamId> Streams
    {
        get
        {
            JournalStreamId[] streams = [.. _state.Streams.Keys];
            Array.Sort(streams);
            return streams;
        }
    }

    /// <summary>What was written since the journal was opened.</summary>
    public JournalStatistics Statistics => _counters.Now;

    /// <summary>Why the journal accepts nothing more; null while it is sound. <see cref="JournalFaultKind.DiskFull"/> passes by itself.</summary>
    public JournalFault? Fault => _writer.Fault ?? _shelf.DiskFull;

    /// <summary>Opens the journal in a folder, creating it when the folder is empty. Reads all of it, so it takes a while.</summary>
    /// <param name="folder">A folder of its own; created when missing.</param>
    /// <param name="options">Sizes; a change applies to segments made from then on.</param>
    /// <param name="logger">Hears of damage, a full disk, poisoning.</param>
    /// <exception cref="StorageException">The folder is in use, a segment is missing, a format is unknown, or the disk refuses.</exception>
    public static WriteAheadJournal Open(string folder, WriteAheadJournalOptions? options = null, ILogger? logger = null) =>
        Open(PhysicalDisk.Instance, folder, options ?? new WriteAheadJournalOptions(), logger ?? NullLogger.Instance);

    /// <summary>
    /// Reads the journal of a stopped node and changes nothing; streams in ascending order.
    /// </summary>
    /// <exception cref="StorageException">The journal is in use, or cannot be read.</exception>
    public static IReadOnlyList<JournalReplay> Inspect(string folder) => Inspect(PhysicalDisk.Instance, folder);

    public JournalReplay Replay(JournalStreamId stream)
    {
        StreamLog log = _state.Streams.GetOrAdd(stream, NewStream);
        using var plan = new ReplayPlan(log);
        RunOnLogThread(plan);
        JournalReplay replay = plan.Read();
        if (plan.NewLoss is { } loss)
        {
            using var note = new LossNote(log, replay.Next, loss);
            RunOnLogThread(note);
            note.Wait();
        }

        log.OpenFor(replay.Next);
        return replay;
    }

    public void Append(
        JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(callback);
        AppendSize.RequireWithin(MaxAppendBytes, records);
        StreamLog log = Find(stream);
        if (_writer.Fault is null)
        {
            log.Admit(first, records.Count);
        }

        ObjectDisposedException.ThrowIf(!_queue.TryAdd(LogCommand.Append(log, first, records, ticket, callback)), this);
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
        StreamLog log = Find(stream);
        if (_writer.Fault is null)
        {
            log.RequireDeletable(through);
        }

        ObjectDisposedException.ThrowIf(!_queue.TryAdd(LogCommand.DeleteThrough(log, through)), this);
    }

    /// <summary>Writes what is queued, tells everyone, and closes the files. What is appended from now on is refused by exception.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _queue.Close();
        _thread.Join();
        _shelf.Dispose();
        _book.Dispose();
        _state.Segments.ForEach(segment => segment.Dispose());
        _lock.Dispose();
    }

    /// <summary>Looks at a full disk again now.</summary>
    internal void RetryDiskSpace() => _shelf.RetryNow();

    internal static WriteAheadJournal Open(IDisk disk, string folder, WriteAheadJournalOptions options, ILogger logger)
    {
        options.Validate();
        return InFolder(disk, folder, heldLock => Open(disk, folder, options, logger, heldLock), keepLock: true);
    }

    internal static IReadOnlyList<JournalReplay> Inspect(IDisk disk, string folder) => InFolder(
        disk,
        folder,
        _ =>
        {
            var opening = JournalOpening.Read(disk, folder);
            IReadOnlyDictionary<ulong, Segment> segments = opening.OpenForReading();
            try
            {
                var reader = new RecordReader(opening.Journal);
                return (IReadOnlyList<JournalReplay>)[.. opening.Streams.Values.Select(
                    stream => opening.ReplayOf(stream, location => reader.Read(segments[location.Segment], location, out RecordHeader _, out string? _)))];
            }
            finally
            {
                foreach (Segment segment in segments.Values)
                {
                    segment.Dispose();
                }
            }
        },
        keepLock: false);

    private static T InFolder<T>(IDisk disk, string folder, Func<IDisposable, T> use, bool keepLock)
    {
        IDisposable? held = null;
        try
        {
            disk.CreateFolder(folder);
            held = disk.Lock(Path.Combine(folder, LockName));
            T result = use(held);
            if (keepLock)
            {
                held = null;
            }

            return result;
        }
        catch (StorageException fault) when (fault.Kind == StorageFaultKind.InUse)
        {
            throw new StorageException(StorageFaultKind.InUse, $"The journal in '{folder}' is in use by another live process.", fault);
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

    private static WriteAheadJournal Open(IDisk disk, string folder, WriteAheadJournalOptions options, ILogger logger, IDisposable heldLock)
    {
        var opening = JournalOpening.Read(disk, folder);
        opening.Report(logger);
        var queue = new CommandQueue<LogCommand>(options.SpinIterations);
        var shelf = new SegmentShelf(new SegmentFiles(disk, folder, options), options, logger, () => queue.TryAdd(LogCommand.Run(Wake.Instance)));
        LogState? state = null;
        PromiseBook? book = null;
        try
        {
            state = opening.Prepare(shelf, options);
            shelf.Start();
            book = PromiseBook.Open(disk, folder, state.Journal);
            var counters = new JournalCounters();
            var writer = new LogWriter(state, options, queue, shelf, book, counters, logger);
            if (opening.NeedsNewSegment)
            {
                // What was concluded is written down before any of the evidence can be recycled, and before the book agrees with it.
                writer.OpenFirstSegment();
            }

            // Twice, so that neither copy is older than the log.
            book.Write(JournalOpening.BookOf(state));
            book.Write(JournalOpening.BookOf(state));
            return new WriteAheadJournal(heldLock, state, queue, shelf, book, writer, counters, options.EffectiveMaxAppendBytes);
        }
        catch
        {
            shelf.Dispose();
            book?.Dispose();
            state?.Segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }

    private StreamLog NewStream(JournalStreamId id) => _state.MayMissStreams
        ? new StreamLog(id)
        {
            LostFrom = JournalSequence.First,
            LostDetail = "The journal is damaged, and nothing tells whether the stream existed.",
            Guarded = GuardedPayload.Damaged,
        }
        : new StreamLog(id);

    private StreamLog Find(JournalStreamId stream)
    {
        _state.Streams.TryGetValue(stream, out StreamLog? log);
        return StreamGate.Require(log, stream);
    }

    private void RunOnLogThread(ILogWork work)
    {
        if (!_queue.TryAdd(LogCommand.Run(work)))
        {
            work.Abandon(ClosedFault);
        }
    }

    /// <summary>Makes the log thread look again at what waits for room.</summary>
    private sealed class Wake : ILogWork
    {
        public static Wake Instance { get; } = new();

        public void RunOnLogThread(LogWriter writer)
        {
            // The look happens after every batch of commands, whatever they are.
        }

        public void Abandon(JournalFault fault)
        {
            // A closed journal waits for nothing.
        }
    }

    /// <summary>Tells the log thread that a replay found less than the log had when it was opened.</summary>
    private sealed class LossNote(StreamLog stream, JournalSequence from, string detail) : ILogWork, IDisposable
    {
        private readonly ManualResetEventSlim _isDone = new();

        public void RunOnLogThread(LogWriter writer)
        {
            writer.State.Lose(stream, from, detail);
            _isDone.Set();
        }

        public void Abandon(JournalFault fault) => _isDone.Set();

        public void Wait() => _isDone.Wait();

        public void Dispose() => _isDone.Dispose();
    }
}
