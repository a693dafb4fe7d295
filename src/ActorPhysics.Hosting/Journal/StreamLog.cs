using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>One stream of the open write-ahead journal. All of it but the gate's owner's side belongs to the log thread.</summary>
internal sealed class StreamLog(JournalStreamId id) : StreamGate(id)
{
    /// <summary>The durable records after <see cref="DeletedThrough"/>.</summary>
    public RecordIndex Index { get; } = new();

    public JournalSequence DeletedThrough { get; set; }

    /// <summary>The last durable record. Invariant: <c>Last = DeletedThrough + Index.Count</c>.</summary>
    public JournalSequence Last { get; set; }

    /// <summary>The first sequence of a loss that the owner has not taken note of; zero for none.</summary>
    public JournalSequence LostFrom { get; set; }

    public string LostDetail { get; set; } = "";

    /// <summary>The batch being collected says that the owner takes note of the loss.</summary>
    public bool IsRestarting { get; set; }

    public GuardedPayload Guarded { get; set; }

    /// <summary>The latest guarded payload in the batch being collected.</summary>
    public GuardedPayload? GuardedInBatch { get; set; }

    /// <summary>Whether the book of promises lists the stream, so that its loss as a whole would be noticed.</summary>
    public bool IsInBook { get; set; }

    public bool HasRecordsInBatch { get; set; }

    /// <summary>What is to be deleted as soon as a record says so.</summary>
    public JournalSequence DeleteRequested { get; set; }

    public bool IsDeleteQueued { get; set; }

    /// <summary>The newest segment that lists the stream.</summary>
    public ulong NewestSegment { get; set; }

    public bool IsLost => LostFrom > JournalSequence.Zero;

    /// <summary>The location of a live record; false when the sequence is not alive.</summary>
    public bool TryLocate(JournalSequence sequence, out int position)
    {
        position = -1;
        if (sequence <= DeletedThrough || sequence > Last)
        {
            return false;
        }

        position = (int)(sequence.Value - DeletedThrough.Value - 1);
        return true;
    }
}
