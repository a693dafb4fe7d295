using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Simulation.Storage;

/// <summary>
/// The journal of a later version of the program: its records carry a field that the present one does not know and must pass over, when an
/// upgraded node is taken back.
/// </summary>
internal sealed class LaterJournal(SimulatedJournal journal) : IJournal
{
    // Field 2000, number 1, in the encoding of Protocol Buffers.
    private static readonly byte[] LaterField = [0x80, 0x7D, 0x01];

    public IReadOnlyList<JournalStreamId> Streams => journal.Streams;
    public int MaxAppendBytes => journal.MaxAppendBytes;

    public JournalReplay Replay(JournalStreamId stream) => journal.Replay(stream);

    public void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback) =>
        journal.Append(stream, first, [.. records.Select(record => record with { Payload = (byte[])[.. record.Payload.Span, .. LaterField] })], ticket, callback);

    public void DeleteThrough(JournalStreamId stream, JournalSequence through) => journal.DeleteThrough(stream, through);
}
