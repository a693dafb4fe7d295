using ActorPhysics.Actors.Ports;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// What becomes of the log's state, and whom to tell, when the batch being collected is durable; or refused, and then everything is as
/// before it.
/// </summary>
internal sealed class BatchLedger(LogState state, ILogger logger)
{
    private readonly List<Entry> _entries = new(256);
    private readonly OutcomeList _outcomes = new(state.Folder, logger);

    private readonly record struct Entry(StreamLog Stream, RecordKind Kind, JournalSequence Sequence, int PayloadBytes, int OffsetBytes);

    /// <summary>Whether the book of promises must be written before anyone is told.</summary>
    public bool NeedsBook { get; private set; }

    public int AppendedRecords { get; private set; }

    /// <summary>The book of promises as it is to be once the batch is durable.</summary>
    public IEnumerable<(JournalStreamId Stream, GuardedPayload Guarded)> BookAfterBatch() =>
        state.Streams.Values
            .Where(stream => stream.IsInBook || stream.HasRecordsInBatch)
            .Select(stream => (stream.Id, stream.GuardedInBatch ?? stream.Guarded));

    /// <summary>Notes a record that was put into the batch.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="header">What it is.</param>
    /// <param name="offsetBytes">Where it begins, from the beginning of the batch.</param>
    /// <param name="guarded">A copy of a guarded payload.</param>
    public void AddRecord(StreamLog stream, in RecordHeader header, int offsetBytes, byte[]? guarded)
    {
        _entries.Add(new Entry(stream, header.Kind, header.Sequence, header.PayloadBytes, offsetBytes));
        switch (header.Kind)
        {
            case RecordKind.Appended:
                AppendedRecords++;
                stream.Next = header.Sequence.Next;
                stream.HasRecordsInBatch = true;
                NeedsBook |= !stream.IsInBook || guarded is not null;
                if (guarded is not null)
                {
                    stream.GuardedInBatch = new GuardedPayload(header.Sequence, guarded, false);
                }

                break;
            case RecordKind.Restarted:
                stream.IsRestarting = true;
                break;
        }
    }

    /// <summary>Notes who is to be told, after those before; with a refusal if the answer is certain already.</summary>
    public void AddOutcome(IJournalCallback callback, PersistTicket ticket, JournalFault? refusal) =>
        _outcomes.Add(callback, ticket, refusal);

    /// <summary>Draws the conclusions and begins anew.</summary>
    /// <param name="fault">Why the batch is not durable; null when it is.</param>
    /// <param name="segment">Where it was written.</param>
    /// <param name="batchOffsetBytes">Where in the segment's file it begins.</param>
    public void Settle(JournalFault? fault, Segment segment, long batchOffsetBytes)
    {
        if (fault is null)
        {
            foreach (ref readonly Entry entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries))
            {
                Keep(entry, new RecordLocation(segment.Number, (uint)(batchOffsetBytes + entry.OffsetBytes), entry.PayloadBytes));
            }
        }

        foreach (Entry entry in _entries)
        {
            Conclude(entry.Stream, fault);
        }

        if (state.DeletionQueue.Count > 0)
        {
            state.PruneDeletionQueue();
        }

        _entries.Clear();
        NeedsBook = false;
        AppendedRecords = 0;
        _outcomes.Tell(fault);
    }

    private void Keep(in Entry entry, RecordLocation location)
    {
        StreamLog stream = entry.Stream;
        switch (entry.Kind)
        {
            case RecordKind.Appended:
                state.AddLive(stream, entry.Sequence, location);
                stream.IsInBook = true;
                break;
            case RecordKind.Relocated:
                state.Move(stream, entry.Sequence, location);
                break;
            case RecordKind.DeletedThrough:
                state.Delete(stream, entry.Sequence);
                break;
            case RecordKind.Restarted:
                stream.LostFrom = JournalSequence.Zero;
                stream.LostDetail = "";
                break;
        }
    }

    private static void Conclude(StreamLog stream, JournalFault? fault)
    {
        if (fault is null)
        {
            stream.Guarded = stream.GuardedInBatch ?? stream.Guarded;
        }
        else if (stream.HasRecordsInBatch)
        {
            stream.Next = stream.Last.Next;
            stream.DeleteRequested = JournalSequence.Min(stream.DeleteRequested, stream.Last);
            stream.Refuse();
        }

        stream.GuardedInBatch = null;
        stream.HasRecordsInBatch = false;
        stream.IsRestarting = false;
    }
}
