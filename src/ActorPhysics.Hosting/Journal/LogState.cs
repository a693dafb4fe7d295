using System.Collections.Concurrent;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;

namespace ActorPhysics.Hosting.Journal;

/// <summary>The open log: its segments and what each stream has in them. It belongs to the log thread, but for the table of streams.</summary>
internal sealed class LogState(string folder, ulong journal)
{
    public string Folder { get; } = folder;
    public ulong Journal { get; } = journal;

    /// <summary>All streams that were found or asked for; the only part that other threads read and add to.</summary>
    public ConcurrentDictionary<JournalStreamId, StreamLog> Streams { get; } = new();

    /// <summary>The segments in use, by consecutive numbers; the last is written to.</summary>
    public List<Segment> Segments { get; } = [];

    public Segment Active => Segments[^1];

    /// <summary>The number of the last batch that was written and fsynced.</summary>
    public ulong LastBatch { get; set; }

    /// <summary>A stream that nobody remembers may have been lost with all it had.</summary>
    public bool MayMissStreams { get; set; }

    /// <summary>What was cut when the journal was opened; null when nothing was.</summary>
    public string? TornDetail { get; set; }

    /// <summary>The streams with a deletion that no record says yet.</summary>
    public List<StreamLog> DeletionQueue { get; } = [];

    public Segment SegmentOf(ulong number)
    {
        ulong position = number - Segments[0].Number;
        Invariant.Require(position < (ulong)Segments.Count, "JournalSegments", number, missing => $"a live record lies in segment {missing}, which is gone");
        return Segments[(int)position];
    }

    /// <summary>A record of a stream has become durable.</summary>
    public void AddLive(StreamLog stream, JournalSequence sequence, RecordLocation location)
    {
        Invariant.Require(sequence == stream.Last.Next, "JournalOrder", stream, found => $"{found.Id} skips a record after {found.Last}");
        stream.Index.Add(location);
        stream.Last = sequence;
        Enlist(stream, location);
    }

    /// <summary>A record has become durable in a second place; the first is of no use any more.</summary>
    public void Move(StreamLog stream, JournalSequence sequence, RecordLocation location)
    {
        if (stream.TryLocate(sequence, out int position))
        {
            SegmentOf(stream.Index[position].Segment).LiveBytes -= location.SizeBytes;
            stream.Index[position] = location;
            Enlist(stream, location);
        }
    }

    /// <summary>A deletion has become durable.</summary>
    public void Delete(StreamLog stream, JournalSequence through)
    {
        while (stream.DeletedThrough < through && stream.Index.Count > 0)
        {
            RecordLocation location = stream.Index.RemoveFirst();
            SegmentOf(location.Segment).LiveBytes -= location.SizeBytes;
            stream.DeletedThrough = stream.DeletedThrough.Next;
        }

    }

    /// <summary>Records from a sequence on turned out to be unreadable: the stream ends before them.</summary>
    public void Lose(StreamLog stream, JournalSequence from, string detail)
    {
        while (stream.Last >= from && stream.Index.Count > 0)
        {
            RecordLocation location = stream.Index.RemoveLast();
            SegmentOf(location.Segment).LiveBytes -= location.SizeBytes;
            stream.Last = stream.Last.Previous;
        }

        stream.Next = stream.Last.Next;
        stream.LostFrom = stream.Next;
        stream.LostDetail = detail;
    }

    /// <summary>Forgets the requests that were fulfilled, or that ask for nothing any more.</summary>
    public void PruneDeletionQueue() => DeletionQueue.RemoveAll(stream =>
    {
        stream.IsDeleteQueued = stream.DeleteRequested > stream.DeletedThrough;
        return !stream.IsDeleteQueued;
    });

    /// <summary>Gives up the oldest segments that hold nothing alive. Only the oldest: a gap in the numbers means a lost file.</summary>
    public void RetireDeadSegments(SegmentShelf shelf)
    {
        while (Segments.Count > 1 && Segments[0] is { LiveBytes: 0, IsPinned: false } dead)
        {
            Segments.RemoveAt(0);
            shelf.Retire(dead);
        }
    }

    /// <summary>Writes what a new segment begins with: every stream, and what would be forgotten with the older segments.</summary>
    public void EncodeOpening(BatchBuffer batch, Segment segment)
    {
        var opened = new SegmentOpenedRecord(segment.PageCount, MayMissStreams);
        Span<byte> fixedPart = stackalloc byte[SegmentOpenedRecord.SizeBytes];
        opened.Write(fixedPart);
        batch.Add(new RecordHeader(RecordKind.SegmentOpened, false, default, default, fixedPart.Length), fixedPart);
        byte[] buffer = new byte[256];
        foreach (StreamLog stream in Streams.Values)
        {
            if (stream.Last == JournalSequence.Zero && !stream.IsLost)
            {
                continue;
            }

            var state = new StreamStateRecord
            {
                DeletedThrough = stream.DeletedThrough,
                LostFrom = stream.LostFrom,
                GuardedSequence = stream.Guarded.Sequence,
                GuardedIsDamaged = stream.Guarded.IsDamaged,
                GuardedPayload = stream.Guarded.Payload,
            };
            if (buffer.Length < state.SizeBytes)
            {
                buffer = new byte[state.SizeBytes];
            }

            state.Write(buffer);
            batch.Add(new RecordHeader(RecordKind.StreamState, false, stream.Id, stream.Last, state.SizeBytes), buffer.AsSpan(0, state.SizeBytes));
        }
    }

    private void Enlist(StreamLog stream, RecordLocation location)
    {
        Segment segment = SegmentOf(location.Segment);
        segment.LiveBytes += location.SizeBytes;
        if (stream.NewestSegment != location.Segment)
        {
            stream.NewestSegment = location.Segment;
            segment.Streams.Add(stream);
        }
    }
}
