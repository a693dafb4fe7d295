namespace ActorPhysics.Actors.Ports;

/// <summary>A record as read back, with its place in the stream.</summary>
public readonly record struct ReplayedRecord(JournalSequence Sequence, ReadOnlyMemory<byte> Payload, bool Guarded);

/// <summary>What a journal holds of one stream, and how sure it is of that.</summary>
/// <param name="Stream">The stream that was read.</param>
/// <param name="Records">The records from <c>DeletedThrough + 1</c>, consecutive. After <see cref="JournalVerdict.Corrupt"/> they
/// end before the first lost one: what followed a loss is not reported.</param>
/// <param name="DeletedThrough">The last sequence given up by <see cref="IJournal.DeleteThrough"/>; zero when there is none.</param>
/// <param name="Verdict">Whether the records are all that was ever acknowledged.</param>
/// <param name="Guarded">The latest guarded payload; it is known even when its record was deleted.</param>
public sealed record JournalReplay(
    JournalStreamId Stream,
    IReadOnlyList<ReplayedRecord> Records,
    JournalSequence DeletedThrough,
    JournalVerdict Verdict,
    LatestGuarded Guarded)
{
    /// <summary>The sequence that the next append must carry.</summary>
    public JournalSequence Next => DeletedThrough.Plus((ulong)Records.Count).Next;
}

/// <summary>Tells an ordinary crash from damage (protocol-aware recovery, FAST '18: the two must not be treated alike).</summary>
public abstract record JournalVerdict
{
    private JournalVerdict()
    {
    }

    /// <summary>Everything that was acknowledged is here.</summary>
    public sealed record Clean : JournalVerdict
    {
        public static Clean Instance { get; } = new();
    }

    /// <summary>The last write had not finished. It was never acknowledged and is cut; everything that was acknowledged is here.</summary>
    public sealed record TornTailCut(string Detail) : JournalVerdict;

    /// <summary>
    /// Acknowledged records are lost, or may be. The verdict stays, across restarts, until the next append to the stream: that append
    /// takes over the memory of the loss, so it is to be the record that says "I am being repaired".
    /// </summary>
    /// <param name="Detail">What was found, for the operator.</param>
    /// <param name="LostFrom">The first sequence that is, or may be, lost.</param>
    public sealed record Corrupt(string Detail, JournalSequence LostFrom) : JournalVerdict;
}

/// <summary>What is known of the latest guarded record of a stream.</summary>
public abstract record LatestGuarded
{
    private LatestGuarded()
    {
    }

    /// <summary>No guarded record was ever acknowledged.</summary>
    public sealed record None : LatestGuarded
    {
        public static None Instance { get; } = new();
    }

    /// <summary>The latest one, or one appended after the latest acknowledged one.</summary>
    public sealed record Known(JournalSequence Sequence, ReadOnlyMemory<byte> Payload) : LatestGuarded;

    /// <summary>It is lost as well: the owner cannot know what it has promised.</summary>
    public sealed record Damaged(string Detail) : LatestGuarded;
}
