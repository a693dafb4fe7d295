using ActorPhysics.Actors.Ports;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Storage;

/// <summary>
/// The journal of a later version of the program: its records carry a field that the present one does not know and must pass over, when an
/// upgraded node is taken back.
/// </summary>
internal sealed class LaterJournal(SimulatedJournal journal) : IJournal
{
    public IReadOnlyList<JournalStreamId> Streams => journal.Streams;
    public int MaxAppendBytes => journal.MaxAppendBytes;

    public JournalReplay Replay(JournalStreamId stream) => journal.Replay(stream);

    public void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback) =>
        journal.Append(stream, first, [.. records.Select(record => record with { Payload = (byte[])[.. record.Payload.Span, .. LaterVersion.Field] })], ticket, callback);

    public void DeleteThrough(JournalStreamId stream, JournalSequence through) => journal.DeleteThrough(stream, through);
}
