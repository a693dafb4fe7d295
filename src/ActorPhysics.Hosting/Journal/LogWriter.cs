using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// The log thread: takes everything that is queued, writes it as one batch of pages, fsyncs once, then tells everyone. While it waits
/// for the disk the next batch gathers, so batches grow with the load and add no delay without it.
/// </summary>
internal sealed class LogWriter
{
    /// <summary>
    /// Pages at the end of a segment that are left to deletions (at most an eighth of it), so that room can be given back when no other
    /// segment can be had.
    /// </summary>
    private const uint MaxDeletionPages = 16;

    private readonly WriteAheadJournalOptions _options;
    private readonly CommandQueue<LogCommand> _queue;
    private readonly SegmentShelf _shelf;
    private readonly PromiseBook _book;
    private readonly ILogger _logger;
    private readonly BatchBuffer _batch = new();
    private readonly BatchLedger _ledger;
    private readonly LogState _state;
    private readonly LogCompactor _compactor;
    private readonly JournalCounters _counters;
    private JournalFault? _fault;

    public LogWriter(
        LogState state, WriteAheadJournalOptions options, CommandQueue<LogCommand> queue, SegmentShelf shelf, PromiseBook book, JournalCounters counters, ILogger logger)
    {
        _state = state;
        _options = options;
        _queue = queue;
        _shelf = shelf;
        _book = book;
        _counters = counters;
        _logger = logger;
        _ledger = new BatchLedger(state, logger);
        _compactor = new LogCompactor(state, options, shelf, queue, logger);
    }

    /// <summary>Why nothing is accepted any more; null while the journal is sound.</summary>
    public JournalFault? Fault => Volatile.Read(ref _fault);

    public LogState State => _state;

    /// <summary>The thread's body; returns when the queue is closed and everything in it was dealt with.</summary>
    public void Run()
    {
        var empty = new List<LogCommand>(256);
        while (_queue.TakeAll(empty) is { } commands)
        {
            foreach (LogCommand command in commands)
            {
                Guard(command, static (writer, todo) => writer.Execute(todo));
            }

            commands.Clear();
            empty = commands;
            Guard(default, static (writer, _) => writer.Settle());
        }
    }

    /// <summary>Opens the first segment of this run, when the one found must not be continued. Called before the thread starts.</summary>
    public void OpenFirstSegment()
    {
        if (!TryRoll(isEssential: false))
        {
            throw new StorageException(
                StorageFaultKind.Medium, $"The journal in '{_state.Folder}' cannot open a segment: {_fault?.Detail ?? _shelf.DiskFull?.Detail}");
        }
    }

    /// <summary>Writes a record of a stream again, if it still lies where it was read.</summary>
    public void Relocate(StreamLog stream, JournalSequence sequence, RecordLocation from, bool guarded, ReadOnlySpan<byte> payload)
    {
        if (Fault is not null || !MakeRoom(RecordFormat.SizeBytes(payload.Length), isEssential: true)
            || !stream.TryLocate(sequence, out int position) || stream.Index[position] != from)
        {
            return;
        }

        var header = new RecordHeader(RecordKind.Relocated, guarded, stream.Id, sequence, payload.Length);
        _ledger.AddRecord(stream, header, _batch.Add(header, payload), null);
    }

    /// <summary>Ends the relocation that was under way.</summary>
    public void FinishRelocation()
    {
        Flush();
        _compactor.Finish();
    }

    /// <summary>Writes what was collected, so that what follows in the queue sees it.</summary>
    public void Flush()
    {
        if (Fault is null)
        {
            EncodeDeletions();
        }

        JournalFault? fault = Fault;
        Segment segment = _state.Active;
        long offset = (long)segment.NextPage * PageFormat.SizeBytes;
        if (!_batch.IsEmpty && fault is null)
        {
            fault = Write();
        }

        _batch.Clear();
        _ledger.Settle(fault, segment, offset);
    }

    private void Guard(in LogCommand command, Action<LogWriter, LogCommand> step)
    {
        try
        {
            step(this, command);
        }
#pragma warning disable CA1031 // Whatever it is, the thread serves every group of the node: it must go on and say what happened.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Poison(fault, $"the log thread failed: {fault.Message}");
            _batch.Clear();
            _ledger.Settle(Fault, _state.Active, 0);
            command.Work?.Abandon(Fault!);
        }
    }

    private void Execute(in LogCommand command)
    {
        if (command.Work is { } work)
        {
            work.RunOnLogThread(this);
        }
        else if (command.Records is { } records)
        {
            Append(command, command.Stream!, records);
        }
        else
        {
            StreamLog stream = command.Stream!;
            stream.DeleteRequested = JournalSequence.Max(stream.DeleteRequested, JournalSequence.Min(command.Sequence, stream.Next.Previous));
            if (!stream.IsDeleteQueued && stream.DeleteRequested > stream.DeletedThrough)
            {
                stream.IsDeleteQueued = true;
                _state.DeletionQueue.Add(stream);
            }
        }
    }

    private void Settle()
    {
        Flush();
        while (Fault is null && _state.DeletionQueue.Count > 0 && TryRoll(isEssential: true))
        {
            Flush();
        }

        if (Fault is null)
        {
            _state.RetireDeadSegments(_shelf);
            _compactor.Consider();
        }
    }

    private void Append(in LogCommand command, StreamLog stream, IReadOnlyList<JournalRecord> records)
    {
        long size = SizeOf(records) + (stream.IsLost ? RecordFormat.HeaderBytes : 0);
        bool hasRoom = records.Count == 0 || (Fault is null && _shelf.DiskFull is null && MakeRoom(size, isEssential: false));
        JournalFault? refusal = Fault;
        if (refusal is null && command.Sequence != stream.Next)
        {
            refusal = new JournalFault(JournalFaultKind.DiskFull, "An earlier append of the stream was refused for lack of room.");
        }
        else if (refusal is null && !hasRoom)
        {
            stream.Refuse();
            refusal = _shelf.DiskFull ?? new JournalFault(JournalFaultKind.DiskFull, $"The journal in '{_state.Folder}' had no room for a moment.");
        }

        _ledger.AddOutcome(command.Callback!, command.Ticket, refusal);
        if (refusal is null)
        {
            Encode(stream, records);
        }
    }

    private void Encode(StreamLog stream, IReadOnlyList<JournalRecord> records)
    {
        if (stream.IsLost && !stream.IsRestarting && records.Count > 0)
        {
            var restarted = new RecordHeader(RecordKind.Restarted, false, stream.Id, stream.Next, 0);
            _ledger.AddRecord(stream, restarted, _batch.Add(restarted, default), null);
        }

        for (int i = 0; i < records.Count; i++)
        {
            JournalRecord record = records[i];
            var header = new RecordHeader(RecordKind.Appended, record.Guarded, stream.Id, stream.Next, record.Payload.Length);
            int offset = _batch.Add(header, record.Payload.Span);
            _ledger.AddRecord(stream, header, offset, record.Guarded ? record.Payload.ToArray() : null);
        }
    }

    private static long SizeOf(IReadOnlyList<JournalRecord> records)
    {
        long size = 0;
        for (int i = 0; i < records.Count; i++)
        {
            size += RecordFormat.SizeBytes(records[i].Payload.Length);
        }

        return size;
    }

    /// <summary>Makes sure that so many more bytes fit into the batch and the batch into the segment, and that deletions still do.</summary>
    private bool MakeRoom(long bytes, bool isEssential)
    {
        if (!_batch.IsEmpty && (long)_batch.PageCountWith(bytes) * PageFormat.SizeBytes > _options.MaxBatchBytes)
        {
            Flush();
        }

        if (FitsIntoSegment(bytes))
        {
            return true;
        }

        Flush();
        if (Fault is not null || (!FitsIntoSegment(bytes) && !TryRoll(isEssential)))
        {
            return false;
        }

        // An append takes at most half a segment, its opening at most a quarter, deletions an eighth.
        Invariant.Require(FitsIntoSegment(bytes), "JournalBatch", bytes, size => $"an append of {size} bytes does not fit into a new segment");
        return true;
    }

    private bool FitsIntoSegment(long bytes)
    {
        Segment active = _state.Active;
        return _batch.PageCountWith(bytes) + Math.Min(MaxDeletionPages, active.PageCount / 8) <= active.RemainingPages;
    }

    private void EncodeDeletions()
    {
        foreach (StreamLog stream in _state.DeletionQueue)
        {
            if (_batch.PageCountWith(RecordFormat.HeaderBytes) > _state.Active.RemainingPages)
            {
                break;
            }

            var header = new RecordHeader(RecordKind.DeletedThrough, false, stream.Id, stream.DeleteRequested, 0);
            _ledger.AddRecord(stream, header, _batch.Add(header, default), null);
        }
    }

    private JournalFault? Write()
    {
        try
        {
            if (_ledger.NeedsBook)
            {
                _book.Reserve(_ledger.BookAfterBatch());
            }
        }
        catch (Exception fault) when (DiskErrors.IsFull(fault))
        {
            return RefuseForRoom(fault);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            return Poison(fault, $"the second copy of the promises could not be extended: {fault.Message}");
        }

        JournalFault? refusal = WritePages(_state.Active);
        if (refusal is not null || !_ledger.NeedsBook)
        {
            return refusal;
        }

        try
        {
            _book.Write(_ledger.BookAfterBatch());
            return null;
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            return Poison(fault, $"the second copy of the promises could not be written: {fault.Message}");
        }
    }

    /// <summary>Writes the collected pages behind the last ones of a segment, and fsyncs.</summary>
    private JournalFault? WritePages(Segment segment)
    {
        long offset = (long)segment.NextPage * PageFormat.SizeBytes;
        int pages = _batch.PageCount;
        try
        {
            segment.File.Write(_batch.Seal(new PagePlace(_state.Journal, segment.Number, segment.NextPage), _state.LastBatch + 1), offset);
        }
        catch (Exception fault) when (DiskErrors.IsFull(fault))
        {
            return WipeAfterRefusal(segment, offset, pages, fault);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            return Poison(fault, $"a write to segment {segment.Number} failed: {fault.Message}");
        }

        try
        {
            segment.File.Sync();
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            return Poison(fault, $"an fsync of segment {segment.Number} failed, and nobody knows what is on the disk: {fault.Message}");
        }

        segment.NextPage += (uint)pages;
        _state.LastBatch++;
        _counters.CountBatch(_ledger.AppendedRecords, (long)pages * PageFormat.SizeBytes);
        return null;
    }

    /// <summary>
    /// A refused batch must leave zeros: what is written over it next may be shorter, and its remains would look like damage.
    /// </summary>
    private JournalFault WipeAfterRefusal(Segment segment, long offset, int pages, Exception cause)
    {
        try
        {
            SegmentFiles.WriteZeros(segment.File, offset, (long)pages * PageFormat.SizeBytes);
            segment.File.Sync();
            return RefuseForRoom(cause);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            return Poison(fault, $"a batch was refused for lack of room, and its remains could not be removed: {fault.Message}");
        }
    }

    private JournalFault RefuseForRoom(Exception cause)
    {
        _shelf.ReportFull(cause.Message);
        return _shelf.DiskFull ?? new JournalFault(JournalFaultKind.DiskFull, cause.Message);
    }

    /// <summary>
    /// Goes on in a new segment. It begins with what is known of every stream, so that the older segments can be recycled one day. The
    /// batch must be empty.
    /// </summary>
    private bool TryRoll(bool isEssential)
    {
        Invariant.Require(_batch.IsEmpty, "JournalBatch", "a segment is opened in the middle of a batch");
        Segment? next;
        try
        {
            next = _shelf.Take(isEssential);
        }
        catch (IOException fault)
        {
            Poison(fault, fault.Message);
            return false;
        }

        if (next is null)
        {
            return false;
        }

        _state.EncodeOpening(_batch, next);
        JournalFault? refusal = _batch.PageCount > next.PageCount / 4
            ? Poison(null, $"the state of {_state.Streams.Count} streams takes more than a quarter of a segment; journal segments must be larger")
            : WritePages(next);
        _batch.Clear();
        if (refusal is not null)
        {
            _shelf.Put(next);
            return false;
        }

        _state.Segments.Add(next);
        _shelf.Request(next.Number + 1);
        return true;
    }

    private JournalFault Poison(Exception? cause, string detail)
    {
        if (_fault is null)
        {
            Volatile.Write(ref _fault, new JournalFault(JournalFaultKind.Poisoned, $"The journal in '{_state.Folder}' is poisoned: {detail}"));
            _logger.Poisoned(cause, _state.Folder, detail);
        }

        return _fault;
    }
}
