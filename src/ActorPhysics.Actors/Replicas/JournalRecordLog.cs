using ActorPhysics.Actors.Ports;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Actors.Replicas;

/// <summary>The node's journal failed for good: nothing more can be made durable until the process starts again from its disk.</summary>
public sealed class JournalFaultException(JournalFault fault) : Exception($"The journal failed: {fault}")
{
    public JournalFault Fault { get; } = fault;
}

/// <summary>
/// A replica's stream in the node's journal. Appends that found the disk full are kept and handed over again, in order; a journal that
/// failed for good stops the replica.
/// </summary>
internal sealed class JournalRecordLog(ReplicaActor replica, IJournal journal, JournalStreamId stream, IEventLoop loop)
    : IRecordLog, IJournalCallback, ILoopWork, ITimerTarget
{
    // As the journal counts an append's size.
    private const int RecordOverheadBytes = 64;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    // Appends that are not durable yet, oldest first; kept only to be handed over again when the disk was full.
    private readonly Queue<(JournalSequence First, JournalRecord[] Records)> _open = new();

    // Written on the journal's thread, read on the loop.
    private readonly Lock _news = new();
    private ulong _durable;
    private JournalFault? _fault;
    private bool _posted;
    private long _answered;

    // How many appends were handed to the journal, and how many of them it answered, as far as the loop knows.
    private long _handedOver;
    private long _answeredHere;
    private bool _waitingForSpace;

    public bool AcceptsCommands => !_waitingForSpace;

    public void Append(RecordNumber first, IReadOnlyList<HistoryEvent> records)
    {
        var sequence = new JournalSequence(first.Value);
        var batch = new List<JournalRecord>(records.Count);
        int bytes = 0;
        foreach (HistoryEvent record in records)
        {
            var encoded = new JournalRecord(HistoryEventCodec.Encode(record), record.IsGuarded);
            int cost = encoded.Payload.Length + RecordOverheadBytes;
            if (batch.Count > 0 && bytes + cost > journal.MaxAppendBytes)
            {
                sequence = Enqueue(sequence, batch);
                bytes = 0;
            }

            batch.Add(encoded);
            bytes += cost;
        }

        Enqueue(sequence, batch);
    }

    /// <returns>The sequence that follows.</returns>
    private JournalSequence Enqueue(JournalSequence first, List<JournalRecord> batch)
    {
        JournalRecord[] records = [.. batch];
        batch.Clear();
        _open.Enqueue((first, records));
        if (!_waitingForSpace)
        {
            HandOver(first, records);
        }

        return LastOf((first, records)).Next;
    }

    public void DiscardThrough(RecordNumber through) => journal.DeleteThrough(stream, new JournalSequence(through.Value));

    public void Durable(PersistTicket ticket) => Tell(ticket.Value, fault: null);

    public void Failed(PersistTicket ticket, JournalFault fault) => Tell(0, fault);

    public void RunOnLoop()
    {
        ulong durable;
        long answered;
        JournalFault? fault;
        lock (_news)
        {
            durable = _durable;
            answered = _answered;
            fault = _fault;
            _fault = null;
            _posted = false;
        }

        replica.Signal(new JournalMail(new RecordNumber(durable), answered, fault));
    }

    public void OnNews(JournalMail news, ReplicaEngine engine)
    {
        _answeredHere = news.Answered;
        if (news.Fault is { IsRecoverable: false } fault)
        {
            throw new JournalFaultException(fault);
        }

        if (news.Fault is not null && !_waitingForSpace)
        {
            _waitingForSpace = true;
            loop.SetTimer(loop.Now + RetryDelay, this, 0);
        }

        bool advanced = false;
        while (_open.TryPeek(out (JournalSequence First, JournalRecord[] Records) oldest) && LastOf(oldest).Value <= news.Durable.Value)
        {
            _open.Dequeue();
            advanced = true;
        }

        if (advanced)
        {
            engine.OnDurable(news.Durable);
        }
    }

    /// <summary>
    /// The disk was full a while ago: everything that is still open is handed over again, in order, once nothing of the former attempt is
    /// unanswered; a late refusal would otherwise start a third.
    /// </summary>
    public void TimerFired(TimerHandle timer, ulong tag)
    {
        if (replica.IsStopped)
        {
            // Its journal is kept as it is, for diagnosis.
            return;
        }

        if (_answeredHere < _handedOver)
        {
            loop.SetTimer(loop.Now + RetryDelay, this, 0);
            return;
        }

        _waitingForSpace = false;
        foreach ((JournalSequence first, JournalRecord[] records) in _open)
        {
            HandOver(first, records);
        }
    }

    private void HandOver(JournalSequence first, JournalRecord[] records)
    {
        _handedOver++;
        journal.Append(stream, first, records, new PersistTicket(LastOf((first, records)).Value), this);
    }

    private static JournalSequence LastOf((JournalSequence First, JournalRecord[] Records) append) =>
        new(append.First.Value + (ulong)append.Records.Length - 1);

    private void Tell(ulong durable, JournalFault? fault)
    {
        lock (_news)
        {
            _answered++;
            _durable = Math.Max(_durable, durable);
            _fault = fault ?? _fault;
            if (_posted)
            {
                return;
            }

            _posted = true;
        }

        loop.Post(this);
    }
}
