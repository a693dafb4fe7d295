using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Something other than an append that must happen on the log thread, in its turn.</summary>
internal interface ILogWork
{
    void RunOnLogThread(LogWriter writer);

    /// <summary>The work cannot be done: the journal is closed, or the log thread failed.</summary>
    void Abandon(JournalFault fault);
}

/// <summary>One thing asked of the log thread. A struct: an append allocates nothing here.</summary>
internal readonly record struct LogCommand(
    StreamLog? Stream,
    JournalSequence Sequence,
    IReadOnlyList<JournalRecord>? Records,
    PersistTicket Ticket,
    IJournalCallback? Callback,
    ILogWork? Work)
{
    public static LogCommand Append(
        StreamLog stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback) =>
        new(stream, first, records, ticket, callback, null);

    public static LogCommand DeleteThrough(StreamLog stream, JournalSequence through) => new(stream, through, null, default, null, null);

    public static LogCommand Run(ILogWork work) => new(null, default, null, default, null, work);
}
