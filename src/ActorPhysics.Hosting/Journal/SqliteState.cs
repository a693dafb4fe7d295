using System.Buffers.Binary;
using System.Collections.Concurrent;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>One stream of a <see cref="SqliteJournal"/>.</summary>
internal sealed class SqliteStreamLog(JournalStreamId id) : StreamGate(id)
{
    public JournalSequence DeletedThrough { get; set; }
    public JournalSequence Last { get; set; }
    public JournalSequence LostFrom { get; set; }
    public string LostDetail { get; set; } = "";
    public GuardedPayload Guarded { get; set; }

    /// <summary>What is to be deleted with the next commit.</summary>
    public JournalSequence DeleteRequested { get; set; }

    /// <summary>How it was before the transaction that is under way; null when that does not concern it.</summary>
    public (SqliteStreamRow Row, GuardedPayload Guarded)? Before { get; set; }

    public bool IsLost => LostFrom > JournalSequence.Zero;

    public SqliteStreamRow Row => new(DeletedThrough, Last, LostFrom);
}

/// <summary>The open file, what each stream has in it, and the number of the last batch beside it.</summary>
internal sealed class SqliteState : IDisposable
{
    private const string FrontierName = "frontier";

    // The identity tells a slot file of another journal apart; a SQLite file brings no such thing, so one number serves all.
    private const ulong FrontierIdentity = 0x53514C697465;

    private SqliteState(string folder, SqliteStore store, TwoSlotFile frontier)
    {
        Folder = folder;
        Store = store;
        Frontier = frontier;
    }

    public string Folder { get; }
    public SqliteStore Store { get; }
    public TwoSlotFile Frontier { get; }
    public ConcurrentDictionary<JournalStreamId, SqliteStreamLog> Streams { get; } = new();
    public ulong LastBatch { get; set; }

    /// <summary>A stream that nobody remembers may have been lost with all it had.</summary>
    public bool MayMissStreams { get; private set; }

    public static SqliteState Open(IDisk disk, string folder, string path, ILogger logger)
    {
        TwoSlotFile.Contents frontier = TwoSlotFile.Read(disk, folder, FrontierName, FrontierIdentity);
        bool hadFrontier = TwoSlotFile.HasContent(disk, folder, FrontierName);
        var store = SqliteStore.Open(path, out string? structureDamage);
        SqliteState? state = null;
        try
        {
            state = new SqliteState(folder, store, TwoSlotFile.Open(disk, folder, FrontierName, FrontierIdentity));
            if (structureDamage is not null)
            {
                throw new StorageException(
                    StorageFaultKind.Damaged,
                    $"The journal file '{path}' is damaged: {structureDamage}. Restore it, or let the node start with an empty folder as a new member.");
            }

            state.Load(frontier, hadFrontier, logger);
            state.WriteConclusions();
            return state;
        }
        catch
        {
            state?.Frontier.Dispose();
            store.Dispose();
            throw;
        }
    }

    public SqliteStreamLog NewStream(JournalStreamId id) => MayMissStreams
        ? new SqliteStreamLog(id)
        {
            LostFrom = JournalSequence.First,
            LostDetail = "The journal is damaged, and nothing tells whether the stream existed.",
            Guarded = GuardedPayload.Damaged,
        }
        : new SqliteStreamLog(id);

    /// <summary>Makes the number of the last batch durable beside the file.</summary>
    public void WriteFrontier()
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(value, LastBatch);
        Frontier.Write(value);
    }

    public void Dispose()
    {
        Store.Dispose();
        Frontier.Dispose();
    }

    private void Load(TwoSlotFile.Contents frontier, bool hadFrontier, ILogger logger)
    {
        ulong? batch = Store.ReadBatch(out bool mayMissStreams);
        ulong acknowledged = frontier.Newest is { Length: sizeof(ulong) } value ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
        bool isFrontierLost = frontier.Newest is null && (hadFrontier || batch is not 0);
        string? endLost = batch is null ? "The number of the last batch is damaged."
            : batch < acknowledged ? $"Batches {batch + 1}–{acknowledged} were acknowledged and are gone."
            : isFrontierLost ? "The number of the last acknowledged batch is lost, so nobody knows whether the end is missing."
            : null;
        LastBatch = Math.Max(batch ?? 0, acknowledged);
        MayMissStreams = mayMissStreams || endLost is not null;
        Dictionary<JournalStreamId, GuardedPayload> guarded = Store.ReadGuarded();
        foreach ((JournalStreamId id, SqliteStreamRow? row) in Store.ReadStreams())
        {
            var stream = new SqliteStreamLog(id);
            Streams[id] = stream;
            Judge(stream, row, guarded.GetValueOrDefault(id), endLost);
        }

        foreach (JournalStreamId id in Store.ReadStreamsOfRecords().Where(id => !Streams.ContainsKey(id)))
        {
            var stream = new SqliteStreamLog(id);
            Streams[id] = stream;
            Judge(stream, null, guarded.GetValueOrDefault(id), endLost);
        }

        if (endLost is not null)
        {
            logger.Damaged(Folder, endLost);
        }

        foreach (SqliteStreamLog stream in Streams.Values.Where(stream => stream.IsLost))
        {
            logger.StreamLost(Folder, stream.Id.ToString(), stream.LostFrom.ToString(), stream.LostDetail);
        }
    }

    private void Judge(SqliteStreamLog stream, SqliteStreamRow? row, GuardedPayload guarded, string? endLost)
    {
        ReplayedRecord latestGuarded = default;
        stream.DeletedThrough = row?.DeletedThrough ?? JournalSequence.Zero;
        JournalSequence next = Store.ReadRecords(stream.Id, stream.DeletedThrough, record => latestGuarded = record.Guarded ? record : latestGuarded);
        stream.Guarded = guarded;
        stream.LostFrom = row?.LostFrom ?? JournalSequence.Zero;
        stream.LostDetail = stream.IsLost ? "The loss was found when the journal was opened earlier, and the owner has not taken note of it." : "";
        JournalSequence last = row?.Last ?? JournalSequence.Zero;
        string? loss = row is null ? "The stream's row is damaged or gone."
            : next <= last ? $"Record {next} is missing or fails its checksum."
            : endLost;
        if (loss is not null && !stream.IsLost)
        {
            stream.LostFrom = next;
            stream.LostDetail = loss;
        }

        stream.Last = stream.IsLost ? JournalSequence.Min(next, stream.LostFrom).Previous : last;
        stream.Next = stream.Last.Next;
        if (endLost is not null || (stream.IsLost && guarded == default))
        {
            stream.Guarded = GuardedPayload.Damaged;
        }
        else if (guarded.IsDamaged && !stream.IsLost && latestGuarded.Guarded)
        {
            // The latest guarded record of all is the latest among those that are left, if there is one left.
            stream.Guarded = new GuardedPayload(latestGuarded.Sequence, latestGuarded.Payload.ToArray(), false);
        }
    }

    /// <summary>What was concluded stays concluded, until the owner of the stream appends.</summary>
    private void WriteConclusions()
    {
        Store.Begin();
        foreach (SqliteStreamLog stream in Streams.Values)
        {
            if (stream.IsLost)
            {
                Store.CutRecords(stream.Id, stream.LostFrom);
                Store.PutStream(stream.Id, stream.Row);
            }

            if (stream.Guarded.IsDamaged)
            {
                Store.PutGuarded(stream.Id, stream.Guarded);
            }
        }

        LastBatch++;
        Store.PutBatch(LastBatch, MayMissStreams);
        Store.Commit();
        WriteFrontier();
        WriteFrontier();
    }
}
