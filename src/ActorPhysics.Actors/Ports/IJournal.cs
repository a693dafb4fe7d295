using ActorPhysics.Core;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// The history log of a node's replicas (design, chapter "Journal"). Each replica has a stream; an append becomes durable as a
/// prefix, never with a hole: if record n of a stream is found after a crash, so is every record between
/// <see cref="JournalReplay.DeletedThrough"/> and n. Maps onto a persistent actor's <c>PersistAllAsync</c> and
/// <c>DeleteMessages</c>.
/// <para>
/// One stream belongs to one caller: appends of a stream come from one thread at a time. Different streams may be used from
/// different threads at once.
/// </para>
/// </summary>
public interface IJournal
{
    /// <summary>The streams that the journal knows of, in ascending order.</summary>
    IReadOnlyList<JournalStreamId> Streams { get; }

    /// <summary>
    /// Reads a stream back. It must be called before the stream's first append in this process (also for a new stream, which is
    /// empty) and may be called again later. What it returns is on the disk, not merely in the page cache. It blocks the caller.
    /// </summary>
    JournalReplay Replay(JournalStreamId stream);

    /// <summary>
    /// Queues records and returns; <paramref name="callback"/> hears the outcome. The payloads must stay unchanged until then:
    /// the journal does not copy them at once. An empty list is a barrier: it becomes durable with what was appended before it.
    /// <para>
    /// After a recoverable <see cref="JournalFault"/> the same sequences are to be appended again; appends that were queued
    /// behind the refused one fail with the same kind of fault.
    /// </para>
    /// </summary>
    /// <exception cref="InvariantViolationException"><paramref name="first"/> is not the stream's next sequence
    /// (<c>JournalOrder</c>), or the stream was not replayed before (<c>JournalReplayedFirst</c>).</exception>
    /// <exception cref="ArgumentOutOfRangeException">The append is larger than <see cref="MaxAppendBytes"/>.</exception>
    void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback);

    /// <summary>
    /// Says that the records through this sequence are no longer needed. Their room is given back later. A record beyond the end
    /// of the stream cannot be deleted. The latest guarded payload stays available in <see cref="JournalReplay.Guarded"/>.
    /// </summary>
    /// <exception cref="InvariantViolationException">The stream has not been replayed (<c>JournalReplayedFirst</c>), or
    /// <paramref name="through"/> was never appended (<c>JournalOrder</c>).</exception>
    void DeleteThrough(JournalStreamId stream, JournalSequence through);

    /// <summary>The largest append in bytes, counting 64 for each record beside its payload.</summary>
    int MaxAppendBytes { get; }
}

/// <summary>
/// Hears what became of appends: for one stream in the order of the appends, on the journal's thread (or, for a journal without a
/// thread, before <see cref="IJournal.Append"/> returns). It must return quickly and never block: it holds up every group of the node.
/// </summary>
public interface IJournalCallback
{
    /// <summary>The records of this append, and all before them in their stream, survive a crash.</summary>
    void Durable(PersistTicket ticket);

    /// <summary>
    /// The append was not acknowledged. With a recoverable fault none of its records will ever be replayed; after any other
    /// fault nobody knows, until the journal is opened again.
    /// </summary>
    void Failed(PersistTicket ticket, JournalFault fault);
}
